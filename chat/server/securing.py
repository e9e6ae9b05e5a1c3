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
from chat.flow import Flow
from chat.limits.gate import is_local

_HANDSHAKE = b"\x16"
"""The first byte of TLS; a plain frame begins with a digit."""
PEEKS = sys.platform != "win32"
"""Whether a first byte can be looked at; where the loop cannot do that the peer's address decides."""

_LOOK = socket.MSG_PEEK | getattr(socket, "MSG_DONTWAIT", 0)
"""Neither take nor wait; made once, for to join two enumerations takes longer than to look."""


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


def is_plain(transport: asyncio.Transport, host: str, security: Security) -> bool:
    """Whether the first byte of what has not been read is there, and begins a frame that is heard.

    Then the transport can go on as it is; most clients speak at once, and this spares them a second one
    (measured: a quarter of what a log-in costs).
    """
    if not (PEEKS and security.plain(host)):
        return False
    # The family does not matter to who reads; asking for it, as an enumeration, takes seven times as long.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, transport.get_extra_info("socket").fileno())
    try:
        return sock.recv(1, _LOOK) not in (b"", _HANDSHAKE)
    except OSError:  # nothing yet, or gone
        return False
    finally:
        sock.detach()


def taken_over(transport: asyncio.Transport) -> socket.socket:
    """The connection of a transport that has not read, as a socket; the transport is closed, it stays open.

    To be called where the loop says that somebody has connected. A transport cannot wait there for its first
    byte: uvloop starts to read after that whatever was said (`pause_reading` there has no effect, measured
    with 0.23), and what has been read cannot become part of a handshake.

    Raises OSError where there is no descriptor to spare, and then the transport is as it was.
    """
    streamed = transport.get_extra_info("socket")
    sock = socket.fromfd(streamed.fileno(), streamed.family, streamed.type)
    try:
        descriptors.spare(sock.fileno())
    except OSError:
        sock.close()
        raise
    sock.setblocking(False)
    transport.abort()
    return sock


async def by_address(
    link: Flow, transport: asyncio.Transport, host: str, security: Security, deadline: float | None
) -> None:
    """Join a link to a transport whose reading is paused: plain where a host is heard so, encrypted else.

    Raises OSError; the caller closes the transport if it raises or is cancelled.
    """
    if security.plain(host):
        link.adopt(transport)
        transport.resume_reading()
    elif deadline is None:
        raise ConnectionRefusedError
    else:
        encrypted = await asyncio.get_running_loop().start_tls(
            transport, link, security.context(), server_side=True, ssl_handshake_timeout=deadline
        )
        assert encrypted is not None, "the handshake failed without a word"
        link.connection_made(encrypted)


async def opened(
    link: Flow, connection: socket.socket, security: Security, deadlines: Deadlines
) -> m.Event | None:
    """Join a link to an accepted connection; the only thing to be said on one that is turned away.

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
        await _join(link, connection)
        return m.ByeEvent(reason="hello_timeout")
    if first == _HANDSHAKE:
        await _encrypted(link, connection, security, deadlines.handshake)
        return None
    await _join(link, connection)
    code = Code.TLS_REQUIRED
    return None if plain else m.Error(code=code, message=SENTENCES[code])


async def _encrypted(
    link: Flow, connection: socket.socket, security: Security, deadline: float | None
) -> None:
    if deadline is None:
        raise ConnectionRefusedError
    loop = asyncio.get_running_loop()
    due = loop.time() + deadline
    try:
        await _join(link, connection, security.context(), deadline)
    except OSError as error:
        if loop.time() >= due:
            raise HandshakeTimeout from error
        raise


async def _join(
    link: Flow,
    connection: socket.socket,
    context: ssl.SSLContext | None = None,
    deadline: float | None = None,
) -> None:
    loop = asyncio.get_running_loop()
    await loop.connect_accepted_socket(lambda: link, connection, ssl=context, ssl_handshake_timeout=deadline)


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
