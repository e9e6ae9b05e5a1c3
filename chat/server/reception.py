"""From an accepted connection to a link that is attended: let in, made ready, or turned away in one frame."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from msgspec import Struct

from chat import messages as m
from chat.errors import SENTENCES, Code
from chat.hub.core import Core
from chat.limits.counters import Limit
from chat.limits.gate import Visit
from chat.link import ServerLink
from chat.protocol import ServerProtocol, server_side
from chat.server import securing
from chat.server.accepting import Listener
from chat.server.securing import Deadlines, HandshakeTimeout, Security

_TURNED_AWAY = 64
"""Connections at once that are told why they are turned away; beyond, they are closed without a word."""
_HEAR = 1.0
"""Seconds that somebody turned away has for a first word: bytes that nobody has read when a connection closes
would make the kernel reset it, and the frame that says why might never be seen."""

Door = Callable[[ServerProtocol], ServerLink]
Attend = Callable[[ServerLink, Visit, float], Coroutine[Any, Any, None]]


class _Arrival(Struct, frozen=True):
    """Somebody who has connected: the link for it, from where it came, and when by the core's clock."""

    link: ServerLink
    security: Security | None
    """None: it is plain, and joined already."""
    transport: asyncio.Transport
    connection: socket.socket | None
    """With security: what a new transport is yet to be made of, where the first byte decides."""
    host: str
    address: str
    since: float


class Reception:
    """Where the clients of one server come in; `attend` serves each of them until it goes."""

    def __init__(self, core: Core, attend: Attend) -> None:
        self._core = core
        self._attend = attend
        self._listeners: list[Listener] = []
        self.opening: set[asyncio.Task[None]] = set()
        """Those who have not said their first word."""
        self._turned_away: set[asyncio.Task[None]] = set()

    async def listen(
        self, host: str, port: int, door: Door, security: Security | None
    ) -> list[tuple[str, int]]:
        """Accept clients on host and port; the addresses listened on. Raises OSError."""
        take = partial(self._take, door, security)
        listener = Listener(take, self._core.gate.full, self.rests, self._core.options.backlog)
        await listener.open(host, port)
        self._listeners.append(listener)
        return listener.addresses

    async def close(self) -> None:
        """Accept no more, and close whatever has not said its first word."""
        for listener in self._listeners:
            await listener.close()
        await asyncio.sleep(0)  # a task that is cancelled before it has begun would close nothing
        tasks = self.opening | self._turned_away
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def rests(self, why: Limit) -> None:
        """Accepting stops for a while: count it, and say so now and then."""
        self._core.counters.count(why)
        if self._core.gate.seldom(why, self._core.clock()):
            self._core.console.crowded(why)

    def _take(
        self, door: Door, security: Security | None, listener: Listener, transport: asyncio.Transport
    ) -> None:
        """Let an accepted connection in, or turn it away. Raises OSError for want of a descriptor."""
        peer, now = transport.get_extra_info("peername"), self._core.clock()
        if peer is None:  # gone already
            transport.abort()
            return
        if security is not None and securing.is_plain(transport, peer[0], security):
            security = None
        connection = _held_back(transport) if security is not None else None
        found = self._core.gate.knock(peer[0], now, private=listener.private)
        link = door(server_side(self._core.options.max_frame))
        if security is None:
            link.adopt(transport)
        arrival = _Arrival(link, security, transport, connection, peer[0], f"{peer[0]}:{peer[1]}", now)
        if isinstance(found, Visit):
            self._spawn(self._receive(arrival, found), self.opening)
        else:
            self._turn_away(arrival, found)

    def _spawn(self, work: Coroutine[Any, Any, None], among: set[asyncio.Task[None]]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        among.add(task)
        task.add_done_callback(among.discard)

    async def _receive(self, arrival: _Arrival, visit: Visit) -> None:
        """Attend one connection until it is closed."""
        options, address, since = self._core.options, arrival.address, arrival.since
        deadlines = Deadlines(options.hello_deadline, options.handshake_deadline)
        self._core.console.connected(address)
        try:
            parting, link = await _ready(arrival, deadlines), arrival.link
            del arrival  # a transport that the link may not have
            self.opening -= {asyncio.current_task()}
            if parting is None:
                await self._attend(link, visit, since)
            else:
                link.send(parting)
                link.close(options.patience)
                self._not_heard(address, parting)
        except OSError as error:
            self._not_heard(address, error)
        finally:
            visit.over()

    def _not_heard(self, address: str, why: m.Event | OSError) -> None:
        reason, limit = _NOT_HEARD.get(type(why), ("not_opened", None))
        if limit is not None:
            self._core.counters.count(limit)
        self._core.console.gone("", address, reason)

    def _turn_away(self, arrival: _Arrival, limit: Limit) -> None:
        """Say why, if not to too many at once; encrypted, which costs, only now and then to one address."""
        seldom = self._core.gate.seldom(arrival.host, arrival.since)
        if seldom:
            self._core.console.turned_away(arrival.address, limit)
        if len(self._turned_away) < _TURNED_AWAY:
            deadlines = Deadlines(_HEAR, self._core.options.handshake_deadline if seldom else None)
            self._spawn(self._part(arrival, deadlines), self._turned_away)
        elif arrival.connection is not None:
            arrival.connection.close()
        else:
            arrival.transport.abort()

    async def _part(self, arrival: _Arrival, deadlines: Deadlines) -> None:
        """Answer the first word of somebody turned away, and close."""
        try:
            await _ready(arrival, deadlines)
        except OSError:
            return
        link = arrival.link
        try:
            link.send(m.Error(code=Code.SLOW_DOWN, message=SENTENCES[Code.SLOW_DOWN]))
            async with asyncio.timeout(_HEAR):
                for _ in await link.receive() or ():
                    pass
        except TimeoutError:
            pass
        finally:
            link.close(self._core.options.patience)


_NOT_HEARD: dict[type[m.Event | OSError], tuple[str, Limit | None]] = {
    TimeoutError: ("hello_timeout", Limit.HELLO_DEADLINE),
    m.ByeEvent: ("hello_timeout", Limit.HELLO_DEADLINE),
    HandshakeTimeout: ("tls_timeout", Limit.TLS_DEADLINE),
    m.Error: ("tls_required", None),
}
"""Why somebody never got as far as a first word, and which bound that was."""


def _held_back(transport: asyncio.Transport) -> socket.socket | None:
    """See to it that nothing is read before it is known how; None: the transport goes on. Raises OSError."""
    if securing.PEEKS:
        return securing.taken_over(transport)
    transport.pause_reading()
    return None


async def _ready(arrival: _Arrival, deadlines: Deadlines) -> m.Event | None:
    """Have the link of a connection joined; what is said where it is turned away.

    The connection is closed where this raises (OSError) or is cancelled.
    """
    link, security, connection = arrival.link, arrival.security, arrival.connection
    if security is None:
        return None
    close = arrival.transport.abort if connection is None else connection.close
    try:
        if connection is not None:
            return await securing.opened(link, connection, security, deadlines)
        await securing.by_address(link, arrival.transport, arrival.host, security, deadlines.handshake)
        return None
    except BaseException:
        close()
        raise
