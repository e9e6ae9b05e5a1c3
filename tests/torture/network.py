"""Faults of the network and of those at its other end."""

import asyncio
import contextlib
import importlib.util
import json
import os
import resource
import socket
import sys
import time
from pathlib import Path

from chat.check.scene import Scene
from tests.torture.bench import DEADLINE, Bench, NotHere, Served, Wire, free_port, judged, summary

MIB = 2**20


_WITHOUT_UVLOOP = (
    "import sys; sys.modules['uvloop'] = None; del sys.argv[0]; from chat.server.cli import main; main()"
)
"""Runs what is named after it as a program of asyncio's own loop."""


def exhausted(bench: Bench) -> str:
    """F20: no descriptor left: who is in goes on, the log stays short, and with one free it accepts again."""
    said = [_exhausted(bench)]
    if importlib.util.find_spec("uvloop") is not None:
        said.append(_exhausted(bench, sys.executable, "-c", _WITHOUT_UVLOOP))
    return "100 connections on 64 descriptors; " + "; ".join(said)


def _exhausted(bench: Bench, *before: str) -> str:
    with Served(bench.new(), "prlimit", "--nofile=64:64", *before) as server:
        port = server.port()
        with Wire(port, "ana") as ana, contextlib.ExitStack() as others:
            for _ in range(100):
                others.enter_context(socket.create_connection(("127.0.0.1", port)))
            assert ana.send("#geral", "still here", "1")["type"] == "message"
            until = time.monotonic() + 2.0
            count = 1
            while time.monotonic() < until:
                count += 1
                assert ana.send("#geral", "still here", str(count))["type"] == "message"
            others.close()
            began = time.monotonic()
            with _welcomed(port, "bia") as bia:
                took = time.monotonic() - began
                assert bia.page()[-1]["body"] == "still here"
        lines = len(server.complaint().splitlines())
    assert took < 10.0, took
    assert lines == 0, f"{lines} lines of log"
    return f"accepted again after {took:.1f} s"


def _welcomed(port: int, user: str) -> Wire:
    """A client that tries until it is welcome: one that came while there was no descriptor may be closed."""
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until:
        with contextlib.suppress(AssertionError, OSError):
            return Wire(port, user)
    raise AssertionError("never accepted again")


def stuck(bench: Bench) -> str:
    """F16: one who never reads, in a busy room: harms nobody, costs little, and is gone after 30 s."""
    with Served(bench.new()) as server:
        port = server.port()
        lazy = socket.socket()
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        lazy.connect(("127.0.0.1", port))
        hello = json.dumps({"type": "hello", "version": 1, "user": "lazy", "rooms": ["#busy"]}).encode()
        lazy.sendall(str(len(hello)).encode().ljust(64) + hello)
        with Wire(port, "ana", rooms=["#busy"]) as ana:
            began, before, count = time.monotonic(), _resident(server.pid), 0
            worst = 0.0
            while "lazy" in _users(ana):
                assert time.monotonic() - began < DEADLINE
                for _ in range(20):
                    count += 1
                    sent = time.monotonic()
                    assert ana.send("#busy", "x" * 2_000, str(count))["type"] == "message"
                    worst = max(worst, time.monotonic() - sent)
            took, grown = time.monotonic() - began, _resident(server.pid) - before
        lazy.close()
    assert grown < 32 * MIB, grown
    return f"gone after {took:.0f} s and {count} messages; server grew by {grown / MIB:.1f} MiB"


def _users(wire: Wire) -> list[str]:
    wire.say(type="who", room="#busy")
    users: list[str] = wire.expect("who")["users"]
    return users


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        raise NotHere("no /proc") from None


def half_open(bench: Bench) -> str:
    """F17: the way goes dead without a word, for everybody: the clients come back, nothing is lost."""
    with Served(bench.new()) as server:
        target, way = server.port(), _Way()

        async def die(scene: Scene) -> None:
            for _ in range(2):
                await asyncio.sleep(1.0)
                way.dead |= way.open
            await asyncio.Event().wait()

        async def both(scene: Scene) -> None:
            async with way.listening(target):
                await die(scene)

        report = judged(way.port, both, seconds=4.0, faults=[], stall=1.0)
    assert report.cuts, report
    return summary(report)


class _Way:
    """A proxy whose connections can go dead: nothing passes, nobody is told."""

    def __init__(self) -> None:
        self.port = free_port()
        self.open: set[int] = set()
        self.dead: set[int] = set()
        self._count = 0

    @contextlib.asynccontextmanager
    async def listening(self, target: int):  # type: ignore[no-untyped-def]
        """Pass on connections to a port."""

        async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._count += 1
            number = self._count
            self.open.add(number)
            with contextlib.suppress(OSError):
                onward = await asyncio.open_connection("127.0.0.1", target)
                ways = [(reader, onward[1]), (onward[0], writer)]
                passing = [asyncio.ensure_future(self._pass(number, *way)) for way in ways]
                await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
                for task in passing:
                    task.cancel()
                onward[1].transport.abort()
            writer.transport.abort()

        server = await asyncio.start_server(accepted, "127.0.0.1", self.port)
        try:
            yield
        finally:
            server.close()

    async def _pass(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                if number not in self.dead:
                    writer.write(data)


def storm(bench: Bench) -> str:
    """F19: everybody comes back at once after a restart: all are welcome, and what they say is stored."""
    count = 2_000 if bench.thorough else 200
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2 * count:
        raise NotHere(f"only {hard} descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        port, data = free_port(), bench.new()
        with Served(data, port=port) as server:
            server.port()
            secrets = asyncio.run(_arrive(port, [None] * count))[1]
        with Served(data, port=port) as server:
            server.port()
            took, _ = asyncio.run(_arrive(port, secrets))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert took < 10.0 or not bench.thorough, took
    return f"{count} welcome again in {took:.1f} s"


async def _arrive(port: int, secrets: list[str | None]) -> tuple[float, list[str | None]]:
    """Let so many say hello at once; how long until the last welcome, and their secrets."""
    loop = asyncio.get_running_loop()
    began = loop.time()

    async def arrive(number: int, secret: str | None) -> tuple[str, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        hello = {"type": "hello", "version": 1, "user": f"s{number}"} | (
            {"session": secret} if secret else {}
        )
        payload = json.dumps(hello).encode()
        writer.write(str(len(payload)).encode().ljust(64) + payload)
        while True:
            size = int(await reader.readexactly(64))
            said = json.loads(await reader.readexactly(size))
            if said["type"] == "welcome":
                return said["session"], writer

    async with asyncio.timeout(DEADLINE):
        found = await asyncio.gather(*(arrive(number, secret) for number, secret in enumerate(secrets)))
    took = loop.time() - began
    for _, writer in found:
        writer.transport.abort()
    return took, [secret for secret, _ in found]
