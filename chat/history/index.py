"""The index of the words of a history: a file of its own that can always be made anew."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chat.files import create
from chat.history import words
from chat.history.database import WAL_PAGES, connect, damaged, remove, transaction

APPLICATION = 0x63686173  # "chas"
VERSION = 2
"""Of what is in the file and how it is cut into words: a file of another version is made anew."""
SPOILT = 0.25
"""An index of which a larger part is of what was removed is made anew: nothing is taken out one by one."""


class Lost(Exception):
    """The index was damaged, and is gone: open makes it anew."""


class Index:
    """For one thread at a time; path None is an index in memory. May raise sqlite3.Error, Lost."""

    def __init__(self, path: Path | None, log: str, floor: int = 0) -> None:
        self._path = path
        self._log = log
        self.floor = floor
        """The highest id that the history has removed; set it when it is raised."""
        self._db: sqlite3.Connection | None = None

    def open(self, head: int) -> int:
        """Make ready; the id up to which all is indexed, 0 where the index had to be made anew.

        It is made anew where there is none, or one that is damaged, of another version, of another history,
        or of more than this one has up to `head`: an older copy of it was put back then.
        """
        if self._db is None:
            self._db = self._found(head) or self._made()
            self._db.execute("PRAGMA synchronous = NORMAL")  # what a power cut takes is indexed again
            self._db.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
        return _cursor(self._db)

    def put(self, steps: bytes, cursor: int) -> None:
        """Index what is said now (see words.put), in one transaction with the new cursor."""
        with self._open() as db, transaction(db):
            words.put(db, steps)
            db.execute("UPDATE state SET cursor = ?", (cursor,))

    def find(self, query: str, before: int, limit: int) -> list[int]:
        """See words.find; of what the history has."""
        with self._open() as db:
            return words.find(db, query, before, limit, self.floor)

    def spoilt(self, head: int) -> bool:
        """Whether so much of it is of what the history has removed that it should be made anew."""
        if self._db is None:
            return False
        (floor,) = self._db.execute("SELECT floor FROM state").fetchone()
        return self.floor - int(floor) > (head - int(floor)) * SPOILT

    def drop(self) -> None:
        """Remove it with all its words; open makes it anew."""
        self.close()
        if self._path is not None:
            remove(self._path)

    def close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        if self._db is None:
            raise Lost
        try:
            yield self._db
        except sqlite3.DatabaseError as error:
            if not damaged(error):
                raise
            self.close()
            if self._path is not None:
                remove(self._path)
            raise Lost from error

    def _found(self, head: int) -> sqlite3.Connection | None:
        """The index that is there, if it is of use."""
        if self._path is None or not self._path.exists():
            return None
        db = connect(self._path, "rw")
        try:
            if self._of_use(db, head):
                return db
        except sqlite3.Error as error:
            if not damaged(error) and error.sqlite_errorcode != sqlite3.SQLITE_ERROR:  # a table is missing
                db.close()
                raise
        db.close()
        return None

    def _of_use(self, db: sqlite3.Connection, head: int) -> bool:
        for name, number in (("application_id", APPLICATION), ("user_version", VERSION)):
            if db.execute(f"PRAGMA {name}").fetchone() != (number,):
                return False
        log, floor = db.execute("SELECT log, floor FROM state").fetchone()
        known = log == self._log and self.floor - floor <= (head - floor) * SPOILT
        return known and _cursor(db) <= head and db.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)

    def _made(self) -> sqlite3.Connection:
        if self._path is None:
            db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        else:
            remove(self._path)
            create(self._path)
            db = connect(self._path, "rw")
        try:
            _make(db, self._log, self.floor)
        except BaseException:
            db.close()
            raise
        return db


def _make(db: sqlite3.Connection, log: str, floor: int) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    with transaction(db):
        db.execute(words.TABLE)
        db.execute("CREATE TABLE state (log TEXT NOT NULL, cursor INTEGER NOT NULL, floor INTEGER NOT NULL)")
        db.execute("INSERT INTO state VALUES (?, 0, ?)", (log, floor))
        db.execute(f"PRAGMA application_id = {APPLICATION}")
        db.execute(f"PRAGMA user_version = {VERSION}")


def _cursor(db: sqlite3.Connection) -> int:
    (cursor,) = db.execute("SELECT cursor FROM state").fetchone()
    return int(cursor)
