"""Which items go out when: in order, within the window, and again after a cut or a `slow_down`."""

from random import Random

from chat.client.outbox import Item, MemoryOutbox
from chat.client.sender import WINDOW, Sender


def filled(count: int, outbox: MemoryOutbox | None = None) -> MemoryOutbox:
    """An outbox with so many items, `a-0` first."""
    outbox = MemoryOutbox() if outbox is None else outbox
    for number in range(count):
        outbox.add(Item(f"a-{number}", "#geral", "oi", 1_000))
    return outbox


def due(sender: Sender) -> list[str]:
    """The `cid`s that go out now."""
    return [item.cid for item in sender.due()]


def settle(outbox: MemoryOutbox, sender: Sender, cid: str) -> None:
    """An item is acknowledged."""
    outbox.acknowledge(cid)
    sender.acknowledged(cid)


def test_a_window_of_items_is_under_way() -> None:
    """So many go at once; each acknowledgement lets the next one go."""
    outbox = filled(WINDOW + 2)
    sender = Sender(outbox, Random(1))
    assert due(sender) == [f"a-{number}" for number in range(WINDOW)]
    assert due(sender) == []
    settle(outbox, sender, "a-0")
    assert due(sender) == [f"a-{WINDOW}"]


def test_after_a_cut_all_go_again_in_order() -> None:
    """On a new connection nothing is under way, and what was may have arrived."""
    outbox = MemoryOutbox()
    sender = Sender(outbox, Random(1))
    filled(3, outbox)
    sender.opened()
    assert due(sender) == ["a-0", "a-1", "a-2"]
    settle(outbox, sender, "a-1")
    assert not sender.repeated("a-0")
    sender.opened()
    assert due(sender) == ["a-0"]
    assert sender.repeated("a-0")
    assert not sender.repeated("a-1")
    settle(outbox, sender, "a-0")
    assert due(sender) == ["a-2"]
    assert sender.repeated("a-2")


def test_a_cut_with_nothing_under_way_narrows_nothing() -> None:
    """Only what was on its way can have had to do with the cut."""
    outbox = MemoryOutbox()
    sender = Sender(outbox, Random(1))
    sender.opened()
    filled(3, outbox)
    assert due(sender) == ["a-0", "a-1", "a-2"]


def test_what_an_earlier_process_left_may_have_arrived() -> None:
    """Items that are there from the start count as repeated."""
    assert Sender(filled(1), Random(1)).repeated("a-0")


def test_slow_down_keeps_the_order() -> None:
    """A pause, then one at a time beginning with the first refused, wider with each acknowledgement."""
    outbox = filled(6)
    sender = Sender(outbox, Random(1))
    due(sender)
    settle(outbox, sender, "a-0")
    delay = sender.slowed("a-1")
    assert delay is not None
    assert 0 <= delay <= 1.0
    assert [sender.slowed(f"a-{number}") for number in (2, 3, 4, 5)] == [None] * 4
    assert due(sender) == []
    sender.resume()
    assert due(sender) == ["a-1"]
    settle(outbox, sender, "a-1")
    assert due(sender) == ["a-2", "a-3"]
    settle(outbox, sender, "a-2")
    assert due(sender) == ["a-4", "a-5"]


def test_slow_down_again_and_again_waits_longer() -> None:
    """Without an acknowledgement in between, the pauses grow."""
    sender = Sender(filled(1), Random(1))
    longest = 0.0
    for _ in range(12):
        assert due(sender) == ["a-0"]
        longest = max(longest, sender.slowed("a-0") or 0.0)
        sender.resume()
    assert 5.0 < longest <= 30.0


def test_the_server_says_how_long() -> None:
    """A pause that the server asks for is kept, with a little more, and is never endless."""
    for wait, least, most in ((0.5, 0.5, 0.55), (10**12, 30.0, 30.05)):
        sender = Sender(filled(1), Random(1))
        due(sender)
        assert least <= (sender.slowed("a-0", wait) or 0.0) <= most


def test_a_failed_item_makes_room() -> None:
    """What the server will not have is under way no more."""
    outbox = filled(WINDOW + 1)
    sender = Sender(outbox, Random(1))
    due(sender)
    outbox.fail("a-0", "x")
    sender.failed("a-0")
    assert due(sender) == [f"a-{WINDOW}"]
