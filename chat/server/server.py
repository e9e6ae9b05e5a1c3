"""The server: listens, seats who comes, and stops without losing what it has acknowledged."""

import asyncio
import os
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress

from chat.bounds import RoomKind
from chat.errors import Code, DataRefused, StorageFailed
from chat.history.base import Failure, History, Outcome
from chat.hub import effects, rooms
from chat.hub.bus import Bus
from chat.hub.core import Console, Core
from chat.hub.pulse import Pulse
from chat.hub.seat import Seat
from chat.hub.session import attend
from chat.limits.counters import Limit
from chat.limits.gate import Visit
from chat.limits.options import Options
from chat.link import ServerLink, server_link
from chat.registry.base import Applied, Conflict, Registry
from chat.server.reception import Door, Reception
from chat.server.securing import Security
from chat.server.watchdog import Watchdog

_SECRET = "server/secret"
_QUIET = 10.0
"""Seconds between two lines about what could not be stored."""


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
        bus: Bus | None = None,
    ) -> None:
        self.options = options or Options()
        self.history = history
        self._registry = registry
        self._console = console
        self._now = now
        self._bus = bus
        self._seats: dict[Seat, asyncio.Task[None] | None] = {}
        self._pulse: asyncio.Task[None] | None = None
        self._watchdog: Watchdog | None = None
        self._core: Core | None = None
        self._told = -_QUIET
        self._untold = False
        """A batch was not given to everybody: nobody is given a later one."""
        self._reception: Reception | None = None
        self.broken = asyncio.Event()
        """Set when the disk failed for good: nothing more is acknowledged, the process has to end."""

    async def __aenter__(self) -> "Server":
        await self._registry.open(self._applied)
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
            bus=self._bus,
        )
        self._core.hub.stale = self.history.stale
        self.history.on_stale = self._core.hub.hears
        self._reception = Reception(self._core, self.attend)
        effects.load(self._core.hub, self._registry)
        lobby = await rooms.find_or_make(self._core, self.options.lobby)
        if lobby.law.kind is RoomKind.PRIVATE:
            await self._give_up(lobby.name)
        await self._core.bus.open(self._core.hub)
        self._pulse = loop.create_task(Pulse(self._core, self._seats).run())
        self._watchdog = Watchdog(loop, self._console.stalled)
        return self

    async def _give_up(self, lobby: str) -> None:
        """Everybody is in the lobby: a private room must not become it. Raises DataRefused."""
        await self.history.close()
        await self._registry.close()
        raise DataRefused("private_lobby", lobby)

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def core(self) -> Core:
        """The parts of an open server."""
        assert self._core is not None, "the server is not open"
        return self._core

    @property
    def reception(self) -> Reception:
        """Where an open server's clients come in."""
        assert self._reception is not None, "the server is not open"
        return self._reception

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
        return await self.reception.listen(host, port, door, security)

    async def attend(self, link: ServerLink, visit: Visit, since: float) -> None:
        """Serve one connection, whichever door it came through, that was accepted at a time of the clock."""
        address = link.address
        seat = Seat(self.core, link, visit, since)
        if len(self._seats) >= self.options.max_clients:
            self.core.counters.count(Limit.CONNECTIONS)
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
        await self.reception.close()
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
        await self.core.bus.close()
        await self._registry.close()

    def _applied(self, change: Applied) -> None:
        if self._core is None:
            return  # it is loaded with the rest
        try:
            effects.applied(self._core, change)
        except Exception as error:  # a record that no version of ours has written
            self._console.failed("registry", error)

    def _committed(self, outcomes: Sequence[Outcome], head: int) -> None:
        if self._core is None or self._untold:
            return  # of another node, while this one starts: it is in what the hub begins with
        try:
            self._core.hub.committed(outcomes, head)
        except Exception as error:
            # Some have been told, some not (no memory left): who goes on now would miss an entry for good.
            self._untold = True
            self.broken.set()
            for seat in list(self._seats):
                seat.abandon("failed")
            self._console.failed("commit", error)

    def _failed(self, failures: Sequence[Failure]) -> None:
        self.core.hub.failed(failures)
        failures = [failure for failure in failures if not failure.revoked]
        final = any(failure.final for failure in failures)
        now = self.core.clock()
        if not failures:
            return  # nothing is wrong with the disk
        if final > self.broken.is_set() or now - self._told >= _QUIET:
            self._told = now
            self._console.failed("history", StorageFailed(failures[0].reason, final=final))
        if final:
            self.broken.set()

    async def _secret(self) -> bytes:
        """The key of session secrets, made with the registry."""
        with suppress(Conflict):  # another node has made it at the same moment
            if self._registry.get(_SECRET) is None:
                await self._registry.put(_SECRET, os.urandom(32), 0)
        record = self._registry.get(_SECRET)
        assert record is not None, "kept for ever"
        return record.value
