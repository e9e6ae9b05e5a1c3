"""Faults of those who read: one who never does, in a busy room."""

import asyncio
import json
import os
import socket
import statistics
import time
from pathlib import Path

from chat.limits.options import Options
from chat.registry.sqlite import SqliteRegistry
from chat.server.server import Server
from tests.fake_history import FakeHistory
from tests.peer import OPEN, Peer
from tests.servers import UNHURRIED, Recorder
from tests.torture.bench import DEADLINE, Bench, NotHere, Served, Wire

MIB = 2**20
RATE = 1_000
"""Messages a second in the busy room."""
READERS = 3
TOO_SLOW = 0.25
"""A p99 in seconds without any fault that says that the machine cannot keep up with the load anyhow."""
ROUND = 4.0
"""Seconds of one measurement."""


def stuck(bench: Bench) -> str:
    """F16: one who never reads, at 1,000 messages/s: costs a MiB at most, harms nobody, gone in 30 s."""
    cost = asyncio.run(_cost())
    assert cost <= MIB, cost
    words = [f"{cost / 1_024:.0f} KiB with the kernel's buffers"]
    with Served(bench.new()) as server:
        port = server.port()
        if bench.thorough:
            words.append(_harm(*asyncio.run(_compared(port))))
            words.append(f"gone after {_gone(port):.0f} s")
    return "; ".join(words)


def _harm(before: float, beside: float) -> str:
    """What p99s without and with it come to. Raises AssertionError where the others are harmed."""
    said = f"the others' p99 {1_000 * before:.1f} ms without it, {1_000 * beside:.1f} ms with it"
    if before > TOO_SLOW:
        return f"{said}: this machine is too busy to compare them"
    assert beside < 1.2 * before or beside - before < 0.003, said
    return said


def _lazy(port: int) -> socket.socket:
    """One who says hello and reads nothing ever after."""
    lazy = socket.socket()
    lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    lazy.connect(("127.0.0.1", port))
    hello = json.dumps({"type": "hello", "version": 1, "user": "lazy", "rooms": ["#busy"]}).encode()
    lazy.sendall(str(len(hello)).encode().ljust(64) + hello)
    return lazy


async def _cost() -> int:
    """What the server and the kernel hold for one who reads nothing of 8 MiB, at most, in bytes."""
    async with Server(FakeHistory(), SqliteRegistry(None), Recorder(), Options(**UNHURRIED)) as server:
        (address,) = await server.listen("127.0.0.1", 0)
        ana = await Peer.hello(address[1], "ana", rooms=["#busy"])
        with _lazy(address[1]) as lazy:
            while not any(seat.user == "lazy" for seat in server.seats):  # noqa: ASYNC110
                await asyncio.sleep(0)
            (seat,) = [seat for seat in server.seats if seat.user == "lazy"]
            most = 0
            for number in range(4_096):
                ana.say(type="send", to="#busy", body="x" * 2_000, cid=str(number))
                if number % 50 == 49:
                    await ana.expect("message", cid=str(number))
                    most = max(most, seat.link.waiting + _queued(address[1], lazy.getsockname()[1]))
        while OPEN:
            OPEN.pop().reset()
    return most


def _queued(port: int, other: int) -> int:
    """Bytes that the kernel holds between two ports of this machine, on both sides."""
    try:
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    except OSError:
        raise NotHere("no /proc/net/tcp") from None
    queued = 0
    for row in rows:
        ends = {int(place.split(":")[1], 16) for place in row[1:3]}
        if ends == {port, other}:
            queued += sum(int(part, 16) for part in row[4].split(":"))
    return queued


async def _compared(port: int) -> tuple[float, float]:
    """The others' p99 without one who never reads, and with one: medians of rounds taken in turns."""
    peers = [await Peer.hello(port, f"r{number}", rooms=["#busy"]) for number in range(READERS)]
    p99s: dict[bool, list[float]] = {False: [], True: []}
    await _p99(peers)
    for _ in range(4):
        p99s[False].append(await _p99(peers))
        with _lazy(port):
            p99s[True].append(await _p99(peers))
    while OPEN:
        OPEN.pop().reset()
    return statistics.median(p99s[False]), statistics.median(p99s[True])


async def _p99(peers: list[Peer]) -> float:
    """The time from saying to hearing that 1 in 100 deliveries takes longer than, in seconds."""
    sent: dict[str, float] = {}
    took: list[float] = []
    mark = os.urandom(4).hex()
    count = int(RATE * ROUND)

    async def hear(peer: Peer) -> None:
        for number in range(count):
            await peer.expect("message", cid=f"{mark}-{number}")
            took.append(time.perf_counter() - sent[f"{mark}-{number}"])

    hearing = [asyncio.create_task(hear(peer)) for peer in peers]
    began = time.perf_counter()
    for number in range(count):
        await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
        sent[f"{mark}-{number}"] = time.perf_counter()
        peers[0].say(type="send", to="#busy", body="x" * 500, cid=f"{mark}-{number}")
    await asyncio.gather(*hearing)
    return statistics.quantiles(took, n=100)[98]


def _gone(port: int) -> float:
    """Seconds until one who never reads is out, in a room where much is said."""
    with _lazy(port), Wire(port, "ana", rooms=["#busy"]) as ana:
        began, count = time.monotonic(), 0
        while "lazy" in _users(ana):
            assert time.monotonic() - began < DEADLINE
            for _ in range(20):
                count += 1
                assert ana.send("#busy", "x" * 2_000, str(count))["type"] == "message"
        return time.monotonic() - began


def _users(wire: Wire) -> list[str]:
    wire.say(type="who", room="#busy")
    users: list[str] = wire.expect("who")["users"]
    return users
