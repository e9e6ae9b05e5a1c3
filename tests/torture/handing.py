"""How long the registry takes no change while the nats-server that leads it is stopped politely."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from itertools import pairwise

from chat.cluster.connection import Connection, Servers
from chat.cluster.registry import NatsRegistry
from chat.registry.base import Change
from tests.cluster.natses import Natses
from tests.torture.bench import DEADLINE, Bench
from tests.torture.nodes import POLITE, paused


def registry_stopped(bench: Bench) -> str:
    """F24c: SIGTERM of the nats-server that leads the registry, while rooms are made: back within 1 s."""
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
    async with _registry(servers) as registry:
        done: list[float] = []

        async def claim() -> None:
            while True:
                await registry.change([Change(f"room/#{len(done)}", b"%d" % len(done), 0)])
                done.append(time.monotonic())

        claiming = asyncio.create_task(claim())
        try:
            gaps = [await _handed_over(servers, registry.stream, done, claiming) for _ in range(times)]
        finally:
            claiming.cancel()
            await asyncio.gather(claiming, return_exceptions=True)
    async with _registry(servers) as other:
        found = {key: record.value for key, record in other.items("room/")}
    assert found.items() >= {(f"room/#{number}", b"%d" % number) for number in range(len(done))}
    return gaps, len(done)


async def _handed_over(
    servers: Natses, stream: str, done: list[float], claiming: "asyncio.Task[None]"
) -> float:
    """Stop who leads a stream and start it again; the longest time in which nothing was done."""
    await asyncio.to_thread(servers.level, stream)
    await _more(done, 50, claiming)
    began = len(done) - 1
    leader = await asyncio.to_thread(servers.led, stream)
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
async def _registry(servers: Natses) -> AsyncIterator[NatsRegistry]:
    connection = Connection(Servers(servers.urls))
    await connection.open()
    registry = NatsRegistry(connection, "chat", 3, lambda error: None)
    await registry.open()
    try:
        yield registry
    finally:
        await registry.close()
        await connection.close()
