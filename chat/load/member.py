"""One connection of a load: logs in by its profile, counts what it hears, says what it is told to."""

import asyncio
import time
from collections.abc import Callable
from typing import cast

from chat.load.counting import Tally, Watcher, body
from chat.load.profiles import Profile


class Member(asyncio.Protocol):
    """One member of one room; `heard` is called with the sender of each message, if it watches."""

    def __init__(self, profile: Profile, number: int, room: str, nick: str) -> None:
        self.tally = Tally()
        self.watcher: Watcher | None = None
        self.heard: Callable[[int], None] = lambda sender: None
        self.refused: Callable[[int], None] | None = None
        self.number = number
        self.sent = 0
        self.closed = False
        self.entered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._profile = profile
        self._names = {"room": room, "nick": nick}
        self._steps = iter(profile.login)
        self._answer = b""
        self._came = b""

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
            if self._answer in self._came:
                self._came = b""
                self._log_in()
            return
        self.tally.feed(data)
        if self.watcher is not None:
            for sender in self.watcher.feed(data, time.monotonic_ns()):
                self.heard(sender)
        if self.refused is not None and self._profile.refusal in data:
            self.refused(data.count(self._profile.refusal))

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
