"""Tiny IRC and NATS servers, that know just what a load needs; they can be told to go wrong in one way."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from msgspec import Struct


class Faults(Struct, frozen=True):
    """What goes wrong; 0: it does not. Of so many messages, one ..."""

    lose: int = 0
    """... reaches nobody."""
    double: int = 0
    """... comes twice."""
    swap: int = 0
    """... is overtaken by the next."""
    trade: int = 0
    """... does not reach the last of the room, and the one before it twice."""
    refuse: int = 0
    """... is refused."""
    cut: int = 0
    """... is the last thing that the last of the room hears before its connection ends."""
    stall: int = 0
    """After so many messages nothing is passed on any more."""
    delay: float = 0.0
    """Seconds after which each message is passed on."""
    hang_up: int = 0
    """The client that is the so manieth to come in is thrown out."""
    shut: str = ""
    """What is said to everybody who wants to come in, instead of letting them."""


Line = tuple[Sequence[asyncio.StreamWriter], bytes]


def due(every: int, count: int) -> bool:
    """Whether it is this one's turn to go wrong."""
    return bool(every) and count % every == 0


class Fake:
    """Rooms of writers."""

    def __init__(self, faults: Faults) -> None:
        self.port = 0
        self._rooms: dict[str, list[asyncio.StreamWriter]] = {}
        self._faults = faults
        self._count = 0
        self._came = 0
        self._held: Line | None = None
        self._waiting: deque[Line] = deque()

    def tell(self, room: str, line: bytes, by: asyncio.StreamWriter, echo: bool, refusal: bytes) -> None:
        """Pass a message on, or what goes wrong with it."""
        self._count += 1
        count, faults = self._count, self._faults
        if due(faults.refuse, count):
            by.write(refusal)
            return
        if due(faults.lose, count) or (faults.stall and count > faults.stall):
            return
        those = [writer for writer in self._rooms[room] if echo or writer is not by]
        if due(faults.trade, count):
            those = [*those[:-1], those[-2]]
        if due(faults.swap, count):
            self._held = (those, line)
            return
        lines = [(those, line), *([self._held] if self._held else [])]
        for one in lines * (2 if due(faults.double, count) else 1):
            self._pass_on(one)
        self._held = None
        if due(faults.cut, count):
            self._rooms[room].pop().transport.abort()

    def _pass_on(self, line: Line) -> None:
        self._waiting.append(line)
        if self._faults.delay:
            asyncio.get_running_loop().call_later(self._faults.delay, self._write)
        else:
            self._write()

    def _write(self) -> None:
        writers, line = self._waiting.popleft()
        for writer in writers:
            writer.write(line)

    async def irc(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one IRC client, which has to answer a ping before it is in."""
        nick = ""
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            word, _, rest = line.partition(" ")
            if word == "NICK":
                nick = rest
                writer.write(b"PING :are you there\r\n")
            elif word == "PONG":
                writer.write((self._faults.shut or f":fake 001 {nick} :welcome").encode() + b"\r\n")
            elif word == "JOIN":
                self._rooms.setdefault(rest, []).append(writer)
                writer.write(f":fake 366 {nick} {rest} :End\r\n".encode())
            elif word == "PRIVMSG":
                room, _, _ = rest.partition(" ")
                refusal = f":fake 404 {nick} {room} :Cannot send to channel\r\n"
                self.tell(room, f":{nick}!u@h {line}\r\n".encode(), writer, False, refusal.encode())

    async def nats(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one NATS client."""
        writer.write(b'INFO {"server_id":"fake"}\r\n')
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            word, *rest = line.split(" ")
            if word == "SUB":
                self._rooms.setdefault(rest[0], []).append(writer)
            elif word == "PING":
                writer.write((self._faults.shut or "PONG").encode() + b"\r\n")
                self._came += 1
                if self._came == self._faults.hang_up:
                    return
            elif word == "PUB":
                size = int(rest[1])
                body = (await reader.readexactly(size + 2)).decode()
                message = f"MSG {rest[0]} 1 {size}\r\n{body}".encode()
                self.tell(rest[0], message, writer, True, b"-ERR 'Permissions Violation for Publish'\r\n")


@asynccontextmanager
async def fake(kind: str, faults: Faults | None = None) -> AsyncIterator[Fake]:
    """A fake server of a kind, on a free port."""
    made = Fake(faults or Faults())
    serving: set[asyncio.Task[None]] = set()

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(getattr(made, kind)(reader, writer))
        serving.add(task)
        await asyncio.wait([task])
        writer.transport.abort()
        serving.discard(task)

    server = await asyncio.start_server(accepted, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for task in list(serving):
            task.cancel()
        if serving:
            await asyncio.wait(serving)
