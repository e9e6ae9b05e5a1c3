"""What a history is: entries in one order, appended durably in batches, read in pages by a cursor."""

import abc
from collections.abc import Callable, Collection, Mapping, Sequence
from enum import IntEnum
from pathlib import Path

from msgspec import Struct


class Kind(IntEnum):
    """What an entry is. The numbers are what is kept: never change one."""

    MESSAGE = 0
    ACT = 1
    """What somebody does (`/me`): a message in all else."""
    EDIT = 2
    """`body` replaces that of the `target`."""
    DELETE = 3
    """The `target` is said no more."""
    REACT = 4
    """`body` is what `sender` thinks of the `target`: an emoji."""
    UNREACT = 5
    """`sender` takes such a REACT back."""
    TOPIC = 6
    """`body` is what the room is about from now on."""

    __hash__ = int.__hash__  # Enum's own hashes the name, in Python: 0.3 us at each look into a table


SAID = frozenset({Kind.MESSAGE, Kind.ACT})
"""What a page of a conversation consists of; the other kinds change one of these, or its room."""


class Draft(Struct, frozen=True, gc=False):
    """What is to become an entry.

    `conversation` is the key under which it is read back: a folded room name, or `pair(a, b)` of two
    identities. `owner` is the scope of `cid`: a repetition of (owner, cid) makes no second entry.
    `readers` are the two identities of a private message, empty for a room.
    `ts` is milliseconds since 1970, UTC. `author` is the identity that says it. `target` is the id of
    the entry that this one answers (MESSAGE, ACT) or changes.
    """

    conversation: str
    owner: str
    cid: str
    to: str
    sender: str
    ts: int
    body: str
    readers: tuple[str, str] | tuple[()] = ()
    author: str = ""
    kind: Kind = Kind.MESSAGE
    target: int | None = None


class Fold(Struct, frozen=True):
    """What later entries made of one that was said.

    `version` is the id of the last of them. `body` is None if it was never edited. `reactions` has the
    names of those who reacted, by emoji, in the order of the entries; `unnamed` counts, by emoji, those whose
    names are not known here: a client is told only some. What is deleted has neither body nor reactions.
    """

    version: int
    body: str | None = None
    deleted: bool = False
    reactions: Mapping[str, Sequence[str]] = {}
    unnamed: Mapping[str, int] = {}


class Entry(Struct, frozen=True, gc=False):
    """A draft that has its place: `id` grows by every entry, the same for every reader.

    `damaged` says that what is kept is not what was stored: `body` is then empty, and only `id` is sure.
    """

    id: int
    conversation: str
    owner: str
    cid: str
    to: str
    sender: str
    ts: int
    body: str
    readers: tuple[str, str] | tuple[()] = ()
    author: str = ""
    kind: Kind = Kind.MESSAGE
    target: int | None = None
    damaged: bool = False
    fold: Fold | None = None
    """Only in what is read: None if nothing changed it."""


class Outcome(Struct, frozen=True, gc=False):
    """What became of one submitted draft; `first` is False if (owner, cid) was there before."""

    entry: Entry
    first: bool
    ticket: object


class Failure(Struct, frozen=True, gc=False):
    """A submitted draft that was not stored; `final` if the disk itself failed and the process must end.

    `reason` is for the operator: English, of no fixed form. `revoked`: its ticket was void by then.
    """

    draft: Draft
    ticket: object
    final: bool
    reason: str = ""
    revoked: bool = False


class Page(Struct, frozen=True):
    """Entries in ascending order of id, and whether there are more in the direction that was read."""

    entries: Sequence[Entry]
    more: bool


Committed = Callable[[Sequence[Outcome], int], None]
"""Called on the loop, once per commit, with its outcomes in order and the new head; must not raise."""
Failed = Callable[[Sequence[Failure]], None]
"""Called on the loop with the drafts of a batch that could not be stored."""


def pair(one: str, other: str) -> str:
    """The conversation key of the private talk between two identities, whichever wrote."""
    return " ".join(("@", *sorted((one, other))))


class History(abc.ABC):
    """One durable log. All methods are called on one event loop.

    The order of `submit` is the order of ids, among those that are stored. Whatever was reported to
    `committed` is durable, and is found by every read from then on.
    """

    log: str
    """The random name made with this history; another history has another."""
    head: int
    """The highest id that was reported to `committed` (0 when empty)."""
    floor: int = 0
    """All entries up to this id were removed for their age, or are about to be; 0: none ever was."""
    stale: bool = False
    """What is read may be old: there is more that this machine has not heard of for a while."""
    on_stale: Callable[[bool], None] | None = None
    """Called on the loop whenever `stale` changes; in a history of one machine it never does."""

    @abc.abstractmethod
    async def open(self, committed: Committed, failed: Failed) -> None:
        """Make ready to append and read. Raises DataRefused where the data must not be used."""

    @abc.abstractmethod
    async def close(self) -> None:
        """Commit and report what waits, then let go of the data. Cancellation may leave drafts unreported."""

    @abc.abstractmethod
    def submit(self, draft: Draft, ticket: object = None) -> None:
        """Queue a draft for the next commit and return at once; the outcome or failure carries `ticket`.

        If the ticket has an attribute `void` that is true when its turn comes, in whatever thread, the draft
        is not stored: it fails, `revoked`.

        The queue is bounded by its callers: each waits for what it has under way. A draft that cannot be kept
        (a lone surrogate, NUL, a time beyond 64 bits) fails alone. Raises RuntimeError unless open.
        """

    @abc.abstractmethod
    async def append(self, draft: Draft) -> Entry:
        """Append and return once durable; a repeated (owner, cid) returns the first entry.

        Raises StorageFailed: nothing was stored. Cancellation: it may be stored nevertheless.
        """

    @abc.abstractmethod
    async def settled(self) -> None:
        """Wait until all that was submitted so far is reported. Raises StorageFailed if it never will be."""

    @abc.abstractmethod
    async def reach(self, id: int) -> None:
        """Wait until `head` is no lower than an id that was reported anywhere, on another machine perhaps.

        After it a `head` below `id` means that this history never had such an entry. Raises StorageFailed
        where that cannot be known now.
        """

    @abc.abstractmethod
    async def page(
        self, conversation: str, *, before: int | None = None, after: int | None = None, limit: int
    ) -> Page:
        """The newest `limit` entries of a conversation, or those next before or after an id.

        They are what was said (SAID), each with its `fold`; a deleted one has no body.
        Raises ValueError for both at once, StorageFailed where the data cannot be read.
        """

    @abc.abstractmethod
    async def follow(
        self, conversations: Collection[str], reader: str, *, after: int, until: int, limit: int
    ) -> Page:
        """The first `limit` entries with `after` < id <= `until` that a cursor is entitled to.

        Those are the entries of the rooms in `conversations` and the private ones that `reader` (an
        identity) is one of the two readers of, merged in order of id: all kinds, what was said with its
        `fold`. A fold may know of entries above `until`. Raises StorageFailed.
        """

    @abc.abstractmethod
    async def find(self, id: int) -> Entry | None:
        """The entry of an id with its `fold`, None if there is none. Raises StorageFailed."""

    @abc.abstractmethod
    async def search(
        self, words: str, conversations: Collection[str], reader: str, *, before: int | None, limit: int
    ) -> Page:
        """The newest `limit` entries (below `before`) that were said, may be read, and hold all the words.

        Who may read is as in `follow`. A word matches the beginning of a word, whatever its case and
        accents; one of a single character, or what is in double quotes, whole words only, those in quotes
        one after the other. Words that make no sense find nothing. Ascending; each with its `fold`, and
        matching as it is now. Raises StorageFailed.
        """


class Kept(History):
    """A history in a file, which can be looked through and copied while it is in use."""

    @abc.abstractmethod
    async def inspect(self) -> None:
        """Look through what `open` has not. Raises DataRefused. Cancelled, it ends at once."""

    @abc.abstractmethod
    async def back_up(self, path: Path, told: Callable[[int, int], None]) -> None:
        """Copy all of it to a new file; see backing.back_up. Raises StorageFailed."""
