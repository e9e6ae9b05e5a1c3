"""What a registry is: small keyed records, read from memory, changed durably by compare-and-set."""

import abc
from collections.abc import Iterator, Mapping

from msgspec import Struct

from chat.errors import ChatError


class Record(Struct, frozen=True):
    """A value and the revision it came with; every change of a key has a higher one."""

    value: bytes
    revision: int


class Conflict(ChatError):
    """The key was changed meanwhile: look again and decide anew."""


class Reading(abc.ABC):
    """What is read of a registry. Reading never waits."""

    @abc.abstractmethod
    def get(self, key: str) -> Record | None:
        """The record of a key."""

    @abc.abstractmethod
    def items(self, prefix: str) -> Iterator[tuple[str, Record]]:
        """All records whose keys begin with `prefix`, in order of key."""


class Snapshot(Reading):
    """Records as they were at one moment."""

    def __init__(self, records: Mapping[str, Record]) -> None:
        self._records = records

    def get(self, key: str) -> Record | None:
        return self._records.get(key)

    def items(self, prefix: str) -> Iterator[tuple[str, Record]]:
        return ((key, self._records[key]) for key in sorted(self._records) if key.startswith(prefix))


class Registry(Reading):
    """All methods are called on one event loop."""

    @abc.abstractmethod
    async def open(self) -> None:
        """Make ready. Raises DataRefused where the data must not be used."""

    @abc.abstractmethod
    async def close(self) -> None:
        """Let go of the data."""

    @abc.abstractmethod
    async def put(self, key: str, value: bytes, revision: int) -> Record:
        """Change a key that is at `revision` (0: that does not exist); durable on return.

        Raises Conflict if it is at another, StorageFailed if it could not be stored. Cancellation: it may
        be stored nevertheless.
        """
