"""A deadline that counts the time in which this program could run, and no other."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from chat.client.waking import LOOK, waking

Pass = Callable[[float], Awaitable[None]]


@pytest.fixture
async def passing(monkeypatch: pytest.MonkeyPatch) -> Pass:
    """Let so many seconds pass at once on the clock of the loop, which notices in its next turns."""
    loop, passed = asyncio.get_running_loop(), 0.0
    real = loop.time
    monkeypatch.setattr(loop, "time", lambda: real() + passed)

    async def pass_(seconds: float) -> None:
        nonlocal passed
        passed += seconds
        for _ in range(3):
            await asyncio.sleep(0)

    return pass_


async def test_standing_still_uses_nothing_up(passing: Pass) -> None:
    """A machine that stands still for longer than the deadline, and again, has not missed it."""
    async with waking(10.0):
        for seconds in (15.0, 60.0, 9.0, 3_600.0):
            await passing(seconds)


async def test_time_that_passes_is_counted(passing: Pass) -> None:
    """Where the clock was looked at all the while, the deadline is what it says."""
    looks = 0

    async def look_on() -> None:
        nonlocal looks
        async with waking(10.0):
            while True:
                await passing(LOOK)
                looks += 1

    with pytest.raises(TimeoutError):
        await look_on()
    assert 10 <= looks <= 20


async def test_what_is_left_after_a_standstill(passing: Pass) -> None:
    """What had passed before it counts."""

    async def stand_still_in_between() -> None:
        async with waking(1.0):
            for seconds in (LOOK, 100.0, LOOK, LOOK):
                await passing(seconds)

    with pytest.raises(TimeoutError):
        await stand_still_in_between()


async def test_nothing_is_left_of_it(passing: Pass) -> None:
    """Once the body has ended, in time or with an error of its own, nobody looks at the clock any more."""
    with pytest.raises(KeyError):
        async with waking(1.0):
            raise KeyError
    async with waking(1.0):
        pass
    await passing(10.0)
