"""How long the registry takes no change while the nats-server that leads it hands over and is stopped."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from itertools import pairwise

from chat.cluster.bus import NatsBus
from chat.cluster.connection import Connection, Servers
from chat.cluster.node import BUS
from chat.cluster.registry import NatsRegistry
from chat.hub.hub import Hub
from chat.limits.options import Options
from chat.registry.base import Change
from tests.cluster.natses import Natses
from tests.torture.bench import DEADLINE, Bench
from tests.torture.nodes import POLITE, paused


def registry_handed_over(bench: Bench) -> str:
    """F24c: the same of who leads the registry, while rooms are made: at no moment a pause of 1 s."""
    servers = Natses(bench.new(), 3)
    try:
        servers.start()
        gaps, made = asyncio.run(_claiming(servers, 6 if bench.thorough else 1))
    finally:
        servers.end()
    assert max(gaps) <= POLITE, gaps
    return f"{len(gaps)} times, {paused(gaps)}; {made} changes, each made once, 0 refused"


async def _claiming(servers: Natses, times: int) -> tuple[list[float], int]:
    """Make record after record while the leader is stopped; the longest pauses, and how many were made."""
    async with _registry(servers) as (registry, bus):
        done: list[float] = []

        async def claim() -> None:
            while True:
                await registry.change([Change(f"room/#{len(done)}", b"%d" % len(done), 0)])
                done.append(time.monotonic())

        claiming = asyncio.create_task(claim())
        try:
            gaps = [await _handed_over(servers, bus, registry.stream, done, claiming) for _ in range(times)]
        finally:
            claiming.cancel()
            await asyncio.gather(claiming, return_exceptions=True)
    async with _registry(servers) as (other, _):
        found = {key: record.value for key, record in other.items("room/")}
    assert found.items() >= {(f"room/#{number}", b"%d" % number) for number in range(len(done))}
    return gaps, len(done)


async def _handed_over(
    servers: Natses, bus: NatsBus, stream: str, done: list[float], claiming: "asyncio.Task[None]"
) -> float:
    """Have who leads a stream hand over, stop it, start it; the longest time in which nothing was done."""
    await asyncio.to_thread(servers.level, stream)
    await _more(done, 50, claiming)
    began = len(done) - 1
    leader = await asyncio.to_thread(servers.led, stream)
    await bus.hand_over(leader.name)
    await asyncio.to_thread(leader.stop)
    await _more(done, 200, claiming)
    gap = max(later - earlier for earlier, later in pairwise(done[began:]))
    await asyncio.to_thread(leader.start)
    return gap


async def _more(done: list[float], count: int, claiming: "asyncio.Task[None]") -> None:
    wanted = len(done) + count
    async with asyncio.timeout(DEADLINE):
        while len(done) < wanted:
            assert not claiming.done(), f"refused: {claiming.exception()!r}"
            await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def _registry(servers: Natses) -> AsyncIterator[tuple[NatsRegistry, NatsBus]]:
    """All of a node that has to do with it."""
    connection = Connection(Servers(servers.urls))
    await connection.open()
    registry = NatsRegistry(connection, "chat", 3, lambda error: None)
    bus = NatsBus(connection, BUS, "n", [registry.stream])
    await registry.open()
    await bus.open(Hub(Options(), 0))
    try:
        yield registry, bus
    finally:
        await bus.close()
        await registry.close()
        await connection.close()
