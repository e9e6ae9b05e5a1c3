"""How long a client takes to show what it has, with the network down: `python -m tests.client.first_paint`.

The installed `chat-client` on a pseudo-terminal, from the start of the process until the newest message
stands on the screen; beside it how much of that is the interpreter, the library that draws and all imports,
and how long the library of the client alone takes to open. All in turn, so that whatever else the machine
does falls on each; the ratio to the library that draws hardly knows of it.
"""

import argparse
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

PROGRAM = Path(sys.executable).with_name("chat-client")
DRAWING = "import prompt_toolkit.application"
DEADLINE = 60.0


class Took(NamedTuple):
    """Seconds by the clock, and of a processor."""

    clock: float
    processor: float


Measure = Callable[[Path], Took]


def environment(data: Path) -> dict[str, str]:
    """That of an installed program, with an identity and configuration of its own; modules stay compiled."""
    changed = {"TERM": "xterm-256color", "CHAT_LANG": "en"} | dict.fromkeys(
        ("XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(data)
    )
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | changed


def painted(data: Path, *, options: tuple[str, ...] = (), errors: Path | None = None) -> Took:
    """Seconds from the start of the program until its newest message is drawn.

    `options` are the interpreter's; what it says on its standard error goes to a file.
    """
    host, port = SERVER
    command = [sys.executable, *options, PROGRAM, "--host", host, "--port", str(port), "--user", "ana"]
    master, slave = pty.openpty()
    with open(errors or os.devnull, "wb") as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            [*command, "--data", data], stdin=slave, stdout=slave, stderr=said, env=environment(data)
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


def running(code: str) -> Measure:
    """Seconds for the interpreter to start, run a line of code and end."""

    def measure(data: Path) -> Took:
        began, used = time.perf_counter(), os.times()
        subprocess.run([sys.executable, "-c", code], check=True, env=environment(data))
        after = os.times()
        processor = after.children_user + after.children_system - used.children_user - used.children_system
        return Took(time.perf_counter() - began, processor)

    return measure


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


MEASURES: dict[str, Measure] = {
    "the interpreter alone": running("pass"),
    "with the library that draws": running(DRAWING),
    "with all imports": running("import chat.tui.cli, chat.tui.screen.full"),
    "the client's library opens the folder": opened,
    "start to newest message on the screen": painted,
}


def filled(data: Path, rooms: int, messages: int) -> None:
    """Fill a folder for `painted`, and have everything compiled."""
    host, port = SERVER
    asyncio.run(fill(folder_for(host, port, "ana", data), rooms, messages))
    painted(data)
    running(DRAWING)(data)


def measure(rooms: int, messages: int, times: int) -> None:
    """Fill a folder, measure each so many times in turn, and print."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        filled(data, rooms, messages)
        size = sum(path.stat().st_size for path in data.rglob("*.db")) / 2**20
        print(f"{rooms:,} rooms, {messages:,} messages, {size:.0f} MiB")
        took: dict[str, list[Took]] = {name: [] for name in MEASURES}
        for _ in range(times):
            for name, measure in MEASURES.items():
                took[name].append(measure(data))
    for name, each in took.items():
        clock, processor = (sorted(1_000 * one for one in column) for column in zip(*each, strict=True))
        print(
            f"{name}: median {statistics.median(clock):.0f} ms, best {clock[0]:.0f} ms; "
            f"of a processor {statistics.median(processor):.0f} ms"
        )
    drawing, paint = (took[name] for name in ("with the library that draws", [*MEASURES][-1]))
    ratios = [one.clock / other.clock for one, other in zip(paint, drawing, strict=True)]
    print(f"start to screen / library that draws: median {statistics.median(ratios):.2f}")
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.client.first_paint")
    parser.add_argument("rooms", type=int, nargs="?", default=1_000)
    parser.add_argument("messages", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--times", type=int, default=15)
    asked = parser.parse_args()
    measure(asked.rooms, asked.messages, asked.times)


if __name__ == "__main__":
    main()
