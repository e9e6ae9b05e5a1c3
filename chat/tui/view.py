"""What one screen adds to the client's state: the open talk, how far it is scrolled, drafts and notes."""

from msgspec import Struct, field

from chat.client.state import Line, Talk

MAX_NOTES = 200
"""Most notes kept in one talk; the oldest go first."""


class Note(Struct, frozen=True):
    """Something told here that is no line of the history.

    It stands after the line with the id `after`; `ts` is ms since 1970, UTC. `kind` is a style class.
    `whisper` is the key of a private talk and the `cid` of the line in it that is shown instead of `text`.
    """

    text: str
    ts: int
    after: int
    kind: str = "notice"
    whisper: tuple[str, str] | None = None


class Anchor(Struct, frozen=True):
    """Where the screen's lower edge is: at this item, less `hidden` of its rows."""

    item: Line | Note
    hidden: int = 0


class View(Struct, eq=False):
    """What is to be seen of the state on this screen. `current` is the key of the open talk.

    `anchor` is None while the newest line is to be seen; `head` is the highest id heard of. `closed` are
    talks that are not listed until something is said in them.
    """

    current: str = ""
    previous: str = ""
    anchor: Anchor | None = None
    head: int = 0
    closed: set[str] = field(default_factory=set)
    drafts: dict[str, str] = field(default_factory=dict)
    notes: dict[str, list[Note]] = field(default_factory=dict)

    def show(self, key: str) -> None:
        """Open a talk at its newest line; what was told before there was any is moved to the first."""
        if not self.current:
            self.notes[key] = self.notes.pop("", []) + self.notes.get(key, [])
        if key != self.current:
            self.previous, self.current = self.current, key
        self.anchor = None
        self.closed.discard(key)

    def note(self, key: str, note: Note) -> None:
        """Put a note into a talk, after everything heard of so far."""
        notes = self.notes.setdefault(key, [])
        notes.append(note)
        del notes[:-MAX_NOTES]

    def forget(self, head: int) -> None:
        """The history is another one, which ends at `head`: notes stand where it begins to be ours."""
        self.head = head
        self.anchor = None
        for notes in self.notes.values():
            notes[:] = [Note(note.text, note.ts, head, note.kind, note.whisper) for note in notes]


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
