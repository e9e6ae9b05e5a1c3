"""One process of a load: reads its share on stdin, and says on stdout how it goes."""

import asyncio
import contextlib
import errno
import socket
import ssl
import sys
import time
from collections import Counter
from collections.abc import Iterable

import msgspec

from chat.descriptors import raise_limit
from chat.load.counting import Histogram, Watcher
from chat.load.member import Member, Refused
from chat.load.profiles import PROFILES
from chat.load.share import QUIET, Begun, Done, Entered, Failed, Progress, Share, Stopped, Word
from chat.tls import HANDSHAKE, pinning_context

COARSE = 0.01
"""Seconds of a wait that are left to a thread: the timers of a loop go by milliseconds."""
SWITCH = 0.0005
"""Seconds after which that thread may have its turn."""
TICK = 0.005
"""Seconds between two looks at what is missing."""
REPORT = 0.25
"""Seconds between two reports."""
STEP = 50
"""Log-ins between two reports."""
BURST = 100
"""Messages that are late which are said before others have their turn."""
NEVER = 1e20
"""Nanoseconds between two messages at most."""
AGAIN = 0.1
"""Seconds after which a refused message is followed by another."""
FULL = {
    errno.EMFILE: "descriptors",
    errno.ENFILE: "descriptors",
    errno.EADDRNOTAVAIL: "ports",
}
WHY: tuple[tuple[type[Exception], str], ...] = (
    (Refused, "refused"),
    (TimeoutError, "slow"),
    (ssl.SSLError, "tls"),
    (socket.gaierror, "unknown"),
    (ConnectionRefusedError, "absent"),
    (ConnectionError, "closed"),
)
"""What keeps somebody out, the first that fits."""


class Worker:
    """The members of one process."""

    def __init__(self, share: Share) -> None:
        self._share = share
        self._profile = PROFILES[share.profile]
        self._tls = pinning_context() if share.tls else None
        self._rooms: dict[str, list[Member]] = {}
        self._senders: dict[int, Member] = {}
        self._entered = 0
        self._refused = Counter[str]()
        self._sending = False
        self._late = Histogram()

    @property
    def _members(self) -> Iterable[Member]:
        return (member for members in self._rooms.values() for member in members)

    @property
    def _received(self) -> int:
        return sum(member.tally.received for member in self._members)

    async def enter(self) -> Entered:
        """Let everybody in. Raises OSError, TimeoutError, Refused."""
        began, gate = time.monotonic(), asyncio.Semaphore(self._share.at_once)
        self._rooms = {room: [] for room in self._share.members}
        numbers = [(room, number) for room, those in self._share.members.items() for number in those]
        try:
            async with asyncio.timeout(self._share.patience):
                await asyncio.gather(*(self._enter(gate, *one) for one in numbers))
        finally:
            say(Progress(self._entered, 0, 0))
        took = time.monotonic() - began
        for room in self._rooms:
            self._appoint(room)
        return Entered(took)

    async def _enter(self, gate: asyncio.Semaphore, room: str, number: int) -> None:
        nick = f"l{self._share.run}{number}"
        async with gate:
            member = Member(self._profile, number, f"{self._share.run}{room}", nick)
            await asyncio.get_running_loop().create_connection(
                lambda: member,
                self._share.host,
                self._share.port,
                ssl=self._tls,
                ssl_handshake_timeout=HANDSHAKE if self._tls else None,
            )
            await member.entered
        self._rooms[room].append(member)
        self._entered += 1
        if self._entered % STEP == 0:
            say(Progress(self._entered, 0, 0))

    def _appoint(self, room: str) -> None:
        """Make the first of a room the one who watches, and let the senders know when they were heard."""
        self._rooms[room].sort(key=lambda member: member.number)
        first = self._rooms[room][0]
        first.watcher, first.heard = Watcher(), self._heard
        for member in self._rooms[room]:
            if member.number in self._share.senders[room]:
                self._senders[member.number] = member
                member.refused = lambda count, member=member, room=room: self._refusal(member, room, count)

    def _heard(self, number: int, newest: int) -> None:
        """Keep as many under way as there are to be, whatever was lost or came twice."""
        sender = self._senders.get(number)
        if sender is not None and (free := self._share.window - (sender.sent - newest)) > 0:
            self._again(sender, free)

    def _refusal(self, sender: Member, room: str, count: int) -> None:
        self._refused[room] += count
        asyncio.get_running_loop().call_later(AGAIN, self._again, sender, count)

    def _again(self, sender: Member, count: int) -> None:
        if self._sending and not self._share.rate:
            sender.say(count, self._share.size)

    def start(self) -> None:
        """Begin to say things."""
        self._sending = True
        self._timetable: asyncio.Task[None] | None = None
        if self._share.rate and self._senders:
            self._timetable = asyncio.create_task(self._by_timetable())
        elif not self._share.rate:
            for sender in self._senders.values():
                sender.say(self._share.window, self._share.size)

    async def warm_up(self) -> Begun:
        """Let the time pass that does not count."""
        await self._pass(self._share.warmup)
        for member in self._members:
            if member.watcher is not None:
                member.watcher.latencies = Histogram()
        self._late = Histogram()
        return Begun()

    async def talk(self) -> Stopped:
        """Go on for as long as it is to last."""
        before, cpu = self._received, time.process_time()
        await self._pass(self._share.seconds)
        self._sending = False
        received, cpu = self._received - before, time.process_time() - cpu
        if self._timetable is not None:
            self._timetable.cancel()
        sent = {room: sum(member.sent for member in members) for room, members in self._rooms.items()}
        return Stopped(sent, dict(self._refused), received, cpu)

    async def _pass(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            await asyncio.sleep(min(REPORT, left))
            sent = sum(sender.sent for sender in self._senders.values())
            say(Progress(sum(not member.closed for member in self._members), sent, self._received))

    async def _by_timetable(self) -> None:
        """Say each message when it is due, whether or not the server keeps up."""
        senders, step = list(self._senders.values()), int(min(1e9 / self._share.rate, NEVER))
        due, turn = time.monotonic_ns(), 0
        while True:
            now, behind = time.monotonic_ns(), BURST
            while due <= now and (behind := behind - 1):
                senders[turn % len(senders)].say(1, self._share.size, due)
                self._late.add(now - due)
                due, turn = due + step, turn + 1
            await _until(due)

    async def drain(self, expected: dict[str, int]) -> Done:
        """Wait for what is still under way; `expected` is what all said in each room and was not refused."""
        stopped = self._refused.copy()
        quiet, before = time.monotonic(), -1
        while self._waits(expected, stopped) and time.monotonic() - quiet < QUIET:
            if self._received != before:
                quiet, before = time.monotonic(), self._received
            await asyncio.sleep(TICK)
        watchers = [member.watcher for member in self._members if member.watcher is not None]
        latencies = Histogram()
        for watcher in watchers:
            latencies.merge(watcher.latencies.counts)
        refusals = Counter[str]()
        for sender in self._senders.values():
            refusals.update(sender.refusals)
        return Done(
            missing={room: dict(self._missing(room, expected[room])) for room in self._rooms},
            twice=sum(watcher.twice for watcher in watchers),
            disorder=sum(watcher.disorder for watcher in watchers),
            refused=dict(self._refused),
            refusals=dict(refusals),
            broken=sum(member.closed for member in self._members),
            latencies=dict(latencies.counts),
            late=dict(self._late.counts),
        )

    def _waits(self, expected: dict[str, int], stopped: Counter[str]) -> bool:
        """Whether a connection that lasts lacks something, but for what was refused after the end."""
        return any(
            self._lack(member, expected[room] - self._refused[room] + stopped[room]) > 0 and not member.closed
            for room, members in self._rooms.items()
            for member in members
        )

    def _missing(self, room: str, expected: int) -> Counter[int]:
        return Counter(self._lack(member, expected) for member in self._rooms[room])

    def _lack(self, member: Member, expected: int) -> int:
        own = 0 if self._profile.echo else member.sent - member.refusals.total()
        return expected - own - member.tally.received


def reason(error: Exception) -> Failed:
    """Why somebody could not come in."""
    full = FULL.get(error.errno or 0, "") if isinstance(error, OSError) else ""
    why = full or next((why for kind, why in WHY if isinstance(error, kind)), "unreachable")
    return Failed(why, str(error))


async def _until(due: int) -> None:
    """Wait for a moment, in ns of the monotonic clock, to 0.1 ms."""
    if (left := (due - time.monotonic_ns()) / 1e9) > COARSE:
        await asyncio.sleep(left - COARSE)
    await asyncio.to_thread(time.sleep, max(0.0, (due - time.monotonic_ns()) / 1e9))


def say(word: Word) -> None:
    """Tell the parent something, in a line."""
    sys.stdout.buffer.write(msgspec.json.encode(word) + b"\n")
    sys.stdout.buffer.flush()


async def work() -> None:
    """Take part in a load from the share on stdin to the result on stdout."""
    share = msgspec.json.decode(await _line(), type=Share)
    worker = Worker(share)
    try:
        say(await worker.enter())
    except (OSError, Refused) as error:
        say(reason(error))
        return
    await _line()
    worker.start()
    say(await worker.warm_up())
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
    raise_limit()
    sys.setswitchinterval(SWITCH)
    with (
        contextlib.suppress(EOFError, KeyboardInterrupt, BrokenPipeError),
        asyncio.Runner(loop_factory=factory) as runner,
    ):
        runner.run(work())


if __name__ == "__main__":
    main()
