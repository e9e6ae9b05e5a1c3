"""The registry of one machine: tables in a file of its own, the records in memory too."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar
from zlib import crc32

from chat.errors import DataRefused, StorageFailed
from chat.history.backing import back_up
from chat.history.database import Design, connect, open_writer, refusing, transaction
from chat.history.erasing import shred
from chat.history.writer import is_final
from chat.names import fold
from chat.registry.base import (
    DEEDS,
    GONE,
    Applied,
    Change,
    Conflict,
    Deed,
    Kept,
    Listener,
    Record,
    Snapshot,
    unheard,
)

T = TypeVar("T")

_PUT = """INSERT INTO records (key, value, revision, crc) VALUES (?, ?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET value = ?2, revision = ?3, crc = ?4"""
_DROP = "DELETE FROM records WHERE key = ?"
_DID = "INSERT INTO deeds (scope, at, by, did, whom, what) VALUES (?, ?, ?, ?, ?, ?)"
_FORGET = """DELETE FROM deeds WHERE scope = ?1 AND number <= (SELECT number FROM deeds
    WHERE scope = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)"""
_UNWRITE = "UPDATE deeds SET what = '' WHERE by = ? AND did = 'topic'"
_ALL_DEEDS = "SELECT scope, at, by, did, whom, what, number FROM deeds"
_DEEDS = f"{_ALL_DEEDS} WHERE scope = ? AND number < ? ORDER BY number DESC LIMIT ?"


def _first(db: sqlite3.Connection) -> None:
    """Version 1."""
    db.execute(
        """CREATE TABLE records (
            key TEXT PRIMARY KEY, value BLOB NOT NULL, revision INTEGER NOT NULL) WITHOUT ROWID"""
    )


def _second(db: sqlite3.Connection) -> None:
    """Version 2: rooms have rights. A server that knows nothing of them must not serve private rooms."""
    db.execute("DELETE FROM records WHERE value = x''")  # how version 1 let go of a key
    db.execute(
        """CREATE TABLE deeds (number INTEGER PRIMARY KEY AUTOINCREMENT, scope TEXT NOT NULL,
            at INTEGER NOT NULL, by TEXT NOT NULL, did TEXT NOT NULL, whom TEXT NOT NULL,
            what TEXT NOT NULL)"""
    )
    db.execute("CREATE INDEX deeds_scope ON deeds (scope, number)")


def _third(db: sqlite3.Connection) -> None:
    """Version 3: a checksum, for SQLite finds no bit that has flipped in a value."""
    db.execute("ALTER TABLE records ADD COLUMN crc INTEGER NOT NULL DEFAULT 0")
    rows = db.execute("SELECT key, value, revision FROM records").fetchall()
    db.executemany(_PUT, [_row(key, Record(value, revision)) for key, value, revision in rows])


REGISTRY = Design(0, (_first, _second, _third))


class SqliteRegistry(Kept):
    """Records in `path` (None: in memory only); one connection, used by one thread at a time."""

    def __init__(self, path: Path | None, *, deeds: int = DEEDS) -> None:
        self._path = path
        self._kept = deeds
        self._applied: Listener = unheard
        self._records: dict[str, Record] = {}
        self._revision = 0
        self._thread = ThreadPoolExecutor(1, "registry")
        self._changing = asyncio.Lock()
        self._database: sqlite3.Connection | None = None

    async def open(self, applied: Listener = unheard) -> None:
        self._applied = applied
        self._records = await self._run(self._open)
        self._revision = max((record.revision for record in self._records.values()), default=0)

    async def close(self) -> None:
        async with self._changing:
            await self._run(self._close)
            self._thread.shutdown()

    def get(self, key: str) -> Record | None:
        return self._records.get(key)

    def items(self, prefix: str) -> Iterator[tuple[str, Record]]:
        keys = sorted(key for key in self._records if key.startswith(prefix))
        return ((key, self._records[key]) for key in keys)

    async def change(self, changes: Sequence[Change], deed: Deed | None = None) -> None:
        changing = asyncio.ensure_future(self._change(changes, deed))
        changing.add_done_callback(_look)
        await asyncio.shield(changing)  # what is on the disk is in memory too, whoever was cancelled

    async def _change(self, changes: Sequence[Change], deed: Deed | None) -> None:
        async with self._changing:
            for change in changes:
                if self.revision(change.key) != change.revision:
                    raise Conflict(change.key)
            revision = self._revision + 1  # of all keys: one that comes back is not where it was
            await self._run(lambda: self._store(changes, revision, deed))
            self._revision = revision
            made = [(change.key, _record(change, revision)) for change in changes]
            for key, record in made:
                if record is None:
                    self._records.pop(key, None)
                else:
                    self._records[key] = record
            self._applied(Applied(made, deed, mine=True))

    async def deeds(self, scope: str, before: int | None, limit: int) -> list[Deed]:
        edge = 2**63 - 1 if before is None else before
        return await self._run(lambda: self._read(scope, edge, limit))

    async def erase(self, name: str) -> None:
        await self._run(lambda: self._erase(name))

    async def back_up(self, path: Path) -> None:
        await self._run(lambda: self._back_up(path))

    async def shred(self) -> None:
        await self._run(self._shred)

    async def _run(self, job: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, job)

    @contextmanager
    def _using(self, *, changing: bool = False) -> Iterator[sqlite3.Connection]:
        """The open database; what SQLite raises is StorageFailed, which only a change makes final."""
        assert self._database is not None, "used before it is open"
        try:
            yield self._database
        except sqlite3.Error as error:
            raise StorageFailed(str(error), final=changing and is_final(error)) from error

    def _open(self) -> dict[str, Record]:
        self._database = open_writer(self._path, REGISTRY, "full")
        return _records(self._database, self._path)

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()

    def _back_up(self, path: Path) -> None:
        with self._using() as db:
            back_up(db, path)

    def _shred(self) -> None:
        with self._using() as db:
            shred(db)

    def _store(self, changes: Sequence[Change], revision: int, deed: Deed | None) -> None:
        gone = [(change.key,) for change in changes if change.value == GONE]
        kept = [
            _row(change.key, Record(change.value, revision)) for change in changes if change.value != GONE
        ]
        with self._using(changing=True) as db, transaction(db):
            db.executemany(_DROP, gone)
            db.executemany(_PUT, kept)
            if deed is not None:
                db.execute(_DID, _done(deed))
                db.execute(_FORGET, (deed.scope, self._kept))

    def _erase(self, name: str) -> None:
        with self._using(changing=True) as db, transaction(db):
            found = db.execute("SELECT DISTINCT by FROM deeds").fetchall()
            db.executemany(_UNWRITE, [row for row in found if fold(row[0]) == name])

    def _read(self, scope: str, before: int, limit: int) -> list[Deed]:
        with self._using() as db:
            rows = db.execute(_DEEDS, (scope, before, limit)).fetchall()
        return [Deed(*row) for row in reversed(rows)]


def read_records(path: Path) -> Snapshot:
    """All of a registry, whether a server has it open or not. Raises DataRefused."""
    with refusing(path), closing(connect(path, "ro")) as db:
        had = db.execute("PRAGMA user_version").fetchone() >= (2,)
        deeds = db.execute(f"{_ALL_DEEDS} ORDER BY number").fetchall() if had else []
        return Snapshot(_records(db, path), [Deed(*row) for row in deeds])


def write_records(path: Path, records: Mapping[str, Record], deeds: Sequence[Deed]) -> None:
    """Make a registry of these records and deeds where there is none. Raises DataRefused."""
    with refusing(path), closing(open_writer(path, REGISTRY, "full")) as db, transaction(db):
        db.executemany(_PUT, (_row(key, record) for key, record in records.items()))
        db.executemany(_DID, map(_done, deeds))


def _record(change: Change, revision: int) -> Record | None:
    return None if change.value == GONE else Record(change.value, revision)


def _done(deed: Deed) -> tuple[object, ...]:
    return deed.scope, deed.at, deed.by, deed.did, deed.whom, deed.what


def _row(key: str, record: Record) -> tuple[str, bytes, int, int]:
    return key, record.value, record.revision, crc32(record.value, crc32(f"{record.revision} {key}".encode()))


def _records(db: sqlite3.Connection, path: Path | None) -> dict[str, Record]:
    """Every record. Raises DataRefused if one of them is not what was kept."""
    checked = db.execute("PRAGMA user_version").fetchone() >= (3,)
    db.text_factory = lambda text: text.decode(errors="surrogateescape")
    rows = db.execute(f"SELECT key, value, revision{', crc' * checked} FROM records").fetchall()
    db.text_factory = str
    for row in rows:
        if checked and not _whole(row):
            raise DataRefused("damaged", str(path), ascii(row[0]))
    return {row[0]: Record(row[1], row[2]) for row in rows}


def _whole(row: tuple[Any, ...]) -> bool:
    try:
        return row == _row(row[0], Record(row[1], row[2]))
    except (UnicodeEncodeError, TypeError):  # bytes that are no text any more, a type that changed
        return False


def _look(changing: asyncio.Future[None]) -> None:
    if not changing.cancelled():
        changing.exception()
