"""The registry of one machine: a table in a file of its own, all of it in memory too."""

import asyncio
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from chat.errors import DataRefused, StorageFailed
from chat.files import create
from chat.history.writer import is_final
from chat.server.registry import Conflict, Record, Registry

SCHEMA_VERSION = 1

_SCHEMA = f"""
BEGIN;
CREATE TABLE records (key TEXT PRIMARY KEY, value BLOB NOT NULL, revision INTEGER NOT NULL) WITHOUT ROWID;
PRAGMA user_version = {SCHEMA_VERSION};
COMMIT;
"""
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
        name = str(self._path) if self._path else ":memory:"
        try:
            if self._path is not None:
                create(self._path)
            database = sqlite3.connect(name, isolation_level=None)
            version = database.execute("PRAGMA user_version").fetchone()[0]
            if version > SCHEMA_VERSION:
                database.close()
                raise DataRefused("newer_schema", name, f"schema {version}")
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=FULL")
            if version == 0:
                database.executescript(_SCHEMA)
            rows = database.execute("SELECT key, value, revision FROM records").fetchall()
        except sqlite3.OperationalError as error:
            raise DataRefused("unreadable", name, str(error)) from error
        except sqlite3.DatabaseError as error:
            raise DataRefused("damaged", name, str(error)) from error
        except OSError as error:
            raise DataRefused("unreadable", name, error.strerror or str(error)) from error
        self._database = database
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
