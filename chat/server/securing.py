"""How an accepted connection is spoken on: encrypted or plain by its first byte, or not at all."""

import asyncio
import socket
import ssl
import sys
from collections.abc import Callable
from typing import NamedTuple

from msgspec import Struct

from chat import descriptors
from chat import messages as m
from chat.errors import SENTENCES, Code
from chat.limits.gate import is_local
from chat.link import CHUNK

_HANDSHAKE = b"\x16"
"""The first byte of TLS; a plain frame begins with a digit."""
PEEKS = sys.platform != "win32"
"""Whether a first byte can be looked at; where the loop cannot do that the peer's address decides."""


class Security(Struct, frozen=True):
    """What one listener asks of those who connect to it.

    `context` gives the TLS context of the next connection; `plain` says of a peer's address whether plain
    frames are heard from there.
    """

    context: Callable[[], ssl.SSLContext]
    plain: Callable[[str], bool] = is_local


class Deadlines(NamedTuple):
    """Seconds that the first byte may take, and a handshake; without `handshake` none is made."""

    first: float
    handshake: float | None


class HandshakeTimeout(OSError):
    """A handshake took longer than it may."""


class Opened(NamedTuple):
    """A connection that is ready; `parting` is the only thing to be said on one that is turned away."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    parting: m.Event | None = None


def is_plain(writer: asyncio.StreamWriter, host: str, security: Security) -> bool:
    """Whether the first byte of a stream that has not been read is there, and begins a frame that is heard.

    Then the stream can go on as it is; most clients speak at once, and this spares them a second one
    (measured: a quarter of what a log-in costs).
    """
    if not (PEEKS and security.plain(host)):
        return False
    streamed = writer.get_extra_info("socket")
    sock = socket.socket(streamed.family, streamed.type, fileno=streamed.fileno())
    try:
        return sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) not in (b"", _HANDSHAKE)
    except OSError:  # nothing yet, or gone
        return False
    finally:
        sock.detach()


def taken_over(writer: asyncio.StreamWriter) -> socket.socket:
    """The connection of a stream that has not been read, as a socket; the stream is closed, it stays open.

    To be called where the loop says that somebody has connected. A stream cannot wait there for its first
    byte: uvloop starts to read after that whatever was said (`pause_reading` there has no effect, measured
    with 0.23), and what has been read cannot become part of a handshake.

    Raises OSError where there is no descriptor to spare, and then the stream is as it was.
    """
    streamed = writer.get_extra_info("socket")
    sock = socket.fromfd(streamed.fileno(), streamed.family, streamed.type)
    try:
        descriptors.spare(sock.fileno())
    except OSError:
        sock.close()
        raise
    sock.setblocking(False)
    writer.transport.abort()
    return sock


async def by_address(streams: Opened, host: str, security: Security, deadline: float | None) -> Opened:
    """The same streams, whose reading is paused: plain where that is heard from a host, encrypted else.

    Raises OSError; the caller closes them if it raises or is cancelled.
    """
    if security.plain(host):
        transport = streams.writer.transport
        assert isinstance(transport, asyncio.ReadTransport)
        transport.resume_reading()
    elif deadline is None:
        raise ConnectionRefusedError
    else:
        await streams.writer.start_tls(security.context(), ssl_handshake_timeout=deadline)
    return streams


async def opened(connection: socket.socket, security: Security, deadlines: Deadlines) -> Opened:
    """The streams of an accepted connection.

    Raises OSError where it fails (TimeoutError: no first byte in time; HandshakeTimeout). The caller closes
    the connection if it raises or is cancelled.
    """
    plain = security.plain(connection.getpeername()[0])
    try:
        async with asyncio.timeout(deadlines.first):
            first = await _first_byte(connection)
    except TimeoutError:
        if not plain:
            raise
        return await _streams(connection, parting=m.ByeEvent(reason="hello_timeout"))
    if first == _HANDSHAKE:
        return await _encrypted(connection, security, deadlines.handshake)
    code = Code.TLS_REQUIRED
    parting = None if plain else m.Error(code=code, message=SENTENCES[code])
    return await _streams(connection, parting=parting)


async def _encrypted(connection: socket.socket, security: Security, deadline: float | None) -> Opened:
    if deadline is None:
        raise ConnectionRefusedError
    loop = asyncio.get_running_loop()
    due = loop.time() + deadline
    try:
        return await _streams(connection, context=security.context(), deadline=deadline)
    except OSError as error:
        if loop.time() >= due:
            raise HandshakeTimeout from error
        raise


async def _streams(
    connection: socket.socket,
    *,
    parting: m.Event | None = None,
    context: ssl.SSLContext | None = None,
    deadline: float | None = None,
) -> Opened:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=CHUNK)
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await loop.connect_accepted_socket(
        lambda: protocol, connection, ssl=context, ssl_handshake_timeout=deadline
    )
    return Opened(reader, asyncio.StreamWriter(transport, protocol, reader, loop), parting)


async def _first_byte(connection: socket.socket) -> bytes:
    """The first byte that comes, which stays to be read; empty if the peer has closed."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(connection, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(connection)
    return connection.recv(1, socket.MSG_PEEK)
