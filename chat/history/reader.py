"""The threads that read beside the writer, each page in a short transaction of its own."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from chat.errors import StorageFailed
from chat.history.database import open_reader

T = TypeVar("T")

READERS = 2
"""Threads and connections; pages in excess wait, they take a millisecond each."""


class Readers:
    """A few connections that read, each used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = ThreadPoolExecutor(READERS, "history-reader")
        self._free: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        self._closed = threading.Event()

    async def open(self) -> None:
        """Raises DataRefused."""
        try:
            for _ in range(READERS):
                self._free.put(await asyncio.to_thread(open_reader, self._path))
        except BaseException:
            await self.close()
            raise

    async def run(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """What `job` returns or raises in one of the threads. Raises StorageFailed once they are closed."""
        if self._closed.is_set():
            raise StorageFailed("the history is closed")
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._do, job)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not self._closed.is_set() or (task is not None and task.cancelling()):
                raise
            raise StorageFailed("the history is closed") from None

    async def close(self) -> None:
        """Wait for the pages that are being read; those that wait fail."""
        self._closed.set()
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        while not self._free.empty():
            self._free.get().close()

    def _do(self, job: Callable[[sqlite3.Connection], T]) -> T:
        db = self._free.get()
        try:
            return job(db)
        finally:
            self._free.put(db)
