"""Clients that count what they hear by scanning bytes: a room of them, spread over several nodes."""

import asyncio
import os
import re
import statistics
import sys
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import cast

_MESSAGE = re.compile(
    rb'"type":"message","id":(\d+),"to":"#geral","from":"u\d+","ts":\d+,"cid":"[^"]+","body":"(\d+) '
)
_TICKS = os.sysconf("SC_CLK_TCK")


def framed(text: str) -> bytes:
    data = text.encode()
    return str(len(data)).encode().ljust(64) + data


class Talker(asyncio.Protocol):
    """One client: says hello, counts what it hears by scanning bytes, and may send in a window of 16."""

    def __init__(self, name: str, welcomed: asyncio.Future[None], timed: bool) -> None:
        self.name = name
        self.ids: list[int] = []
        self.latencies: list[int] = []
        self.sent = 0
        self.sending = False
        self._welcomed = welcomed
        self._timed = timed
        self._tail = b""
        self._goal = sys.maxsize
        self._reached = asyncio.Event()
        self._mark = f'"from":"{name}"'.encode()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(framed(f'{{"type":"hello","version":1,"user":"{self.name}"}}'))

    def data_received(self, data: bytes) -> None:
        if not self._welcomed.done():
            self._welcomed.set_result(None)
        data = self._tail + data
        now, last = time.monotonic_ns(), None
        for last in _MESSAGE.finditer(data):
            self.ids.append(int(last[1]))
            if self._timed:
                self.latencies.append(now - int(last[2]))
        end = last.end() if last else 0
        acknowledged = data.count(self._mark, 0, end) if self.sending else 0
        self._tail = data[max(end, len(data) - 512) :]
        if len(self.ids) >= self._goal:
            self._reached.set()
        if acknowledged:
            self.send(acknowledged)

    async def heard(self, goal: int) -> None:
        """Wait until so many messages have come."""
        self._goal = goal
        if len(self.ids) < goal:
            await self._reached.wait()

    def send(self, count: int) -> None:
        """Send so many messages in one write."""
        frames = []
        for _ in range(count):
            self.sent += 1
            body = f"{time.monotonic_ns()} " + "x" * 43  # 64 bytes
            frames.append(
                framed(f'{{"type":"send","to":"#geral","cid":"{self.name}-{self.sent}","body":"{body}"}}')
            )
        self.transport.write(b"".join(frames))


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


async def talk(
    ports: Sequence[int], clients: int, senders: int, seconds: float, pids: Sequence[int], *, first: int = 0
) -> dict[str, float]:
    """A room of `clients`, spread over servers of one history; figures, the CPU being that of all of them.

    They are numbered from `first`: on a history that has heard of them what they say is said already.
    """
    loop = asyncio.get_running_loop()
    talkers = []
    for number in range(clients):
        talker = Talker(f"u{first + number}", loop.create_future(), timed=number < 3)
        await loop.create_connection(lambda talker=talker: talker, "127.0.0.1", ports[number % len(ports)])
        async with asyncio.timeout(30):
            await talker._welcomed
        talkers.append(talker)
    sending = talkers[:: max(1, clients // senders)][:senders]
    began, cpu = time.monotonic(), sum(map(cpu_seconds, pids))
    for talker in sending:
        talker.sending = True
        talker.send(16)
    await asyncio.sleep(seconds)
    for talker in sending:
        talker.sending = False
    elapsed, cpu = time.monotonic() - began, sum(map(cpu_seconds, pids)) - cpu
    delivered = sum(len(talker.ids) for talker in talkers)
    sent = sum(talker.sent for talker in talkers)
    async with asyncio.timeout(30):
        await asyncio.gather(*(talker.heard(sent) for talker in talkers))
    latencies = sorted(latency for talker in talkers for latency in talker.latencies)
    for talker in talkers:
        talker.transport.abort()
    return {
        "sent": sent,
        "deliveries_per_s": delivered / elapsed,
        "cpu_us": cpu * 1e6 / delivered,
        "p50_ms": statistics.median(latencies) / 1e6,
        "p99_ms": latencies[len(latencies) * 99 // 100] / 1e6,
        "lost": sum(sent - len(set(talker.ids)) for talker in talkers),
        "twice": sum(len(talker.ids) - len(set(talker.ids)) for talker in talkers),
        "disorder": sum(a > b for talker in talkers for a, b in pairwise(talker.ids)),
    }
