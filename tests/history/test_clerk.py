"""Jobs are done in their order, many in one transaction, and one that fails fails alone."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from chat.errors import DataRefused, StorageFailed
from chat.history import clerk as clerks
from chat.history.clerk import Clerk
from tests.fakes import within
from tests.patience import PATIENCE


class Bench:
    """A clerk with a table of numbers, and what it said."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.failures: list[Exception] = []
        self.statements: list[str] = []
        self.clerk = Clerk("test-clerk", self.failures.append)

    def connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        db.execute("CREATE TABLE IF NOT EXISTS numbers (number INTEGER PRIMARY KEY)")
        db.set_trace_callback(self.statements.append)
        return db

    def hold(self) -> threading.Event:
        """Let the thread wait for an event, so that jobs gather."""
        free = threading.Event()
        self.clerk.do(lambda db: free.wait(PATIENCE))
        return free

    def add(self, number: int) -> asyncio.Future[None]:
        return self.clerk.do(lambda db: insert(db, number))

    async def numbers(self) -> list[int]:
        found = await within(settled(self.clerk.ask(numbers)))
        assert isinstance(found, list)
        return found


async def no_thread_is_left() -> None:
    for thread in threading.enumerate():
        if thread.name == "test-clerk":
            await asyncio.to_thread(thread.join, PATIENCE)
            assert not thread.is_alive()


async def settled(future: asyncio.Future[object]) -> object:
    return await future


def insert(db: sqlite3.Connection, number: int) -> None:
    db.execute("INSERT INTO numbers VALUES (?)", (number,))


def numbers(db: sqlite3.Connection) -> list[int]:
    return [number for (number,) in db.execute("SELECT number FROM numbers ORDER BY number")]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(tmp_path / "numbers.db")
    await bench.clerk.open(bench.connect)
    yield bench
    await bench.clerk.close()


async def test_what_waits_is_one_transaction(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs that gathered are committed together, so many at once, and see what was done before them."""
    monkeypatch.setattr(clerks, "MOST", 50)
    free = bench.hold()
    seen = [bench.clerk.ask(lambda db, i=i: (insert(db, i), len(numbers(db)))[1]) for i in range(120)]
    free.set()
    assert await asyncio.gather(*seen) == list(range(1, 121))
    assert bench.statements.count("COMMIT") <= 4
    assert await bench.numbers() == list(range(120))


async def test_one_that_fails_fails_alone(bench: Bench) -> None:
    """Of jobs in one transaction those that are sound are done, once each; the others say why not."""
    free = bench.hold()
    futures = [bench.add(number) for number in (1, 2, 1, 3)]
    asked = bench.clerk.ask(lambda db: 1 // 0)
    futures.append(bench.add(4))
    free.set()
    results = await asyncio.gather(*futures, return_exceptions=True)
    with pytest.raises(ZeroDivisionError):
        await asked
    assert [type(result) for result in results] == [type(None)] * 2 + [StorageFailed] + [type(None)] * 2
    assert [str(failure) for failure in bench.failures] == [str(results[2])]
    assert await bench.numbers() == [1, 2, 3, 4]


async def test_nothing_is_half_done(bench: Bench) -> None:
    """A job that fails in its middle leaves nothing."""

    def half(db: sqlite3.Connection) -> None:
        insert(db, 1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await bench.clerk.ask(half)
    assert await bench.numbers() == []
    assert bench.failures == []


async def test_nobody_waits(bench: Bench) -> None:
    """A job whose future is cancelled is done all the same."""
    free = bench.hold()
    future = bench.add(1)
    future.cancel()
    free.set()
    assert await bench.numbers() == [1]
    assert bench.failures == []


async def test_close_does_what_waits(tmp_path: Path) -> None:
    """What was given before closing is done; after it nothing is taken, and the file is let go of."""
    bench = Bench(tmp_path / "numbers.db")
    with pytest.raises(RuntimeError):
        bench.add(0)
    await bench.clerk.open(bench.connect)
    free = bench.hold()
    for number in range(600):
        bench.add(number)
    closing_ = asyncio.ensure_future(bench.clerk.close())
    await asyncio.sleep(0)
    free.set()
    await within(settled(closing_))
    with pytest.raises(RuntimeError):
        bench.add(0)
    with closing(sqlite3.connect(bench.path)) as db:
        assert numbers(db) == list(range(600))
    await no_thread_is_left()


async def test_what_cannot_be_opened(tmp_path: Path) -> None:
    """What connecting raises is raised, and no thread is left."""

    def refuse() -> sqlite3.Connection:
        raise DataRefused("unreadable", "path")

    clerk = Clerk("test-clerk", lambda error: None)
    with pytest.raises(DataRefused):
        await clerk.open(refuse)
    with pytest.raises(RuntimeError):
        clerk.ask(numbers)
    await no_thread_is_left()


async def test_cancelled_while_it_opens(tmp_path: Path) -> None:
    """An opening that is cancelled leaves no thread and no open database behind."""
    bench, free = Bench(tmp_path / "numbers.db"), threading.Event()
    made: list[sqlite3.Connection] = []

    def slowly() -> sqlite3.Connection:
        assert free.wait(PATIENCE)
        made.append(bench.connect())
        return made[0]

    opening = asyncio.ensure_future(bench.clerk.open(slowly))
    await asyncio.sleep(0)
    (thread,) = [thread for thread in threading.enumerate() if thread.name == "test-clerk"]
    opening.cancel()
    free.set()
    await asyncio.to_thread(thread.join, PATIENCE)
    assert not thread.is_alive()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        made[0].execute("SELECT 1")
