"""Events that wait for whoever iterates: when reading is held up, and what is dropped."""

import asyncio

from chat.client.events import ClientEvent, Failed, Missed
from chat.client.inbox import LIMIT, MARK, Inbox


def event(number: int) -> ClientEvent:
    """Some event that can be told from others."""
    return Failed(f"a-{number}", "x")


async def fill(inbox: Inbox, count: int) -> None:
    """Let somebody be taking, then let so many events wait."""
    inbox.put(event(-1))
    await inbox.take()
    for number in range(count):
        inbox.put(event(number))


async def test_events_come_in_order_and_then_the_end() -> None:
    """What was put is taken in order; after closing, what waits and then nothing."""
    inbox = Inbox()
    inbox.put(event(1))
    inbox.put(event(2))
    inbox.close()
    assert [await inbox.take() for _ in range(4)] == [event(1), event(2), None, None]


async def test_taking_waits_for_an_event() -> None:
    """Who takes from an empty inbox waits; being cancelled loses nothing."""
    inbox = Inbox()
    impatient = asyncio.create_task(inbox.take())
    patient = asyncio.create_task(inbox.take())
    await asyncio.sleep(0)
    impatient.cancel()
    inbox.put(event(1))
    assert await patient == event(1)
    last = asyncio.create_task(inbox.take())
    await asyncio.sleep(0)
    inbox.close()
    assert await last is None


async def test_a_slow_taker_holds_up_reading() -> None:
    """Above the mark nothing more is read until enough has been taken."""
    inbox = Inbox()
    await fill(inbox, MARK)
    assert inbox.calm
    inbox.put(event(MARK))
    assert not inbox.calm
    reader = asyncio.create_task(inbox.room())
    await asyncio.sleep(0)
    assert not reader.done()
    await inbox.take()
    await reader


async def test_an_absent_taker_holds_up_nothing() -> None:
    """Who never iterates only sends: the acknowledgements must go on coming."""
    inbox = Inbox()
    for number in range(MARK * 2):
        inbox.put(event(number))
    assert inbox.calm


async def test_who_waits_for_an_answer_is_not_held_up() -> None:
    """While an answer is awaited reading goes on, whoever is slow."""
    inbox = Inbox()
    await fill(inbox, MARK + 1)
    assert not inbox.calm
    with inbox.urgent(), inbox.urgent():
        assert inbox.calm
    assert not inbox.calm


async def test_closing_lets_a_held_up_reader_go() -> None:
    """Nobody waits for room in a closed inbox."""
    inbox = Inbox()
    await fill(inbox, MARK + 1)
    reader = asyncio.create_task(inbox.room())
    inbox.close()
    await reader


async def test_what_is_too_much_is_said_to_be_missed() -> None:
    """Beyond the limit the older half goes, counted in one event that stands in its place."""
    inbox = Inbox()
    for number in range(LIMIT + 1):
        inbox.put(event(number))
    assert await inbox.take() == Missed(LIMIT // 2)
    assert await inbox.take() == event(LIMIT // 2)


async def test_what_is_missed_adds_up() -> None:
    """Events missed again and again are counted all together, each once."""
    inbox = Inbox()
    for number in range(LIMIT * 3):
        inbox.put(event(number))
    missed = await inbox.take()
    first = await inbox.take()
    assert isinstance(missed, Missed)
    assert first == event(missed.count)
