"""A protocol joined to a connection: receive, send, write."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import Iterator
from typing import ClassVar, Generic

from chat import messages as m
from chat import tls
from chat.flow import CHUNK, Flow
from chat.protocol import ClientProtocol, Fault, In, Out, Protocol, ServerProtocol, State

if sys.platform == "linux":
    import fcntl
    import termios

SEND_BUFFER = 131_072
"""SO_SNDBUF in bytes. Left alone, the kernel grew to 3.9 MB for one stuck reader (measured: FACTS M10)."""
USER_TIMEOUT = 30_000
"""TCP_USER_TIMEOUT in ms: with bytes unacknowledged for so long, the kernel breaks the connection."""


class Link(Flow, Generic[In, Out]):
    """One end of one conversation over one connection.

    Owns the connection: whoever has the link closes it. Not safe for several receivers at once.
    """

    __slots__ = ("frame_began", "heard", "host", "protocol", "written")

    chunk: ClassVar[int] = CHUNK
    plain: ClassVar[bool] = False
    """Whether the other end speaks plain text: it knows no heartbeat, and a person may be typing there."""

    def __init__(self, protocol: Protocol[In, Out]) -> None:
        super().__init__()
        self.protocol = protocol
        self.heard = self._loop.time()
        """When bytes last came, by the loop's clock."""
        self.frame_began: float | None = None
        """When the frame that is not whole yet began, by the loop's clock."""
        self.written = 0
        """Bytes queued here in all."""
        self.host = ""
        """The peer's address without the port, empty if it is not known."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        name = transport.get_extra_info("peername")
        self.host = str(name[0]) if name else ""

    async def receive(self) -> Iterator[In | Fault] | None:
        """What the next bytes complete, possibly nothing; None once the peer has closed or is gone.

        Exhaust the iterator before the next call. Cancellation loses nothing that has not been returned.
        """
        if self.protocol.state is State.CLOSED:
            return None
        data = await self.read(self.chunk)
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
    def untaken(self) -> int:
        """Bytes that the peer has not taken, while any are queued here; with those in the kernel, on Linux.

        The kernel asks for more once a third of SEND_BUFFER is free: at 1 KB a second that takes a minute.
        """
        waiting = self.waiting
        return waiting + _in_kernel(self._transport.get_extra_info("socket")) if waiting else 0

    @property
    def address(self) -> str:
        """The peer's address as text, empty if it is not known (a Unix socket)."""
        name = self._transport.get_extra_info("peername")
        return f"{name[0]}:{name[1]}" if name else ""

    @property
    def certificate(self) -> str:
        """The SHA-256 of the server's certificate that this connection stands on; empty if it is plain."""
        return tls.certificate(self._transport.get_extra_info("ssl_object"))


class _Dialled(Link[m.AnyEvent, m.Request]):
    """An end whose socket is its own; what is accepted has what was set where it is listened on."""

    __slots__ = ()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        tune(transport.get_extra_info("socket"))


ServerLink = Link[m.AnyRequest, m.Event]
ClientLink = Link[m.AnyEvent, m.Request]


def server_link(protocol: ServerProtocol) -> ServerLink:
    """The server's end of a connection, to be joined to it."""
    return Link(protocol)


def client_link(protocol: ClientProtocol) -> ClientLink:
    """The client's end of a connection, to be joined to it."""
    return _Dialled(protocol)


def _in_kernel(sock: socket.socket) -> int:
    """Bytes that the kernel holds for the peer, 0 where it does not tell."""
    if sys.platform != "linux":
        return 0
    with contextlib.suppress(OSError, ValueError):  # it is closed
        return int.from_bytes(fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(4)), sys.byteorder)
    return 0


def tune(sock: socket.socket | None) -> None:
    """Send at once, hold little in the kernel, and notice a peer that vanished.

    Set on a socket that listens, it holds for every connection that is accepted there (tcp(7), socket(7)).
    """
    if sock is None or sock.family not in (socket.AF_INET, socket.AF_INET6):
        return
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    if sys.platform == "linux":
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT)
