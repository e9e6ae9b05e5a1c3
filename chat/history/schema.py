"""The database file of a history: how it is made, checked, migrated and opened, and when it is refused."""

import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Literal

from chat.errors import DataRefused
from chat.files import create

Synchronous = Literal["full", "normal", "off"]

APPLICATION = 0x63686174  # "chat", in the header of the file
WAL_PAGES = 8_000
"""Pages of 4 KiB in the log before a checkpoint: half as many messages a second at SQLite's own 1,000."""
PATIENCE = 1.0
"""Seconds to wait for a lock of another program, a backup perhaps."""


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
    no index more. `kind` is null for a message; a reply has a `target`, but changes nothing.
    """
    db.execute("ALTER TABLE entries ADD COLUMN author INTEGER")
    db.execute("ALTER TABLE entries ADD COLUMN target INTEGER")
    db.execute("CREATE INDEX entries_target ON entries (target) WHERE kind > 1")


Migrations = tuple[Callable[[sqlite3.Connection], None], ...]
MIGRATIONS: Migrations = (_first, _second)
"""What leads from each version to the next, each in a transaction of its own. Never change one; add one."""


def open_writer(path: Path | None, synchronous: Synchronous) -> sqlite3.Connection:
    """The one connection that writes, on a whole database of this version; None is a throw-away in memory.

    Raises DataRefused with nothing changed where the file must not be used.
    """
    if path is None:
        db = sqlite3.connect(":memory:", isolation_level=None)
        migrate(db)
        return db
    with refusing(path), ExitStack() as opened:
        if path.exists() and path.stat().st_size:
            check(path)
        else:
            _make(path)
        db = opened.enter_context(closing(connect(path, "rw")))
        db.execute(f"PRAGMA synchronous = {synchronous}")
        db.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
        db.execute(f"PRAGMA journal_size_limit = {2 * WAL_PAGES * 4_096}")
        migrate(db)
        opened.pop_all()
        return db


def open_reader(path: Path) -> sqlite3.Connection:
    """A connection that reads beside the writer, from any one thread at a time."""
    with refusing(path):
        db = connect(path, "ro")
        db.execute("PRAGMA query_only = 1")
        return db


def check(path: Path, migrations: Migrations = MIGRATIONS) -> None:
    """Raise DataRefused unless the file is a sound history of this version or an older one; change nothing.

    Reads all of it: 1.6 s per GB. A file that was closed in order is read as `immutable`, which makes no
    `-wal` and no `-shm`; one that was not has both already.
    """
    wal = path.with_name(path.name + "-wal")
    left = wal.exists() and wal.stat().st_size
    with refusing(path), closing(connect(path, "ro" if left else "ro&immutable=1")) as db:
        if _number(db, "application_id") != APPLICATION:
            raise DataRefused("damaged", str(path), "not a history of this program")
        if _number(db, "user_version") > len(migrations):
            raise DataRefused("newer_schema", str(path))
        (fault,) = db.execute("PRAGMA quick_check(1)").fetchone()
        if fault != "ok":
            raise DataRefused("damaged", str(path), fault)


def migrate(db: sqlite3.Connection, migrations: Migrations = MIGRATIONS) -> None:
    """Bring a database to the newest version.

    It commits even when there is nothing to do: a disk that cannot be written is found now, not at the
    first message.
    """
    version = _number(db, "user_version")
    for step in range(version, max(len(migrations), version + 1)):
        db.execute("BEGIN IMMEDIATE")
        try:
            for migration in migrations[step : step + 1]:
                migration(db)
            db.execute(f"PRAGMA user_version = {min(step + 1, len(migrations))}")
            db.execute("COMMIT")
        except BaseException:
            db.rollback()
            raise


def log_of(db: sqlite3.Connection) -> str:
    """The random name that was made with the history."""
    (log,) = db.execute("SELECT value FROM meta WHERE name = 'log'").fetchone()
    return str(log)


_REFUSALS = {
    sqlite3.SQLITE_NOTADB: "damaged",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_BUSY: "in_use",
    sqlite3.SQLITE_LOCKED: "in_use",
}


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Turn what SQLite or the system says about a file into DataRefused."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest says where it happened
        raise DataRefused(_REFUSALS.get(code, "unreadable"), str(path), str(error)) from error
    except OSError as error:
        raise DataRefused("unreadable", str(path), error.strerror or str(error)) from error


def _make(path: Path) -> None:
    """Make a database under another name and move it into place, so that no half of one is ever found."""
    new = path.with_name(path.name + ".new")
    for leftover in (new, *(new.with_name(new.name + end) for end in ("-journal", "-wal", "-shm"))):
        leftover.unlink(missing_ok=True)
    create(new)  # 0600, a mode that SQLite then gives to `-wal` and `-shm` too
    with closing(connect(new, "rw")) as db:
        db.execute(f"PRAGMA application_id = {APPLICATION}")
        db.execute("PRAGMA journal_mode = WAL")
        migrate(db)
    os.replace(new, path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":  # elsewhere a folder cannot be opened, and the rename is journalled
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """A connection that any one thread at a time may use; transactions are begun by hand."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=PATIENCE, check_same_thread=False)


def _number(db: sqlite3.Connection, pragma: str) -> int:
    (number,) = db.execute(f"PRAGMA {pragma}").fetchone()
    return int(number)
