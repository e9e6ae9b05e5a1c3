"""How long a client takes to show what it has, with the network down: `python -m tests.client.first_paint`.

In a new process on a pseudo-terminal, from its start until the newest message stands on the screen; beside it
how much of that is the interpreter and the imports, and how long the library alone takes to open. On a
machine that does other things too the processor time says more than the clock.
"""

import asyncio
import os
import pty
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from chat.client import PageHere, connect, folder_for
from tests.client.filled import LAST, SERVER, fill

TIMES = 7
DEADLINE = 60.0


class Took(NamedTuple):
    """Seconds by the clock, and of a processor."""

    clock: float
    processor: float


def environment(data: Path) -> dict[str, str]:
    """That of an installed program, whose modules were compiled when it was first used."""
    changed = {"TERM": "xterm-256color", "CHAT_LANG": "en", "PYTHONPYCACHEPREFIX": str(data / "compiled")}
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | changed


def painted(data: Path) -> Took:
    """Seconds from the start of the program until its newest message is drawn."""
    host, port = SERVER
    command = [sys.executable, "-m", "chat.tui", "--host", host, "--port", str(port), "--user", "ana"]
    master, slave = pty.openpty()
    began = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--data", str(data)], stdin=slave, stdout=slave, stderr=slave, env=environment(data)
    )
    os.close(slave)
    seen = b""
    try:
        while LAST.encode() not in seen:
            assert time.perf_counter() - began < DEADLINE, seen[-2_000:]
            seen += os.read(master, 65_536)
        took = time.perf_counter() - began
        ticks = Path(f"/proc/{process.pid}/stat").read_text("ascii").rpartition(")")[2].split()[11:13]
        return Took(took, sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK"))
    finally:
        process.kill()
        process.wait()
        os.close(master)


def imported(data: Path) -> Took:
    """Seconds for the interpreter to start, import the program and end."""
    began, used = time.perf_counter(), os.times()
    subprocess.run([sys.executable, "-c", "import chat.tui.cli"], check=True, env=environment(data))
    after = os.times()
    processor = after.children_user + after.children_system - used.children_user - used.children_system
    return Took(time.perf_counter() - began, processor)


def opened(data: Path) -> Took:
    """Seconds from nothing to a state with the talks and the newest lines, in a process that runs."""
    host, port = SERVER

    async def open() -> Took:
        began, used = time.perf_counter(), time.process_time()
        client = connect(host, port, user="ana", folder=folder_for(host, port, "ana", data), offline=True)
        async with client:
            state = client.make_state()
            async for event in client:
                state.apply(event, 0)
                if isinstance(event, PageHere):
                    break
            took = Took(time.perf_counter() - began, time.process_time() - used)
            assert any(line.body == LAST for talk in state.talks.values() for line in talk.lines)
            return took

    return asyncio.run(open())


def main(rooms: int, messages: int) -> None:
    """Fill a folder, then measure."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        host, port = SERVER
        began = time.perf_counter()
        asyncio.run(fill(folder_for(host, port, "ana", data), rooms, messages))
        size = sum(path.stat().st_size for path in data.rglob("*") if path.is_file())
        took = time.perf_counter() - began
        print(f"{rooms} rooms, {messages} messages, {size / 2**20:.0f} MiB, written in {took:.0f} s")
        measured: dict[str, Callable[[Path], Took]] = {
            "interpreter and imports": imported,
            "the library opens": opened,
            "start to newest message on the screen": painted,
        }
        imported(data)
        for name, measure in measured.items():
            times = [measure(data) for _ in range(TIMES)]
            clock, processor = (sorted(1_000 * one for one in each) for each in zip(*times, strict=True))
            print(
                f"{name}: median {statistics.median(clock):.0f} ms, best {clock[0]:.0f} ms; "
                f"of a processor {statistics.median(processor):.0f} ms"
            )


if __name__ == "__main__":
    main(*(map(int, sys.argv[1:3]) if len(sys.argv) > 2 else (1_000, 1_000_000)))
