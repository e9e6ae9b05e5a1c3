"""What waits becomes the next batch; a full or locked disk is an answer, a broken one is the end."""

import asyncio
import resource
import signal
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest

from chat.errors import StorageFailed
from chat.history import schema, store, writer
from chat.history.base import Failure, Outcome
from chat.history.pages import page
from chat.history.schema import open_writer
from chat.history.sqlite import SqliteHistory
from chat.history.writer import Writer
from tests.history.told import Told, draft, opened
from tests.patience import PATIENCE


class Bench:
    """A writer on a file, and what it reports."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.told = Told()
        self.head = 0
        self.writer = Writer(asyncio.get_running_loop(), self.report)

    def report(self, outcomes: Sequence[Outcome], failures: Sequence[Failure], head: int) -> None:
        self.head = head
        self.told.committed(outcomes, head)
        self.told.failed(failures)

    async def start(self) -> None:
        await self.writer.start(partial(open_writer, self.path, "off"))

    async def put(self, first: int, number: int, body: str | None = None) -> None:
        """Put drafts and wait until all are reported."""
        wanted = len(self.told.tickets) + number
        for i in range(first, first + number):
            self.writer.put((draft(i, body=body), i))
        await self.told.reports(wanted)

    async def pragma(self, text: str) -> int:
        (value,) = await self.writer.run(lambda db: db.execute(f"PRAGMA {text}").fetchone())
        return int(value)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(tmp_path / "history.db")
    await bench.start()
    yield bench
    await bench.writer.stop()


async def test_what_waits_is_one_batch(bench: Bench) -> None:
    """What comes while the thread is busy is committed together, up to the bound of a batch, in order."""
    free = threading.Event()
    busy = asyncio.ensure_future(bench.writer.run(lambda _: free.wait(PATIENCE)))
    await asyncio.sleep(0)
    for i in range(1_200):
        bench.writer.put((draft(i), i))
    free.set()
    await bench.told.reports(1_200)
    assert await busy
    assert bench.told.batches == [500, 500, 200]
    assert bench.told.tickets == list(range(1_200))


async def test_a_batch_is_bounded_in_size(bench: Bench) -> None:
    """Long bodies end a batch early."""
    free = threading.Event()
    busy = asyncio.ensure_future(bench.writer.run(lambda _: free.wait(PATIENCE)))
    await asyncio.sleep(0)
    for i in range(5):
        bench.writer.put((draft(i, body="x" * (writer.CHARACTERS // 2)), i))
    free.set()
    await bench.told.reports(5)
    assert await busy
    assert bench.told.batches == [2, 2, 1]


async def test_jobs_run_in_their_place(bench: Bench) -> None:
    """A job sees what was put before it and nothing that was put after it."""
    bench.writer.put((draft(0), 0))
    seen = asyncio.ensure_future(bench.writer.run(lambda db: page(db, "#geral", None, None, 9)))
    await asyncio.sleep(0)
    bench.writer.put((draft(1), 1))
    assert [entry.cid for entry in (await seen).entries] == ["c0"]
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await bench.writer.run(lambda db: db.execute("SELECT * FROM none"))
    await bench.told.reports(2)


async def test_full_disk(bench: Bench) -> None:
    """A full disk fails the batch, not the history: reads go on, and with room again so do writes."""
    await bench.put(0, 3)
    size = await bench.pragma("page_count")
    await bench.pragma(f"max_page_count = {size + 1}")
    await bench.put(10, 100, body="x" * 4_096)
    assert [(failure.ticket, failure.final) for failure in bench.told.failures] == [
        (ticket, False) for ticket in range(10, 110)
    ]
    assert "full" in bench.told.failures[0].reason
    assert bench.head == 3
    read = await bench.writer.run(lambda db: page(db, "#geral", None, None, 9))
    assert read.entries == bench.told.entries
    await bench.pragma("max_page_count = 100000")
    await bench.put(10, 100, body="x" * 4_096)
    assert [outcome.entry.id for outcome in bench.told.outcomes] == list(range(1, 104))


async def test_locked(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another program holds the file a batch fails and may be tried again."""
    await bench.pragma("busy_timeout = 10")
    with closing(sqlite3.connect(bench.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        await bench.put(0, 3)
        other.execute("ROLLBACK")
    assert [failure.final for failure in bench.told.failures] == [False] * 3
    await bench.put(0, 3)
    assert [outcome.entry.id for outcome in bench.told.outcomes] == [1, 2, 3]


@contextmanager
def no_file_grows(limit: int) -> Iterator[None]:
    """Let every write beyond so many bytes of a file fail, as on a disk that gives an error."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.parametrize("replaced", [False, True])
async def test_a_history_that_is_taken_away(tmp_path: Path, *, replaced: bool) -> None:
    """What goes to a file that was removed, or another put in its place, is not acknowledged."""
    path = tmp_path / "history.db"
    async with opened(lambda: SqliteHistory(path)) as (history, told):
        await history.append(draft(0))
        path.rename(tmp_path / "elsewhere.db")
        if replaced:
            path.touch()
        history.submit(draft(1), 1)
        await told.reports(2)
        assert [(failure.ticket, failure.final) for failure in told.failures] == [(1, True)]
        assert history.head == 1


async def test_an_error_of_the_disk_is_final(tmp_path: Path) -> None:
    """After a failed write nothing is acknowledged any more, and what was acknowledged is there."""
    path = tmp_path / "history.db"
    async with opened(lambda: SqliteHistory(path)) as (history, told):
        kept = [await history.append(draft(i)) for i in range(3)]
        with no_file_grows(path.with_name("history.db-wal").stat().st_size):
            with pytest.raises(StorageFailed) as caught:
                await history.append(draft(3))
            assert caught.value.final
            history.submit(draft(4), 4)
            await told.reports(5)
        history.submit(draft(5), 5)
        await told.reports(6)
        assert [(failure.draft.cid, failure.final) for failure in told.failures] == [
            ("c3", True),
            ("c4", True),
            ("c5", True),
        ]
        assert (await history.page("#geral", limit=9)).entries == kept
        assert history.head == 3
    async with opened(lambda: SqliteHistory(path)) as (history, _):
        assert (await history.page("#geral", limit=9)).entries == kept


async def test_whatever_goes_wrong_is_reported(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception that nobody thought of fails its batch only, and the thread goes on."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("oh")

    with monkeypatch.context() as patch:
        patch.setattr(store.Store, "_insert", broken)
        await bench.put(0, 3)
    assert [(f.ticket, f.final, f.reason) for f in bench.told.failures] == [
        (ticket, False, "oh") for ticket in range(3)
    ]
    await bench.put(0, 3)
    assert [outcome.entry.id for outcome in bench.told.outcomes] == [1, 2, 3]


async def test_cancelled_while_it_opens(tmp_path: Path) -> None:
    """A start that is cancelled leaves no thread and no open database behind."""
    free = threading.Event()
    made: list[sqlite3.Connection] = []

    def slowly() -> sqlite3.Connection:
        free.wait(PATIENCE)
        made.append(schema.open_writer(tmp_path / "history.db", "off"))
        return made[0]

    threads = set(threading.enumerate())
    starting = asyncio.ensure_future(Writer(asyncio.get_running_loop(), Bench.report).start(slowly))
    await asyncio.sleep(0)
    (thread,) = set(threading.enumerate()) - threads
    starting.cancel()
    free.set()
    await asyncio.to_thread(thread.join, PATIENCE)
    assert not thread.is_alive()
    assert starting.cancelled()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        made[0].execute("SELECT 1")
