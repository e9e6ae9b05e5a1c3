"""What was said here and is not acknowledged yet, in the order it was said."""

import abc
from collections.abc import Iterator

from chat.client.errors import OutboxFull
from chat.history.own import Item

__all__ = ["MAX_ITEMS", "Item", "MemoryOutbox", "Outbox"]

MAX_ITEMS = 10_000
"""Most items that may wait at once."""


class Outbox(abc.ABC):
    """Items in the order they were added; each leaves once, acknowledged or failed.

    An item that is in the outbox is sent, under its `cid`, until one of the two happens.
    """

    @abc.abstractmethod
    def add(self, item: Item) -> None:
        """Keep an item with a new `cid`. Raises OutboxFull; then it is not kept."""

    @abc.abstractmethod
    def acknowledge(self, cid: str) -> Item | None:
        """The server has it: let it go. None if there is no such item."""

    @abc.abstractmethod
    def fail(self, cid: str) -> Item | None:
        """The server will not have it: let it go. None if there is no such item."""

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

    def add(self, item: Item) -> None:
        if len(self._items) >= MAX_ITEMS:
            raise OutboxFull
        self._items[item.cid] = item

    def acknowledge(self, cid: str) -> Item | None:
        return self._items.pop(cid, None)

    def fail(self, cid: str) -> Item | None:
        return self._items.pop(cid, None)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items.values())

    def get(self, cid: str) -> Item | None:
        return self._items.get(cid)
