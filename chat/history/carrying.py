"""Entries taken out of a history in the order of their ids, and put as they are into a new one."""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from chat.history.base import SAID, Entry
from chat.history.database import connect, open_writer, refusing, transaction
from chat.history.folds import keep_many
from chat.history.keys import intern
from chat.history.rows import MOST, fetch, insert, names, storable
from chat.history.schema import HISTORY, floor_of, head_of, log_of, rename_log, set_floor
from chat.history.values import listed

_ALL = "SELECT id FROM entries WHERE id > :after AND id <= :until ORDER BY id LIMIT :most"
_PICKED = """SELECT id FROM entries e WHERE id > :after AND id <= :until AND (
    abs(e.conversation) IN (SELECT k.id FROM json_each(:conversations) j JOIN keys k ON k.name = j.value)
    OR e.owner IN (SELECT k.id FROM json_each(:people) j JOIN keys k ON k.name = j.value)
    OR e.first IN (SELECT k.id FROM json_each(:people) j JOIN keys k ON k.name = j.value)
    OR e.second IN (SELECT k.id FROM json_each(:people) j JOIN keys k ON k.name = j.value))
    ORDER BY id LIMIT :most"""

CACHE = 65_536
"""KiB of pages in memory while a history is made: its indexes are written all over."""


class Wanted(NamedTuple):
    """Which entries: of these conversations, by or to these people (the owners and readers of entries)."""

    conversations: Collection[str] = ()
    people: Collection[str] = ()


class Source:
    """A history that is read from beginning to end, page by page, also while a server writes to it."""

    def __init__(self, path: Path) -> None:
        """Raises DataRefused."""
        self._path = path
        with refusing(path):
            self._db = connect(path, "ro")
            self._db.execute("PRAGMA query_only = 1")
            self.log, self.head, self.floor = log_of(self._db), head_of(self._db), floor_of(self._db)

    def close(self) -> None:
        """Let go of it."""
        self._db.close()

    def entries(self, wanted: Wanted | None = None) -> Iterator[Sequence[Entry]]:
        """All there were when it was opened, or those wanted, in pages, ascending. Raises DataRefused."""
        query: dict[str, object] = {"after": 0, "until": self.head, "most": MOST}
        for name, part in (wanted or Wanted())._asdict().items():
            query[name] = listed(part)
        page: Sequence[Entry] = [Entry(0, "", "", "", "", "", 0, "")]
        while page:
            with refusing(self._path):
                page = fetch(self._db, _ALL if wanted is None else _PICKED, query)
            if page:
                query["after"] = page[-1].id
                yield page


class Refusal(Exception):
    """An entry that cannot be kept; `place` is its place in what was put, from 0; `why` a short code."""

    def __init__(self, place: int, why: str) -> None:
        super().__init__(f"{why} ({place})")
        self.place = place
        self.why = why


class Target:
    """A history that is made of entries with their ids, in a new file; durable once it is closed.

    Leaving it for an exception leaves the file there, of no use.
    """

    def __init__(self, path: Path, log: str, floor: int) -> None:
        """Raises DataRefused."""
        self._path = path
        self._last = floor
        with refusing(path):
            self._db = open_writer(path, HISTORY, "off")
            self._db.execute(f"PRAGMA cache_size = -{CACHE}")
            with transaction(self._db):
                rename_log(self._db, log)
                set_floor(self._db, floor)

    def put(self, entries: Sequence[Entry]) -> None:
        """Put up to rows.MOST entries behind the others. Raises Refusal, DataRefused; nothing is put then."""
        for place, entry in enumerate(entries):
            if not self._last < entry.id or not storable(entry):
                raise Refusal(place, "order" if entry.id <= self._last else "text")
            if entry.target is not None and not 0 <= entry.target < entry.id:
                raise Refusal(place, "target")
            self._last = entry.id
        with refusing(self._path):
            try:
                self._insert(entries)
            except sqlite3.IntegrityError:
                raise Refusal(self._first_twice(entries), "twice") from None

    def close(self) -> None:
        """Let go of it; all is in the one file then, on the disk."""
        with refusing(self._path), closing(self._db):
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _insert(self, entries: Sequence[Entry]) -> None:
        with transaction(self._db):
            keys = intern(self._db, {name for entry in entries for name in names(entry)})
            insert(self._db, entries, keys)
            changed = {entry.target for entry in entries if entry.kind not in SAID}
            keep_many(self._db, [target for target in changed if target is not None])

    def _first_twice(self, entries: Sequence[Entry]) -> int:
        """The place of the first whose (owner, cid) was there before."""
        for place, entry in enumerate(entries):
            try:
                self._insert([entry])
            except sqlite3.IntegrityError:
                return place
        raise AssertionError("none of them is there twice")
