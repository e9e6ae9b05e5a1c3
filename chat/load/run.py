"""One load: its processes started, kept in step, and their counts put together."""

import asyncio
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from chat.descriptors import most, raise_limit
from chat.load import proc
from chat.load.result import Result, Settings, Used, more, result_of
from chat.load.share import Begun, Done, Entered, Failed, Progress, Share, Stopped, Word

T = TypeVar("T", bound=Word)

LINE = 2**24
_word = msgspec.json.Decoder(Word).decode


PORTS = 65_535 - 1_024
"""Connections that one machine can have to one port of another, at the very most."""
SPARE = 64
"""Descriptors of a process that are no connections."""


class CannotLoad(Exception):
    """No load came about, because of `why`; `said` is what the server or the system says of it.

    `absent`: nobody answers; `unknown`: no such name; `unreachable`: no way there; `closed`: connections were
    cut while they came in; `tls`: no encryption came about; `refused`: the server did not let somebody in;
    `slow`: not all were in in time; `descriptors`, `ports`: this machine does not give so many connections;
    `failed`: a process of the load ended. `facts` are numbers that the sentence may name; `entered` were in.
    """

    def __init__(self, why: str, said: str = "", **facts: int) -> None:
        super().__init__(why, said)
        self.why = why
        self.said = said
        self.facts = facts
        self.entered = 0


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
            tls=settings.tls,
            profile=settings.profile,
            run=run,
            number=number,
            members=part,
            senders=senders,
            rate=settings.rate * sum(map(len, senders.values())) / max(1, count),
            window=settings.window,
            size=settings.size,
            warmup=settings.warmup,
            seconds=settings.seconds,
            at_once=max(1, settings.at_once // settings.processes),
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
    check(settings)
    parts = shares(settings, run)
    watch = Watch(settings.rooms * settings.members)
    show(watch)
    processes = [await _start() for _ in parts]
    try:
        return await _loaded(
            settings, parts, [_Talk(p, n, watch, show) for n, p in enumerate(processes)], watch
        )
    except CannotLoad as error:
        error.entered = watch.entered
        raise
    finally:
        for process in processes:
            if process.returncode is None:
                process.kill()
            await process.wait()


def check(settings: Settings) -> None:
    """Whether this machine gives as many connections as are wanted. Raises CannotLoad."""
    raise_limit()
    wanted, each = settings.rooms * settings.members, most() - SPARE
    if wanted > PORTS:
        raise CannotLoad("ports", most=PORTS)
    if -(-wanted // settings.processes) > each:
        raise CannotLoad("descriptors", most=each, processes=-(-wanted // max(1, each)) + 1)


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

    async def hear(self, kind: type[T]) -> T:
        """The next word of a kind. Raises CannotLoad."""
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            word = _word(line)
            if isinstance(word, Failed):
                raise CannotLoad(word.why, word.said)
            if isinstance(word, Progress):
                self._watch.last[self._number] = word
                self._show(self._watch)
            if isinstance(word, kind):
                return word
        raise CannotLoad("failed")


async def _start() -> Process:
    command = (sys.executable, "-m", "chat.load.worker")
    return await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, limit=LINE)


class _Server:
    """What the server has used so far, where it runs on this machine."""

    def __init__(self, settings: Settings) -> None:
        self._pid = settings.server_pid or (
            proc.listener(settings.port) if proc.here(settings.host) else None
        )

    def cpu(self) -> float | None:
        """Seconds."""
        return proc.seconds(self._pid) if self._pid else None

    def memory(self) -> float | None:
        """Kilobytes."""
        return proc.memory(self._pid) if self._pid else None


async def _loaded(settings: Settings, parts: Sequence[Share], talks: Sequence[_Talk], watch: Watch) -> Result:
    server = _Server(settings)
    entry = await _entry(server, parts, talks)
    watch.began = time.monotonic()
    for talk in talks:
        talk.say("go")
    await asyncio.gather(*(talk.hear(Begun) for talk in talks))
    before, began = server.cpu(), time.monotonic()
    stopped = await asyncio.gather(*(talk.hear(Stopped) for talk in talks))
    used = Used(time.monotonic() - began, more(server.cpu(), before))
    expected = Counter[str]()
    for one in stopped:
        expected.update(one.sent)
        expected.subtract(one.refused)
    for talk in talks:
        talk.say(expected)
    done = await asyncio.gather(*(talk.hear(Done) for talk in talks))
    return result_of(settings, stopped, done, entry, used)


async def _entry(server: _Server, parts: Sequence[Share], talks: Sequence[_Talk]) -> Used:
    """Let everybody in; what that took."""
    cpu, memory = server.cpu(), server.memory()
    for part, talk in zip(parts, talks, strict=True):
        talk.say(part)
    entered = await asyncio.gather(*(talk.hear(Entered) for talk in talks))
    longest = max(one.seconds for one in entered)
    return Used(longest, more(server.cpu(), cpu), more(server.memory(), memory))
