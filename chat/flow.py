"""The bytes of one connection: what comes waits until it is read, what goes is the transport's."""

import asyncio
import contextlib
from typing import Any, cast

CHUNK = 65_536
"""Most bytes that are read at once; one chunk bounds the work between two looks at the loop."""


class Flow(asyncio.Protocol):
    """What asyncio tells of one transport, and what a coroutine asks of it; both in the loop.

    In place of asyncio's streams, which keep 1.8 KB more for each connection (measured, 9,000 of them).
    Holds at most two chunks and what the loop reads at once; then the peer has to wait.
    """

    __slots__ = (
        "_came",
        "_closed",
        "_ended",
        "_error",
        "_held",
        "_loop",
        "_reader",
        "_room",
        "_transport",
        "full",
        "gone",
    )

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._came: bytes | bytearray = b""
        self._ended = False
        """Nothing more comes."""
        self._held = False
        """Whether the transport reads nothing until what came is read."""
        self._error: Exception | None = None
        self._reader: asyncio.Future[None] | None = None
        self._room: asyncio.Event | None = None
        self._closed: asyncio.Event | None = None
        self.full = False
        """Whether more is queued here than the mark; until it is less than half of that."""
        self.gone = False
        """Whether the connection is no more."""

    def adopt(self, transport: asyncio.Transport) -> None:
        """Take over a connection of which nothing has been read."""
        transport.set_protocol(self)
        self.connection_made(transport)

    # What the transport tells:

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._came:
            self._came = bytearray(self._came) if isinstance(self._came, bytes) else self._came
            self._came += data
        else:
            self._came = data
        if len(self._came) > 2 * CHUNK and not self._held:
            self._held = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        """Stay open for what is still to be said, where that can be done: TLS has no half."""
        self._end()
        return self.extra("sslcontext") is None

    def connection_lost(self, error: Exception | None) -> None:
        self.gone, self._error = True, error
        self._end()
        for event in (self._room, self._closed):
            if event is not None:
                event.set()

    def pause_writing(self) -> None:
        self.full = True
        self._room = asyncio.Event()

    def resume_writing(self) -> None:
        self.full = False
        if self._room is not None:
            self._room.set()

    def _end(self) -> None:
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    # What a coroutine asks:

    async def read(self, most: int) -> bytes:
        """What has come, at most so many bytes, once there is any; empty when nothing more comes.

        One reader at a time. Cancellation loses nothing.
        """
        while not self._came:
            if self._ended:
                return b""
            self._reader = self._loop.create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        data, self._came = bytes(self._came[:most]), self._came[most:]
        if self._held and len(self._came) <= CHUNK:
            self._held = False
            if not self._transport.is_closing():
                self._transport.resume_reading()
        return data

    @property
    def waiting(self) -> int:
        """Bytes queued here that the kernel has not taken yet."""
        return self._transport.get_write_buffer_size()

    def low_water(self, mark: int) -> None:
        """Be full above `mark` bytes, and no more below half of it."""
        self._transport.set_write_buffer_limits(high=mark, low=mark // 2)

    async def drain(self) -> None:
        """Wait until it is not full, or aborted. Raises ConnectionError if the peer is gone."""
        if self.full and not self.gone and self._room is not None:
            await self._room.wait()
            if self._error is None:
                return
        if self.gone:
            raise ConnectionResetError("the connection is lost") from self._error

    @property
    def closing(self) -> bool:
        """Whether the connection is closed or on its way to be."""
        return self._transport.is_closing()

    def extra(self, name: str) -> Any:
        """What the transport knows under a name, or None."""
        return self._transport.get_extra_info(name)

    def abort(self) -> None:
        """Close at once and drop what is queued: the only way out with a peer that does not read (M10)."""
        # A transport of CPython 3.11 that has closed after its queue went out has no loop to be aborted in.
        with contextlib.suppress(AttributeError):
            self._transport.abort()

    def close(self, patience: float) -> None:
        """Close once what is queued has gone out, and abort after `patience` seconds if it has not.

        Returns at once; a `read` that waits then returns nothing.
        """
        if not self._transport.is_closing():
            self._transport.close()
            self._loop.call_later(patience, self.abort)

    async def wait_closed(self) -> None:
        """Wait until the connection is no more; for whatever reason, nothing is raised."""
        if not self.gone:
            self._closed = self._closed or asyncio.Event()
            await self._closed.wait()
