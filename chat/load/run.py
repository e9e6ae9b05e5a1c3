"""One load: its processes started, kept in step, and their counts put together."""

import asyncio
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec
from msgspec import Struct

from chat.load import cpu
from chat.load.counting import Histogram
from chat.load.share import Done, Failed, Progress, Share, Stopped, Word

T = TypeVar("T", bound=Word)

PERCENTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999, "max": 1.0}
LINE = 2**24
_word = msgspec.json.Decoder(Word).decode


class Settings(Struct, frozen=True, kw_only=True):
    """What a load is to be; times in seconds, `size` in bytes of a body."""

    host: str
    port: int
    profile: str = "chat"
    rooms: int = 10
    members: int = 20
    senders: int = 5
    rate: float = 0.0
    seconds: float = 10.0
    size: int = 64
    window: int = 16
    processes: int = 1
    patience: float = 60.0
    server_pid: int = 0


class Result(Struct, frozen=True, kw_only=True):
    """What came of a load. Latencies in ms by percentile; `server_us` is CPU per delivery in microseconds."""

    profile: str
    connections: int
    rooms: int
    members: int
    rate: float
    seconds: float
    sent: int
    delivered: int
    deliveries_per_s: float
    latency_ms: dict[str, float]
    server_us: float | None
    server_cpu: float | None
    """Of one core."""
    own_cpu: float
    """Of one core, of the busiest process of the load."""
    lost: int
    extra: int
    twice: int
    disorder: int
    refused: int

    @property
    def sound(self) -> bool:
        """Whether everything that was said came to everybody, once and in order."""
        return self.sent > 0 and not (self.lost or self.extra or self.twice or self.disorder)


class CannotLoad(Exception):
    """No load came about; `why` is `absent`, `closed` or `failed`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Watch:
    """How far a load is, for whoever shows it: by process the last that it said."""

    def __init__(self, connections: int) -> None:
        self.connections = connections
        self.last: dict[int, Progress] = {}
        self.began: float | None = None

    @property
    def entered(self) -> int:
        """Connections that are in."""
        return sum(progress.entered for progress in self.last.values())

    @property
    def received(self) -> int:
        """Messages received so far."""
        return sum(progress.received for progress in self.last.values())


def shares(settings: Settings, run: str) -> list[Share]:
    """The parts of the processes: each has some members of every room, or of as many as there are for it."""
    everybody = settings.rooms * settings.members
    parts: list[dict[str, list[int]]] = [{} for _ in range(settings.processes)]
    for room in range(settings.rooms):
        block = max(2, -(-settings.members // settings.processes))
        for place in range(settings.members):
            part = parts[(room + min(place // block, (settings.members - 1) // block)) % settings.processes]
            part.setdefault(f"r{room}", []).append(room * settings.members + place)
    parts = [part for part in parts if part]
    speaking = [_senders(part, settings) for part in parts]
    count = sum(len(numbers) for part in speaking for numbers in part.values())
    return [
        Share(
            host=settings.host,
            port=settings.port,
            profile=settings.profile,
            run=run,
            number=number,
            members=part,
            senders=senders,
            rate=settings.rate * sum(map(len, senders.values())) / max(1, count),
            window=settings.window,
            size=settings.size,
            seconds=settings.seconds,
            patience=settings.patience,
        )
        for number, (part, senders) in enumerate(zip(parts, speaking, strict=True))
        if everybody
    ]


def _senders(part: dict[str, list[int]], settings: Settings) -> dict[str, list[int]]:
    """The members with the lowest places say something, but never one that watches alone."""
    return {
        room: [number for number in numbers[1:] if number % settings.members <= settings.senders]
        for room, numbers in part.items()
    }


async def load(settings: Settings, run: str, show: Callable[[Watch], None]) -> Result:
    """Put a load on a server; `show` is told whenever there is news. Raises CannotLoad.

    Cancellation ends the processes.
    """
    parts = shares(settings, run)
    watch = Watch(settings.rooms * settings.members)
    processes = [await _start() for _ in parts]
    try:
        return await _loaded(
            settings, parts, [_Talk(p, n, watch, show) for n, p in enumerate(processes)], watch
        )
    finally:
        for process in processes:
            if process.returncode is None:
                process.kill()
            await process.wait()


class _Talk:
    """What is said to and by one process."""

    def __init__(self, process: Process, number: int, watch: Watch, show: Callable[[Watch], None]) -> None:
        self._process = process
        self._number = number
        self._watch = watch
        self._show = show

    def say(self, value: object) -> None:
        """Tell it something."""
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(value) + b"\n")

    async def all_in(self, size: int) -> None:
        """Wait until so many of it are in. Raises CannotLoad."""
        while (await self.hear(Progress)).entered < size:
            pass

    async def hear(self, kind: type[T]) -> T:
        """The next word of a kind. Raises CannotLoad."""
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            word = _word(line)
            if isinstance(word, Failed):
                raise CannotLoad(word.why)
            if isinstance(word, Progress):
                self._watch.last[self._number] = word
                self._show(self._watch)
            if isinstance(word, kind):
                return word
        raise CannotLoad("failed")


async def _start() -> Process:
    command = (sys.executable, "-m", "chat.load.worker")
    return await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, limit=LINE)


async def _loaded(settings: Settings, parts: Sequence[Share], talks: Sequence[_Talk], watch: Watch) -> Result:
    for part, talk in zip(parts, talks, strict=True):
        talk.say(part)
    sizes = [sum(map(len, part.members.values())) for part in parts]
    await asyncio.gather(*(talk.all_in(size) for talk, size in zip(talks, sizes, strict=True)))
    pid = settings.server_pid or cpu.listener(settings.port)
    before, watch.began = cpu.seconds(pid) if pid else None, time.monotonic()
    for talk in talks:
        talk.say("go")
    stopped = await asyncio.gather(*(talk.hear(Stopped) for talk in talks))
    took, after = time.monotonic() - watch.began, cpu.seconds(pid) if pid else None
    sent = Counter[str]()
    for one in stopped:
        sent.update(one.sent)
    for talk in talks:
        talk.say(sent)
    done = await asyncio.gather(*(talk.hear(Done) for talk in talks))
    spent = after - before if before is not None and after is not None else None
    return _result(settings, stopped, done, took, spent)


def _result(
    settings: Settings, stopped: Sequence[Stopped], done: Sequence[Done], took: float, spent: float | None
) -> Result:
    latencies = Histogram()
    for one in done:
        latencies.merge(one.latencies)
    delivered = sum(one.received for one in stopped)
    return Result(
        profile=settings.profile,
        connections=settings.rooms * settings.members,
        rooms=settings.rooms,
        members=settings.members,
        rate=settings.rate,
        seconds=took,
        sent=sum(sum(one.sent.values()) for one in stopped),
        delivered=delivered,
        deliveries_per_s=delivered / took,
        latency_ms={name: latencies.percentile(part) for name, part in PERCENTILES.items()},
        server_us=spent * 1e6 / delivered if spent is not None and delivered else None,
        server_cpu=spent / took if spent is not None else None,
        own_cpu=max(one.cpu for one in stopped) / took,
        lost=sum(one.lost for one in done),
        extra=sum(one.extra for one in done),
        twice=sum(one.twice for one in done),
        disorder=sum(one.disorder for one in done),
        refused=sum(one.refused for one in done),
    )
