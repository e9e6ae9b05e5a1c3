"""What waits for its acknowledgement: in order, each once, bounded."""

from pathlib import Path

import pytest

from chat.client import outbox as module
from chat.client.errors import OutboxFull
from chat.client.outbox import Item, MemoryOutbox, OwnOutbox
from chat.history.own import Own


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


def test_what_failed_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its reason, until it is discarded; beyond the bound the oldest are forgotten."""
    monkeypatch.setattr(module, "MAX_FAILED", 2)
    outbox = MemoryOutbox()
    for number in range(3):
        outbox.add(item(number))
        outbox.fail(f"a-{number}", "not_allowed")
    assert [(one.cid, one.code) for one in outbox.failed] == [("a-1", "not_allowed"), ("a-2", "not_allowed")]
    assert list(outbox) == []
    assert outbox.discard("a-1") is not None
    assert outbox.discard("a-1") is None
    assert [one.cid for one in outbox.failed] == ["a-2"]


async def test_what_waits_is_on_the_disk(tmp_path: Path) -> None:
    """What waits and what failed is there again in its order, what was acknowledged or discarded is not."""
    for _ in range(2):
        own = Own(tmp_path / "own.db")
        await own.open()
        outbox = OwnOutbox(own)
        if not list(outbox):
            for number in range(5):
                outbox.add(item(number))
            outbox.acknowledge("a-0")
            outbox.fail("a-2", "not_allowed")
            outbox.fail("a-3", "not_allowed")
            outbox.discard("a-3")
            outbox.fail("a-9", "x")
        await own.close()
    assert [one.cid for one in outbox] == ["a-1", "a-4"]
    assert [(one.cid, one.code) for one in outbox.failed] == [("a-2", "not_allowed")]
