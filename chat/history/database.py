"""A database file: how it is made, checked, migrated and opened, and when it is refused."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

from chat.errors import DataRefused
from chat.files import create, sync_folder

Synchronous = Literal["full", "normal", "off"]
Migrations = tuple[Callable[[sqlite3.Connection], None], ...]

WAL_PAGES = 8_000
"""Pages of 4 KiB in the log before a checkpoint: half as many messages a second at SQLite's own 1,000."""
PATIENCE = 1.0
"""Seconds to wait for a lock of another program, a backup perhaps."""


class Design(NamedTuple):
    """What a file of one sort is like: its name in the header, and what leads from each version to the next.

    Each migration runs in a transaction of its own. Never change one; add one.
    """

    application: int
    migrations: Migrations


def open_writer(
    path: Path | None, design: Design, synchronous: Synchronous, *, thorough: bool = True
) -> sqlite3.Connection:
    """The one connection that writes, on a whole database of this version; None is a throw-away in memory.

    Unless it is `thorough` some damage is found only when it is read.
    Raises DataRefused with nothing changed where the file must not be used.
    """
    if path is None:
        db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        migrate(db, design.migrations)
        return db
    with refusing(path), ExitStack() as opened:
        if _filled(path):
            check(path, design, thorough=thorough)
        elif _filled(_log(path)):
            # SQLite would play the log of the lost database into the new one: neither would be what it was.
            raise DataRefused("damaged", str(path), f"lost, but {_log(path).name} is there")
        else:
            _make(path, design)
        db = opened.enter_context(closing(connect(path, "rw")))
        db.execute(f"PRAGMA synchronous = {synchronous}")
        db.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
        db.execute(f"PRAGMA journal_size_limit = {2 * WAL_PAGES * 4_096}")
        db.execute("PRAGMA secure_delete = ON")  # what is removed is zeroed; who only appends pays nothing
        migrate(db, design.migrations)
        opened.pop_all()
        return db


def open_reader(path: Path) -> sqlite3.Connection:
    """A connection that reads beside the writer, from any one thread at a time. Raises DataRefused."""
    with refusing(path):
        db = connect(path, "ro")
        db.execute("PRAGMA query_only = 1")
        return db


@contextmanager
def look(path: Path) -> Iterator[sqlite3.Connection]:
    """Read a database that no program has open, and change nothing. Raises DataRefused.

    A file that was closed in order is read as `immutable`, which makes no `-wal` and no `-shm`; one that was
    not has both already.
    """
    left = _filled(_log(path))
    with refusing(path), closing(connect(path, "ro" if left else "ro&immutable=1")) as db:
        yield db


def check(path: Path, design: Design, *, thorough: bool = True) -> None:
    """Raise DataRefused unless the file is a sound database of this version or an older one; change nothing.

    If `thorough`, it reads all of it: 1.6 s per GB.
    """
    with look(path) as db:
        if _number(db, "application_id") != design.application:
            raise DataRefused("damaged", str(path), "not a file of this kind")
        if _number(db, "user_version") > len(design.migrations):
            raise DataRefused("newer_schema", str(path))
        if thorough:
            inspect(db, path)


def inspect(db: sqlite3.Connection, path: Path) -> None:
    """Read all of an open database, 1.6 s per GB. Raises DataRefused: damaged, or cannot be read."""
    with refusing(path):
        (fault,) = db.execute("PRAGMA quick_check(1)").fetchone()
        if fault != "ok":
            raise DataRefused("damaged", str(path), fault)


def migrate(db: sqlite3.Connection, migrations: Migrations) -> None:
    """Bring a database to the newest version.

    It commits even when there is nothing to do: a disk that cannot be written is found now, not at the
    first message.
    """
    version = _number(db, "user_version")
    for step in range(version, max(len(migrations), version + 1)):
        with transaction(db):
            for migration in migrations[step : step + 1]:
                migration(db)
            db.execute(f"PRAGMA user_version = {min(step + 1, len(migrations))}")


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All that is done inside, or where it raises, nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        db.rollback()
        raise


class Place:
    """Where an open database is found; one in memory is found nowhere, and cannot be lost."""

    def __init__(self, db: sqlite3.Connection) -> None:
        (_, _, self._path), *_ = db.execute("PRAGMA database_list")
        self._was = self._file()

    def lost(self) -> bool:
        """Whether the file was moved, removed or replaced: what is written now will not be found again."""
        return self._file() != self._was

    def _file(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_dev, found.st_ino


def remove(path: Path) -> None:
    """Remove a database with all that SQLite put beside it. Raises OSError."""
    for end in ("", "-journal", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)


def damaged(error: sqlite3.Error) -> bool:
    """Whether SQLite says that what is in the file makes no sense."""
    return _code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


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
        raise DataRefused(_REFUSALS.get(_code(error), "unreadable"), str(path), str(error)) from error
    except OSError as error:
        raise DataRefused("unreadable", str(path), error.strerror or str(error)) from error


def _code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF  # the rest says where it happened


def _filled(path: Path) -> bool:
    """Whether something is there that is not empty: a link too, where what it leads to may come back."""
    try:
        return path.lstat().st_size > 0
    except FileNotFoundError:
        return False


def _log(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def _make(path: Path, design: Design) -> None:
    """Make a database under another name and move it into place, so that no half of one is ever found."""
    new = path.with_name(path.name + ".new")
    remove(new)
    create(new)  # 0600, a mode that SQLite then gives to `-wal` and `-shm` too
    with closing(connect(new, "rw")) as db:
        db.execute(f"PRAGMA application_id = {design.application}")
        db.execute("PRAGMA journal_mode = WAL")
        migrate(db, design.migrations)
    os.replace(new, path)
    sync_folder(path.parent)


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """A connection that any one thread at a time may use; transactions are begun by hand."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=PATIENCE, check_same_thread=False)


def _number(db: sqlite3.Connection, pragma: str) -> int:
    (number,) = db.execute(f"PRAGMA {pragma}").fetchone()
    return int(number)
