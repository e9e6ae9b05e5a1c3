"""One connection by the wire contract: requests out, events in, and a few ways to break it."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Iterator

from chat import messages as m
from chat.errors import FrameError
from chat.framing import FrameCutter, frame

CHUNK = 65_536
MAX_ANSWER = 2**24
"""Bytes of one frame that are still read; a server's own limit is for what it receives."""


class Broken(Exception):
    """The server sent what is no frame or no event."""


class Line:
    """One connection; whoever opened it ends it with `close` or `reset`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._cutter = FrameCutter(MAX_ANSWER)
        self.left: int | None = None
        """Bytes still taken in before the connection is reset; None: as many as come."""

    @classmethod
    async def open(cls, host: str, port: int) -> "Line":
        """A connection on which nothing was said yet. Raises OSError."""
        return cls(*await asyncio.open_connection(host, port))

    def send(self, request: m.Request, part: float = 1.0) -> None:
        """Queue a request, or the first `part` of its bytes."""
        data = frame(m.encode(request))
        if not self._writer.is_closing():
            self._writer.write(data[: max(1, int(len(data) * part))])

    async def flush(self) -> None:
        """Wait until most of what was queued has gone out. Raises OSError."""
        await self._writer.drain()

    async def receive(self) -> Iterator[m.AnyEvent] | None:
        """The events that the next bytes complete; None at the end, its own or the server's.

        Iterating raises Broken. Exhaust it before the next call.
        """
        if self.left == 0:
            return None  # what the reader still holds was cut off
        try:
            data = await self._reader.read(CHUNK)
        except OSError:
            return None
        if self.left is not None:
            data = data[: self.left]
            self.left -= len(data)
            if not self.left:
                self.reset()
        return self._events(data) if data else None

    def _events(self, data: bytes) -> Iterator[m.AnyEvent]:
        try:
            for payload in self._cutter.feed(data):
                try:
                    yield m.decode_event(payload)
                except m.Unreadable as error:
                    if error.known:
                        raise Broken from error
        except FrameError as error:
            raise Broken from error

    def reset(self) -> None:
        """Break the connection at once, as a machine does that was switched off and on."""
        self.left = 0
        sock = self._writer.get_extra_info("socket")
        with contextlib.suppress(OSError, AttributeError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def close(self) -> None:
        """End it once what is queued has gone out."""
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()
