"""What was removed is off the disk, once the file has been written anew; until then nothing has changed."""

import asyncio
import hashlib
import re
import sqlite3
import threading
from pathlib import Path

import pytest

from chat.errors import StorageFailed
from chat.history.base import Draft
from chat.history.erasing import shred
from chat.history.sqlite import SqliteHistory
from tests.fakes import until
from tests.patience import PATIENCE

GONE = b"zqxgone"


def database(path: Path) -> sqlite3.Connection:
    """Some hundred pages, from which something was removed that is still in the file."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA secure_delete = OFF")
    db.execute("CREATE TABLE said (id INTEGER PRIMARY KEY, body)")
    db.execute("BEGIN")
    db.executemany("INSERT INTO said VALUES (?, ?)", ((n, f"{GONE.decode()} {n}" * 20) for n in range(5_000)))
    db.execute("COMMIT")
    db.execute("DELETE FROM said WHERE id % 2")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return db


def gone(path: Path) -> set[int]:
    """Which of those that were removed are in the file."""
    found = {int(number) for number in re.findall(GONE + rb" (\d+)z", path.read_bytes())}
    return {number for number in found if number % 2}


def test_given_up(tmp_path: Path) -> None:
    """What is over before the new file is whole changes nothing; done again, only what stayed is there."""
    path = tmp_path / "said.db"
    db = database(path)
    before, looks = hashlib.sha256(path.read_bytes()).hexdigest(), iter(range(3))
    with pytest.raises(StorageFailed):
        shred(db, over=lambda: next(looks, None) is None)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    assert gone(path)
    shred(db)
    assert gone(path) == set()
    assert db.execute("SELECT count(*) FROM said").fetchone() == (2_500,)
    db.close()


def test_any_other_failure_is_sqlites(tmp_path: Path) -> None:
    """Only what was given up is told as that."""
    db = database(tmp_path / "said.db")
    db.execute("BEGIN")
    with pytest.raises(sqlite3.OperationalError, match="within a transaction"):
        shred(db)
    db.close()


def said(cid: str, body: str) -> Draft:
    """Something ana says."""
    return Draft("#geral", "~ana", cid, "#geral", "ana", 1, body, (), "~ana")


async def test_closing_does_not_wait_for_it(tmp_path: Path) -> None:
    """A history that is to be closed while its file is written anew commits what waits, and gives that up."""
    history, free = SqliteHistory(tmp_path / "history.db"), threading.Event()
    await history.open(lambda outcomes, head: None, lambda failures: None)
    for number in range(300):
        await history.append(said(f"c{number}", "x" * 4_000))
    blocked = asyncio.ensure_future(history._writer.run(lambda db: free.wait(PATIENCE)))
    await asyncio.sleep(0)
    shredding = asyncio.ensure_future(history.shred())
    last = asyncio.ensure_future(history.append(said("last", "oi")))
    await asyncio.sleep(0)
    closing = asyncio.ensure_future(history.close())
    await until(lambda: history._writer.stopping)
    free.set()
    async with asyncio.timeout(PATIENCE):
        await closing
        assert (await last).id == 301
        assert await blocked
        with pytest.raises(StorageFailed, match="given up"):
            await shredding
