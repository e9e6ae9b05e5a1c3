"""Searching a history by its words, which a follower indexes: whoever appends pays nothing for it."""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from chat.errors import StorageFailed
from chat.history import pages, words
from chat.history.base import SAID, Entry, Page
from chat.history.fold import text
from chat.history.index import Index, Lost
from chat.messages import MAX_ID

T = TypeVar("T")

LAG = 2_000
"""Entries that are left to the next search: 40 ms of it. From there on the follower works by itself."""
STEP = 500
"""Entries indexed at once, in about 10 ms."""
PATIENCE = 50_000
"""A search waits for no more entries than so many to be indexed, 1 s; beyond, it searches what is indexed."""
REST = 9.0
"""While entries come in the follower rests so many times as long as it works: the machine is the writer's."""


class Read(Protocol):
    """Runs a job on a connection to the history. Raises StorageFailed."""

    def __call__(self, job: Callable[[sqlite3.Connection], T]) -> Awaitable[T]: ...


class Search:
    """Search in the history `log`, which `read` reads, by an index in the file `path` (None: in memory)."""

    def __init__(self, path: Path | None, log: str, read: Read, floor: int = 0) -> None:
        self._index = Index(path, log, floor)
        self._read = read
        self._thread = ThreadPoolExecutor(1, "history-search")
        self._head = 0
        self._cursor = 0
        self._wanted = 0
        self._next = LAG
        self._waiting: dict[asyncio.Future[None], int] = {}
        self._hurry = asyncio.Event()
        self._following: asyncio.Task[None] | None = None

    def grown(self, head: int) -> None:
        """The history has entries up to `head` now; costs nothing but a comparison, mostly."""
        self._head = head
        if head >= self._next:
            self._follow()

    async def find(
        self, asked: str, conversations: Collection[str], reader: str, before: int | None, limit: int
    ) -> Page:
        """See History.search."""
        body = words.query(asked)
        who = await self._read(partial(words.readable, conversations=conversations, reader=reader))
        if not body or not who:
            return Page([], False)

        def may_read(entry: Entry) -> bool:
            return entry.conversation in conversations or reader in entry.readers

        for _ in range(2):  # an index that is lost is made anew, once
            await self._catch_up()
            with suppress(Lost):
                return await self._page(body, who, may_read, MAX_ID if before is None else before, limit)
        raise StorageFailed("the index of words is damaged")

    async def raised(self, floor: int) -> None:
        """The history has removed all up to an id; where that is much of the index it is made anew."""
        self._index.floor = floor
        if await self._do(partial(self._index.spoilt, self._head)):
            await self.renew()

    async def renew(self) -> None:
        """Make the index anew, by and by: a word that is in the history no more is then not in it either."""
        await self._stop_following()
        await self._do(self._index.drop)
        self._cursor, self._next = 0, LAG
        self.grown(self._head)

    async def close(self) -> None:
        """Let go of the index; whoever is searching gets an error."""
        await self._stop_following()
        await asyncio.to_thread(self._thread.shutdown)
        self._index.close()

    async def _stop_following(self) -> None:
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait([self._following])

    async def _page(
        self, body: str, who: str, may_read: Callable[[Entry], bool], before: int, limit: int
    ) -> Page:
        found: list[Entry] = []
        wanted = limit + 1
        while wanted > 0:
            indexed = self._cursor
            ids = await self._do(partial(self._index.find, f"{who} AND {body}", before, wanted))
            entries = await self._read(partial(pages.these, ids=ids))
            found[:0] = await self._holding(body, [e for e in entries if may_read(e)], indexed)
            if len(ids) < wanted:
                break
            wanted, before = limit + 1 - len(found), ids[-1]
        return Page(found[-limit:], len(found) > limit)

    async def _holding(self, body: str, entries: Sequence[Entry], indexed: int) -> list[Entry]:
        """Those that hold the words as they are now; what changed since it was indexed is looked at again."""
        said = [e for e in entries if e.kind in SAID and not e.damaged and not (e.fold and e.fold.deleted)]
        changed = [e for e in said if e.fold is not None and e.fold.version > indexed]
        if not changed:
            return said
        texts = [text(entry) for entry in changed]
        places = await self._do(partial(words.holding, body, texts))
        gone = {entry.id for entry in changed} - {changed[place].id for place in places}
        return [entry for entry in said if entry.id not in gone]

    async def _catch_up(self) -> None:
        """Wait until all that there is now is indexed; where that is too much, until the index is open."""
        head = self._head
        await self._open()
        if not 0 < head - self._cursor <= PATIENCE:
            return
        self._wanted = max(self._wanted, head)
        waiter = asyncio.get_running_loop().create_future()
        self._waiting[waiter] = head
        self._hurry.set()
        self._follow()
        await waiter

    async def _open(self) -> None:
        self._cursor = await self._do(partial(self._index.open, self._head))

    def _follow(self) -> None:
        if self._following is None or self._following.done():
            self._following = asyncio.get_running_loop().create_task(self._index_all())

    async def _index_all(self) -> None:
        """Index until nobody waits and little is left. What fails is tried again when more has come."""
        try:
            await self._open()
            while self._cursor < self._wanted or self._head - self._cursor >= LAG:
                await self._step()
            self._next = self._cursor + LAG
        except (StorageFailed, Lost):
            self._wanted, self._next = 0, self._head + LAG
        finally:
            self._wake(MAX_ID)

    async def _step(self) -> None:
        head, began = self._head, time.perf_counter()
        last, steps = await self._read(partial(words.fresh, after=self._cursor, most=STEP))
        if last is None:
            raise StorageFailed("entries are missing")
        await self._do(partial(self._index.put, steps, last))
        self._cursor = last
        self._wake(last)
        if self._head != head:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), REST * (time.perf_counter() - began))

    def _wake(self, cursor: int) -> None:
        for waiter in [waiter for waiter, goal in self._waiting.items() if goal <= cursor]:
            del self._waiting[waiter]
            if not waiter.done():
                waiter.set_result(None)
        if not self._waiting:
            self._hurry.clear()

    async def _do(self, job: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, job)
        except (sqlite3.Error, OSError) as error:
            raise StorageFailed(str(error)) from error
