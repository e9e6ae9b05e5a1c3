"""The tables of a history, from version to version."""

import secrets
import sqlite3
from pathlib import Path

from chat.history import database
from chat.history.database import Design, Migrations, Synchronous


def _first(db: sqlite3.Connection) -> None:
    """Version 1. `keys` interns conversations, owners and readers, so that every index is of integers.

    The indexes of readers are partial: an entry of a room is in neither. `second` is null where both readers
    are one, so that no entry is in both. `kind` and `data` are for entries that are no messages (an edit,
    a reaction): null costs a byte each, a column added later would be missing in what a rollback reads.
    """
    db.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
    db.execute("CREATE TABLE keys (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)")
    db.execute(
        """CREATE TABLE entries (
            id INTEGER PRIMARY KEY, conversation INTEGER NOT NULL, owner INTEGER NOT NULL,
            first INTEGER, second INTEGER, ts INTEGER NOT NULL, crc INTEGER NOT NULL, cid TEXT NOT NULL,
            recipient TEXT NOT NULL, sender TEXT NOT NULL, body TEXT NOT NULL,
            kind INTEGER, data BLOB)"""
    )
    db.execute("CREATE UNIQUE INDEX entries_cid ON entries (owner, cid)")
    db.execute("CREATE INDEX entries_conversation ON entries (conversation)")
    db.execute("CREATE INDEX entries_first ON entries (first) WHERE first IS NOT NULL")
    db.execute("CREATE INDEX entries_second ON entries (second) WHERE second IS NOT NULL")
    db.execute("INSERT INTO meta VALUES ('log', ?)", (secrets.token_hex(16),))


def _second(db: sqlite3.Connection) -> None:
    """Version 2: entries that change others.

    `author` is a key, `target` an id. A change (`kind` of 2 and more) stands under the negative number of its
    conversation: so a page of what was said skips none, whatever stands between, and what was said pays for
    no index more. `kind` is null for a message; a reply has a `target`, but changes nothing. `folds` has
    what became of an entry that changed often, so that nobody folds thousands of changes at each read.
    """
    db.execute("ALTER TABLE entries ADD COLUMN author INTEGER")
    db.execute("ALTER TABLE entries ADD COLUMN target INTEGER")
    db.execute("CREATE INDEX entries_target ON entries (target, kind) WHERE kind > 1")
    db.execute(
        """CREATE TABLE folds (
            id INTEGER PRIMARY KEY, version INTEGER NOT NULL, crc INTEGER NOT NULL, fold TEXT NOT NULL)"""
    )


MIGRATIONS: Migrations = (_first, _second)
HISTORY = Design(0x63686174, MIGRATIONS)  # "chat"


def open_writer(path: Path | None, synchronous: Synchronous, *, thorough: bool = True) -> sqlite3.Connection:
    """See database.open_writer."""
    return database.open_writer(path, HISTORY, synchronous, thorough=thorough)


def log_of(db: sqlite3.Connection) -> str:
    """The random name that was made with the history."""
    (log,) = db.execute("SELECT value FROM meta WHERE name = 'log'").fetchone()
    return str(log)


def rename_log(db: sqlite3.Connection, log: str) -> None:
    """Give the history another name: what clients have kept is then of another one."""
    db.execute("UPDATE meta SET value = ? WHERE name = 'log'", (log,))


STREAM = "stream"
"""Under this name a copy says which stream it is a copy of; a history of one machine says nothing."""


def copied_from(path: Path) -> str | None:
    """The stream that the history in a file, which no program has open, is a copy of, or None. See look."""
    with database.look(path) as db:
        there = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone()
        return noted(db, STREAM) if there else None


def noted(db: sqlite3.Connection, name: str) -> str | None:
    """What whoever uses the history wrote down under a name."""
    found = db.execute("SELECT value FROM meta WHERE name = ?", (f"note {name}",)).fetchone()
    return str(found[0]) if found is not None else None


def note(db: sqlite3.Connection, name: str, value: str) -> None:
    """Write something down under a name, in place of what was there."""
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"note {name}", value))


def forget(db: sqlite3.Connection, name: str) -> None:
    """Take away what was written down under a name."""
    db.execute("DELETE FROM meta WHERE name = ?", (f"note {name}",))


def floor_of(db: sqlite3.Connection) -> int:
    """The highest id that was removed for its age; all up to it are gone."""
    found = db.execute("SELECT value FROM meta WHERE name = 'floor'").fetchone()
    return int(found[0]) if found is not None else 0


def head_of(db: sqlite3.Connection) -> int:
    """The highest id that was ever given, even where that entry is removed: none is given twice."""
    (last,) = db.execute("SELECT coalesce(max(id), 0) FROM entries").fetchone()
    return max(int(last), floor_of(db))


def set_floor(db: sqlite3.Connection, floor: int) -> None:
    """Say up to which id all was removed; the transaction is the caller's."""
    db.execute("INSERT OR REPLACE INTO meta VALUES ('floor', ?)", (str(floor),))
