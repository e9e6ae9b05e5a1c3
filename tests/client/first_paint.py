"""How long a client takes to show what it has, with the network down: `python -m tests.client.first_paint`.

In a new process on a pseudo-terminal, from its start until the newest message stands on the screen; beside it
how much of that is the interpreter and the imports, and how long the library alone takes to open.
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

from chat.client import PageHere, connect, folder_for
from tests.client.filled import LAST, SERVER, fill

TIMES = 7
DEADLINE = 60.0


def painted(data: Path) -> float:
    """Seconds from the start of the program until its newest message is drawn."""
    host, port = SERVER
    command = [sys.executable, "-m", "chat.tui", "--host", host, "--port", str(port), "--user", "ana"]
    master, slave = pty.openpty()
    began = time.perf_counter()
    environ = os.environ | {"TERM": "xterm-256color", "CHAT_LANG": "en"}
    process = subprocess.Popen(
        [*command, "--data", str(data)], stdin=slave, stdout=slave, stderr=slave, env=environ
    )
    os.close(slave)
    seen = b""
    try:
        while LAST.encode() not in seen.replace(b"\x1b[0m", b""):
            assert time.perf_counter() - began < DEADLINE, seen[-2_000:]
            seen += os.read(master, 65_536)
        return time.perf_counter() - began
    finally:
        process.kill()
        process.wait()
        os.close(master)


def imported(data: Path) -> float:
    """Seconds for the interpreter to start, import the program and end."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import chat.tui.cli"], check=True)
    return time.perf_counter() - began


def opened(data: Path) -> float:
    """Seconds from nothing to a state with the talks and the newest lines, in a process that runs."""
    host, port = SERVER

    async def open() -> float:
        began = time.perf_counter()
        client = connect(host, port, user="ana", folder=folder_for(host, port, "ana", data), offline=True)
        async with client:
            state = client.make_state()
            async for event in client:
                state.apply(event, 0)
                if isinstance(event, PageHere):
                    break
            took = time.perf_counter() - began
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
        measured: dict[str, Callable[[Path], float]] = {
            "interpreter and imports": imported,
            "the library opens": opened,
            "start to newest message on the screen": painted,
        }
        for name, measure in measured.items():
            times = sorted(measure(data) for _ in range(TIMES))
            print(f"{name}: median {statistics.median(times) * 1000:.0f} ms, best {times[0] * 1000:.0f} ms")


if __name__ == "__main__":
    main(*(map(int, sys.argv[1:3]) if len(sys.argv) > 2 else (1_000, 1_000_000)))
