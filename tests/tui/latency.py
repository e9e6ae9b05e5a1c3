"""How long a key takes to the screen while a room is busy: `python -m tests.tui.latency`.

The installed server and client, the client on a pseudo-terminal; four others say 1,000 things a second. A
letter is typed that nobody says, and waited for among what the client draws.

Two figures: by the clock; and less the time in which the client was ready to run but other programs had the
cores (what Linux calls its run delay). Only the second is the program's own where the machine is shared.
"""

import argparse
import asyncio
import contextlib
import os
import random
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

from chat.load import proc
from chat.load.member import Member
from chat.load.profiles import PROFILES
from tests.patience import PATIENCE
from tests.processes import Process
from tests.tui.test_installed import Console

LETTERS = "αβγδεζηθικλμνξοπρστυφχψω"
SPEAKERS = 4
TURN = 0.05
"""Seconds between two bursts of a speaker."""
SIZE = 64
"""Characters of what a speaker says."""


class Taken(NamedTuple):
    """Seconds from a key to its drawing: by the clock, and less those without a core."""

    clock: float
    own: float


def without_core(pid: int) -> float:
    """Seconds that the main thread of a process has waited for a core so far; 0 where nobody counts them."""
    try:
        return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text("ascii").split()[1]) / 1e9
    except OSError:
        return 0.0


def _cpu(pid: int) -> float:
    return proc.seconds(pid) or 0.0


class Watched:
    """The client's end of the pseudo-terminal: what was drawn, and when a letter came."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._seen = ""
        self._some = asyncio.Event()
        asyncio.get_running_loop().add_reader(console.master, self._read)

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            self._seen = self._seen[-8_000:] + os.read(self._console.master, 65_536).decode(errors="replace")
            self._some.set()

    async def shows(self, text: str) -> None:
        """Wait until something has been drawn since the last `forget`."""
        async with asyncio.timeout(PATIENCE):
            while text not in self._seen:
                self._some.clear()
                await self._some.wait()

    async def key(self, letter: str) -> Taken:
        """How long a letter takes from its key to its drawing."""
        self._seen = ""
        pid = self._console.process.pid
        waited, began = without_core(pid), time.perf_counter()
        self._console.type(letter)
        await self.shows(letter)
        taken = time.perf_counter() - began
        own = taken - (without_core(pid) - waited)
        self._console.type("\x7f")
        return Taken(taken, max(own, 0.0))

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._console.master)


async def _speakers(port: int) -> list[Member]:
    loop = asyncio.get_running_loop()
    speakers = [Member(PROFILES["chat"], number, "geral", f"u{number}") for number in range(SPEAKERS)]
    for speaker in speakers:
        await loop.create_connection(lambda speaker=speaker: speaker, "127.0.0.1", port)
        await speaker.entered
    return speakers


@contextlib.asynccontextmanager
async def _busy(speakers: list[Member], rate: float) -> AsyncIterator[None]:
    """While this lasts, so many messages a second are sent."""

    async def speak(speaker: Member, late: float) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + late
        owed = 0.0
        while rate:
            await asyncio.sleep(max(0.0, due - loop.time()))
            due += TURN
            owed += rate * TURN / SPEAKERS
            speaker.say(int(owed), SIZE)
            owed -= int(owed)

    speaking = [asyncio.create_task(speak(one, TURN * n / SPEAKERS)) for n, one in enumerate(speakers)]
    try:
        yield
    finally:
        for task in speaking:
            task.cancel()


async def _type(port: int, rates: list[float], keys: int, size: tuple[int, int]) -> list[dict[str, float]]:
    speakers = await _speakers(port)
    where = ("--host", "127.0.0.1", "--port", str(port))
    console = Console("chat-client", *where, "--user", "ana", columns=size[0], rows=size[1])
    watched = Watched(console)
    try:
        await watched.shows("Enviar")
        await watched.shows("u0")
        return [await _among(watched, console.process.pid, speakers, rate, keys) for rate in rates]
    finally:
        watched.close()
        for speaker in speakers:
            speaker.transport.abort()
        console.close()


async def _among(
    watched: Watched, pid: int, speakers: list[Member], rate: float, keys: int
) -> dict[str, float]:
    """The figures for so many keys while so many messages a second are said."""
    async with _busy(speakers, rate):
        began, cpu, sent = time.perf_counter(), _cpu(pid), sum(speaker.sent for speaker in speakers)
        taken = []
        for number in range(keys):
            await asyncio.sleep(random.uniform(0.03, 0.09))  # as fast as a quick typist
            taken.append(await watched.key(LETTERS[number % len(LETTERS)]))
        elapsed = time.perf_counter() - began
        cpu = _cpu(pid) - cpu
        said = sum(speaker.sent for speaker in speakers) - sent
    return {
        "rate": said / elapsed,
        "cpu": cpu / elapsed,
        **_percentiles("clock", [key.clock for key in taken]),
        **_percentiles("own", [key.own for key in taken]),
    }


def _percentiles(name: str, taken: list[float]) -> dict[str, float]:
    taken.sort()
    return {
        f"{name} p50": taken[len(taken) // 2] * 1e3,
        f"{name} p99": taken[len(taken) * 99 // 100] * 1e3,
        f"{name} worst": taken[-1] * 1e3,
    }


def measure(rates: list[float], keys: int, size: tuple[int, int] = (80, 24)) -> list[dict[str, float]]:
    """One server, one client; for each rate of messages percentiles in ms, the client's share of a core."""
    with tempfile.TemporaryDirectory() as folder:
        server = Process("--port", "0", "--data", folder, anew=True)
        try:
            return asyncio.run(_type(server.port(), rates, keys, size))
        finally:
            server.stop()
            server.process.communicate()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.tui.latency")
    parser.add_argument("--rate", type=float, default=1_000, help="messages a second")
    parser.add_argument("--keys", type=int, default=500)
    parser.add_argument("--size", default="80x24")
    asked = parser.parse_args()
    columns, rows = map(int, asked.size.split("x"))
    for found in measure([0, asked.rate], asked.keys, (columns, rows)):
        print(f"{columns}x{rows}, {found['rate']:,.0f} messages/s, {asked.keys} keys")
        for name, told in (("clock", "key to screen"), ("own", "less waits for a core")):
            figures = (f"{found[f'{name} {which}']:.1f}" for which in ("p50", "p99", "worst"))
            print(f"  {told:<22} p50 / p99 / worst ms ", *figures)
        print(f"  client's share of a core {found['cpu']:.0%}; load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
