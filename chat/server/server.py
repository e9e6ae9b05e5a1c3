"""The server: listens, seats who comes, and stops without losing what it has acknowledged."""

import asyncio
import os
import socket
import time
from collections.abc import Callable, Collection, Sequence
from functools import partial

from chat.errors import Code
from chat.history.base import Failure, History, Outcome
from chat.link import ServerLink, server_link
from chat.protocol import ServerProtocol, server_side
from chat.server import rooms
from chat.server.accepting import Security, accept, listening, opened
from chat.server.core import Console, Core
from chat.server.options import Options
from chat.server.pulse import Pulse
from chat.server.registry import Registry
from chat.server.seat import Seat
from chat.server.session import attend
from chat.server.watchdog import Watchdog

_SECRET = "server/secret"

Door = Callable[[asyncio.StreamReader, asyncio.StreamWriter, ServerProtocol], ServerLink]


class Server:
    """One chat server over one history and one registry, which it opens and closes.

    `async with Server(...) as server:` opens both, `await server.listen(host, port)` as often as wanted.
    Leaving commits and acknowledges what waits, says bye to everybody, and closes.
    """

    def __init__(
        self,
        history: History,
        registry: Registry,
        console: Console,
        options: Options | None = None,
        *,
        now: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self.options = options or Options()
        self.history = history
        self._registry = registry
        self._console = console
        self._now = now
        self._listeners: dict[socket.socket, asyncio.Task[None]] = {}
        self._opening: set[asyncio.Task[None]] = set()
        self._seats: dict[Seat, asyncio.Task[None] | None] = {}
        self._pulse: asyncio.Task[None] | None = None
        self._watchdog: Watchdog | None = None
        self._core: Core | None = None
        self.broken = asyncio.Event()
        """Set when the disk failed for good: nothing more is acknowledged, the process has to end."""

    async def __aenter__(self) -> "Server":
        await self._registry.open()
        await self.history.open(self._committed, self._failed)
        loop = asyncio.get_running_loop()
        self._core = Core(
            self.options,
            self.history,
            self._registry,
            self._console,
            await self._secret(),
            clock=loop.time,
            now=self._now,
            new_id=lambda: os.urandom(8).hex(),
            broken=self.broken,
            chance=os.urandom,
        )
        rooms.load(self._core.hub, self._registry)
        await rooms.find_or_make(self._core, self.options.lobby)
        self._pulse = loop.create_task(Pulse(self._core, self._seats).run())
        self._watchdog = Watchdog(loop, self._console.stalled)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def core(self) -> Core:
        """The parts of an open server."""
        assert self._core is not None, "the server is not open"
        return self._core

    @property
    def seats(self) -> Collection[Seat]:
        """The connections there are now."""
        return self._seats.keys()

    async def listen(
        self, host: str, port: int, door: Door = server_link, security: Security | None = None
    ) -> list[tuple[str, int]]:
        """Accept clients on host and port (0: any free one); returns the addresses listened on.

        `door` makes the link of each connection: `server_link` for the wire contract, or one of `chat.doors`.
        Without `security` everything is plain, whoever connects.
        Raises OSError: the port is taken, the address is not this machine's, not permitted.
        """
        found = await asyncio.to_thread(listening, host, port, self.options.backlog)
        for listener in found:
            take = partial(self._take, door, security)
            accepting = asyncio.create_task(accept(listener, take, partial(self._console.failed, "accept")))
            self._listeners[listener] = accepting
        return [listener.getsockname()[:2] for listener in found]

    def _take(self, door: Door, security: Security | None, connection: socket.socket) -> None:
        """Serve an accepted connection, unless too many are on their way already."""
        if len(self._opening) >= self.options.max_opening:
            connection.close()
            return
        task = asyncio.create_task(self._serve(door, security, connection))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _serve(self, door: Door, security: Security | None, connection: socket.socket) -> None:
        since, address = self.core.clock(), _address(connection)
        self._console.connected(address)
        try:
            streams = await opened(connection, security, self.options.hello_deadline)
        except OSError as error:
            connection.close()
            self._console.gone(
                "", address, "hello_timeout" if isinstance(error, TimeoutError) else "not_opened"
            )
            return
        except asyncio.CancelledError:
            connection.close()
            raise
        task = asyncio.current_task()
        assert task is not None
        self._opening.discard(task)
        link = door(streams.reader, streams.writer, server_side(self.options.max_frame))
        if streams.parting is not None:
            link.send(streams.parting)
            link.close(self.options.patience)
            self._console.gone("", address, getattr(streams.parting, "code", "hello_timeout"))
            return
        await self.attend(link, since)

    async def attend(self, link: ServerLink, since: float) -> None:
        """Serve one connection, whichever door it came through, that was accepted at a time of the clock."""
        address = link.address
        seat = Seat(self.core, link, since)
        if len(self._seats) >= self.options.max_clients:
            seat.error(Code.SERVER_FULL)
            link.close(self.options.patience)
            self._console.gone("", address, Code.SERVER_FULL)
            return
        self._seats[seat] = asyncio.current_task()
        try:
            await attend(seat)
        finally:
            del self._seats[seat]
            self._console.gone(seat.user, address, seat.reason)

    async def stop(self) -> None:
        """Stop: no more is accepted or read; what waits is committed and acknowledged; everybody is told.

        Takes at most `patience` seconds after the last commit. Cancellation leaves connections to the
        operating system; nothing acknowledged is lost by it.
        """
        if self.core.stopping:
            return
        await self._stop_accepting()
        if self._watchdog is not None:
            self._watchdog.stop()
        if self._pulse is not None:
            self._pulse.cancel()
        self.core.stopping = True
        await self.history.close()
        attending = [task for task in self._seats.values() if task is not None]
        for seat in list(self._seats):
            seat.end("shutting_down")
        if attending:
            await asyncio.wait(attending)
        await self._registry.close()

    async def _stop_accepting(self) -> None:
        """Close the listeners, and whatever has been accepted and has not said its first word."""
        tasks = {*self._listeners.values(), *self._opening}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        for listener in self._listeners:
            listener.close()

    def _committed(self, outcomes: Sequence[Outcome], head: int) -> None:
        try:
            self.core.hub.committed(outcomes, head)
        except Exception as error:
            # Some have been told, some not (no memory left): who goes on now would miss an entry for good.
            for seat in list(self._seats):
                seat.abandon("failed")
            self._console.failed("commit", error)
            self.broken.set()

    def _failed(self, failures: Sequence[Failure]) -> None:
        self.core.hub.failed(failures)
        if any(failure.final for failure in failures):
            self.broken.set()

    async def _secret(self) -> bytes:
        """The key of session secrets, made with the registry."""
        record = self._registry.get(_SECRET) or await self._registry.put(_SECRET, os.urandom(32), 0)
        return record.value


def _address(connection: socket.socket) -> str:
    """The peer's address as text, empty if it is gone already."""
    try:
        host, port = connection.getpeername()[:2]
    except OSError:
        return ""
    return f"{host}:{port}"
