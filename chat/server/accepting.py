"""Listening sockets: hands on each connection, and rests while there is no room for more."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

from chat import descriptors
from chat.limits.counters import Limit
from chat.limits.gate import is_local
from chat.link import tune

_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_AT_ONCE = 1
"""Connections that asyncio accepts in one turn of the loop; it calls this the backlog. Two turns pass before
they are seen here, and what is accepted meanwhile comes out of the reserve: with 100, its default, a server
of 64 descriptors ran out of them and stood still for 20 s (CPython 3.11)."""
_REST = 0.1
"""Seconds between two looks whether it may accept again."""

_CLOSED = SimpleNamespace(is_closing=lambda: True)
"""What a stream has in place of the transport that was taken from it."""

Take = Callable[["Listener", asyncio.Transport], None]


class Listener:
    """Accepts on every address of one host; whoever opens it closes it.

    `take` is called in the loop for each connection, before anything is read from it; it raises OSError where
    there is no descriptor for what it needs. While there are no
    descriptors for more, or `full` says that it is enough for now, it rests: those who come wait in the
    kernel. `rests` is told why.
    """

    def __init__(
        self, take: Take, full: Callable[[], bool], rests: Callable[[Limit], None], backlog: int
    ) -> None:
        self._take = take
        self._full = full
        self._rests = rests
        self._backlog = backlog
        self._sockets: list[socket.socket] = []
        """Descriptors of our own for what the servers listen on, so that one may close and another go on."""
        self._servers: list[asyncio.Server] = []
        self._resting: asyncio.Task[None] | None = None
        self._closed = False
        self.private = False
        """Whether only this machine can connect."""

    async def open(self, host: str, port: int) -> None:
        """Listen on host and port. Raises OSError, and then nothing is left open."""
        server = await self._server(host or None, port)
        self._sockets = [socket.fromfd(one.fileno(), one.family, one.type) for one in server.sockets]
        self._servers = [server]
        for one in self._sockets:
            tune(one)
        self.private = all(is_local(host) for host, _ in self.addresses)
        await self._serve()

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """The addresses listened on."""
        return [one.getsockname()[:2] for one in self._sockets]

    async def close(self) -> None:
        """Accept no more; who has been handed on stays connected."""
        self._closed = True
        if self._resting is not None:
            self._resting.cancel()
            await asyncio.wait({self._resting})
        else:
            self._deafen()
        await self._leave()
        for one in self._sockets:
            one.close()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        transport = _bare(writer)
        if self._closed:
            transport.abort()
            return
        try:
            descriptors.spare(transport.get_extra_info("socket").fileno())
            self._take(self, transport)
        except OSError:
            transport.abort()
            self._rest(Limit.DESCRIPTORS)
        else:
            if self._full():
                self._rest(Limit.UNWELCOMED)

    def _rest(self, why: Limit) -> None:
        if self._resting is None:
            self._deafen()
            self._resting = asyncio.get_running_loop().create_task(self._pause())
            self._rests(why)

    async def _serve(self) -> None:
        for server in self._servers:
            await server.start_serving()
        for one in self._sockets:
            one.listen(self._backlog)  # how many may wait in the kernel is another matter

    def _deafen(self) -> None:
        """Accept nothing more."""
        loop = asyncio.get_running_loop()
        for server in self._servers:
            with contextlib.suppress(NotImplementedError):  # Windows
                if min(map(loop.remove_reader, server.sockets)):
                    continue
            server.close()

    async def _leave(self) -> None:
        """Close the servers, which accept no more, once what they have accepted has been handed on.

        CPython 3.11 fails inside for a connection that has no transport yet when its server closes.
        """
        for _ in range(3):
            await asyncio.sleep(0)
        for server in self._servers:
            server.close()

    async def _pause(self) -> None:
        await self._leave()
        again = False
        while not again:
            await asyncio.sleep(_REST)
            again = await self._again()
        self._resting = None

    async def _again(self) -> bool:
        """Listen again if there is room."""
        self._servers = []
        if self._full():
            return False
        try:
            with self._sockets[0].dup() as probe:
                descriptors.spare(probe.fileno())
            for one in self._sockets:
                self._servers.append(await self._server(sock=one.dup()))
        except OSError:
            await self._leave()
            return False
        await self._serve()
        return True

    async def _server(self, *where: Any, **more: Any) -> asyncio.Server:
        return await asyncio.start_server(
            self._connected, *where, backlog=_AT_ONCE, start_serving=False, **more
        )


def _bare(writer: asyncio.StreamWriter) -> asyncio.Transport:
    """The transport of a stream of which nothing is read or written; the rest is let go.

    A stream closes its transport once nobody has it any more (CPython since 3.11.5), if it still has one.
    """
    transport = cast(asyncio.Transport, writer.transport)
    vars(writer).clear()  # it and its protocol have each other: neither would go before the next collection
    vars(writer)["_transport"] = _CLOSED
    return transport


def quieten(loop: asyncio.AbstractEventLoop, rests: Callable[[], None]) -> None:
    """Tell `rests` when a loop runs out of descriptors while it accepts; by itself it logs each traceback.

    Listeners rest before it comes to that, but other programs may use up what the whole machine has.
    """

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in _EXHAUSTED:
            rests()
        else:
            loop.default_exception_handler(context)

    loop.set_exception_handler(handle)
