"""The registry of one machine: tables in a file of its own, the records in memory too."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from chat.errors import StorageFailed
from chat.history.database import Design, open_writer, transaction
from chat.history.writer import is_final
from chat.server.registry import GONE, Change, Conflict, Deed, Record, Registry

T = TypeVar("T")

DEEDS = 10_000
"""Deeds of one scope that are kept; the oldest go first."""

_PUT = "INSERT INTO records VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = ?2, revision = ?3"
_DROP = "DELETE FROM records WHERE key = ?"
_DID = "INSERT INTO deeds (scope, at, by, did, whom, what) VALUES (?, ?, ?, ?, ?, ?)"
_FORGET = """DELETE FROM deeds WHERE scope = ?1 AND number <= (SELECT number FROM deeds
    WHERE scope = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)"""
_DEEDS = """SELECT scope, at, by, did, whom, what, number FROM deeds
    WHERE scope = ? AND number < ? ORDER BY number DESC LIMIT ?"""


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


REGISTRY = Design(0, (_first, _second))


class SqliteRegistry(Registry):
    """Records in `path` (None: in memory only); one connection, used by one thread at a time."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._records: dict[str, Record] = {}
        self._revision = 0
        self._thread = ThreadPoolExecutor(1, "registry")
        self._changing = asyncio.Lock()
        self._database: sqlite3.Connection | None = None

    async def open(self) -> None:
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
            for change in changes:
                if change.value == GONE:
                    self._records.pop(change.key, None)
                else:
                    self._records[change.key] = Record(change.value, revision)

    async def deeds(self, scope: str, before: int | None, limit: int) -> list[Deed]:
        edge = 2**63 - 1 if before is None else before
        return await self._run(lambda: self._read(scope, edge, limit))

    async def _run(self, job: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, job)

    def _open(self) -> dict[str, Record]:
        self._database = open_writer(self._path, REGISTRY, "full")
        rows = self._database.execute("SELECT key, value, revision FROM records")
        return {key: Record(value, revision) for key, value, revision in rows}

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()

    def _store(self, changes: Sequence[Change], revision: int, deed: Deed | None) -> None:
        assert self._database is not None, "a change before open"
        gone = [(change.key,) for change in changes if change.value == GONE]
        kept = [(change.key, change.value, revision) for change in changes if change.value != GONE]
        try:
            with transaction(self._database):
                self._database.executemany(_DROP, gone)
                self._database.executemany(_PUT, kept)
                if deed is not None:
                    self._database.execute(
                        _DID, (deed.scope, deed.at, deed.by, deed.did, deed.whom, deed.what)
                    )
                    self._database.execute(_FORGET, (deed.scope, DEEDS))
        except sqlite3.Error as error:
            raise StorageFailed(str(error), final=is_final(error)) from error

    def _read(self, scope: str, before: int, limit: int) -> list[Deed]:
        assert self._database is not None, "a question before open"
        try:
            rows = self._database.execute(_DEEDS, (scope, before, limit)).fetchall()
        except sqlite3.Error as error:
            raise StorageFailed(str(error)) from error
        return [Deed(*row) for row in reversed(rows)]


def _look(changing: asyncio.Future[None]) -> None:
    if not changing.cancelled():
        changing.exception()
