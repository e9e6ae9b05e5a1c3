"""Two who talk to a server while every bad input is said to it, in five cuttings."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Self

from tests.peer import Peer
from tests.server.inputs import CUTS, Bad, judge
from tests.server.inputs.table import INPUTS

EVERY = 0.1
"""Seconds between two messages of the pair."""
LATE = 0.25
"""Seconds that one of them may take."""
GLUED = "between two good frames"


class Canary:
    """Two good clients, and how long each message took between them."""

    def __init__(self, ana: Peer, kika: Peer) -> None:
        self.ana = ana
        self.kika = kika
        self.took: list[float] = []
        """Seconds, message by message."""

    @classmethod
    async def at(cls, port: int) -> Self:
        """A pair on the server at a port."""
        return cls(await Peer.hello(port, "ana"), await Peer.hello(port, "kika"))

    async def sing(self) -> None:
        """One message from one to the other."""
        number, began = len(self.took), time.monotonic()
        sent = await self.ana.send("#geral", f"canário {number}", f"cid-{number:04}")
        assert await self.kika.expect("message", cid=f"cid-{number:04}") == sent
        self.took.append(time.monotonic() - began)

    @property
    def mostly(self) -> float:
        """Seconds that 95 of a hundred took at most."""
        return sorted(self.took)[-1 - len(self.took) // 20]


async def _sing(canaries: tuple[Canary, ...]) -> None:
    """A message of each, one after the other, every tenth of a second until cancelled."""
    while True:
        await asyncio.sleep(EVERY)
        for canary in canaries:
            await canary.sing()


@asynccontextmanager
async def singing(*ports: int) -> AsyncIterator[tuple[Canary, ...]]:
    """A pair on each of these servers that sings meanwhile."""
    canaries = tuple([await Canary.at(port) for port in ports])
    song = asyncio.create_task(_sing(canaries))
    try:
        yield canaries
        assert not song.done(), song
    finally:
        song.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await song


def every() -> Iterator[tuple[Bad, str]]:
    """Each bad input in each cutting."""
    for cut in (*CUTS, GLUED):
        for one in INPUTS.values():
            yield one, cut


async def misbehave(port: int, one: Bad, cut: str, number: int) -> None:
    """Say something bad on a connection of its own; `GLUED` stands between two good frames, in one write."""
    evil = await Peer.connect(port)
    if one.welcomed:
        evil.say(type="hello", version=1, user="evil", rooms=[])
        await evil.expect("welcome")
    await judge(evil, one, CUTS.get(cut, CUTS["whole"]), glued=cut == GLUED, number=number)
    if one.lasts:
        evil.say(type="bye")
        await evil.closed()
    evil.close()
