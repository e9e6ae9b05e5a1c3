"""Tiny IRC and NATS servers, that know just what a load needs; they can be told to lose something."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Fake:
    """Rooms of writers; `lose`: of so many messages one reaches nobody; `hang_up`: on that client."""

    def __init__(self, lose: int = 0, hang_up: int = 0) -> None:
        self.port = 0
        self._rooms: dict[str, list[asyncio.StreamWriter]] = {}
        self._lose = lose
        self._count = 0
        self._hang_up = hang_up
        self._came = 0

    def tell(self, room: str, line: bytes, but: asyncio.StreamWriter | None) -> None:
        """Pass a message on."""
        self._count += 1
        if not self._lose or self._count % self._lose:
            for writer in self._rooms[room]:
                if writer is not but:
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
                writer.write(f":fake 001 {nick} :welcome\r\n".encode())
            elif word == "JOIN":
                self._rooms.setdefault(rest, []).append(writer)
                writer.write(f":fake 366 {nick} {rest} :End\r\n".encode())
            elif word == "PRIVMSG":
                room, _, _ = rest.partition(" ")
                self.tell(room, f":{nick}!u@h {line}\r\n".encode(), writer)

    async def nats(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one NATS client."""
        writer.write(b'INFO {"server_id":"fake"}\r\n')
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            word, *rest = line.split(" ")
            if word == "SUB":
                self._rooms.setdefault(rest[0], []).append(writer)
            elif word == "PING":
                writer.write(b"PONG\r\n")
                self._came += 1
                if self._came == self._hang_up:
                    return
            elif word == "PUB":
                size = int(rest[1])
                body = (await reader.readexactly(size + 2)).decode()
                self.tell(rest[0], f"MSG {rest[0]} 1 {size}\r\n{body}".encode(), None)


@asynccontextmanager
async def fake(kind: str, lose: int = 0, hang_up: int = 0) -> AsyncIterator[Fake]:
    """A fake server of a kind, on a free port."""
    made = Fake(lose, hang_up)
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
