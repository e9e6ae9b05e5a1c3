"""One connection of a client, from hello to its end: listening, heartbeats, deadlines."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from chat import messages as m
from chat.client.brake import Brake
from chat.client.clock import Clock
from chat.client.pulse import Pulse
from chat.errors import Code
from chat.link import ClientLink
from chat.protocol import Fault, State

_FLUSH = 1.0
"""Seconds that the last words have to go out."""

TURN = 20
"""Events that are taken in before whatever else the loop has to do, keys perhaps, has its turn."""

_log = logging.getLogger(__name__)


class Conversation:
    """What is heard goes to `take`, which may `say`, `welcome`, `end` and `later` in return."""

    def __init__(self, link: ClientLink, clock: Clock, pulse: Pulse, brakes: Sequence[Brake]) -> None:
        self._link = link
        self._clock = clock
        self._pulse = pulse
        self._brakes = brakes
        self._tasks: set[asyncio.Task[None]] = set()
        self._frame_began: float | None = None
        self._reason: str | None = None
        self._blamed: str | None = None

    async def run(self, hello: m.Hello, take: Callable[[m.AnyEvent], None]) -> str:
        """Converse until the end and say why it came, as a short code.

        The link is the caller's to abort. An exception of `take` is a fault of ours and passes through.
        """
        try:
            self._start(self._keep())
            self._link.send(hello)
            await self._listen(take)
            self._link.close(_FLUSH)
            await self._link.wait_closed()
        finally:
            for task in self._tasks:
                task.cancel()
        return self._reason or self._blamed or "closed"

    @property
    def certificate(self) -> str:
        """The fingerprint of the server's certificate, empty if the connection is plain."""
        return self._link.certificate

    def say(self, request: m.Request) -> None:
        """Queue a request. Never waits; once the end has come nothing is said any more."""
        if self._link.protocol.state is not State.CLOSED:
            self._link.send(request)

    def welcome(self) -> None:
        """The server has let us in: from here on heartbeats count."""
        self._pulse.welcomed(self._clock.now())

    def blame(self, code: str) -> None:
        """An error was heard: should the connection end with it, that is why."""
        self._blamed = code[: m.MAX_TOKEN]

    def end(self, reason: str) -> None:
        """Break off; `run` returns the first reason given."""
        self._reason = self._reason or reason[: m.MAX_TOKEN]
        self._link.abort()

    def later(self, delay: float, function: Callable[[], None]) -> None:
        """Call a function in `delay` seconds, if the conversation still goes on then."""
        self._start(self._call_later(delay, function))

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _call_later(self, delay: float, function: Callable[[], None]) -> None:
        await self._clock.sleep(delay)
        function()

    async def _listen(self, take: Callable[[m.AnyEvent], None]) -> None:
        while (items := await self._link.receive()) is not None:
            self._pulse.heard(self._clock.now())
            for count, item in enumerate(items, 1):
                if isinstance(item, Fault):
                    self._fault(item)
                else:
                    self._blamed = None
                    take(item)
                if count % TURN == 0:
                    await self._turn()
                if self._over():
                    return
            self._watch_frame()
            await self._turn()

    async def _turn(self) -> None:
        """Let others have their turn; where too much waits to be taken, until it has been."""
        if all(brake.calm for brake in self._brakes):
            await asyncio.sleep(0)
        else:
            await self._hold()

    def _over(self) -> bool:
        return self._reason is not None

    def _fault(self, fault: Fault) -> None:
        """A type we do not know is a newer server's and skipped.

        Anything else that cannot be read ends the conversation: it may have been a message, and the next
        conversation asks for it again.
        """
        _log.info("the server said something unreadable: %s", fault.code.value)
        if fault.code is not Code.UNKNOWN_TYPE:
            self.end(fault.code)

    def _watch_frame(self) -> None:
        began = self._link.frame_began
        if began != self._frame_began:
            self._frame_began = began
            self._pulse.unfinished(None if began is None else self._clock.now())

    async def _hold(self) -> None:
        """Read nothing until what came has been taken, and kept."""
        self._pulse.held()
        self._frame_began = None
        for brake in self._brakes:
            await brake.room()
        self._pulse.heard(self._clock.now())

    async def _keep(self) -> None:
        """Ask when it is quiet, break off when no answer comes."""
        while True:
            await self._clock.sleep(self._pulse.wait(self._clock.now()))
            now = self._clock.now()
            gone = self._pulse.gone(now)
            if gone is not None:
                self.end(gone)
                return
            if self._pulse.asks(now):
                self.say(m.Ping())
