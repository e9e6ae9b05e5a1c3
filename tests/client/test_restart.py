"""A server that says it is shutting down is called often until it is back, and not for ever."""

from random import Random

from chat import messages as m
from chat.client import Client, Connection
from chat.client.backoff import SOON, Backoff
from chat.errors import Code
from tests.client.conftest import Dial
from tests.client.test_backoff import Highest
from tests.fakes import Caller, FakeClock, FakeServer, until

AWAY = 60.0
"""Seconds for which it is expected back."""


async def _wait(client: Client, clock: FakeClock) -> float:
    """How long the client waits now; then it tries again, and is let in or not."""
    await until(lambda: client.connection is Connection.WAITING and bool(clock.sleeping))
    waits = clock.sleeping[-1]
    clock.advance(waits)
    return waits


async def test_a_server_that_is_started_anew(server: FakeServer, dial: Dial, clock: FakeClock) -> None:
    """While it is away nobody waits for more than four seconds, after a minute up to sixty as ever."""
    async with dial(rng=Highest()) as client:
        caller, waits = await server.accept(), list[float]()
        server.greeting = Caller.cut
        caller.say(m.ByeEvent(reason="shutting_down"))
        while sum(waits) < AWAY:
            waits.append(await _wait(client, clock))
            await server.accept()
        assert waits[:6] == [0.5, 1.0, 2.0, SOON, SOON, SOON]
        assert max(waits) == SOON
        assert await _wait(client, clock) == 60.0
        server.greeting = Caller.welcome
        await until(lambda: bool(clock.sleeping) or client.connection is Connection.OPEN)
        client.retry()
        await until(lambda: client.connection is Connection.OPEN)


async def test_a_server_that_does_nothing_else(server: FakeServer, dial: Dial, clock: FakeClock) -> None:
    """One that welcomes and says it is shutting down each time is called ever more seldom."""
    waits: list[float] = []
    async with dial(rng=Highest()) as client:
        while sum(waits) < 2 * AWAY:
            (await server.accept()).say(m.ByeEvent(reason="shutting_down"))
            waits.append(await _wait(client, clock))
        assert max(waits) > 2 * SOON
        assert client.connection is not Connection.CLOSED


async def test_a_node_that_is_behind_is_asked_again_soon(
    server: FakeServer, dial: Dial, clock: FakeClock
) -> None:
    """It may be level in a moment, and another node may answer: nobody waits a minute for it."""

    def behind(caller: Caller) -> None:
        caller.say(m.Error(code=Code.STORAGE_FAILED, message="", why="behind"))

    async with dial(rng=Highest()) as client:
        caller, waits = await server.accept(), list[float]()
        server.greeting = behind
        caller.cut()
        for _ in range(8):
            waits.append(await _wait(client, clock))
            await server.accept()
        assert waits[:5] == [0.5, 1.0, 2.0, SOON, SOON]
        assert max(waits) == SOON


def test_soon_is_spread_too() -> None:
    """Those who all lost the same server come back spread over the whole wait."""
    waits = []
    for seed in range(200):
        backoff = Backoff(Random(seed), first=0.5, most=60.0, settled=60.0)
        backoff.attempt = 10
        waits.append(backoff.next(soon=True))
    assert min(waits) < SOON / 8
    assert SOON * 7 / 8 < max(waits) <= SOON
