"""The history of one machine: a SQLite database, one thread that writes, a few that read."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from chat.errors import StorageFailed
from chat.history import erasing, pages, retention, schema
from chat.history.appending import Appending
from chat.history.backing import Told, back_up
from chat.history.base import Committed, Draft, Entry, Failed, Failure, Kept, Outcome, Page
from chat.history.database import Synchronous, inspect, open_reader
from chat.history.reader import Readers
from chat.history.schema import floor_of, log_of, open_writer
from chat.history.search import Search
from chat.history.store import Submission
from chat.history.writer import Writer, is_final

__all__ = ["SqliteHistory", "Synchronous"]

T = TypeVar("T")

AT_ONCE = 2**30
"""Bytes of a file that is looked through before it is used, 1.6 s; a larger one is meanwhile."""
_REST = 3.0
"""Who removes rests so many times as long as a step took: the disk is the senders'."""


class SqliteHistory(Kept):
    """The log in the file `path`, in a folder that the caller keeps locked; None: in memory, a throw-away.

    `synchronous` less than "full" loses what was acknowledged last in a power cut ("off": all of it), and
    from ten entries to a commit on it is no faster.
    """

    def __init__(
        self, path: Path | None, *, synchronous: Synchronous = "full", at_once: int = AT_ONCE
    ) -> None:
        self._path = path
        self._at_once = at_once
        self._inspected = True
        self._synchronous: Synchronous = synchronous
        self._appending = Appending()
        self._alone = asyncio.Lock()
        self._put: Callable[[Submission], None] = _not_open

    async def open(self, committed: Committed, failed: Failed) -> None:
        self._committed, self._failed = committed, failed
        self._writer = Writer(asyncio.get_running_loop(), self._report)
        self._inspected = self._path is None or _size(self._path) <= self._at_once
        connect = partial(open_writer, self._path, self._synchronous, thorough=self._inspected)
        store = await self._writer.start(connect)
        try:
            self.log = await self._writer.run(log_of)
            self.floor = await self._writer.run(floor_of)
            self._readers = await self._open_readers()
        except BaseException:
            await self._writer.stop()
            raise
        index = self._path.with_suffix(".search") if self._path is not None else None
        self._search = Search(index, self.log, self._read, self.floor)
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
        ticket = self._appending.ticket()
        self._put((draft, ticket))
        return await ticket.waiter

    async def settled(self) -> None:
        await self._writer.run(lambda db: None)  # reports come to the loop in their order, before this one

    async def reach(self, id: int) -> None:
        """At once: nobody else appends, so `head` is the truth."""

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

    async def apply(self, batch: Sequence[Submission], after: int = 0) -> None:
        """Commit up to rows.MOST drafts as one, behind all that was submitted, and report them.

        Their ids are above `after` too. Those that cannot be kept fail alone, the same wherever they are
        applied. Raises StorageFailed: nothing was stored, nothing reported. Cancelled, it may be both.
        """
        await self._writer.commit(batch, after)

    async def note(self, name: str, value: str) -> None:
        """Write something down beside the entries. Raises StorageFailed. Cancelled, it may be done."""
        try:
            await self._writer.run(lambda db: schema.note(db, name, value))
        except sqlite3.Error as error:
            raise StorageFailed(str(error), final=is_final(error)) from error

    async def noted(self, name: str) -> str | None:
        """What was written down under a name. Raises StorageFailed."""
        return await self._read(lambda db: schema.noted(db, name))

    async def long(self, job: Callable[[sqlite3.Connection, Callable[[], None]], T]) -> T:
        """What a job on the writing connection returns; one such job at a time, others wait.

        It is given a function to call often, outside any transaction: commits go on in it. Raises what the
        job does, StorageFailed for what SQLite says, or when the history is closed meanwhile. Cancelled, the
        job ends the next time it calls that function.
        """
        wanted = True

        def breathe() -> None:
            self._writer.breathe()
            if not wanted:
                raise StorageFailed("nobody waits for it any more")

        async with self._alone:
            running = asyncio.ensure_future(self._writer.run(lambda db: job(db, breathe)))
            try:
                return await asyncio.shield(running)
            except sqlite3.Error as error:
                raise StorageFailed(str(error), final=is_final(error)) from error
            finally:
                wanted = False
                await asyncio.gather(running, return_exceptions=True)

    async def back_up(self, path: Path, told: Told) -> None:
        """Copy the whole history to a new file while it is in use; see backing.back_up."""
        await self.long(lambda db, breathe: back_up(db, path, told, breathe))

    async def inspect(self) -> None:
        """Look through all of a file that `open` has not: one of more than `at_once` bytes.

        Raises DataRefused ("damaged"). Cancelled, it ends at once.
        """
        if self._inspected or self._path is None:
            return
        db = open_reader(self._path)
        looking = asyncio.ensure_future(asyncio.to_thread(inspect, db, self._path))
        try:
            await asyncio.shield(looking)
        finally:
            db.interrupt()
            await asyncio.gather(looking, return_exceptions=True)
            db.close()
        self._inspected = True

    async def by(self, owners: Collection[str], after: int) -> Sequence[Entry]:
        """The next entries above an id by which these owners say something. Raises StorageFailed."""
        return await self._read(partial(erasing.by, owners=tuple(owners), after=after))

    async def empty(self, entries: Sequence[Entry]) -> None:
        """Take out what entries say; their places stay. Raises StorageFailed. Cancelled, it may be done."""
        await self.long(lambda db, breathe: erasing.empty(db, entries))

    async def shred(self) -> None:
        """See to it that what was taken out is on the disk no more, nor in the index of words.

        What is said meanwhile waits, a second for about 50 MB. Raises StorageFailed, also when the history
        is closed before it is done: then it is to be done again.
        """
        await self.long(partial(erasing.shred, over=lambda: self._writer.stopping))
        await self._search.renew()

    async def surplus(self, now: int, days: int | None, most: int | None) -> int:
        """The highest id that is to go; see retention.surplus. Raises StorageFailed."""
        return await self._read(partial(retention.surplus, now=now, days=days, most=most))

    async def remove(self, goal: int) -> None:
        """Remove all up to an id, in small steps with rests between them, so that commits hardly wait.

        Raises StorageFailed. Cancelled, or killed, some may be left: `floor` then says more than is gone.
        """
        goal = min(goal, self.head)
        while self.floor < goal:
            self.floor = min(goal, self.floor + retention.STEP)  # first: who reads now may miss them already
            began = time.perf_counter()
            await self.long(lambda db, breathe: retention.remove(db, self.floor))
            await asyncio.sleep(_REST * (time.perf_counter() - began))
        await self._search.raised(self.floor)

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
        """Tell it before all else: whatever fails for want of memory, no batch may be passed over."""
        self.head = head
        if outcomes:
            self._committed(outcomes, head)
        if failures:
            self._failed(failures)
        self._appending.settle(outcomes, failures)
        self._search.grown(head)


def _not_open(submission: Submission) -> None:
    raise RuntimeError("the history is not open")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
