"""Reading and writing do not wait for each other, and what cannot be read is an error of its own."""

import asyncio
import os
import sqlite3
import threading
from pathlib import Path

import pytest

from chat.errors import DataRefused, StorageFailed
from chat.history import pages, reader
from chat.history.base import Page
from chat.history.database import open_reader
from chat.history.sqlite import SqliteHistory
from tests.history.told import Told, draft, opened
from tests.patience import PATIENCE


async def test_reads_do_not_hold_the_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While every reader is stuck in a page, appends are committed; the pages end as they began."""
    loop, reading, free = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    whole, stuck = pages.page, list[Page]()

    def slowly(db: object, **asked: object) -> Page:
        found = whole(db, **asked)  # type: ignore[arg-type]
        stuck.append(found)
        loop.call_soon_threadsafe(reading.set)
        assert free.wait(PATIENCE)
        return found

    async with opened(lambda: SqliteHistory(tmp_path / "history.db")) as (history, _):
        first = await history.append(draft(0))
        monkeypatch.setattr(pages, "page", slowly)
        reads = [asyncio.ensure_future(history.page("#geral", limit=9)) for _ in range(5)]
        async with asyncio.timeout(PATIENCE):
            await reading.wait()
            for i in range(1, 50):
                await history.append(draft(i))
        free.set()
        assert stuck[0].entries == [first]
        assert stuck[0] in [await read for read in reads]
        assert len((await reads[4]).entries) == 9


async def test_many_reads_at_once(tmp_path: Path) -> None:
    """A hundred pages asked for at once all come."""
    async with opened(lambda: SqliteHistory(tmp_path / "history.db")) as (history, _):
        entry = await history.append(draft(0))
        found = await asyncio.gather(*(history.page("#geral", limit=1) for _ in range(100)))
        assert [page.entries for page in found] == [[entry]] * 100


async def test_what_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of SQLite while reading is told as StorageFailed that is not final."""
    monkeypatch.setattr(pages, "_OLDER", "SELECT id FROM nowhere")
    for path in (tmp_path / "history.db", None):
        async with opened(lambda path=path: SqliteHistory(path)) as (history, _):
            with pytest.raises(StorageFailed) as caught:
                await history.page("#geral", limit=9)
            assert not caught.value.final


async def test_no_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the second reader cannot be opened, nothing stays open: the file is closed in order."""
    opens = iter([open_reader])

    def once(path: Path) -> sqlite3.Connection:
        for open_it in opens:
            return open_it(path)
        raise DataRefused("unreadable", str(path))

    monkeypatch.setattr(reader, "open_reader", once)
    told = Told()
    with pytest.raises(DataRefused):
        await SqliteHistory(tmp_path / "history.db").open(told.committed, told.failed)
    assert os.listdir(tmp_path) == ["history.db"]


async def test_reads_while_it_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page being read comes, those that wait and those asked for later fail: none is cancelled or hangs."""
    whole, free = pages.page, threading.Event()

    def slowly(db: object, **asked: object) -> Page:
        assert free.wait(PATIENCE)
        return whole(db, **asked)  # type: ignore[arg-type]

    monkeypatch.setattr(pages, "page", slowly)
    for path in (tmp_path / "history.db", None):
        free.clear()
        history, told = SqliteHistory(path), Told()
        await history.open(told.committed, told.failed)
        reads = [asyncio.ensure_future(history.page("#geral", limit=9)) for _ in range(5)]
        await asyncio.sleep(0)
        closing = asyncio.ensure_future(history.close())
        await asyncio.sleep(0)
        free.set()
        async with asyncio.timeout(PATIENCE):
            found = await asyncio.gather(*reads, return_exceptions=True)
            await closing
            with pytest.raises(StorageFailed):
                await history.page("#geral", limit=9)
        assert all(isinstance(one, Page | StorageFailed) for one in found)
