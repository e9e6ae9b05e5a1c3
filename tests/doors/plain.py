"""Programs that know nothing of the wire contract: one that shows lines, and one with length headers."""

import asyncio
from typing import Self

from chat.doors.link import text_link
from chat.server.server import Door
from tests.patience import PATIENCE
from tests.peer import framed
from tests.servers import Running

OPEN: list["Plain"] = []
"""Every connection made; a fixture drops them at the end of each test."""


class Plain:
    """A connection to the text door, as `nc` would hold it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._marks = 0
        OPEN.append(self)

    @classmethod
    async def connect(cls, port: int) -> Self:
        """A connection that has said nothing yet."""
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=2**20))

    @classmethod
    async def enter(cls, port: int, name: str) -> Self:
        """A connection that has typed its name and read the two lines after it."""
        peer = await cls.connect(port)
        assert await peer.shown(len("User: ")) == "User: "
        peer.type(name)
        assert await peer.line() == "Connected."
        assert (await peer.line()).startswith(f"You are {name}, in #geral.")
        return peer

    def type(self, line: str) -> None:
        """Send a line."""
        self.raw(f"{line}\n".encode())

    def raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.writer.write(data)

    async def shown(self, size: int) -> str:
        """The next `size` bytes."""
        async with asyncio.timeout(PATIENCE):
            return (await self.reader.readexactly(size)).decode()

    async def line(self) -> str:
        """The next line, without its end."""
        async with asyncio.timeout(PATIENCE):
            line = (await self.reader.readuntil(b"\n")).decode()
        return line.removesuffix("\n")

    async def until(self, wanted: str) -> list[str]:
        """The lines before the one that is `wanted`."""
        before = []
        while (line := await self.line()) != wanted:
            before.append(line)
        return before

    async def so_far(self) -> list[str]:
        """The lines that have been shown by now."""
        self._marks += 1
        self.type(f"/mark{self._marks}")
        return await self.until(f"There is no command /mark{self._marks}. /help shows what there is.")

    async def closed(self) -> str:
        """What is still shown until the server closes."""
        async with asyncio.timeout(PATIENCE):
            try:
                return (await self.reader.read()).decode()
            except ConnectionError:
                return ""

    def reset(self) -> None:
        """Drop the connection."""
        self.writer.transport.abort()


class Headed(Plain):
    """A connection to the header door."""

    @classmethod
    async def enter(cls, port: int, name: str = "guest-") -> Self:
        """A connection that has been given a name and told so."""
        peer = await cls.connect(port)
        assert f"You are {name}" in await peer.text()
        return peer

    def say(self, text: str) -> None:
        """Send one text."""
        self.raw(framed(text.encode()))

    async def text(self) -> str:
        """The next text."""
        return await self.shown(int(await self.shown(64)))

    async def expect(self, wanted: str) -> list[str]:
        """The texts before the one that is `wanted`."""
        before = []
        while (text := await self.text()) != wanted:
            before.append(text)
        return before


async def opened(running: Running, door: Door = text_link) -> int:
    """The port of a door of a running server."""
    ((_, port),) = await running.server.listen("127.0.0.1", 0, door)
    return port
