"""What older versions wrote is read as it was written, and a migration happens as a whole or not at all."""

import asyncio
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from chat.history import schema
from chat.history.base import Draft, Entry, Kind, pair
from chat.history.sqlite import SqliteHistory
from tests.history.told import change, opened
from tests.patience import PATIENCE

FIXTURES = Path(__file__).parent / "fixtures"
LOG = "64d1834a1fbd6a9119de549b18ee7fc2"
TS = 1_795_216_610_380
STRANGE = ": 'é' \u202e🫨\n\"\\"
SAID = [
    *(Draft("#geral", "~ana", f"c{i}", "#Geral", "Ana", TS + i, f"olá {i}{STRANGE}") for i in range(6)),
    Draft(pair("ana", "rui"), "~rui", "p1", "@Ana", "rui", TS + 20, "só para ti", ("rui", "ana")),
    Draft(pair("ana", "ana"), "~ana", "p2", "@Ana", "Ana", -5, "", ("ana", "ana")),
    Draft("#outra", "~rui", "c0", "#outra", "rui", 0, "fim"),
]
"""What version 1 was given when it wrote the file in `fixtures`."""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A database as version 1 left it."""
    path = tmp_path / "history.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript((FIXTURES / "version-1.sql").read_text("utf-8"))
        db.execute("PRAGMA journal_mode = WAL")
    return path


def facts(entry: Draft | Entry) -> tuple[object, ...]:
    return tuple(getattr(entry, name) for name in Draft.__struct_fields__)


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        (number,) = db.execute("PRAGMA user_version").fetchone()
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return int(number)


async def test_version_1_reads_the_same(old: Path) -> None:
    """Name, head, entries, checksums and repetitions of the older file are what they were."""
    async with opened(lambda: SqliteHistory(old)) as (history, told):
        assert (history.log, history.head) == (LOG, 9)
        rooms = ["#geral", "#outra"]
        found = (await history.follow(rooms, "ana", after=0, until=9, limit=99)).entries
        assert [facts(entry) for entry in found] == [facts(draft) for draft in SAID]
        assert not [entry for entry in found if entry.damaged or entry.fold]
        assert (await history.append(SAID[2])).id == 3
        assert [outcome.first for outcome in told.outcomes] == [False]
    assert version(old) == len(schema.MIGRATIONS)


async def test_version_1_goes_on(old: Path) -> None:
    """What an older version kept can be changed, answered and searched."""
    async with opened(lambda: SqliteHistory(old)) as (history, _):
        (first, *_) = (await history.page("#geral", limit=6)).entries
        edit = await history.append(change(1, first, "ana", Kind.EDIT, "mudado"))
        now = await history.find(first.id)
        assert now is not None
        assert now.fold is not None
        assert (now.fold.body, now.fold.version) == ("mudado", edit.id)
        for words, ids in (("mudado", [1]), ("ola", [2, 3, 4, 5, 6]), ("ti", [7])):
            page = await history.search(words, ["#geral"], "rui", before=None, limit=9)
            assert [entry.id for entry in page.entries] == ids


def test_a_migration_that_fails(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a migration fails in the middle the file is the older one, and the next try succeeds."""
    whole = schema.HISTORY.migrations

    def half(db: sqlite3.Connection) -> None:
        whole[1](db)
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(schema, "HISTORY", schema.HISTORY._replace(migrations=(whole[0], half)))
        with pytest.raises(ZeroDivisionError):
            schema.open_writer(old, "full")
    assert version(old) == 1
    schema.open_writer(old, "full").close()
    assert version(old) == len(whole)


_KILLED = """
import os, signal, sys
from pathlib import Path
from chat.history import schema

steps = int(sys.argv[2])

class Watched:
    def __init__(self, db):
        self.db = db

    def execute(self, statement):
        global steps
        if not steps:
            os.kill(os.getpid(), signal.SIGKILL)
        steps -= 1
        return self.db.execute(statement)

whole = schema.HISTORY.migrations
schema.HISTORY = schema.HISTORY._replace(migrations=(whole[0], lambda db: whole[1](Watched(db))))
schema.open_writer(Path(sys.argv[1]), "full")
os.kill(os.getpid(), signal.SIGKILL)
"""


async def test_killed_in_a_migration(old: Path, tmp_path: Path) -> None:
    """Killed before any statement of a migration the file is the older one, and after the last the newer."""
    found = []
    for steps in range(5):
        path = tmp_path / str(steps) / "history.db"
        path.parent.mkdir()
        shutil.copy(old, path)
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", _KILLED, str(path), str(steps))
        async with asyncio.timeout(PATIENCE):
            assert await process.wait() == -9
        found.append(version(path))
        async with opened(lambda path=path: SqliteHistory(path)) as (history, _):
            assert (history.log, history.head) == (LOG, 9)
            assert len((await history.page("#geral", limit=9)).entries) == 6
    assert found == [1, 1, 1, 1, 2]
