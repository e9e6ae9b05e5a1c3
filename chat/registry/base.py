"""What a registry is: small keyed records, read from memory, changed durably by compare-and-set."""

import abc
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from chat.errors import ChatError

GONE = b""
"""The value of a key that is to be no more."""
DEEDS = 10_000
"""Deeds of one scope that are kept; the oldest go first."""


class Record(Struct, frozen=True):
    """A value and the revision it came with; every change of a key has a higher one."""

    value: bytes
    revision: int


class Change(Struct, frozen=True):
    """A key that is at `revision` (0: that does not exist) is to get a value; GONE takes it away."""

    key: str
    value: bytes
    revision: int


class Deed(Struct, frozen=True):
    """What somebody with rights did: the newest are kept, in the order of `number`, which the registry gives.

    `scope` is what it was done in (a room's key), `at` ms since 1970, UTC; `by` and `whom` are names as they
    were shown then, `did` is a word for programs, `what` its plain details.
    """

    scope: str
    at: int
    by: str
    did: str
    whom: str = ""
    what: str = ""
    number: int = 0


class Applied(Struct, frozen=True):
    """A change that was made: each key with its record from now on (None: it is no more), and the deed.

    `mine` says that it was asked for here, and not by another node.
    """

    records: Sequence[tuple[str, Record | None]]
    deed: Deed | None
    mine: bool


Listener = Callable[[Applied], None]
"""Called on the loop with every change, in the order in which they are made; must not raise."""


def unheard(applied: Applied) -> None:
    """A listener to whom it is all one."""


class Conflict(ChatError):
    """A key was changed meanwhile: look again and decide anew."""


class Reading(abc.ABC):
    """What is read of a registry. Reading never waits."""

    @abc.abstractmethod
    def get(self, key: str) -> Record | None:
        """The record of a key."""

    @abc.abstractmethod
    def items(self, prefix: str) -> Iterator[tuple[str, Record]]:
        """All records whose keys begin with `prefix`, in order of key."""


class Snapshot(Reading):
    """Records and deeds as they were at one moment."""

    def __init__(self, records: Mapping[str, Record], deeds: Sequence[Deed]) -> None:
        self._records = records
        self.deeds = deeds
        """All of them, in the order of their numbers."""

    def get(self, key: str) -> Record | None:
        return self._records.get(key)

    def items(self, prefix: str) -> Iterator[tuple[str, Record]]:
        return ((key, self._records[key]) for key in sorted(self._records) if key.startswith(prefix))


class Registry(Reading):
    """Records and deeds. All methods are called on one event loop."""

    @abc.abstractmethod
    async def open(self, applied: Listener = unheard) -> None:
        """Make ready to read and change. Raises DataRefused where the data must not be used.

        `applied` hears of every change from then on, whichever node makes it; of this node's own before
        `change` returns.
        """

    @abc.abstractmethod
    async def close(self) -> None:
        """Let go of the data."""

    @abc.abstractmethod
    async def change(self, changes: Sequence[Change], deed: Deed | None = None) -> None:
        """Make all changes, and keep the deed, or none of it; durable on return. Each key at most once.

        Raises Conflict if any key is at another revision, StorageFailed if it could not be stored.
        Cancellation: it may be stored nevertheless.
        """

    @abc.abstractmethod
    async def deeds(self, scope: str, before: int | None, limit: int) -> list[Deed]:
        """The newest `limit` deeds of a scope below a number, in ascending order. Raises StorageFailed."""

    @abc.abstractmethod
    async def erase(self, name: str) -> None:
        """Empty the deeds of whoever goes by this folded name of what they wrote. Raises StorageFailed."""

    def revision(self, key: str) -> int:
        """What a key is at; 0 where it does not exist."""
        record = self.get(key)
        return record.revision if record is not None else 0

    def changed(self, key: str, value: bytes) -> Change:
        """The change of a key from what it is now."""
        return Change(key, value, self.revision(key))

    async def put(self, key: str, value: bytes, revision: int) -> Record:
        """Change one key; what it is then. Raises what `change` does."""
        await self.change([Change(key, value, revision)])
        return self.get(key) or Record(value, revision)


class Kept(Registry):
    """A registry that is kept: it can be copied to a file, and nothing left of what was changed."""

    @abc.abstractmethod
    async def back_up(self, path: Path) -> None:
        """Copy all of it to a new file, as one machine keeps it. Raises StorageFailed, OSError."""

    @abc.abstractmethod
    async def shred(self) -> None:
        """See to it that what was changed is as it was on this disk no more. Raises StorageFailed."""
