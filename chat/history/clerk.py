"""A thread that owns a database: whatever waits while one transaction runs is done in the next."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from chat.errors import StorageFailed
from chat.history.database import transaction

T = TypeVar("T")

MOST = 256
"""Jobs of one transaction."""


class _Task(Generic[T]):
    """A job, and who waits for what it returns."""

    def __init__(self, job: Callable[[sqlite3.Connection], T], future: asyncio.Future[T]) -> None:
        self.job = job
        self.future = future
        self.settle: Callable[[], None] = lambda: None

    def run(self, db: sqlite3.Connection) -> None:
        self.settle = partial(self.future.set_result, self.job(db))

    def fail(self, error: Exception) -> None:
        told = StorageFailed(str(error)) if isinstance(error, sqlite3.Error) else error
        self.settle = partial(self.future.set_exception, told)


class Clerk:
    """Does jobs in the order they were given, each once or, where its transaction failed, once more alone.

    So a job must not change anything but the database. `failed` is called on the loop with what a job that
    nobody waits for raised.
    """

    def __init__(self, name: str, failed: Callable[[Exception], None]) -> None:
        self._name = name
        self._failed = failed
        self._queue: SimpleQueue[_Task[Any] | None] = SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def open(self, connect: Callable[[], sqlite3.Connection]) -> None:
        """Start the thread on the connection that `connect` makes in it, and raise what that raises."""
        loop = asyncio.get_running_loop()
        opened: asyncio.Future[None] = loop.create_future()
        self._ended: asyncio.Future[None] = loop.create_future()
        threading.Thread(target=self._run, args=(connect, opened), name=self._name, daemon=True).start()
        try:
            await opened
        except asyncio.CancelledError:
            self._queue.put(None)
            raise
        self._loop = loop

    def ask(self, job: Callable[[sqlite3.Connection], T]) -> asyncio.Future[T]:
        """Queue a job; what it returns, once its transaction is committed. Raises RuntimeError unless open.

        The future has StorageFailed for what SQLite raises. A job whose future is cancelled is done all the
        same.
        """
        if self._loop is None:
            raise RuntimeError("not open")
        task = _Task(job, self._loop.create_future())
        self._queue.put(task)
        return task.future

    def do(self, job: Callable[[sqlite3.Connection], T]) -> asyncio.Future[T]:
        """The same for what need not be waited for: where it fails, `failed` is told too."""
        future = self.ask(job)
        future.add_done_callback(self._look)
        return future

    async def close(self) -> None:
        """Do what waits, then close the database."""
        self._loop = None
        self._queue.put(None)
        await self._ended

    def _look(self, future: asyncio.Future[Any]) -> None:
        error = None if future.cancelled() else future.exception()
        if isinstance(error, Exception):
            self._failed(error)

    def _run(self, connect: Callable[[], sqlite3.Connection], opened: asyncio.Future[None]) -> None:
        loop = opened.get_loop()
        try:
            db = connect()
        except Exception as error:
            _post(loop, _settle, opened, lambda error=error: opened.set_exception(error))
            return
        _post(loop, _settle, opened, lambda: opened.set_result(None))
        more = True
        while more:
            tasks, more = self._waiting()
            self._do(db, tasks)
            _post(loop, _settle_all, tasks)
        db.close()
        _post(loop, _settle, self._ended, lambda: self._ended.set_result(None))

    def _waiting(self) -> tuple[list[_Task[Any]], bool]:
        """Wait for something; then what else is there. False once there is to be no more."""
        tasks: list[_Task[Any]] = []
        item = self._queue.get()
        while item is not None:
            tasks.append(item)
            if len(tasks) == MOST:
                return tasks, True
            try:
                item = self._queue.get_nowait()
            except Empty:
                return tasks, True
        return tasks, False

    def _do(self, db: sqlite3.Connection, tasks: Sequence[_Task[Any]]) -> None:
        try:
            with transaction(db):
                for task in tasks:
                    task.run(db)
        except Exception as error:
            if len(tasks) == 1:
                tasks[0].fail(error)
                return
            for task in tasks:
                self._do(db, [task])


def _post(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *arguments: object) -> None:
    with suppress(RuntimeError):  # the loop was closed: nobody is left who could be told
        loop.call_soon_threadsafe(call, *arguments)


def _settle(future: asyncio.Future[Any], settle: Callable[[], None]) -> None:
    if not future.done():  # it may have been cancelled
        settle()


def _settle_all(tasks: Sequence[_Task[Any]]) -> None:
    for task in tasks:
        _settle(task.future, task.settle)
