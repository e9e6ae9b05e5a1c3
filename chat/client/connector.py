"""Makes a conversation, and another after each that ends, until it is stopped."""

import asyncio
import random
from collections.abc import Awaitable

from chat import messages as m
from chat.client.backoff import Backoff
from chat.client.clock import Clock
from chat.client.conversation import Conversation
from chat.client.dial import Unreachable, dial
from chat.client.errors import ConnectFailed, NameRefused
from chat.client.events import Connection, ConnectionChanged
from chat.client.exchange import Exchange
from chat.client.pulse import Pulse, Timings
from chat.client.trust import Trust
from chat.errors import DataRefused
from chat.link import ClientLink, client_link
from chat.protocol import client_side

_RESTART = 60.0
"""Seconds for which a server that said it was shutting down is expected back. Once: of one that does nothing
else it is no sign."""
BEHIND = "behind"
"""Why a node does not let in whom others have shown more than it has: it may be level in a moment."""
_PARTING = 1.0
"""Seconds that a server has to answer our bye."""


class Connector:
    """Keeps one exchange connected. `connection` is how it stands."""

    def __init__(
        self,
        host: str,
        port: int,
        trust: Trust,
        exchange: Exchange,
        timings: Timings,
        rng: random.Random,
        clock: Clock,
    ) -> None:
        self._host = host
        self._port = port
        self._trust = trust
        self._exchange = exchange
        self._timings = timings
        self._rng = rng
        self._clock = clock
        self._backoff = Backoff(
            rng, first=timings.first_retry, most=timings.last_retry, settled=timings.settled
        )
        self._conversation: Conversation | None = None
        self._opened_at: float | None = None
        self._expected = 0.0
        """Until when the server is expected back."""
        self._stopping = False
        self._hurry = asyncio.Event()
        self._ready: asyncio.Future[None]
        self._task: asyncio.Task[None] | None = None
        self.connection = Connection.CONNECTING
        exchange.on_open = self._opened

    async def start(self, *, wait: bool, at_once: bool = False) -> None:
        """Return after the first welcome. Raises NameRefused and, unless it is to `wait`, ConnectFailed.

        Raises DataRefused where it cannot be read which servers are known; later that is a try that failed.

        If it raises or is cancelled, nothing goes on. `at_once`: return now, and go on trying whatever comes.
        """
        self._ready = asyncio.get_running_loop().create_future()
        if at_once:
            self._ready.set_result(None)
        self._task = asyncio.create_task(self._run(wait))
        try:
            await asyncio.wait({self._ready, self._task}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await _end(self._task)
            raise
        if not self._ready.done():
            self._task.result()
        self._ready.result()

    async def stop(self) -> None:
        """Say bye, if there is somebody to hear it, and connect no more. Cancellation: without a bye.

        Raises what a fault of our own raised, if there was one. Stopping again is harmless.
        """
        self._stopping = True
        if self._task is None:
            return
        try:
            if self._conversation is not None and self._exchange.open:
                self._conversation.say(m.Bye())
                await asyncio.wait({self._task}, timeout=_PARTING)
        finally:
            await _end(self._task)
        if not self._task.cancelled():
            self._task.result()

    def retry(self) -> None:
        """Let the present wait be over."""
        self._hurry.set()

    async def _run(self, wait: bool) -> None:
        reason = "closed"
        try:
            while True:
                self._change(Connection.CONNECTING, reason if self._backoff.attempt else None)
                failure = await self._converse()
                reason = self._exchange.final or failure.reason
                if self._given_up(failure, wait):
                    return
                await self._pause(reason, self._wait(reason))
        finally:
            self._change(Connection.CLOSED, reason)
            self._exchange.close(reason)

    def _wait(self, reason: str) -> float:
        now = self._clock.now()
        lasted = 0.0 if self._opened_at is None else now - self._opened_at
        first = not self._backoff.attempt or lasted >= self._timings.settled
        if reason == "shutting_down" and first:
            self._expected = now + _RESTART
        return self._backoff.next(lasted, soon=reason == BEHIND or now < self._expected)

    async def _converse(self) -> ConnectFailed:
        """One connection from dialling to its end; returns why it ended."""
        self._opened_at = None
        try:
            link = await dial(_link, self._host, self._port, self._timings.connect, self._trust)
        except Unreachable as error:
            return ConnectFailed(
                error.reason, self._host, self._port, error.tried, error.error, error.fingerprint
            )
        except DataRefused:
            if not self._ready.done():
                raise
            return ConnectFailed("trust_unreadable", self._host, self._port)
        reason = "closed"
        try:
            reason = await self._talk(link)
        finally:
            self._exchange.lost(reason)
            self._conversation = None
        return ConnectFailed(reason, self._host, self._port)

    async def _talk(self, link: ClientLink) -> str:
        pulse = Pulse(self._timings, self._rng, self._clock.now())
        self._conversation = Conversation(link, self._clock, pulse, self._exchange.brakes)
        try:
            hello = self._exchange.begin(self._conversation)
            return await self._conversation.run(hello, self._exchange.take)
        finally:
            link.abort()

    def _opened(self) -> None:
        self._opened_at = self._clock.now()
        self._change(Connection.OPEN, None)
        if not self._ready.done():
            self._ready.set_result(None)

    def _given_up(self, failure: ConnectFailed, wait: bool) -> bool:
        """Whether no further try makes sense; at the first one, whoever waits is told."""
        if not self._ready.done():
            refused = self._exchange.name_refused
            if refused is not None:
                self._ready.set_exception(NameRefused(refused))
            elif not wait or self._exchange.final is not None:
                self._ready.set_exception(failure)
            return self._ready.done()
        return self._stopping or self._exchange.final is not None

    async def _pause(self, reason: str, delay: float) -> None:
        self._change(Connection.WAITING, reason, delay)
        self._hurry.clear()
        sleep = asyncio.create_task(_finish(self._clock.sleep(delay)))
        hurry = asyncio.create_task(_finish(self._hurry.wait()))
        try:
            await asyncio.wait({sleep, hurry}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleep.cancel()
            hurry.cancel()

    def _change(self, connection: Connection, reason: str | None, delay: float = 0.0) -> None:
        self.connection = connection
        changed = ConnectionChanged(connection, reason, self._backoff.attempt, delay)
        self._exchange.inbox.put(changed)


def _link() -> ClientLink:
    return client_link(client_side())


async def _finish(awaitable: Awaitable[object]) -> None:
    await awaitable


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})
