"""The registry of one machine: a table in a file of its own, all of it in memory too."""

import asyncio
import sqlite3
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from chat.errors import StorageFailed
from chat.history.backing import back_up
from chat.history.database import Design, connect, open_writer, refusing, transaction
from chat.history.erasing import shred
from chat.history.writer import is_final
from chat.server.registry import Conflict, Record, Registry, Snapshot


def _first(db: sqlite3.Connection) -> None:
    """Version 1."""
    db.execute(
        """CREATE TABLE records (
            key TEXT PRIMARY KEY, value BLOB NOT NULL, revision INTEGER NOT NULL) WITHOUT ROWID"""
    )


REGISTRY = Design(0, (_first,))
_PUT = "INSERT INTO records VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = ?2, revision = ?3"


class SqliteRegistry(Registry):
    """Records in `path` (None: in memory only); one connection, used by one thread at a time."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._records: dict[str, Record] = {}
        self._thread = ThreadPoolExecutor(1, "registry")
        self._changing = asyncio.Lock()
        self._database: sqlite3.Connection | None = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._records = await loop.run_in_executor(self._thread, self._open)

    async def close(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    def get(self, key: str) -> Record | None:
        return self._records.get(key)

    def items(self, prefix: str) -> Iterator[tuple[str, Record]]:
        return ((key, self._records[key]) for key in sorted(self._records) if key.startswith(prefix))

    async def put(self, key: str, value: bytes, revision: int) -> Record:
        async with self._changing:
            current = self._records.get(key)
            if (current.revision if current else 0) != revision:
                raise Conflict(key)
            record = Record(value, revision + 1)
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._thread, self._store, key, record)
            self._records[key] = record
            return record

    async def back_up(self, path: Path) -> None:
        """Copy all of it to a new file. Raises StorageFailed, OSError."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._back_up, path)

    async def shred(self) -> None:
        """See to it that what was changed is as it was on the disk no more. Raises StorageFailed."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._shred)

    def _open(self) -> dict[str, Record]:
        self._database = open_writer(self._path, REGISTRY, "full")
        return _records(self._database)

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()

    def _back_up(self, path: Path) -> None:
        assert self._database is not None, "back_up before open"
        try:
            back_up(self._database, path)
        except sqlite3.Error as error:
            raise StorageFailed(str(error)) from error

    def _shred(self) -> None:
        assert self._database is not None, "shred before open"
        try:
            shred(self._database)
        except sqlite3.Error as error:
            raise StorageFailed(str(error)) from error

    def _store(self, key: str, record: Record) -> None:
        assert self._database is not None, "put before open"
        try:
            self._database.execute(_PUT, (key, record.value, record.revision))
        except sqlite3.Error as error:
            raise StorageFailed(str(error), final=is_final(error)) from error


def read_records(path: Path) -> Snapshot:
    """All records of a registry, whether a server has it open or not. Raises DataRefused."""
    with refusing(path), closing(connect(path, "ro")) as db:
        return Snapshot(_records(db))


def write_records(path: Path, records: Mapping[str, Record]) -> None:
    """Make a registry of these records where there is none. Raises DataRefused."""
    with refusing(path), closing(open_writer(path, REGISTRY, "full")) as db, transaction(db):
        db.executemany(_PUT, ((key, record.value, record.revision) for key, record in records.items()))


def _records(db: sqlite3.Connection) -> dict[str, Record]:
    rows = db.execute("SELECT key, value, revision FROM records")
    return {key: Record(value, revision) for key, value, revision in rows}
