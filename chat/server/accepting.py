"""Listening sockets, and how an accepted connection becomes streams: encrypted, plain, or turned away."""

import asyncio
import errno
import ipaddress
import socket
import ssl
from collections.abc import Callable
from typing import NamedTuple

from msgspec import Struct

from chat import messages as m
from chat.errors import SENTENCES, Code

_HANDSHAKE = b"\x16"
"""The first byte of TLS; a plain frame begins with a digit."""
_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_REST = 0.5
"""Seconds before trying again when there are no descriptors left. The loop's own way tries ever more often
and logs each try: 400 lines in two seconds, measured."""
_QUIET = 10.0
"""Seconds between two lines about that."""


def is_local(address: str) -> bool:
    """Whether a numeric address is this machine's own, which no other can have."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return (mapped or ip).is_loopback


class Security(Struct, frozen=True):
    """What one listener asks of those who connect to it.

    `context` gives the TLS context of the next connection; `plain` says of a peer's address whether plain
    frames are heard from there.
    """

    context: Callable[[], ssl.SSLContext]
    plain: Callable[[str], bool] = is_local


class Opened(NamedTuple):
    """A connection that is ready; `parting` is the only thing to be said on one that is turned away."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    parting: m.Event | None = None


def listening(host: str, port: int, backlog: int) -> list[socket.socket]:
    """A listening socket for each address of a host. Raises OSError, and then none is left open."""
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    sockets: list[socket.socket] = []
    try:
        for family, address in dict.fromkeys((family, address) for family, _, _, _, address in found):
            sockets.append(socket.create_server(address, family=family, backlog=backlog))
            sockets[-1].setblocking(False)
    except OSError:
        for one in sockets:
            one.close()
        raise
    return sockets


async def accept(
    listener: socket.socket, take: Callable[[socket.socket], None], failed: Callable[[OSError], None]
) -> None:
    """Hand each connection to `take` until cancelled; `failed` is told when there are no descriptors left."""
    loop = asyncio.get_running_loop()
    told = -_QUIET
    while True:
        try:
            connection, _ = await loop.sock_accept(listener)
        except OSError as error:  # most often a connection that was gone before it was accepted
            if error.errno in _EXHAUSTED:
                if loop.time() - told >= _QUIET:
                    told = loop.time()
                    failed(error)
                await asyncio.sleep(_REST)
        else:
            take(connection)


async def opened(connection: socket.socket, security: Security | None, deadline: float) -> Opened:
    """The streams of an accepted connection; `security` None: plain, and from anywhere.

    Raises OSError where it fails or takes longer than `deadline` seconds. The caller closes the connection
    if it raises or is cancelled.
    """
    if security is None:
        return await _streams(connection)
    plain = security.plain(connection.getpeername()[0])
    try:
        async with asyncio.timeout(deadline):
            first = await _first_byte(connection, plain=plain)
    except TimeoutError:
        if not plain:
            raise
        return await _streams(connection, parting=m.ByeEvent(reason="hello_timeout"))
    if first == _HANDSHAKE:
        return await _streams(connection, context=security.context(), deadline=deadline)
    code = Code.TLS_REQUIRED
    parting = None if plain else m.Error(code=code, message=SENTENCES[code])
    return await _streams(connection, parting=parting)


async def _streams(
    connection: socket.socket,
    *,
    parting: m.Event | None = None,
    context: ssl.SSLContext | None = None,
    deadline: float | None = None,
) -> Opened:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await loop.connect_accepted_socket(
        lambda: protocol, connection, ssl=context, ssl_handshake_timeout=deadline
    )
    return Opened(reader, asyncio.StreamWriter(transport, protocol, reader, loop), parting)


async def _first_byte(connection: socket.socket, *, plain: bool) -> bytes:
    """The first byte that comes, which stays to be read; empty if the peer has closed."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    try:
        loop.add_reader(connection, ready.set)
    except NotImplementedError:  # Windows: there the address decides
        return b"" if plain else _HANDSHAKE
    try:
        await ready.wait()
    finally:
        loop.remove_reader(connection)
    return connection.recv(1, socket.MSG_PEEK)
