"""Every bad input in five cuttings, one after the other, on one installed server, judged from outside."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from tests.peer import Peer
from tests.processes import FREELY, Launch, Process
from tests.server.inputs import CUTS, Bad, judge
from tests.server.inputs.table import INPUTS

EVERY = 0.1
"""Seconds between two messages of the canary pair."""
LATE = 0.25
"""Seconds that one of them may take more than on a server that nobody misbehaves to, at the same time.

Of a hundred five may be later: the cores are shared, and who waits for one is late by no fault of ours.
"""
GROWN = 20 * 2**20
"""Bytes that the server may have grown by, after all of it."""
GLUED = "between two good frames"


class Canary:
    """Two good clients, and how long each message took between them."""

    def __init__(self, ana: Peer, kika: Peer) -> None:
        self.ana = ana
        self.kika = kika
        self._took: list[float] = []

    @classmethod
    async def at(cls, port: int) -> Self:
        """A pair on the server at a port."""
        return cls(await Peer.hello(port, "ana"), await Peer.hello(port, "kika"))

    async def sing(self) -> None:
        """One message from one to the other."""
        number, began = len(self._took), time.monotonic()
        sent = await self.ana.send("#geral", f"canário {number}", f"cid-{number:04}")
        assert await self.kika.expect("message", cid=f"cid-{number:04}") == sent
        self._took.append(time.monotonic() - began)

    @property
    def took(self) -> float:
        """Seconds that 95 of a hundred took at most."""
        return sorted(self._took)[-1 - len(self._took) // 20]


async def sing(*canaries: Canary) -> None:
    """A message of each, one after the other, every tenth of a second until cancelled."""
    while True:
        await asyncio.sleep(EVERY)
        for canary in canaries:
            await canary.sing()


@asynccontextmanager
async def singing(port: int, calm: int) -> AsyncIterator[tuple[Canary, Canary]]:
    """A canary pair that sings meanwhile, and one on a server where nothing happens."""
    canary, reference = await Canary.at(port), await Canary.at(calm)
    song = asyncio.create_task(sing(canary, reference))
    try:
        yield canary, reference
        assert not song.done(), song
    finally:
        song.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await song


def resources(server: Process) -> tuple[int, int, int]:
    """Open files, threads and resident bytes of a server."""
    proc = Path(f"/proc/{server.process.pid}")
    status = dict(line.split(":", 1) for line in (proc / "status").read_text().splitlines())
    return len(list((proc / "fd").iterdir())), int(status["Threads"]), int(status["VmRSS"].split()[0]) * 1024


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


async def test_all_of_them_on_one_server(launch: Launch, tmp_path: Path) -> None:
    """Same process, the canary never late, files, threads and memory back, one line each, no traceback."""
    server = launch("--port", "0", "--data", str(tmp_path / "data"), *FREELY)
    calm = launch("--port", "0", "--data", str(tmp_path / "calm"), *FREELY)
    port, said = server.port(), 0
    async with singing(port, calm.port()) as (canary, reference):
        fresh = before = resources(server)
        for cut in (*CUTS, GLUED):
            for one in INPUTS.values():
                said += 1
                await misbehave(port, one, cut, said)
            if said == len(INPUTS):  # by now every reader of the history that is opened when asked for is
                before = resources(server)
        await canary.kika.silent()
        after = resources(server)
    assert server.process.poll() is None
    assert (after[0], after[1]) == (before[0], before[1])
    assert after[2] - fresh[2] < GROWN
    assert canary.took - reference.took < LATE
    assert server.stop() == 0
    assert server.process.stderr is not None
    assert server.process.stderr.read() == ""
    came_and_went = 2 * said
    assert sum("evil" in line for line in server.lines) == came_and_went
