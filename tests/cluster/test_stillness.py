"""A moment without writing: who writes waits for its end, who asked for it until all is answered."""

import asyncio
from contextlib import suppress

import pytest

from chat.cluster import stillness
from chat.cluster.stillness import Stillness
from tests.patience import PATIENCE


async def test_who_writes_waits_for_its_end() -> None:
    """Without a stillness nobody waits; in one all do, until it is ended."""
    made = Stillness()
    await asyncio.wait_for(made.over(), PATIENCE)
    made.begin(1.0)
    waiting = asyncio.create_task(made.over())
    await asyncio.sleep(0)
    assert not waiting.done()
    made.end()
    await asyncio.wait_for(waiting, PATIENCE)


async def test_it_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though nobody ends it, and however long was asked for."""
    monkeypatch.setattr(stillness, "LONGEST", 0.01)
    made = Stillness()
    made.begin(3_600.0)
    await asyncio.wait_for(made.over(), PATIENCE)


async def test_another_one_begins_at_once() -> None:
    """Who waited for the one that has ended waits for the next one too, before anything is sent."""
    made = Stillness()
    made.begin(1.0)
    waiting = asyncio.create_task(made.over())
    await asyncio.sleep(0)
    made.end()
    made.begin(1.0)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not waiting.done()
    made.end()
    await asyncio.wait_for(waiting, PATIENCE)


async def test_it_is_reached_with_the_last_answer() -> None:
    """With two under way it is not before both are over, one of them without an answer."""
    made = Stillness()
    await asyncio.wait_for(made.reached(), PATIENCE)
    with suppress(TimeoutError), made.writing():
        with made.writing():
            reached = asyncio.create_task(made.reached())
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not reached.done()
        raise TimeoutError
    await asyncio.wait_for(reached, PATIENCE)
