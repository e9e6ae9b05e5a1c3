"""What a client does with a server that does not answer, and with a disk that is slower than the server."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from chat import messages as m
from chat.client import Client, Disconnected, Timings, Unanswered, exchange, folder_for, keeper
from chat.client.locker import COPY
from chat.history.copy import Copy
from tests.client.conftest import Dial
from tests.fakes import FakeClock, FakeServer, message, until, within
from tests.patience import PATIENCE

MOST = 400
"""Entries that may wait for the disk in these tests."""
COUNT = 20 * MOST


async def test_a_request_that_is_not_answered(server: FakeServer, dial: Dial, clock: FakeClock) -> None:
    """After its deadline whoever asked is told so; the connection stays, and a late answer is passed over."""
    async with dial(timings=Timings(quiet=10_000.0)) as client:
        caller = await server.accept()
        asking = asyncio.create_task(client.who())
        asked = await caller.hear(m.Who)
        await clock.sleeps(exchange.ANSWERED)
        clock.advance(exchange.ANSWERED / 2)
        caller.say(m.PingEvent())
        await caller.hear(m.Pong)
        assert not asking.done()
        clock.advance(exchange.ANSWERED / 2)
        with pytest.raises(Unanswered):
            await within(asking)
        caller.say(m.Members(users=["ana"], more=False, ref=asked.ref))
        again = asyncio.create_task(client.who())
        request = await caller.hear(m.Who)
        caller.say(m.Members(users=["bia"], more=False, ref=request.ref))
        assert await within(again) == ["bia"]
        assert len(server.callers) == 1
        assert exchange.ANSWERED not in clock.sleeping


async def test_a_lost_connection_is_told_before_the_deadline(
    server: FakeServer, dial: Dial, clock: FakeClock
) -> None:
    """Who waits for an answer when the connection goes hears of that, and no deadline is left behind."""
    async with dial() as client:
        caller = await server.accept()
        asking = asyncio.create_task(client.who())
        await caller.hear(m.Who)
        await clock.sleeps(exchange.ANSWERED)
        caller.cut()
        with pytest.raises(Disconnected):
            await within(asking)
        await until(lambda: exchange.ANSWERED not in clock.sleeping)


@asynccontextmanager
async def slow_disk(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[threading.Event]:
    """Nothing is written to a copy until the event is set."""
    free, keep = threading.Event(), Copy.keep

    def wait(copy: Copy, entries: list[object], cursor: int) -> asyncio.Future[None]:
        copy._clerk.do(lambda db: free.wait(PATIENCE))
        return keep(copy, entries, cursor)  # type: ignore[arg-type]

    monkeypatch.setattr(Copy, "keep", wait)
    try:
        yield free
    finally:
        free.set()


async def _take(client: Client, ids: list[int]) -> None:
    async for event in client:
        if isinstance(event, m.Message):
            ids.append(event.id)


async def test_a_slow_disk_holds_up_reading(
    server: FakeServer, dial: Dial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the copy is not written no more is read than may wait for it; afterwards nothing is missing."""
    monkeypatch.setattr(keeper, "MOST", MOST)
    folder = folder_for("localhost", server.port, "ana", tmp_path)
    async with slow_disk(monkeypatch) as disk, dial(folder=folder) as client:
        caller, ids = await server.accept(), list[int]()
        taking = asyncio.create_task(_take(client, ids))
        caller.say(*(message(id, "x" * 1_000) for id in range(1, COUNT + 1)))
        await until(lambda: not client._keeper.backlog.calm)
        for _ in range(1_000):
            await asyncio.sleep(0)
        held_at = client.cursor
        assert held_at is not None
        assert held_at + keeper.BATCH > MOST
        assert held_at < MOST + 2 * keeper.BATCH
        disk.set()
        await until(lambda: len(ids) == COUNT)
        assert ids == list(range(1, COUNT + 1))
        await client.close()
        await within(taking)
    copy = Copy(folder / COPY)
    await copy.open()
    try:
        assert copy.cursor == COUNT
        assert len(await copy.since(0, 2 * COUNT)) == COUNT
    finally:
        await copy.close()
