"""The words follow the history by themselves, wait for nobody, and are indexed again when they are lost."""

import asyncio
import os
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from chat.errors import StorageFailed
from chat.history import pages, search, words
from chat.history.base import Draft, Kind, Page
from chat.history.schema import open_writer
from chat.history.search import Search
from chat.history.sqlite import SqliteHistory
from chat.history.store import Store
from tests.fakes import until, within
from tests.history.told import change, draft, opened, private


class Bench:
    """A search in a history that is filled by hand."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = Store(open_writer(None, "off"))
        self.search = Search(path, "log", self.read)
        self.reads = 0
        self.broken = False

    async def read(self, job: Callable[[sqlite3.Connection], Any]) -> Any:
        if self.broken:
            raise StorageFailed("broken")
        self.reads += 1
        return job(self.store.db)

    def say(self, *drafts: Draft) -> None:
        self.store.commit([(one, None) for one in drafts])
        self.search.grown(self.store.head)

    def say_many(self, number: int, body: str = "bolo") -> None:
        self.say(*(draft(self.store.head + i, body=f"{body} {i}") for i in range(number)))

    async def find(self, asked: str = "bolo", *, before: int | None = None, limit: int = 1_000) -> Page:
        found = await within(self.search.find(asked, {"#geral"}, "ana", before, limit))
        assert isinstance(found, Page)
        return found

    async def ids(self, asked: str = "bolo") -> list[int]:
        return [entry.id for entry in (await self.find(asked)).entries]

    @property
    def indexed(self) -> int:
        """How far the file is, seen from outside."""
        try:
            with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as db:
                (cursor,) = db.execute("SELECT cursor FROM state").fetchone()
        except sqlite3.OperationalError:
            return 0
        return int(cursor)


@asynccontextmanager
async def bench_on(path: Path) -> AsyncIterator[Bench]:
    bench = Bench(path)
    yield bench
    await bench.search.close()
    bench.store.db.close()


@pytest.fixture
async def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    """With small steps: by itself the index comes within 20 entries, 5 at a time."""
    monkeypatch.setattr(search, "LAG", 20)
    monkeypatch.setattr(search, "STEP", 5)
    async with bench_on(tmp_path / "history.search") as bench:
        yield bench


async def test_nothing_is_done_for_nobody(bench: Bench) -> None:
    """A few entries that nobody searches cost neither a file nor a thread nor a read."""
    threads = threading.active_count()
    bench.say_many(19)
    await asyncio.sleep(0)
    assert (bench.path.exists(), bench.reads, threading.active_count()) == (False, 0, threads)
    assert await bench.ids(" ") == []
    assert not bench.path.exists()


async def test_a_search_sees_all_there_is(bench: Bench) -> None:
    """Whatever was there when it began is found, whoever indexed it."""
    for number in (1, 19, 1, 60, 3):
        bench.say_many(number)
        assert await bench.ids() == list(range(1, bench.store.head + 1))
    assert bench.indexed == bench.store.head


async def test_it_follows_by_itself(bench: Bench) -> None:
    """From so many entries on they are indexed without a search, up to the few that a search may do."""
    bench.say_many(50)
    await until(lambda: bench.indexed > 30)
    bench.say_many(50)
    await until(lambda: bench.indexed > 80)
    assert await bench.ids() == list(range(1, 101))


async def test_many_searches_at_once(bench: Bench) -> None:
    """Searches that wait for the same entries do not index them twice."""
    bench.say_many(100)
    found = await asyncio.gather(*(bench.ids() for _ in range(20)))
    assert found == [list(range(1, 101))] * 20
    assert bench.reads <= 20 + 20 + 20  # who may read, what was found, the steps


async def test_it_makes_room_while_much_comes(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """While entries come in the follower rests between its steps; a search does not wait for that."""
    monkeypatch.setattr(search, "REST", 1e9)
    bench.say_many(19)
    steps = 0
    put = words.put

    def more_comes(db: sqlite3.Connection, steps_: bytes) -> None:
        nonlocal steps
        steps += 1
        loop.call_soon_threadsafe(bench.say_many, 1)
        put(db, steps_)

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(words, "put", more_comes)
    bench.say_many(30)
    await until(lambda: bench.indexed == 5)
    assert steps == 1
    assert len(await bench.ids()) >= 50


async def test_too_much_to_wait_for(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Far behind, a search says at once what is indexed so far; later it finds the rest."""
    bench.say_many(10)
    assert await bench.ids() == list(range(1, 11))
    monkeypatch.setattr(search, "PATIENCE", 30)
    held = asyncio.Event()
    fresh = bench.read

    async def slowly(job: Callable[[sqlite3.Connection], Any]) -> Any:
        if getattr(job, "func", None) is words.fresh:
            await held.wait()
        return await fresh(job)

    monkeypatch.setattr(bench.search, "_read", slowly)
    bench.say_many(90)
    assert await bench.ids() == list(range(1, 11))
    held.set()
    await until(lambda: bench.indexed > 80)
    assert await bench.ids() == list(range(1, 101))


async def test_what_changed_since_it_was_indexed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that does not wait shows nothing that was deleted or edited away meanwhile."""
    bench.say_many(5)
    assert await bench.ids() == [1, 2, 3, 4, 5]
    monkeypatch.setattr(search, "PATIENCE", 0)
    one, two, three, *_ = pages.these(bench.store.db, [1, 2, 3])
    bench.say(
        change(100, one, "ana", Kind.EDIT, "torta"),
        change(101, two, "ana", Kind.DELETE),
        change(102, three, "ana", Kind.EDIT, "bolo de fubá"),
    )
    assert await bench.ids() == [3, 4, 5]
    page = await bench.find(limit=2)
    assert ([entry.id for entry in page.entries], page.more) == ([4, 5], True)
    page = await bench.find(before=4, limit=2)
    assert ([entry.id for entry in page.entries], page.more) == ([3], False)


async def test_pages_of_results(bench: Bench) -> None:
    """Page by page, of any size, from the newest on, each result comes once."""
    bench.say(*(draft(i, body=("bolo", "torta")[i % 2]) for i in range(60)))
    bench.say(private(100, "ana", "bia", body="bolo"), private(101, "eva", "bia", body="bolo"))
    wanted = [id for id in range(1, 61) if id % 2] + [61]
    for limit in (1, 7, 31, 100):
        found: list[int] = []
        before, more = None, True
        while more:
            page = await bench.find(before=before, limit=limit)
            found[:0] = [entry.id for entry in page.entries]
            before, more = found[0], page.more
        assert found == wanted


async def test_lost_while_it_is_open(bench: Bench) -> None:
    """An index that turns out damaged in a search is made anew, and the search answers all the same."""
    bench.say_many(100)
    assert len(await bench.ids()) == 100
    with closing(sqlite3.connect(bench.path, isolation_level=None)) as db:
        db.execute("UPDATE words_data SET block = x'00ff00ff' WHERE id > 10")
    assert await bench.ids() == list(range(1, 101))
    with closing(sqlite3.connect(bench.path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_lost_again_and_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is damaged whatever is done, a search fails, and does not go on for ever."""

    def damaged(*_: object) -> None:
        error = sqlite3.DatabaseError("malformed")
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error

    bench.say_many(5)
    monkeypatch.setattr(words, "find", damaged)
    with pytest.raises(StorageFailed):
        await bench.find()


async def test_no_place_for_an_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it cannot be opened searches fail, each with a reason, and nothing else does."""
    monkeypatch.setattr(search, "LAG", 20)
    async with bench_on(tmp_path / "none" / "history.search") as bench:
        bench.say_many(100)
        for _ in range(2):
            with pytest.raises(StorageFailed, match="none"):
                await bench.find()
        bench.path.parent.mkdir()
        assert len(await bench.ids()) == 100


async def test_a_history_that_cannot_be_read(bench: Bench) -> None:
    """The follower gives up quietly, tries again when more has come, and then misses nothing."""
    bench.broken = True
    bench.say_many(50)
    with pytest.raises(StorageFailed, match="broken"):
        await bench.find()
    bench.broken = False
    bench.say_many(30)
    await until(lambda: bench.indexed > 60)
    assert await bench.ids() == list(range(1, 81))


async def test_a_search_that_is_cancelled(bench: Bench) -> None:
    """Whoever does not wait any more hinders nobody."""
    bench.say_many(100)
    gone = asyncio.ensure_future(bench.find())
    waiting = asyncio.ensure_future(bench.ids())
    await until(lambda: bench.reads > 2)
    gone.cancel()
    assert await waiting == list(range(1, 101))
    assert gone.cancelled()


async def test_closing_in_the_middle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closed while it indexes it leaves a sound file and no thread, and goes on from there."""
    monkeypatch.setattr(search, "LAG", 20)
    monkeypatch.setattr(search, "STEP", 5)
    path = tmp_path / "history.search"
    async with bench_on(path) as bench:
        bench.say_many(500)
        await until(lambda: bench.indexed > 20)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("history-search")]
    assert os.listdir(tmp_path) == ["history.search"]
    done = bench.indexed
    assert 20 < done < 500
    async with bench_on(path) as bench:
        bench.say_many(500)
        assert len(await bench.ids()) == 500
        assert bench.reads <= (500 - done) // 5 + 4


@pytest.mark.parametrize("lost", [False, True])
async def test_with_a_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: bool) -> None:
    """The words of a history that is opened again go on where they were, or where they are lost, anew."""
    monkeypatch.setattr(search, "LAG", 50)
    path = tmp_path / "history.db"
    index = tmp_path / "history.search"
    async with opened(lambda: SqliteHistory(path, synchronous="off")) as (history, told):
        for number in range(200):
            history.submit(draft(number, body="bolo"))
        await told.reports(200)
        page = await history.search("bolo", ["#geral"], "", before=None, limit=999)
        assert [entry.id for entry in page.entries] == list(range(1, 201))
    assert sorted(os.listdir(tmp_path)) == ["history.db", "history.search"]
    if lost:
        index.unlink()
    async with opened(lambda: SqliteHistory(path, synchronous="off")) as (history, _):
        if lost:
            await until(index.exists)
        await history.append(draft(200, body="bolo"))
        page = await history.search("bolo", ["#geral"], "", before=None, limit=999)
        assert [entry.id for entry in page.entries] == list(range(1, 202))
