"""The history of one machine: a SQLite database, one thread that writes, a few that read."""

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from chat.errors import StorageFailed
from chat.history import pages
from chat.history.base import Committed, Draft, Entry, Failed, Failure, History, Outcome, Page
from chat.history.database import Synchronous
from chat.history.reader import Readers
from chat.history.schema import log_of, open_writer
from chat.history.search import Search
from chat.history.store import Submission
from chat.history.writer import Writer

__all__ = ["SqliteHistory", "Synchronous"]

T = TypeVar("T")


class _Append:
    """The ticket of an `append`: who waits for the entry."""

    def __init__(self, waiter: asyncio.Future[Entry]) -> None:
        self.waiter = waiter


class SqliteHistory(History):
    """The log in the file `path`, in a folder that the caller keeps locked; None: in memory, a throw-away.

    `synchronous` less than "full" loses what was acknowledged last in a power cut ("off": all of it), and
    from ten entries to a commit on it is no faster.
    """

    def __init__(self, path: Path | None, *, synchronous: Synchronous = "full") -> None:
        self._path = path
        self._synchronous: Synchronous = synchronous
        self._appending = 0
        self._put: Callable[[Submission], None] = _not_open

    async def open(self, committed: Committed, failed: Failed) -> None:
        self._committed, self._failed = committed, failed
        self._writer = Writer(asyncio.get_running_loop(), self._report)
        store = await self._writer.start(partial(open_writer, self._path, self._synchronous))
        try:
            self.log = await self._writer.run(log_of)
            self._readers = await self._open_readers()
        except BaseException:
            await self._writer.stop()
            raise
        index = self._path.with_suffix(".search") if self._path is not None else None
        self._search = Search(index, self.log, self._read)
        self._search.grown(store.head)
        self.head = store.head
        self._put = self._writer.put

    async def close(self) -> None:
        self._put = _not_open
        await self._search.close()
        if self._readers is not None:
            await self._readers.close()
        await self._writer.stop()

    def submit(self, draft: Draft, ticket: object = None) -> None:
        self._put((draft, ticket))

    async def append(self, draft: Draft) -> Entry:
        waiter: asyncio.Future[Entry] = asyncio.get_running_loop().create_future()
        self._put((draft, _Append(waiter)))
        self._appending += 1
        return await waiter

    async def settled(self) -> None:
        await self._writer.run(lambda db: None)  # reports come to the loop in their order, before this one

    async def page(
        self, conversation: str, *, before: int | None = None, after: int | None = None, limit: int
    ) -> Page:
        return await self._read(
            partial(pages.page, conversation=conversation, before=before, after=after, limit=limit)
        )

    async def follow(
        self, conversations: Collection[str], reader: str, *, after: int, until: int, limit: int
    ) -> Page:
        wanted = tuple(conversations)  # the caller's may change while a thread reads
        return await self._read(
            partial(pages.follow, conversations=wanted, reader=reader, after=after, until=until, limit=limit)
        )

    async def find(self, id: int) -> Entry | None:
        return next(iter(await self._read(partial(pages.these, ids=[id]))), None)

    async def search(
        self, words: str, conversations: Collection[str], reader: str, *, before: int | None, limit: int
    ) -> Page:
        return await self._search.find(words, frozenset(conversations), reader, before, limit)

    async def _open_readers(self) -> Readers | None:
        """None for a history in memory: it has one connection only, and reads between its commits."""
        if self._path is None:
            return None
        readers = Readers(self._path)
        await readers.open()
        return readers

    async def _read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await (self._writer if self._readers is None else self._readers).run(job)
        except sqlite3.Error as error:
            raise StorageFailed(str(error)) from error

    def _report(self, outcomes: Sequence[Outcome], failures: Sequence[Failure], head: int) -> None:
        self.head = head
        self._search.grown(head)
        if self._appending:
            self._settle(outcomes, failures)
        if outcomes:
            self._committed(outcomes, head)
        if failures:
            self._failed(failures)

    def _settle(self, outcomes: Sequence[Outcome], failures: Sequence[Failure]) -> None:
        """Wake those who wait in `append`; they go on after the batch was handed on."""
        for outcome in outcomes:
            if type(outcome.ticket) is _Append:
                self._appending -= 1
                if not outcome.ticket.waiter.done():
                    outcome.ticket.waiter.set_result(outcome.entry)
        for failure in failures:
            if type(failure.ticket) is _Append:
                self._appending -= 1
                if not failure.ticket.waiter.done():
                    failure.ticket.waiter.set_exception(StorageFailed(failure.reason, final=failure.final))


def _not_open(submission: Submission) -> None:
    raise RuntimeError("the history is not open")
