"""The thread that owns the writing connection: whatever waits while one commit runs becomes the next."""

import asyncio
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from chat.errors import StorageFailed
from chat.history.base import Failure, Outcome
from chat.history.store import Store, Submission

T = TypeVar("T")

ENTRIES = 500
CHARACTERS = 2**20
"""A batch ends at so many entries, or once its bodies are so long."""

_NO_MEMORY = 0.01
"""Seconds until there may be memory again."""

_PASSING = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_TOOBIG,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_CONSTRAINT,
}
"""What a later try may not meet. Anything else, an error of the disk above all, is final: after a failed
fsync the kernel has forgotten what it did not write, and the next fsync says that all is well."""

Report = Callable[[Sequence[Outcome], Sequence[Failure], int], None]
Job = Callable[[sqlite3.Connection], object]


class Writer:
    """Commits in batches what is put to it, and reports each batch on the loop, once."""

    def __init__(self, loop: asyncio.AbstractEventLoop, report: Report) -> None:
        self._loop = loop
        self._report = report
        self._queue: SimpleQueue[Submission | Job] = SimpleQueue()
        self._broken = ""
        self._ended = False
        self._stopped = False
        self._gone: asyncio.Future[None] = loop.create_future()
        self._gathered: deque[Submission] = deque()
        self._looking = False
        self._seen = 0
        """How many of them there were when the loop came round last."""

    async def start(self, connect: Callable[[], sqlite3.Connection]) -> Store:
        """Start the thread on the connection that `connect` makes in it, and raise what that raises."""
        opened: asyncio.Future[Store] = self._loop.create_future()
        threading.Thread(target=self._run, args=(connect, opened), name="history", daemon=True).start()
        try:
            return await opened
        except asyncio.CancelledError:
            self._queue.put(self._end)
            raise

    def put(self, submission: Submission) -> None:
        """Queue a draft with its ticket; the thread gets it once a turn of the loop has brought no other.

        It would take the first alone, while the next were still being read: half as many to a commit, and
        twice the writes to every reader (measured, 160 under way: 80 and 115 to a commit).
        """
        self._gathered.append(submission)
        if not self._looking:
            self._seen = 0
            self._look_again()

    def _look_again(self) -> None:
        self._looking = False  # without memory the next line raises, and then the next `put` has to try
        self._loop.call_soon(self._look)
        self._looking = True

    def _look(self) -> None:
        if self._seen < len(self._gathered) < ENTRIES:
            self._seen = len(self._gathered)
            self._look_again()
        else:
            self._looking = False
            self._hand_over()

    def _hand_over(self) -> None:
        while self._gathered:
            self._queue.put(self._gathered[0])
            self._gathered.popleft()

    async def run(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """What `job` returns or raises in the thread, between two commits; StorageFailed after `stop`."""
        if self._stopped:
            raise StorageFailed("the history is closed")
        self._hand_over()
        done: asyncio.Future[T] = self._loop.create_future()
        self._queue.put(lambda db: self._settle(done, lambda: job(db)))
        return await done

    async def commit(self, batch: Sequence[Submission], after: int = 0) -> None:
        """Commit up to rows.MOST drafts as one, with ids above `after`, and report them; or StorageFailed."""
        await self.run(lambda db: self._commit_whole(batch, after))

    async def stop(self) -> None:
        """Commit and report what waits, close the connection, end the thread."""
        self._stopped = True
        self._hand_over()
        self._queue.put(self._end)
        await self._gone

    @property
    def stopping(self) -> bool:
        """Whether it is to end; any thread may ask."""
        return self._stopped

    def breathe(self) -> None:
        """From within a job that takes long, and outside any transaction: commit and do what waits.

        Raises StorageFailed once the history is to be closed: the job has to end.
        """
        while not self._ended and not self._queue.empty():
            self._turn(self._store)
        if self._ended:
            raise StorageFailed("the history is being closed")

    def _run(self, connect: Callable[[], sqlite3.Connection], opened: asyncio.Future[Store]) -> None:
        store = self._settle(opened, lambda: Store(connect()))
        if store is None:
            return
        self._store = store
        while not self._ended:
            self._turn(store)
        store.db.close()
        self._post(_unless_done, self._gone, self._gone.set_result, None)

    def _turn(self, store: Store) -> None:
        batch, job = self._waiting()
        if batch:
            self._commit(store, batch)
        if job is not None:
            job(store.db)

    def _waiting(self) -> tuple[list[Submission], Job | None]:
        """Wait for something; then what else is there, up to the bounds of a batch or the next job."""
        batch: list[Submission] = []
        characters = 0
        item = self._queue.get()
        while isinstance(item, tuple):
            batch.append(item)
            characters += len(item[0].body)
            if len(batch) == ENTRIES or characters >= CHARACTERS:
                return batch, None
            try:
                item = self._queue.get_nowait()
            except Empty:
                return batch, None
        return batch, item

    def _commit(self, store: Store, batch: Sequence[Submission]) -> None:
        void = [one for one in batch if getattr(one[1], "void", False)]
        if void:
            batch = [one for one in batch if one not in void]
        try:
            outcomes, failures = self._stored(store, batch)
        except StorageFailed as error:  # each draft is reported once
            outcomes = []
            failures = [Failure(draft, ticket, error.final, str(error)) for draft, ticket in batch]
        revoked = [Failure(draft, ticket, False, "revoked", revoked=True) for draft, ticket in void]
        self._post(self._report, outcomes, [*failures, *revoked], store.head)
        self._tidy(store, outcomes)

    def _commit_whole(self, batch: Sequence[Submission], after: int) -> None:
        self._store.head = max(self._store.head, after)
        outcomes, failures = self._stored(self._store, batch)
        self._post(self._report, outcomes, failures, self._store.head)
        self._tidy(self._store, outcomes)

    def _stored(self, store: Store, batch: Sequence[Submission]) -> tuple[list[Outcome], list[Failure]]:
        """What became of a batch. Raises StorageFailed, whatever it was; final for ever after one that is."""
        try:
            if self._broken:
                raise StorageFailed(self._broken, final=True)
            return store.commit(batch)
        except Exception as error:
            if is_final(error):
                self._broken = str(error)
            raise StorageFailed(str(error), final=is_final(error)) from error

    def _tidy(self, store: Store, outcomes: Sequence[Outcome]) -> None:
        """What nobody waits for; a disk that fails in it is told with the next batch."""
        try:
            store.tidy(outcomes)
        except sqlite3.Error as error:
            if is_final(error):
                self._broken = str(error)

    def _end(self, db: sqlite3.Connection) -> None:
        self._ended = True

    def _settle(self, future: asyncio.Future[T], job: Callable[[], T]) -> T | None:
        """Do a job here and tell the loop what it returned or raised."""
        try:
            result = job()
        except Exception as error:
            self._post(_unless_done, future, future.set_exception, error)
            return None
        self._post(_unless_done, future, future.set_result, result)
        return result

    def _post(self, call: Callable[..., None], *arguments: object) -> None:
        """Call something on the loop. What is stored has to be told before anything else is stored."""
        with suppress(RuntimeError):  # the loop was closed: nobody is left who could be told
            while True:
                try:
                    self._loop.call_soon_threadsafe(call, *arguments)
                    return
                except MemoryError:
                    time.sleep(_NO_MEMORY)


def _unless_done(future: asyncio.Future[Any], settle: Callable[[Any], None], value: object) -> None:
    if not future.done():  # it may have been cancelled
        settle(value)


def is_final(error: Exception) -> bool:
    """Whether after this error nothing more may be acknowledged: it is of the disk, and not about to pass."""
    if isinstance(error, StorageFailed):
        return error.final
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF not in _PASSING
