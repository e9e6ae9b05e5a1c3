"""The registry of one machine: a table in a file of its own, all of it in memory too."""

import asyncio
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from chat.errors import StorageFailed
from chat.history import database
from chat.history.database import Design
from chat.history.writer import is_final
from chat.server.registry import Conflict, Record, Registry


def _first(db: sqlite3.Connection) -> None:
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

    def _open(self) -> dict[str, Record]:
        self._database = database.open_writer(self._path, REGISTRY, "full")
        rows = self._database.execute("SELECT key, value, revision FROM records").fetchall()
        return {key: Record(value, revision) for key, value, revision in rows}

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()

    def _store(self, key: str, record: Record) -> None:
        assert self._database is not None, "put before open"
        try:
            self._database.execute(_PUT, (key, record.value, record.revision))
        except sqlite3.Error as error:
            raise StorageFailed(str(error), final=is_final(error)) from error
