"""A way between client and server that breaks, at any byte, in either direction."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random


class Cutter:
    """Passes bytes on; while `cutting`, each connection breaks after so many, in a frame or between two."""

    def __init__(self, target: int, rng: Random) -> None:
        self.port = 0
        self.cutting = False
        self.cuts = 0
        self.heard: list[bytes] = []
        """What has passed, in either direction; only if it is `listening`."""
        self.listening = False
        self._target = target
        self._rng = rng
        self._ways: set[asyncio.StreamWriter] = set()

    async def join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on one connection until it ends or is cut."""
        onward_reader, onward = await asyncio.open_connection("127.0.0.1", self._target)
        self._ways |= {writer, onward}
        passing = {
            asyncio.create_task(self._pass(reader, onward)),
            asyncio.create_task(self._pass(onward_reader, writer)),
        }
        await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
        for way in (writer, onward):
            way.close()
        await asyncio.wait(passing)
        self._ways -= {writer, onward}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = self._rng.randint(1_000, 10_000) if self.cutting else 10**9
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                if self.listening:
                    self.heard.append(data)
                writer.write(data[:left])
                left -= len(data)
                if left <= 0:
                    self.cuts += 1
                    return
                await writer.drain()

    def cut(self) -> None:
        """Break every connection there is now."""
        for way in list(self._ways):
            way.transport.abort()


@asynccontextmanager
async def cutter(target: int, seed: int = 1) -> AsyncIterator[Cutter]:
    """A breaking way to a port of this machine."""
    way = Cutter(target, Random(seed))
    joined: set[asyncio.Task[None]] = set()

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(way.join(reader, writer))
        joined.add(task)
        await task
        joined.discard(task)

    listener = await asyncio.start_server(accepted, "127.0.0.1", 0)
    way.port = listener.sockets[0].getsockname()[1]
    try:
        yield way
    finally:
        listener.close()
        way.cut()
        if joined:
            await asyncio.wait(joined)
