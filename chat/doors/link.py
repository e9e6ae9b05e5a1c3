"""A door joined to a connection: to the server it is a link like any other, to the peer it speaks plainly."""

import asyncio
import os
import random
import socket
import sys
from collections.abc import Iterable, Iterator

from chat import messages as m
from chat.doors.commands import Said
from chat.doors.door import Door, GuestDoor, NamingDoor
from chat.doors.pieces import Headed, Lines, Pieces
from chat.errors import FrameError
from chat.framing import FrameCutter, frame
from chat.link import Link
from chat.protocol import Fault, ServerProtocol, State

_KEEPALIVE = {"TCP_KEEPIDLE": 20, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 4}
"""Seconds and probes: these peers know no heartbeat, so the kernel notices one that vanished, within 40 s."""


class DoorLink(Link[m.AnyRequest, m.Event]):
    """The server's end of a conversation with a peer that does not speak the wire contract."""

    __slots__ = ("_door", "_events", "_opened", "_pieces")

    # A line may be one letter, so that a larger chunk would be too many messages at once: 4,096 at most.
    chunk = 8_192
    plain = True

    def __init__(
        self,
        protocol: ServerProtocol,
        door: Door,
        pieces: Pieces,
    ) -> None:
        super().__init__(protocol)
        self._door = door
        self._pieces = pieces
        self._events = FrameCutter(sys.maxsize)
        self._opened = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        _watch(transport.get_extra_info("socket"))

    async def receive(self) -> Iterator[m.AnyRequest | Fault] | None:
        if not self._opened:
            self._opened = True
            return self._asked(self._door.opening())
        try:
            await self.drain()  # who does not read what it asked for is not read any further
        except ConnectionError:
            return None
        return await super().receive()

    @property
    def unfinished(self) -> bool:
        return self._pieces.unfinished

    def _items(self, data: bytes) -> Iterator[m.AnyRequest | Fault]:
        try:
            for piece in self._pieces.feed(data):
                yield from self._asked(self._door.hear(piece))
                if self.protocol.state is State.CLOSED:
                    return
        except FrameError as error:
            self.protocol.state = State.CLOSED
            yield Fault(error.code, fatal=True)

    def _asked(self, said: Iterable[Said]) -> Iterator[m.AnyRequest | Fault]:
        for one in said:
            if isinstance(one, str):
                super().write(self._pieces.pack(one))
            else:
                yield from self.protocol.receive(frame(m.encode(one)))

    def write(self, frames: bytes) -> None:
        events = map(m.decode_event, self._events.feed(frames))
        texts = [self._pieces.pack(text) for text in map(self._door.tell, events) if text]
        if texts:
            super().write(b"".join(texts))


def text_link(protocol: ServerProtocol) -> DoorLink:
    """The server's end for `nc`, or of a program that sends and receives plain text."""
    return DoorLink(protocol, NamingDoor(_token()), Lines())


def header_link(protocol: ServerProtocol) -> DoorLink:
    """The server's end for a program that puts 64 bytes with the length before each plain text."""
    return DoorLink(protocol, GuestDoor(_token(), random.randrange), Headed())


def _token() -> str:
    return os.urandom(8).hex()


def _watch(sock: socket.socket | None) -> None:
    if sock is None or sock.family not in (socket.AF_INET, socket.AF_INET6):
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if sys.platform == "linux":
        for name, value in _KEEPALIVE.items():
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
