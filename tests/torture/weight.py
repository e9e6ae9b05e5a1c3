"""Many who come, or who say or read too slowly, or go in and out: rows 70 to 77 of the bad inputs."""

import asyncio
import contextlib
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.peer import OPEN, Peer, framed
from tests.processes import Process
from tests.server.canaries import LATE, every, misbehave, singing
from tests.torture.bench import DEADLINE, Bench, NotHere, Served, Wire

MIB = 2**20
ELSEWHERE = "127.0.0.2"
"""Another address of this machine, where nobody else is."""
INTERVAL = 0.25
"""Shortest time between two notices of a room, as the server's options have it."""
LIMITED = ("--loopback", "limited")


class Use(NamedTuple):
    """What a process uses: open files, resident bytes, seconds of a processor so far."""

    files: int
    resident: int
    seconds: float


def _use(pid: int) -> Use:
    proc = Path(f"/proc/{pid}")
    try:
        stat = (proc / "stat").read_text().rpartition(")")[2].split()
        resident = int((proc / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        seconds = (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")
        return Use(len(list((proc / "fd").iterdir())), resident, seconds)
    except OSError:
        raise NotHere("no /proc") from None


def _settled(pid: int, files: int) -> float:
    """Seconds until no more files are open than before."""
    began = time.monotonic()
    while (found := _use(pid).files) > files:
        assert time.monotonic() - began < DEADLINE, f"{found} files instead of {files}"
        time.sleep(0.05)
    return time.monotonic() - began


@contextlib.contextmanager
def _crowd(port: int, count: int) -> Iterator[list[socket.socket]]:
    """So many connections from elsewhere that have said nothing."""
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), DEADLINE, (ELSEWHERE, 0)))
            for _ in range(count)
        ]


def misbehaving(bench: Bench) -> str:
    """W1: every bad input in five cuttings: of two who talk meanwhile no message is late by 250 ms."""
    with Served(bench.new() / "data") as server:
        took = asyncio.run(_beside(server.port()))
    assert max(took) < LATE, f"{max(took):.3f} s"
    return f"{len(took)} messages, the latest after {max(took) * 1_000:.0f} ms"


async def _beside(port: int) -> list[float]:
    async with singing(port) as (canary,):
        for number, (one, cut) in enumerate(every()):
            await misbehave(port, one, cut, number)
    return canary.took


def idle(bench: Bench) -> str:
    """W70: many idle connections of one address: a few are let in, others come in, all are gone in time."""
    count, deadline = (2_000, 10) if bench.thorough else (200, 2)
    options = (*LIMITED, "--hello-deadline", str(deadline))
    with Served(bench.new(), options=options) as server, Wire(server.port(), "ana") as ana:
        port = ana.sock.getpeername()[1]
        before = _use(server.pid)
        with _crowd(port, count):
            began = time.monotonic()
            with Wire(port, "bia") as bia:
                took = time.monotonic() - began
                assert bia.send("#geral", "oi", "1")["type"] == "message"
            assert ana.send("#geral", "oi", "2")["type"] == "message"
            gone = _settled(server.pid, before.files)
        grown = _use(server.pid).resident - before.resident
        assert grown < 20 * MIB, grown
    return f"{count} connections; a neighbour welcome after {took:.2f} s; gone after {gone:.0f} s"


def slow(bench: Bench) -> str:
    """W71: many who say one byte a second: little work, the others talk on, all are gone in time."""
    count, deadline = (900, 10) if bench.thorough else (100, 2)
    options = ("--hello-deadline", str(deadline))
    with Served(bench.new(), options=options) as server, Wire(server.port(), "ana") as ana:
        before = _use(server.pid)
        with _crowd(ana.sock.getpeername()[1], count) as slow_ones:
            began, used = time.monotonic(), _use(server.pid).seconds
            for second in range(deadline):
                for one in slow_ones:
                    with contextlib.suppress(OSError):
                        one.send(b"1")
                assert ana.send("#geral", "oi", str(second))["type"] == "message"
                time.sleep(max(0.0, began + second + 1 - time.monotonic()))
            share = (_use(server.pid).seconds - used) / (time.monotonic() - began)
            _settled(server.pid, before.files)
    assert share < 0.2, share
    return f"{count} connections; {share:.1%} of a processor"


def fleeting(bench: Bench) -> str:
    """W72: connections that come and go without a word: nothing grows, the log stays short."""
    count = 10_000 if bench.thorough else 1_000
    server = Process("--port", "0", "--data", str(bench.new()), *LIMITED, anew=True)
    try:
        port = server.port()
        with Wire(port, "ana") as ana:
            server.line("ana")
            before, began = _use(server.process.pid), time.monotonic()
            for _ in range(count):
                socket.create_connection(("127.0.0.1", port), DEADLINE, (ELSEWHERE, 0)).close()
            took = time.monotonic() - began
            assert ana.send("#geral", "oi", "1")["type"] == "message"
            _settled(server.process.pid, before.files)
            grown = _use(server.process.pid).resident - before.resident
        said = len(server.lines)
        assert server.stop() == 0
    finally:
        server.process.kill()
        server.process.communicate()
    lines = len(server.lines) - said
    assert grown < 10 * MIB, grown
    assert lines < 100 + took, lines
    return f"{count} in {took:.1f} s; {lines} lines of log; {grown / 1_024:.0f} KiB more"


def trickling(bench: Bench) -> str:
    """W74: one who reads 1 KB a second stays, and gets everything in its order in the end."""
    seconds, count = (40, 3_000) if bench.thorough else (2, 1_000)
    with Served(bench.new()) as server, contextlib.ExitStack() as stack:
        port = server.port()
        ana = stack.enter_context(Wire(port, "ana"))
        late = stack.enter_context(Wire(port, "bia"))
        late.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        for number in range(count):
            ana.say(type="send", to="#geral", body="x" * 500, cid=str(number))
            ana.expect("message", cid=str(number))
        first = b""
        for _ in range(seconds):
            first += late.sock.recv(1_024)
            time.sleep(1.0)
        late.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, MIB)
        ids = _ids(late, first, count)
    assert ids == sorted(set(ids)), ids
    return f"{seconds} s at 1 KB a second; then all {count} in order"


def _ids(late: Wire, first: bytes, count: int) -> list[int]:
    """The ids of what a reader gets of whom the first bytes have been taken off."""
    ids: list[int] = []
    while len(ids) < count:
        while len(first) < 64 or len(first) < 64 + int(first[:64]):
            piece = late.sock.recv(65_536)
            assert piece, f"closed after {len(ids)}"
            first += piece
        size = int(first[:64])
        said, first = json.loads(first[64 : 64 + size]), first[64 + size :]
        if said["type"] == "message":
            ids.append(said["id"])
    return ids


def deaf(bench: Bench) -> str:
    """W75: a hundred who read nothing, and one who floods: the server's memory stays bounded."""
    listeners, count = (100, 8_000) if bench.thorough else (50, 1_000)
    with Served(bench.new()) as server, contextlib.ExitStack() as stack:
        port = server.port()
        for number in range(listeners):
            one = stack.enter_context(Wire(port, f"deaf{number}"))
            one.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        ana, most = stack.enter_context(Wire(port, "ana")), 0
        before = _use(server.pid).resident
        for number in range(count):
            assert ana.send("#geral", "x" * 2_000, str(number))["type"] == "message"
            if number % 100 == 99:
                most = max(most, _use(server.pid).resident - before)
    assert most < 100 * MIB, most
    return f"{listeners} deaf, {count * 2_000 / MIB:.0f} MiB said: {most / MIB:.0f} MiB more at most"


def coming_and_going(bench: Bench) -> str:
    """W77: many go in and out ten times a second: a room is told a few times a second, whatever they do."""
    count, rounds = (500, 50) if bench.thorough else (50, 10)
    with Served(bench.new()) as server:
        return asyncio.run(_storm(server.port(), count, rounds))


async def _storm(port: int, count: int, rounds: int) -> str:
    ana = await Peer.hello(port, "ana", rooms=["#busy"])
    peers = [await Peer.hello(port, f"u{number}") for number in range(count)]
    began, heard = time.monotonic(), len(ana.heard)
    for number in range(rounds):
        for peer in peers:
            peer.raw(framed(b'{"type":"join","room":"#busy"}') + framed(b'{"type":"leave","room":"#busy"}'))
        await asyncio.sleep(max(0.0, began + (number + 1) / 10 - time.monotonic()))
    for peer in peers:
        await peer.silent()
    await ana.silent()
    took = time.monotonic() - began
    notices = [said for said in ana.heard[heard:] if said["type"] in ("joined", "left")]
    while OPEN:
        OPEN.pop().reset()
    assert len(notices) <= 2 * (took / INTERVAL + 2), (len(notices), took)
    assert max((len(notice["users"]) for notice in notices), default=0) <= 100
    return f"{2 * count * rounds} comings and goings in {took:.1f} s: {len(notices)} notices"
