"""One talk as a client keeps it: its lines in the order of the history, its people, within bounds."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct, field

from chat import messages as m
from chat.bounds import RoomKind
from chat.client.line import Line, Status, fold

__all__ = ["MAX_LINES", "MAX_PEOPLE", "MAX_TEXT", "KeptTalk", "Line", "Status", "Talk", "fold"]

MAX_LINES = 10_000
"""Most lines kept of one talk; the oldest go first, and are still on the server."""
MAX_TEXT = 4 * 1024 * 1024
"""Most characters kept of one talk: a server may allow bodies of nearly a frame (65,536 bytes)."""
MAX_PEOPLE = 10_000
"""Most people known by name in one talk; `members` goes on counting."""

NO_ROLES: Mapping[str, str] = {}


class KeptTalk(Struct):
    """What is kept of a talk: `seen` is the id of the newest line that was read."""

    name: str
    topic: str = ""
    joined: bool = False
    seen: int = 0
    unread: int = 0
    mentions: int = 0


class Talk(Struct, eq=False):
    """A room (`#geral`) or the private talk with somebody (`@bia`).

    `lines` ascend by id; those without one (pending, failed) stand at the end in the order they were
    written. `people` maps folded names to shown ones; `guests` are those of them without a key, `roles` says
    which are more than members (`owner`, `moderator`, `operator`); `expected` are those, folded, who were
    there before the connection was lost, and `strangers` says that so were others, unnamed; `returned` are
    those of them whom the last `joined` named. `more` says that the server has older lines, `naming` that
    `people` is being named in pages and the last one has not come.
    """

    key: str
    name: str
    topic: str = ""
    lines: list[Line] = field(default_factory=list)
    people: dict[str, str] = field(default_factory=dict)
    guests: set[str] = field(default_factory=set)
    roles: dict[str, str] = field(default_factory=dict)
    expected: set[str] = field(default_factory=set)
    strangers: bool = False
    returned: frozenset[str] = frozenset()
    members: int = 0
    kind: str = RoomKind.PUBLIC
    slow: int = 0
    """Seconds between two messages, for those without a role."""
    role: str = ""
    """One's own."""
    unread: int = 0
    mentions: int = 0
    joined: bool = False
    more: bool = True
    naming: bool = False
    seen: int = 0
    """The id of the newest line that was read."""
    topic_id: int = 0
    """The id of the change that `topic` is of, as far as it is known."""
    _waiting: int = 0
    _text: int = 0

    @property
    def oldest(self) -> int | None:
        """The lowest id kept: what to ask `history` for lines `before`."""
        return self.lines[0].id if self.lines else None

    @property
    def newest(self) -> int | None:
        """The highest id kept."""
        placed = self._placed
        return self.lines[placed - 1].id if placed else None

    @property
    def full(self) -> bool:
        """Whether no older line can be kept."""
        return len(self.lines) >= MAX_LINES or self._text >= MAX_TEXT

    def place(self, line: Line) -> bool:
        """Put a line that has an id where it belongs; False if a line with that id is there already.

        Where that is too much, the oldest lines go.
        """
        where = self._find(line.id or 0)
        if where is None:
            return False
        self._insert(where, line)
        self._trim()
        return True

    def line(self, id: int) -> Line | None:
        """The line with this id, None if it is not kept."""
        placed = self._placed
        where = bisect_left(self.lines, id, 0, placed, key=lambda line: line.id or 0)
        return self.lines[where] if where < placed and self.lines[where].id == id else None

    def change(self, line: Line, change: m.Change) -> bool:
        """Let a change of a line that is kept count; False if it is in already."""
        before = len(line.body)
        taken = line.take(change)
        self._text += len(line.body) - before
        return taken

    def renew(self, line: Line) -> bool:
        """Let a line that is kept become what the server says that it is now; False if that is older."""
        kept = self.line(line.id or 0)
        before = len(kept.body) if kept is not None else 0
        if kept is None or not kept.renew(line):
            return False
        self._text += len(kept.body) - before
        return True

    def wait(self, line: Line) -> None:
        """Put a line that has no id yet at the end."""
        self._waiting += 1
        self._insert(len(self.lines), line)
        self._trim()

    def withdraw(self, line: Line) -> None:
        """Take out a line that has no id, if it is still kept."""
        for index in range(self._placed, len(self.lines)):
            if self.lines[index] is line:
                del self.lines[index]
                self._waiting -= 1
                self._text -= len(line.body)
                return

    def merge(self, page: list[Line], more: bool) -> None:
        """Take in a page of history; `more` says whether there are lines older than it.

        Lines that are kept become what the page says of them, where that is newer.
        Of a page older than everything kept, only as much as there is room for.
        """
        first = self.oldest
        at_old_end = not page or first is None or (page[0].id or 0) <= first
        for line in reversed(page):
            where = self._find(line.id or 0)
            if where == 0 and self.full:
                more = True
                break
            if where is not None:
                self._insert(where, line)
            else:
                self.renew(line)
        self._trim()
        if at_old_end:
            self.more = more

    def shorten(self) -> int:
        """Drop the older half of the lines that have an id; how many that were."""
        half = self._placed // 2
        del self.lines[:half]
        self._text = sum(len(line.body) for line in self.lines)
        self.more = self.more or half > 0
        return half

    def gap_after(self, line: Line) -> None:
        """Some may be missing between a line and the one after it."""
        where = bisect_left(self.lines, line.id or 0, 0, self._placed, key=lambda line: line.id or 0) + 1
        if where < self._placed:
            self.lines[where].gap = True

    def close_gaps(self) -> None:
        """Drop the lines above the last gap: the server has what is missing."""
        where = max((place for place, line in enumerate(self.lines) if line.gap), default=0)
        if where:
            del self.lines[:where]
            self.lines[0].gap, self.more = False, True
            self._text = sum(len(line.body) for line in self.lines)

    def forget(self) -> None:
        """Drop the lines that have an id: they are of another history, or some between are missing."""
        del self.lines[: self._placed]
        self._text = sum(len(line.body) for line in self.lines)
        self.more = True

    def enter(
        self, names: list[str], guests: Collection[str] = (), roles: Mapping[str, str] = NO_ROLES
    ) -> None:
        """Know these people by name, as far as there is room, and what each is."""
        for name in names:
            who = fold(name)
            if who not in self.people and len(self.people) >= MAX_PEOPLE:
                continue
            self.people[who] = name
            (self.guests.add if name in guests else self.guests.discard)(who)
            self.appoint(who, roles.get(name, ""))

    def appoint(self, who: str, role: str) -> None:
        """Let somebody, by the folded name, be this from now on; "": nothing more than a member."""
        self.roles.pop(who, None)
        if role and who in self.people:
            self.roles[who] = role

    def depart(self, names: list[str]) -> None:
        """Forget these people."""
        for name in names:
            who = fold(name)
            self.people.pop(who, None)
            self.roles.pop(who, None)
            self.guests.discard(who)

    def expect(self) -> None:
        """The connection was lost: whoever is known was there, and may be about to come back as well."""
        self.expected = (self.expected if len(self.expected) < MAX_PEOPLE else set()) | self.people.keys()
        self.strangers = self.members > len(self.people)
        self.empty()

    def expect_nobody(self) -> None:
        """Whoever was to come back is back."""
        self.expected.clear()
        self.strangers = False

    def welcome_back(self, names: Iterable[str]) -> None:
        """Note who of those that have come in had been there before."""
        came = frozenset(map(fold, names))
        self.returned = came if self.strangers else came & self.expected
        self.expected -= self.returned

    def empty(self) -> None:
        """Nobody is known by name any more."""
        self.people.clear()
        self.roles.clear()
        self.guests.clear()

    @property
    def _placed(self) -> int:
        return len(self.lines) - self._waiting

    def _find(self, id: int) -> int | None:
        """Where a line with this id belongs, None if it is there."""
        placed = self._placed
        newest = self.newest
        if newest is None or id > newest:
            return placed
        where = bisect_left(self.lines, id, 0, placed, key=lambda line: line.id or 0)
        return None if self.lines[where].id == id else where

    def _insert(self, where: int, line: Line) -> None:
        self.lines.insert(where, line)
        self._text += len(line.body)

    def _trim(self) -> None:
        excess = len(self.lines) - MAX_LINES
        while excess > 0 or (self._text > MAX_TEXT and len(self.lines) > 1):
            line = self.lines.pop(0)
            self._text -= len(line.body)
            self._waiting -= line.id is None
            self.more = self.more or line.id is not None
            excess -= 1
