"""What was said here and is not acknowledged yet, in the order it was said."""

import abc
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from chat.client.errors import OutboxFull
from chat.history.own import Item, Own

__all__ = ["MAX_ITEMS", "Item", "MemoryOutbox", "Outbox", "OwnOutbox"]

MAX_ITEMS = 10_000
"""Most items that may wait at once."""
MAX_FAILED = 100
"""Most items remembered that failed; the oldest are forgotten."""


class Outbox(abc.ABC):
    """Items in the order they were added; each leaves once, acknowledged or failed.

    An item that is in the outbox is sent, under its `cid`, until one of the two happens. What failed is
    remembered until it is discarded, so that nobody has to write it twice.
    """

    @abc.abstractmethod
    def add(self, item: Item) -> None:
        """Keep an item with a new `cid`. Raises OutboxFull; then it is not kept."""

    @abc.abstractmethod
    def acknowledge(self, cid: str) -> Item | None:
        """The server has it: let it go. None if there is no such item."""

    @abc.abstractmethod
    def fail(self, cid: str, code: str) -> Item | None:
        """The server will not have it, for this reason: it waits no more. None if there is no such item."""

    @property
    @abc.abstractmethod
    def failed(self) -> Sequence[Item]:
        """What failed and was not discarded yet, with its `code`, in order."""

    @abc.abstractmethod
    def discard(self, cid: str) -> Item | None:
        """Forget something that failed. None if there is no such item."""

    @abc.abstractmethod
    def __iter__(self) -> Iterator[Item]:
        """The items in order; they may not change meanwhile."""

    @abc.abstractmethod
    def get(self, cid: str) -> Item | None:
        """The item with this `cid`, None if none waits."""


class MemoryOutbox(Outbox):
    """An outbox that ends with the process."""

    def __init__(self) -> None:
        self._items: dict[str, Item] = {}
        self._failed: dict[str, Item] = {}

    def add(self, item: Item) -> None:
        if len(self._items) >= MAX_ITEMS:
            raise OutboxFull
        self._items[item.cid] = item

    def acknowledge(self, cid: str) -> Item | None:
        return self._items.pop(cid, None)

    def fail(self, cid: str, code: str) -> Item | None:
        item = self._items.pop(cid, None)
        if item is not None:
            self._failed[cid] = replace(item, code=code)
            while len(self._failed) > MAX_FAILED:
                self.discard(next(iter(self._failed)))
        return item

    @property
    def failed(self) -> Sequence[Item]:
        return list(self._failed.values())

    def discard(self, cid: str) -> Item | None:
        return self._failed.pop(cid, None)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items.values())

    def get(self, cid: str) -> Item | None:
        return self._items.get(cid)


class OwnOutbox(MemoryOutbox):
    """An outbox that is on the disk too, a few milliseconds later: what was killed goes on from there.

    Should an item be sent before it is on the disk, and the program be killed in between, then the server
    has it, once, as nobody is left to repeat it.
    """

    def __init__(self, own: Own) -> None:
        super().__init__()
        self._own = own
        for item in own.outbox.values():
            (self._items if item.code is None else self._failed)[item.cid] = item

    def add(self, item: Item) -> None:
        super().add(item)
        self._own.put(item)

    def acknowledge(self, cid: str) -> Item | None:
        return self._gone(super().acknowledge(cid))

    def fail(self, cid: str, code: str) -> Item | None:
        item = super().fail(cid, code)
        if item is not None:
            self._own.put(self._failed[cid])
        return item

    def discard(self, cid: str) -> Item | None:
        return self._gone(super().discard(cid))

    def _gone(self, item: Item | None) -> Item | None:
        if item is not None:
            self._own.drop(item.cid)
        return item
