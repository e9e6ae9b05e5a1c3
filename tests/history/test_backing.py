"""A copy made while the history is in use: whole, sound, and nobody waits for it."""

import asyncio
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from chat.errors import StorageFailed
from chat.history.backing import Facts, back_up_file, facts, rename
from chat.history.sqlite import SqliteHistory
from tests.history.told import Told, draft, opened
from tests.patience import PATIENCE

MANY = 2_000


def ids(path: Path) -> list[int]:
    """Of all entries in a copy, which must be sound."""
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [id for (id,) in db.execute("SELECT id FROM entries ORDER BY id")]


async def fill(history: SqliteHistory, told: Told) -> None:
    """Give it some megabytes."""
    for number in range(MANY):
        history.submit(draft(number, body="x" * 1_000))
    await told.reports(MANY)


async def test_commits_go_on_meanwhile(tmp_path: Path) -> None:
    """What is committed while the copy is made is acknowledged before it is done, and is in it."""
    async with opened(lambda: SqliteHistory(tmp_path / "history.db")) as (history, told):
        assert isinstance(history, SqliteHistory)
        await fill(history, told)
        seen: list[tuple[int, int]] = []
        loop = asyncio.get_running_loop()

        def look(done: int, whole: int) -> None:
            seen.append((done, whole))
            if len(seen) <= 5:
                loop.call_soon_threadsafe(history.submit, draft(MANY + len(seen)))

        async with asyncio.timeout(PATIENCE):
            await history.back_up(tmp_path / "copy.db", look)
        await told.reports(MANY + 5)
        assert len(seen) > 5
        assert seen[-1][0] == seen[-1][1]
        found = ids(tmp_path / "copy.db")
        assert found == list(range(1, len(found) + 1))
        assert len(found) >= MANY
        assert facts(tmp_path / "copy.db") == Facts(history.log, len(found))


@pytest.mark.parametrize("way", ["cancelled", "closed"])
async def test_given_up(tmp_path: Path, way: str) -> None:
    """A copy that nobody waits for any more ends soon, and so does one of a history that is closed."""
    history, told = SqliteHistory(tmp_path / "history.db"), Told()
    await history.open(told.committed, told.failed)
    await fill(history, told)
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()
    copying = asyncio.ensure_future(
        history.back_up(tmp_path / "copy.db", lambda *_: loop.call_soon_threadsafe(begun.set) and None)
    )
    async with asyncio.timeout(PATIENCE):
        await begun.wait()
        if way == "cancelled":
            copying.cancel()
            with suppress(asyncio.CancelledError):
                await copying
            assert (await history.append(draft(MANY + 1))).id == MANY + 1
        await history.close()
        with suppress(asyncio.CancelledError, StorageFailed):
            await copying
    assert copying.cancelled() or copying.exception() is None or way == "closed"


async def test_a_history_nobody_has_open(tmp_path: Path) -> None:
    """It is copied as it is, and given another name durably, with nothing beside it."""
    path, copy = tmp_path / "history.db", tmp_path / "copy.db"
    async with opened(lambda: SqliteHistory(path)) as (history, _):
        await history.append(draft())
        log = history.log
    back_up_file(path, copy)
    assert facts(copy) == facts(path) == Facts(log, 1)
    rename(copy, "other")
    assert facts(copy) == Facts("other", 1)
    async with opened(lambda: SqliteHistory(copy)) as (again, _):
        assert (again.log, again.head) == ("other", 1)
