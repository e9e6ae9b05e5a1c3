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
from chat.server.securing import Deadlines, HandshakeTimeout, Opened, Security

_TURNED_AWAY = 64
"""Connections at once that are told why they are turned away; beyond, they are closed without a word."""
_HEAR = 1.0
"""Seconds that somebody turned away has for a first word: bytes that nobody has read when a connection closes
would make the kernel reset it, and the frame that says why might never be seen."""

Door = Callable[[asyncio.StreamReader, asyncio.StreamWriter, ServerProtocol], ServerLink]
Attend = Callable[[ServerLink, Visit, float], Coroutine[Any, Any, None]]


class _Arrival(Struct, frozen=True):
    """Somebody who has connected: through which door, from where, and when by the core's clock."""

    door: Door
    security: Security | None
    """None: it is plain."""
    streams: Opened
    connection: socket.socket | None
    """With security: what new streams are yet to be made of, where the first byte decides."""
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
        self,
        door: Door,
        security: Security | None,
        listener: Listener,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Let an accepted connection in, or turn it away. Raises OSError for want of a descriptor."""
        peer, now = writer.get_extra_info("peername"), self._core.clock()
        if peer is None:  # gone already
            writer.transport.abort()
            return
        if security is not None and securing.is_plain(writer, peer[0], security):
            security = None
        connection = _held_back(writer) if security is not None else None
        found = self._core.gate.knock(peer[0], now, private=listener.private)
        streams, address = Opened(reader, writer), f"{peer[0]}:{peer[1]}"
        arrival = _Arrival(door, security, streams, connection, peer[0], address, now)
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
        self._core.console.connected(address)
        try:
            link, parting = await self._linked(arrival)
            del arrival  # the streams it came with, of which the link may have others: 3 KB
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

    async def _linked(self, arrival: _Arrival) -> tuple[ServerLink, m.Event | None]:
        """The link of a connection once it is ready, and all that is said where it is turned away."""
        options = self._core.options
        streams = await _ready(arrival, Deadlines(options.hello_deadline, options.handshake_deadline))
        link = arrival.door(streams.reader, streams.writer, server_side(options.max_frame))
        return link, streams.parting

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
            arrival.streams.writer.transport.abort()

    async def _part(self, arrival: _Arrival, deadlines: Deadlines) -> None:
        """Answer the first word of somebody turned away, and close."""
        options = self._core.options
        try:
            streams = await _ready(arrival, deadlines)
        except OSError:
            return
        link = arrival.door(streams.reader, streams.writer, server_side(options.max_frame))
        try:
            link.send(m.Error(code=Code.SLOW_DOWN, message=SENTENCES[Code.SLOW_DOWN]))
            async with asyncio.timeout(_HEAR):
                for _ in await link.receive() or ():
                    pass
        except TimeoutError:
            pass
        finally:
            link.close(options.patience)


_NOT_HEARD: dict[type[m.Event | OSError], tuple[str, Limit | None]] = {
    TimeoutError: ("hello_timeout", Limit.HELLO_DEADLINE),
    m.ByeEvent: ("hello_timeout", Limit.HELLO_DEADLINE),
    HandshakeTimeout: ("tls_timeout", Limit.TLS_DEADLINE),
    m.Error: ("tls_required", None),
}
"""Why somebody never got as far as a first word, and which bound that was."""


def _held_back(writer: asyncio.StreamWriter) -> socket.socket | None:
    """See to it that nothing is read before it is known how; None: the stream goes on. Raises OSError."""
    if securing.PEEKS:
        return securing.taken_over(writer)
    transport = writer.transport
    assert isinstance(transport, asyncio.ReadTransport)
    transport.pause_reading()
    return None


async def _ready(arrival: _Arrival, deadlines: Deadlines) -> Opened:
    """The streams of a connection, which is closed where this raises (OSError) or is cancelled."""
    security, connection, streams = arrival.security, arrival.connection, arrival.streams
    if security is None:
        return streams
    close = streams.writer.transport.abort if connection is None else connection.close
    try:
        if connection is None:
            return await securing.by_address(streams, arrival.host, security, deadlines.handshake)
        return await securing.opened(connection, security, deadlines)
    except BaseException:
        close()
        raise
