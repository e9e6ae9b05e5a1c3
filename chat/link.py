"""A protocol joined to asyncio streams: receive, send, write, close."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import Iterator
from typing import ClassVar, Generic

from chat import messages as m
from chat import tls
from chat.protocol import ClientProtocol, Fault, In, Out, Protocol, ServerProtocol, State

if sys.platform == "linux":
    import fcntl
    import termios

CHUNK = 65_536
"""Most bytes taken from the socket at once; one chunk bounds the work between two looks at the loop."""
SEND_BUFFER = 131_072
"""SO_SNDBUF in bytes. Left alone, the kernel grew to 3.9 MB for one stuck reader (measured: FACTS M10)."""
USER_TIMEOUT = 30_000
"""TCP_USER_TIMEOUT in ms: with bytes unacknowledged for so long, the kernel breaks the connection."""


class Link(Generic[In, Out]):
    """One end of one conversation over one connection.

    Owns the connection: whoever has the link closes it. Not safe for several receivers at once.
    """

    __slots__ = ("_loop", "_reader", "_transport", "_writer", "frame_began", "heard", "protocol", "written")

    chunk: ClassVar[int] = CHUNK
    plain: ClassVar[bool] = False
    """Whether the other end speaks plain text: it knows no heartbeat, and a person may be typing there."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, protocol: Protocol[In, Out]
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._transport = writer.transport
        self._loop = asyncio.get_running_loop()
        self.protocol = protocol
        self.heard = self._loop.time()
        """When bytes last came, by the loop's clock."""
        self.frame_began: float | None = None
        """When the frame that is not whole yet began, by the loop's clock."""
        self.written = 0
        """Bytes queued here in all."""

    async def receive(self) -> Iterator[In | Fault] | None:
        """What the next bytes complete, possibly nothing; None once the peer has closed or is gone.

        Exhaust the iterator before the next call. Cancellation loses nothing that has not been returned.
        """
        if self.protocol.state is State.CLOSED:
            return None
        try:
            data = await self._reader.read(self.chunk)
        except OSError:
            return None
        return self._take(data) if data else None

    def _take(self, data: bytes) -> Iterator[In | Fault]:
        self.heard = self._loop.time()
        began = self.frame_began
        whole = False
        for item in self._items(data):
            whole = True
            yield item
        if not self.unfinished:
            self.frame_began = None
        elif whole or began is None:
            self.frame_began = self.heard

    def _items(self, data: bytes) -> Iterator[In | Fault]:
        return self.protocol.receive(data)

    @property
    def unfinished(self) -> bool:
        """Whether the peer has begun a frame that is not whole yet."""
        return self.protocol.unfinished

    def send(self, message: Out) -> None:
        """Queue one message. Never waits; bytes for a connection that is gone are dropped."""
        self.write(self.protocol.send(message))

    def write(self, frames: bytes) -> None:
        """Queue bytes that are frames already (the hub's). Never waits."""
        if not self._transport.is_closing():
            self.written += len(frames)
            self._transport.write(frames)

    @property
    def waiting(self) -> int:
        """Bytes queued here that the kernel has not taken yet."""
        return self._transport.get_write_buffer_size()

    @property
    def untaken(self) -> int:
        """Bytes that the peer has not taken, while any are queued here; with those in the kernel, on Linux.

        The kernel asks for more once a third of SEND_BUFFER is free: at 1 KB a second that takes a minute.
        """
        waiting = self.waiting
        return waiting + _in_kernel(self._writer.get_extra_info("socket")) if waiting else 0

    @property
    def closing(self) -> bool:
        """Whether the connection is closed or on its way to be."""
        return self._transport.is_closing()

    @property
    def address(self) -> str:
        """The peer's address as text, empty if it is not known (a Unix socket)."""
        name = self._writer.get_extra_info("peername")
        return f"{name[0]}:{name[1]}" if name else ""

    @property
    def host(self) -> str:
        """The peer's address without the port, empty if it is not known."""
        name = self._writer.get_extra_info("peername")
        return str(name[0]) if name else ""

    @property
    def certificate(self) -> str:
        """The SHA-256 of the server's certificate that this connection stands on; empty if it is plain."""
        return tls.certificate(self._writer.get_extra_info("ssl_object"))

    def low_water(self, mark: int) -> None:
        """Let `drain` return once fewer than `mark` bytes are queued."""
        self._transport.set_write_buffer_limits(high=mark, low=mark // 2)

    async def drain(self) -> None:
        """Wait until the queue is short or the link aborted. Raises ConnectionError if the peer is gone."""
        await self._writer.drain()

    def abort(self) -> None:
        """Close at once and drop what is queued: the only way out with a peer that does not read (M10)."""
        # A transport of CPython 3.11 that has closed after its queue went out has no loop to be aborted in.
        with contextlib.suppress(AttributeError):
            self._transport.abort()

    def close(self, patience: float) -> None:
        """Close once what is queued has gone out, and abort after `patience` seconds if it has not.

        Returns at once; a `receive` that waits then returns None.
        """
        if not self._transport.is_closing():
            self._transport.close()
            self._loop.call_later(patience, self.abort)

    async def wait_closed(self) -> None:
        """Wait until the connection is closed; for whatever reason, nothing is raised."""
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


ServerLink = Link[m.AnyRequest, m.Event]
ClientLink = Link[m.AnyEvent, m.Request]


def server_link(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, protocol: ServerProtocol
) -> ServerLink:
    """The server's end of an accepted connection."""
    tune(writer.get_extra_info("socket"))
    return Link(reader, writer, protocol)


def client_link(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, protocol: ClientProtocol
) -> ClientLink:
    """The client's end of a connection it has opened."""
    tune(writer.get_extra_info("socket"))
    return Link(reader, writer, protocol)


def _in_kernel(sock: socket.socket) -> int:
    """Bytes that the kernel holds for the peer, 0 where it does not tell."""
    if sys.platform != "linux":
        return 0
    with contextlib.suppress(OSError, ValueError):  # it is closed
        return int.from_bytes(fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(4)), sys.byteorder)
    return 0


def tune(sock: socket.socket | None) -> None:
    """Send at once, hold little in the kernel, and notice a peer that vanished."""
    if sock is None or sock.family not in (socket.AF_INET, socket.AF_INET6):
        return
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    if sys.platform == "linux":
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT)
