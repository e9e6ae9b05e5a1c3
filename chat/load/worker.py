"""One process of a load: reads its share on stdin, and says on stdout how it goes."""

import asyncio
import contextlib
import sys
import time
from collections.abc import Iterable

import msgspec

from chat.load.counting import Histogram, Watcher
from chat.load.member import Member
from chat.load.profiles import PROFILES
from chat.load.share import Done, Failed, Progress, Share, Stopped, Word

AT_ONCE = 64
"""Log-ins under way at once."""
TICK = 0.005
"""Seconds between two looks at the timetable."""
REPORT = 0.25
"""Seconds between two reports."""
QUIET = 5.0
"""Seconds without a message after which what is missing is taken for lost."""


class Worker:
    """The members of one process."""

    def __init__(self, share: Share) -> None:
        self._share = share
        self._profile = PROFILES[share.profile]
        self._rooms: dict[str, list[Member]] = {}
        self._senders: dict[int, Member] = {}
        self._refused = 0
        self._sending = False

    @property
    def _members(self) -> Iterable[Member]:
        return (member for members in self._rooms.values() for member in members)

    @property
    def _received(self) -> int:
        return int(sum(member.tally.received for member in self._members))

    async def enter(self) -> None:
        """Let everybody in. Raises OSError, TimeoutError."""
        gate = asyncio.Semaphore(AT_ONCE)
        async with asyncio.timeout(self._share.patience):
            for room, numbers in self._share.members.items():
                self._rooms[room] = await asyncio.gather(
                    *(self._enter(gate, room, number) for number in numbers)
                )
                self._appoint(room)
                say(Progress(sum(1 for _ in self._members), 0, 0))

    async def _enter(self, gate: asyncio.Semaphore, room: str, number: int) -> Member:
        async with gate:
            nick = f"l{self._share.run}{number}"
            member = Member(self._profile, number, f"{self._share.run}{room}", nick)
            loop = asyncio.get_running_loop()
            await loop.create_connection(lambda: member, self._share.host, self._share.port)
            await member.entered
            return member

    def _appoint(self, room: str) -> None:
        """Make the first of a room the one who watches, and let the senders know when they were heard."""
        first = self._rooms[room][0]
        first.watcher, first.heard = Watcher(), self._heard
        for member in self._rooms[room]:
            if member.number in self._share.senders[room]:
                self._senders[member.number] = member
                member.refused = lambda count, member=member: self._refusal(member, count)

    def _heard(self, number: int) -> None:
        sender = self._senders.get(number)
        if sender is not None and self._sending and not self._share.rate:
            sender.say(1, self._share.size)

    def _refusal(self, sender: Member, count: int) -> None:
        self._refused += count
        if self._sending and not self._share.rate:
            asyncio.get_running_loop().call_later(0.1, sender.say, count, self._share.size)

    async def talk(self) -> Stopped:
        """Say things for as long as it is to last."""
        self._sending = True
        began, cpu = time.monotonic(), time.process_time()
        if not self._share.rate:
            for sender in self._senders.values():
                sender.say(self._share.window, self._share.size)
        timetable = asyncio.create_task(self._timetable()) if self._share.rate and self._senders else None
        while (left := began + self._share.seconds - time.monotonic()) > 0:
            await asyncio.sleep(min(REPORT, left))
            sent = sum(sender.sent for sender in self._senders.values())
            say(Progress(sum(not member.closed for member in self._members), sent, self._received))
        self._sending = False
        if timetable is not None:
            timetable.cancel()
        sent_in = {room: sum(member.sent for member in members) for room, members in self._rooms.items()}
        return Stopped(sent_in, self._received, time.process_time() - cpu)

    async def _timetable(self) -> None:
        """Say each message when it is due, whether or not the server keeps up."""
        senders, step = list(self._senders.values()), int(1e9 / self._share.rate)
        due, turn = time.monotonic_ns(), 0
        while True:
            now = time.monotonic_ns()
            while due <= now:
                senders[turn % len(senders)].say(1, self._share.size, due)
                due, turn = due + step, turn + 1
            await asyncio.sleep(TICK)

    async def drain(self, expected: dict[str, int]) -> Done:
        """Wait for what is still under way; `expected` is what was said in each room by all."""
        quiet, before = time.monotonic(), -1
        while self._missing(expected) > 0 and time.monotonic() - quiet < QUIET:
            if self._received != before:
                quiet, before = time.monotonic(), self._received
            await asyncio.sleep(TICK)
        watchers = [member.watcher for member in self._members if member.watcher is not None]
        latencies = Histogram()
        for watcher in watchers:
            latencies.merge(watcher.latencies.counts)
        missing = self._missing(expected)
        return Done(
            lost=max(0, missing),
            extra=max(0, -missing),
            twice=sum(watcher.twice for watcher in watchers),
            disorder=sum(watcher.disorder for watcher in watchers),
            refused=self._refused,
            latencies=dict(latencies.counts),
        )

    def _missing(self, expected: dict[str, int]) -> int:
        own = 0 if self._profile.echo else sum(sender.sent for sender in self._senders.values())
        wanted = sum(expected[room] * len(members) for room, members in self._rooms.items()) - own
        refused = self._refused * len(next(iter(self._rooms.values()), ()))
        return wanted - refused - self._received


def say(word: Word) -> None:
    """Tell the parent something, in a line."""
    sys.stdout.buffer.write(msgspec.json.encode(word) + b"\n")
    sys.stdout.buffer.flush()


async def work() -> None:
    """Take part in a load from the share on stdin to the result on stdout."""
    share = msgspec.json.decode(await _line(), type=Share)
    worker = Worker(share)
    try:
        await worker.enter()
    except (OSError, TimeoutError) as error:
        say(Failed("closed" if isinstance(error, ConnectionResetError) else "absent"))
        return
    await _line()
    say(await worker.talk())
    say(await worker.drain(msgspec.json.decode(await _line(), type=dict[str, int])))


async def _line() -> bytes:
    line: bytes = await asyncio.to_thread(sys.stdin.buffer.readline)
    if not line:
        raise EOFError
    return line


def main() -> None:
    """Run it on the fastest loop there is; end without a word when the parent has gone."""
    try:
        import uvloop
    except ImportError:
        factory = None
    else:
        factory = uvloop.new_event_loop
    with (
        contextlib.suppress(EOFError, KeyboardInterrupt, BrokenPipeError),
        asyncio.Runner(loop_factory=factory) as runner,
    ):
        runner.run(work())


if __name__ == "__main__":
    main()
