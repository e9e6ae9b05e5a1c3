"""One connection of a load: logs in by its profile, counts what it hears, says what it is told to."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import cast

from chat.load.counting import Refusals, Tally, Watcher, body, reason
from chat.load.profiles import Profile


class Refused(Exception):
    """The server does not let somebody in, and says why."""


class Member(asyncio.Protocol):
    """One member of one room; `heard` is called with the sender of each message and its highest count, if it
    watches, `refused` with how many messages of its own were refused, if it says some."""

    def __init__(self, profile: Profile, number: int, room: str, nick: str) -> None:
        self.tally = Tally()
        self.watcher: Watcher | None = None
        self.heard: Callable[[int, int], None] = lambda sender, newest: None
        self.refused: Callable[[int], None] | None = None
        self.refusals = Counter[str]()
        self.number = number
        self.sent = 0
        self.closed = False
        self.entered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._profile = profile
        self._names = {"room": room, "nick": nick}
        self._steps = iter(profile.login)
        self._answer = b""
        self._came = b""
        self._reasons = Refusals(profile.refusal, profile.why)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._log_in()

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = True
        if not self.entered.done():
            self.entered.set_exception(ConnectionResetError())

    def data_received(self, data: bytes) -> None:
        if self._profile.ping and self._profile.ping in data:
            self._pong(data)
        if self._answer:
            self._came += data
            self._answered()
            return
        self.tally.feed(data)
        if self.watcher is not None:
            for sender, newest in self.watcher.feed(data, time.monotonic_ns()):
                self.heard(sender, newest)
        if self.refused is not None and (reasons := self._reasons.feed(data)):
            self.refusals.update(reasons)
            self.refused(len(reasons))

    def say(self, count: int, size: int, ns: int | None = None) -> None:
        """Say so many messages in one write; sent at `ns` by the timetable, by default now."""
        frames = []
        for _ in range(count):
            self.sent += 1
            text = body(self.number, self.sent, ns or time.monotonic_ns(), size)
            cid = f"{self._names['nick']}-{self.sent}"
            said = self._profile.publish.format(**self._names, body=text, size=len(text), cid=cid)
            frames.append(self._profile.encode(said))
        self.transport.write(b"".join(frames))

    def _answered(self) -> None:
        if found := self._profile.why.search(self._came):
            if not self.entered.done():
                self.entered.set_exception(Refused(reason(found)))
        elif self._answer in self._came:
            self._came = b""
            self._log_in()

    def _log_in(self) -> None:
        step = next(self._steps, None)
        self._answer = step.wait if step is not None else b""
        if step is not None:
            self.transport.write(self._profile.encode(step.say.format(**self._names)))
        elif not self.entered.done():
            self.entered.set_result(None)

    def _pong(self, data: bytes) -> None:
        for line in data.split(b"\r\n"):
            if line.startswith(self._profile.ping):
                self.transport.write(b"PONG" + line[4:] + b"\r\n")
