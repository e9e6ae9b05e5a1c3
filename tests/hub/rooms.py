"""Rooms and those in them, for tests of what may be done there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from chat.history.sqlite import SqliteHistory
from chat.limits.options import Options
from chat.registry.sqlite import SqliteRegistry
from chat.server.server import Server
from tests.keys import Key
from tests.peer import Peer, Said
from tests.servers import UNHURRIED, Recorder, Running


class Clock:
    """The server's time of day, moved by a test."""

    def __init__(self) -> None:
        self.now = 1_795_216_610_000

    def __call__(self) -> int:
        return self.now


@asynccontextmanager
async def serving(
    folder: Path | None = None, clock: Clock | None = None, **options: Any
) -> AsyncIterator[Running]:
    """A server whose clock stands still, over the registry of a folder."""
    registry = SqliteRegistry(folder / "registry.db" if folder else None)
    console, settings = Recorder(), Options(**UNHURRIED | options)
    history = SqliteHistory(folder / "history.db" if folder else None)
    async with Server(history, registry, console, settings, now=clock or Clock()) as server:
        (address,) = await server.listen("127.0.0.1", 0)
        yield Running(server, address[1], console)
    assert [event for event in console.events if event[0] == "failed"] == []


async def ask(peer: Peer, type: str, **members: Any) -> Said:
    """Ask, and the direct answer."""
    ref = f"{type}-{len(peer.heard)}"
    peer.say(type=type, ref=ref, **members)
    return await peer.expect_ref(ref)


async def done(peer: Peer, type: str, **members: Any) -> Said:
    """Do what must be allowed; the answer."""
    answer = await ask(peer, type, **members)
    assert answer["type"] != "error", answer
    return answer


async def refused(peer: Peer, type: str, **members: Any) -> tuple[str, str | None]:
    """Ask for what must be refused; the code, and why."""
    answer = await ask(peer, type, **members)
    assert answer["type"] == "error", answer
    return answer["code"], answer.get("why")


async def room_of(running: Running, name: str = "#sala") -> tuple[Peer, Peer]:
    """A room that dona made, with ana in it; both have keys."""
    dona, ana = await Key().hello(running.port, "dona"), await Key().hello(running.port, "ana")
    await done(dona, "join", room=name)
    await done(ana, "join", room=name)
    await dona.expect("joined", users=["ana"])
    return dona, ana
