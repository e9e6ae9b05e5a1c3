"""One talk as a client keeps it: its lines in the order of the history, its people, within bounds."""

from bisect import bisect_left
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct, field

from chat import names

MAX_LINES = 10_000
"""Most lines kept of one talk; the oldest go first, and are still on the server."""
MAX_TEXT = 4 * 1024 * 1024
"""Most characters kept of one talk: a server may allow bodies of nearly a frame (65,536 bytes)."""
MAX_PEOPLE = 10_000
"""Most people known by name in one talk; `members` goes on counting."""
_MAX_NAME = 4 * names.MAX_NAME  # decomposed a letter has up to four code points


class Status(StrEnum):
    """What became of a line."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"


class Line(Struct, eq=False):
    """One thing said. `id` is None until the server has given it its place; `ts` is ms since 1970, UTC.

    `code` says why it failed; `changed` that the server's body is not the one that was sent.
    """

    cid: str
    to: str
    sender: str
    ts: int
    body: str
    id: int | None = None
    status: Status = Status.SENT
    code: str | None = None
    changed: bool = False


class Talk(Struct, eq=False):
    """A room (`#geral`) or the private talk with somebody (`@bia`).

    `lines` ascend by id; those without one (pending, failed) stand at the end in the order they were
    written. `people` maps folded names to shown ones. `more` says that the server has older lines, `naming`
    that `people` is being named in pages and the last one has not come.
    """

    key: str
    name: str
    topic: str = ""
    lines: list[Line] = field(default_factory=list)
    people: dict[str, str] = field(default_factory=dict)
    members: int = 0
    unread: int = 0
    mentions: int = 0
    joined: bool = False
    more: bool = True
    naming: bool = False
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
        self._trim()
        if at_old_end:
            self.more = more

    def forget(self) -> None:
        """Drop the lines that have an id: they are of another history, or some between are missing."""
        del self.lines[: self._placed]
        self._text = sum(len(line.body) for line in self.lines)
        self.more = True

    def enter(self, names: list[str]) -> None:
        """Know these people by name, as far as there is room."""
        for name in names:
            who = fold(name)
            if who in self.people or len(self.people) < MAX_PEOPLE:
                self.people[who] = name

    def depart(self, names: list[str]) -> None:
        """Forget these people."""
        for name in names:
            self.people.pop(fold(name), None)

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


@lru_cache(4_096)
def fold(name: str) -> str:
    """The form in which a client compares names of users, rooms (`#...`) and private talks (`@...`).

    Total: what can be no name, since a hostile server may name anything, stays as it is.
    """
    sign, rest = (name[:1], name[1:]) if name[:1] in ("#", "@") else ("", name)
    if len(rest) > _MAX_NAME:
        return name
    try:
        return sign + names.fold(rest)
    except ValueError:
        return name
