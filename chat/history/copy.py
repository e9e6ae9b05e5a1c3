"""A client's own copy of what it has seen of one history: to paint at once, to read and search offline."""

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from chat.errors import DataRefused
from chat.history import kept, spans, stretch
from chat.history.base import Entry, Page
from chat.history.clerk import Clerk
from chat.history.database import damaged, open_writer, remove
from chat.history.keys import intern
from chat.history.rows import storable
from chat.history.spans import OPEN, Span
from chat.history.stretch import Around, Stretch

__all__ = ["Around", "Copy", "Stretch"]

T = TypeVar("T")

MOST = 1_000_000
"""Entries kept unless said otherwise, about 140 MB; the oldest go first."""


class Copy:
    """Entries by the ids that the server gave them, in a file that can always be fetched anew.

    The caller keeps the folder of `path` locked; None keeps all in memory. Conversations have any names, of
    which those of rooms, and only those, begin with `#`. An entry's `owner`, `author` and `readers` may be
    left empty.

    Whoever is told what the server says, in its order, hands it on: `follow` after each welcome, join and
    leave, `keep` for what comes by itself, `keep_page` for an answer. From this it is known which stretches
    of a conversation are whole, so that no page passes over a gap in silence.

    What changes the copy returns at once; the future that it returns has the outcome once that is
    committed, for those who care. `failed` is called with what went wrong where something could not be
    kept, which leaves a gap and no more. What reads sees all that was given before.
    """

    log: str | None
    """The history that this is a copy of; None before the first `reset`."""
    cursor: int | None
    """The highest id up to which everything that one is entitled to was kept: to resume `after`."""
    talks: dict[str, str]
    """What was kept of each talk, by its key; read once, when the copy is opened."""

    def __init__(
        self, path: Path | None, *, most: int = MOST, failed: Callable[[Exception], None] = lambda error: None
    ) -> None:
        self._path = path
        self._most = most
        self._clerk = Clerk("history-copy", failed)
        self._turn = 0
        self._damaged = False

    async def open(self) -> None:
        """Make ready, in 10 ms whatever is kept. A file that is damaged or of a newer version is made anew.

        Raises DataRefused ("in_use", "unreadable").
        """
        await self._clerk.open(self._connect)
        self.log, self.cursor, talks = await self._clerk.ask(_state)
        self.talks = dict(talks)

    async def close(self) -> None:
        """Keep what was given, then let go of the file."""
        await self._clerk.close()
        if self._damaged and self._path is not None:
            remove(self._path)

    def reset(self, log: str, cursor: int) -> asyncio.Future[None]:
        """Drop everything; from now on this is a copy of another history, followed from `cursor` on."""
        self.log, self.cursor, self.talks = log, cursor, {}

        def job(db: sqlite3.Connection) -> None:
            kept.clear(db)
            db.execute("UPDATE state SET log = ?, cursor = ?", (log, cursor))

        return self._change(job)

    def keep(self, entries: Sequence[Entry], cursor: int) -> asyncio.Future[None]:
        """Keep what came by itself, in its order: everything one is entitled to up to `cursor`.

        Entries of all kinds; one that is known already makes no second one. What is said in a conversation
        that was not followed before begins a stretch of it.
        """
        self.cursor = max(cursor, self.cursor or 0)
        came = [entry for entry in entries if storable(entry)]

        def job(db: sqlite3.Connection) -> None:
            first = {entry.conversation: entry.id for entry in reversed(came)}
            for conversation in first.keys() - spans.open_among(db, first):
                _add(db, conversation, Span(first[conversation], OPEN, True))
            kept.put(db, came, self._most)
            db.execute("UPDATE state SET cursor = max(?, coalesce(cursor, 0))", (cursor,))

        return self._change(job)

    def keep_page(
        self,
        conversation: str,
        entries: Sequence[Entry],
        *,
        before: int | None = None,
        after: int | None = None,
        more: bool,
        live: bool,
    ) -> asyncio.Future[None]:
        """Keep an answer of the server: the entries next `before` or `after` an id, or else the newest.

        `more` is the server's, in the direction that was asked. `live` says that when it was asked the
        conversation was being followed, so that whatever is newer than the cursor comes by itself; until it
        does it is not kept. Ascending; all that was said, none left out. Where the copy is full what is
        older than all else is not kept either: show what the server said.
        """
        page = [entry for entry in entries if storable(entry)]

        def job(db: sqlite3.Connection) -> None:
            unseen = spans.unseen(db) if live else OPEN
            _add(db, conversation, _span(page, before, after, more, unseen))
            kept.put(db, [entry for entry in page if entry.id < unseen], self._most)

        return self._change(job)

    def follow(self, rooms: Collection[str]) -> asyncio.Future[None]:
        """What is said from here on comes by itself in these rooms, and in private talks; in no other."""
        wanted = list(rooms)
        return self._change(lambda db: spans.end(db, spans.unseen(db), wanted))

    def missed(self) -> asyncio.Future[None]:
        """Something may be left out after the cursor, anywhere: stretches begin anew with what comes."""
        return self._change(lambda db: spans.end(db, spans.unseen(db)))

    def keep_talks(self, values: Mapping[str, str]) -> asyncio.Future[None]:
        """Keep what is to be known of talks when the program starts: name, topic, what was read; by key."""
        told = dict(values)
        self.talks |= told
        return self._change(lambda db: kept.put_talks(db, told))

    def drop_talk(self, key: str) -> asyncio.Future[None]:
        """Forget what `keep_talks` kept of a talk; what was said in it stays."""
        self.talks.pop(key, None)
        return self._change(lambda db: kept.drop_talk(db, key))

    async def page(
        self, conversation: str, *, before: int | None = None, after: int | None = None, limit: int
    ) -> Stretch:
        """The newest `limit` entries that were said, or those next before or after an id, each with its fold.

        See Stretch for what may be missing. Raises StorageFailed, ValueError for both at once.
        """
        return await self._read(lambda db: stretch.page(db, conversation, before, after, limit))

    async def since(self, id: int, limit: int) -> Sequence[Entry]:
        """The first `limit` entries above an id, of all kinds and conversations. Raises StorageFailed."""
        return await self._read(lambda db: stretch.since(db, id, limit))

    async def around(self, id: int, limit: int) -> Around | None:
        """An entry with its neighbours, `limit` at most; None if it is not kept. Raises StorageFailed."""
        return await self._read(lambda db: stretch.around(db, id, limit))

    async def search(
        self,
        words: str,
        *,
        conversations: Collection[str] | None = None,
        before: int | None = None,
        limit: int,
    ) -> Page:
        """The newest `limit` entries (below `before`) that hold all the words; see History.search.

        Of all conversations unless some are given. Raises StorageFailed.
        """
        return await self._read(lambda db: stretch.search(db, words, conversations, before, limit))

    async def settled(self) -> None:
        """Wait until all that was given so far is kept, or could not be."""
        await self._clerk.ask(lambda db: None)

    def _change(self, job: Callable[[sqlite3.Connection], None]) -> asyncio.Future[None]:
        """Do a job in its turn. Where one before it failed something is missing: all stretches end there."""
        self._turn += 1
        turn = self._turn

        def in_turn(db: sqlite3.Connection) -> None:
            (last,) = db.execute("SELECT turn FROM state").fetchone()
            if last != turn - 1:
                spans.end(db, spans.unseen(db))
            self._guarded(db, job)
            db.execute("UPDATE state SET turn = ?", (turn,))

        return self._clerk.do(in_turn)

    async def _read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        return await self._clerk.ask(lambda db: self._guarded(db, job))

    def _guarded(self, db: sqlite3.Connection, job: Callable[[sqlite3.Connection], T]) -> T:
        """Do a job; where the file turns out to be damaged, have it made anew the next time."""
        try:
            return job(db)
        except sqlite3.DatabaseError as error:
            self._damaged = self._damaged or damaged(error)
            raise

    def _connect(self) -> sqlite3.Connection:
        try:
            return self._opened()
        except DataRefused as error:
            if self._path is None or error.reason not in ("damaged", "newer_schema"):
                raise
            remove(self._path)
            return self._opened()

    def _opened(self) -> sqlite3.Connection:
        """Not all of it is checked: 0.4 s for 1,000,000 entries, that somebody would wait for."""
        db = open_writer(self._path, kept.COPY, "normal", thorough=False)
        db.execute("UPDATE state SET turn = 0")
        return db


def _state(db: sqlite3.Connection) -> tuple[str | None, int | None, Sequence[tuple[str, str]]]:
    log, cursor = db.execute("SELECT log, cursor FROM state").fetchone()
    return log, cursor, db.execute("SELECT key, value FROM talks").fetchall()


def _add(db: sqlite3.Connection, conversation: str, span: Span) -> None:
    if "\0" not in conversation:  # a name of nothing, but a server may say anything
        intern(db, [conversation])
        spans.add(db, conversation, span)


def _span(entries: Sequence[Entry], before: int | None, after: int | None, more: bool, unseen: int) -> Span:
    """What an answer of the server covers; nothing, if its ends cross.

    Of a conversation that is followed (`unseen` is not OPEN) it may be newer than what came by itself so
    far; from there on that goes on.
    """
    first = min((entry.id for entry in entries), default=OPEN)
    last = max((entry.id for entry in entries), default=-1)
    live = unseen != OPEN
    if after is None:
        low, high = first if more else 0, OPEN if before is None else before
    else:
        low, high = after + 1, last + 1 if more else OPEN
    if high == OPEN and not live:
        high = last + 1
    return Span(low, OPEN if high > unseen else high, live)
