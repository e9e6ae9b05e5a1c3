"""Lines typed or piped in, read without holding up anything else."""

import asyncio
import codecs
import contextlib
import os
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError

CHUNK = 65_536
LONGEST = 1_048_576
"""Most characters kept of a line that does not end; what is longer comes in pieces."""


class Lines:
    """The lines of a file descriptor, from now on. A thread reads it: a pipe, a file and a terminal alike.

    It waits until each line has been taken. It is never joined, since a read from a terminal cannot be
    broken off; and it uses no buffered file, whose lock would hang the interpreter's end.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[str | None] = asyncio.Queue(1)
        self._ended = False
        threading.Thread(target=self._run, daemon=True, name="stdin").start()

    async def next(self) -> str | None:
        """The next line without its end; None once there are no more. Cancellation loses none."""
        if self._ended:
            return None
        line = await self._queue.get()
        self._ended = line is None
        return line

    def _run(self) -> None:
        with contextlib.suppress(RuntimeError, CancelledError):  # the loop is gone: nobody listens
            for line in self._read():
                self._hand_over(line)
            self._hand_over(None)

    def _hand_over(self, line: str | None) -> None:
        put = self._queue.put(line)
        try:
            handed = asyncio.run_coroutine_threadsafe(put, self._loop)
        except RuntimeError:
            put.close()
            raise
        handed.result()

    def _read(self) -> Iterator[str]:
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        rest = ""
        while data := self._some():
            *lines, rest = (rest + decode(data)).split("\n")
            yield from (line.removesuffix("\r") for line in lines)
            if len(rest) > LONGEST:
                yield rest
                rest = ""
        if rest:
            yield rest

    def _some(self) -> bytes:
        try:
            return os.read(self._descriptor, CHUNK)
        except OSError:  # the terminal is gone
            return b""
