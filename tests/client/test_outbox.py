"""What waits for its acknowledgement: in order, each once, bounded."""

import pytest

from chat.client import outbox as module
from chat.client.errors import OutboxFull
from chat.client.outbox import Item, MemoryOutbox


def item(number: int) -> Item:
    """Something said."""
    return Item(f"a-{number}", "#geral", "oi", 1_000 + number)


def test_items_keep_their_order() -> None:
    """Items come in the order they were added, whatever leaves in between."""
    outbox = MemoryOutbox()
    for number in range(5):
        outbox.add(item(number))
    assert outbox.acknowledge("a-1") == item(1)
    assert outbox.fail("a-3", "x") == item(3)
    assert list(outbox) == [item(0), item(2), item(4)]
    assert outbox.get("a-2") == item(2)
    assert outbox.get("a-1") is None


def test_an_item_leaves_once() -> None:
    """What is not there cannot leave."""
    outbox = MemoryOutbox()
    outbox.add(item(1))
    outbox.acknowledge("a-1")
    assert outbox.acknowledge("a-1") is None
    assert outbox.fail("a-1", "x") is None


def test_the_outbox_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound nothing is kept, and whoever says it is told."""
    monkeypatch.setattr(module, "MAX_ITEMS", 2)
    outbox = MemoryOutbox()
    outbox.add(item(1))
    outbox.add(item(2))
    with pytest.raises(OutboxFull):
        outbox.add(item(3))
    assert list(outbox) == [item(1), item(2)]
