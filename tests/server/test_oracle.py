"""Every bad input in five cuttings, one after the other, on one installed server, judged from outside."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.peer import Peer, framed
from tests.processes import FREELY, Launch, Process
from tests.server.test_bad_input import CUTS, LOST, MEANING, PAYLOADS, TOO_LARGE, UNKNOWN

EVERY = 0.1
"""Seconds between two messages of the canary pair."""
LATE = 0.25
"""Seconds that one of them may take more than this machine's own clock is late at the same time.

Of a hundred five may be later: the cores are shared, and who waits for one is late by no fault of ours.
"""
GROWN = 20 * 2**20
"""Bytes that the server may have grown by, after all of it."""
GOOD = framed(b'{"type":"ping"}')


def bad_inputs() -> dict[str, tuple[bytes, bytes]]:
    """The bytes of each bad input, and those of a good frame after it, where framing survives."""
    framings = {name: (data, b"") for name, data in (LOST | TOO_LARGE).items()}
    payloads = {name: (framed(data), GOOD) for name, data in (PAYLOADS | UNKNOWN).items()}
    meanings = {name: (framed(text.encode()), GOOD) for name, (text, _) in MEANING.items()}
    return framings | payloads | meanings


class Canary:
    """Two good clients, a message every tenth of a second; how late each was beside the clock itself."""

    def __init__(self, ana: Peer, bia: Peer) -> None:
        self.ana = ana
        self.bia = bia
        self.late: list[float] = []

    async def sing(self) -> None:
        """Until cancelled."""
        number = 0
        while True:
            slept = time.monotonic()
            await asyncio.sleep(EVERY)
            noise = time.monotonic() - slept - EVERY
            began = time.monotonic()
            sent = await self.ana.send("#geral", f"canário {number}", f"canary-{number}")
            assert await self.bia.expect("message", cid=f"canary-{number}") == sent
            self.late.append(time.monotonic() - began - noise)
            number += 1


@asynccontextmanager
async def singing(port: int) -> AsyncIterator[Canary]:
    """A canary pair that sings meanwhile, and was never late afterwards."""
    canary = Canary(await Peer.hello(port, "canário"), await Peer.hello(port, "ouvinte"))
    song = asyncio.create_task(canary.sing())
    try:
        yield canary
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


async def misbehave(port: int, pieces: list[bytes], *, fatal: bool) -> None:
    """Say something bad; the answer is one error in good frames, and then a good request's or the end."""
    evil = await Peer.hello(port, "evil", rooms=[])
    for piece in pieces:
        evil.raw(piece)
        await evil.writer.drain()
    error = await evil.expect("error")
    assert set(error) <= {"type", "code", "message", "ref", "cid"}
    if not fatal:
        await evil.expect("pong")
        evil.say(type="bye")
    await evil.closed()
    evil.close()


async def test_all_of_them_on_one_server(launch: Launch, tmp_path: Path) -> None:
    """Same process, the canary never late, files, threads and memory back, one line each, no traceback."""
    server = launch("--port", "0", "--data", str(tmp_path), *FREELY)
    port = server.port()
    cuts = CUTS | {"glued": lambda data: [GOOD + data]}
    async with singing(port) as canary:
        await misbehave(port, [b"x" * 64], fatal=True)
        before = resources(server)
        said = 0
        for bad, good in bad_inputs().values():
            for cut in cuts.values():
                await misbehave(port, [*cut(bad), good], fatal=not good)
                said += 1
        await canary.bia.silent()
        after = resources(server)
    assert server.process.poll() is None
    assert (after[0], after[1]) == (before[0], before[1])
    assert after[2] - before[2] < GROWN
    assert sorted(canary.late)[-1 - len(canary.late) // 20] < LATE, sorted(canary.late)[-5:]
    assert server.stop() == 0
    assert server.process.stderr is not None
    assert server.process.stderr.read() == ""
    assert sum("evil" in line for line in server.lines) == 2 * (
        said + 1
    )  # came in, and left for what it said
