"""What one screen adds to the client's state: the open talk, how far it is scrolled, drafts and notes."""

from collections.abc import Collection

from msgspec import Struct, field
from msgspec.structs import replace

from chat.client.state import Line, Talk, fold
from chat.tui.desk.keys import KEYS, Keys
from chat.tui.desk.links import Links
from chat.tui.desk.overlay import Overlay
from chat.tui.desk.style import DARK

MAX_NOTES = 200
"""Most notes kept in one talk; the oldest go first."""
MAX_NAMES = 32
"""Most people that a crowd names; the others are counted."""


class Crowd(Struct, frozen=True):
    """Who came into a room and who went out of it; `more_...` count those left unnamed."""

    came: tuple[str, ...] = ()
    went: tuple[str, ...] = ()
    more_came: int = 0
    more_went: int = 0

    def joined(self, later: "Crowd") -> "Crowd":
        """This and what happened after it as one: who came and went again did neither."""
        came, more_came = _net(self.came, self.went, later.came, later.went)
        went, more_went = _net(self.went, self.came, later.went, later.came)
        more_came += self.more_came + later.more_came
        more_went += self.more_went + later.more_went
        return Crowd(came, went, more_came, more_went) if came or went or more_came or more_went else later


def _net(
    before: tuple[str, ...], against: tuple[str, ...], after: tuple[str, ...], undone: tuple[str, ...]
) -> tuple[tuple[str, ...], int]:
    """Who did something and did not undo it, each once: as many as are named, and how many are not."""
    names = {fold(name): name for name in before} | {
        fold(name): name for name in after if fold(name) not in set(map(fold, against))
    }
    for name in undone:
        names.pop(fold(name), None)
    return tuple(names.values())[:MAX_NAMES], max(0, len(names) - MAX_NAMES)


class Note(Struct, frozen=True):
    """Something told here that is no line of the history.

    It stands after the line with the id `after`; `ts` is ms since 1970, UTC. `kind` is a style class.
    `whisper` is the key of a private talk and the `cid` of the line in it that is shown instead of `text`;
    `crowd` is what `text` tells, where it tells of comings and goings.
    """

    text: str
    ts: int
    after: int
    kind: str = "notice"
    whisper: tuple[str, str] | None = None
    crowd: Crowd | None = None

    def joined(self, later: "Note") -> "Note | None":
        """Both as one, if nothing stands between them and both tell of comings and goings."""
        if self.crowd is None or later.crowd is None or self.after != later.after:
            return None
        return replace(later, crowd=self.crowd.joined(later.crowd))


class Anchor(Struct, frozen=True):
    """Where the screen's lower edge is: at this item, less `hidden` of its rows."""

    item: Line | Note
    hidden: int = 0


class View(Struct, eq=False):
    """What is to be seen of the state on this screen. `current` is the key of the open talk.

    `anchor` is None while the newest line is to be seen; `head` is the highest id heard of. `closed` are
    talks that are not listed until something is said in them. `seen` has the highest id that was heard of
    when each talk was last left, and `mark` is that of the open one if there was news: there stands a line.
    In talks of `hushed` nobody's coming and going is shown, and nowhere what people of `ignored` (folded
    names) say. `selected` is a line of the open talk.
    With `counted` the id of a line, lines have numbers in the place of times, and that one has the 1.
    `keys` are those that hints name.
    """

    current: str = ""
    previous: str = ""
    anchor: Anchor | None = None
    head: int = 0
    closed: set[str] = field(default_factory=set)
    notes: dict[str, list[Note]] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    mark: int | None = None
    hushed: set[str] = field(default_factory=set)
    ignored: Collection[str] = frozenset()
    links: Links = field(default_factory=Links)
    selected: Line | None = None
    counted: int | None = None
    overlay: Overlay | None = None
    theme: str = DARK
    keys: Keys = KEYS

    def show(self, key: str, *, news: bool = False) -> None:
        """Open a talk at its newest line; `news` says that there is something unread in it.

        What was told before there was any talk is moved to the first.
        """
        if not self.current:
            self.notes[key] = self.notes.pop("", []) + self.notes.get(key, [])
        if key != self.current:
            self.seen[self.current] = self.head
            self.previous, self.current = self.current, key
            self.mark = self.seen.get(key) if news else None
        self.anchor = self.selected = self.counted = self.overlay = None
        self.closed.discard(key)

    def note(self, key: str, note: Note) -> None:
        """Put a note into a talk, after everything heard of so far; a crowd joins the one before it."""
        notes = self.notes.setdefault(key, [])
        both = notes[-1].joined(note) if notes else None
        notes[-1:] = [both] if both is not None else [*notes[-1:], note]
        del notes[:-MAX_NOTES]

    def forget(self, head: int) -> None:
        """The history is another one, which ends at `head`: notes stand where it begins to be ours."""
        self.head = head
        self.anchor = self.mark = self.selected = self.counted = self.overlay = None
        self.seen.clear()
        for notes in self.notes.values():
            notes[:] = [replace(note, after=head) for note in notes]


def listed(talks: dict[str, Talk], view: View) -> list[str]:
    """The keys of the talks that are listed, in order: rooms by name, then people."""
    keys = (key for key, talk in talks.items() if key == view.current or talk.unread or _open(talk, view))
    return sorted(keys, key=lambda key: (not key.startswith("#"), key))


def _open(talk: Talk, view: View) -> bool:
    return talk.key not in view.closed and (talk.joined or not talk.key.startswith("#"))


def next_talk(talks: dict[str, Talk], view: View, step: int) -> str:
    """The key of the talk `step` places on, round and round, in the order they are listed."""
    keys = listed(talks, view)
    if not keys:
        return view.current
    return keys[(keys.index(view.current) + step) % len(keys)] if view.current in keys else keys[0]


def next_unread(talks: dict[str, Talk], view: View) -> str:
    """The key of the next talk with something unread, mentions first; the open one if there is none."""
    keys = listed(talks, view)
    place = keys.index(view.current) + 1 if view.current in keys else 0
    unread = [key for key in keys[place:] + keys[:place] if talks[key].unread]
    unread.sort(key=lambda key: not talks[key].mentions)
    return unread[0] if unread else view.current
