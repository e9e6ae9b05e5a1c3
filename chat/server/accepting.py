"""Listening sockets: hands on each connection, and rests while there are too few descriptors."""

import asyncio
import contextlib
import errno
import os
import socket
from collections.abc import Callable
from typing import Any

from chat.link import CHUNK
from chat.server import descriptors
from chat.server.gate import is_local

_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_AT_ONCE = 4
"""Connections that asyncio accepts in one turn of the loop; it calls this the backlog. Two turns pass before
the first of them is seen here, and the reserve of descriptors has to hold what is accepted meanwhile."""
_REST = 0.5
"""Seconds between two looks for a free descriptor."""

Take = Callable[["Listener", asyncio.StreamReader, asyncio.StreamWriter], None]


def ran_out(error: object) -> bool:
    """Whether an exception says that there are no descriptors, or no memory for sockets, left."""
    return isinstance(error, OSError) and error.errno in _EXHAUSTED


class Listener:
    """Accepts on every address of one host; whoever opens it closes it.

    `take` is called in the loop for each connection, before anything is read from it; `rests` whenever
    accepting stops until there are descriptors again. Meanwhile those who come wait in the kernel.
    """

    def __init__(self, take: Take, rests: Callable[[], None], backlog: int) -> None:
        self._take = take
        self._rests = rests
        self._backlog = backlog
        self._sockets: list[socket.socket] = []
        """Descriptors of our own for what the servers listen on, so that one may close and another go on."""
        self._servers: list[asyncio.Server] = []
        self._resting: asyncio.Task[None] | None = None
        self._closed = False

    async def open(self, host: str, port: int) -> None:
        """Listen on host and port. Raises OSError, and then nothing is left open."""
        server = await self._server(host or None, port)
        self._sockets = [socket.socket(fileno=os.dup(one.fileno())) for one in server.sockets]
        self._servers = [server]
        await self._serve()

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """The addresses listened on."""
        return [one.getsockname()[:2] for one in self._sockets]

    @property
    def private(self) -> bool:
        """Whether only this machine can connect."""
        return all(is_local(host) for host, _ in self.addresses)

    async def close(self) -> None:
        """Accept no more; who has been handed on stays connected."""
        self._closed = True
        if self._resting is not None:
            self._resting.cancel()
            await asyncio.wait({self._resting})
        await self._leave()
        for one in self._sockets:
            one.close()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        enough = writer.get_extra_info("socket").fileno() < descriptors.ceiling()
        if enough and not self._closed:
            self._take(self, reader, writer)
            return
        writer.transport.abort()
        if not self._closed and self._resting is None:
            self._resting = asyncio.get_running_loop().create_task(self._rest())
            self._rests()

    async def _serve(self) -> None:
        for server in self._servers:
            await server.start_serving()
        for one in self._sockets:
            one.listen(self._backlog)  # how many may wait in the kernel is another matter

    async def _leave(self) -> None:
        """Close the servers once what they have accepted has been handed on.

        CPython 3.11 fails inside for a connection that has no transport yet when its server closes.
        """
        loop = asyncio.get_running_loop()
        with contextlib.suppress(NotImplementedError):  # Windows
            for one in (one for server in self._servers for one in server.sockets):
                loop.remove_reader(one.fileno())
        for _ in range(3):
            await asyncio.sleep(0)
        for server in self._servers:
            server.close()

    async def _rest(self) -> None:
        await self._leave()
        again = False
        while not again:
            await asyncio.sleep(_REST)
            again = await self._again()
        self._resting = None

    async def _again(self) -> bool:
        """Listen again if there are descriptors for it."""
        self._servers = []
        try:
            probe = os.dup(self._sockets[0].fileno())
            os.close(probe)
            if probe >= descriptors.ceiling():
                return False
            for one in self._sockets:
                self._servers.append(await self._server(sock=one.dup()))
        except OSError:
            await self._leave()
            return False
        await self._serve()
        return True

    async def _server(self, *where: Any, **more: Any) -> asyncio.Server:
        return await asyncio.start_server(
            self._connected, *where, backlog=_AT_ONCE, limit=CHUNK, start_serving=False, **more
        )


def handler(otherwise: Callable[[Any, dict[str, Any]], None], rests: Callable[[], None]) -> Any:
    """An exception handler for loops in which accepting fails for want of descriptors.

    asyncio logs each failure with a traceback; here `rests` is told instead, and decides how often to say so.
    """

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if ran_out(context.get("exception")):
            rests()
        else:
            otherwise(loop, context)

    return handle
