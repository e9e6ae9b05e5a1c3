"""A page costs what a page costs, however long the history is."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from chat.history import pages
from chat.history.base import Page
from chat.history.schema import open_writer
from chat.history.store import Store
from tests.history.told import draft, private

ROOMS = [f"#{i}" for i in range(10)]

READS: dict[str, Callable[[sqlite3.Connection], Page]] = {
    "newest": lambda db: pages.page(db, "#1", None, None, 40),
    "before": lambda db: pages.page(db, "#1", 900, None, 40),
    "after": lambda db: pages.page(db, "#1", None, 100, 40),
    "follow": lambda db: pages.follow(db, ROOMS, "ana", 100, 2**63 - 1, 40),
    "follow a rare room": lambda db: pages.follow(db, ["#rare"], "eva", 100, 2**63 - 1, 40),
}


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    with closing(open_writer(None, "off")) as db:
        yield db


def extend(store: Store, until: int) -> None:
    """Entries up to an id: ten busy rooms, private talks, and one entry in a hundred for a rare room."""
    while store.head < until:
        first = store.head
        drafts = [
            draft(i, room="#rare") if i % 100 == 0 else draft(i, room=ROOMS[i % 10])
            for i in range(first, first + 400)
        ]
        drafts += [private(i, "rui", "ana") for i in range(first + 400, first + 500)]
        store.commit([(one, None) for one in drafts])


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_no_table_is_scanned(db: sqlite3.Connection, read: Callable[[sqlite3.Connection], Page]) -> None:
    """SQLite's own plan of each read goes by an index wherever it touches a table."""
    said: list[str] = []
    db.set_trace_callback(said.append)
    read(db)
    db.set_trace_callback(None)
    plan = [step for (_, _, _, step) in db.execute(f"EXPLAIN QUERY PLAN {said[0]}")]
    assert any("SEARCH" in step for step in plan)
    assert not [step for step in plan if re.match(r"SCAN (TABLE )?(entries|keys|e|c|o|f|s)\b", step)]


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_work_does_not_grow_with_the_backlog(
    db: sqlite3.Connection, read: Callable[[sqlite3.Connection], Page]
) -> None:
    """The same page takes the same number of steps of SQLite's machine with ten times as many entries."""
    store = Store(db)
    work = []
    for entries in (6_000, 60_000):
        extend(store, entries)
        steps = 0

        def step() -> None:
            nonlocal steps
            steps += 1

        db.set_progress_handler(step, 10)
        assert len(read(db).entries) == 40
        db.set_progress_handler(None, 10)
        work.append(steps)
    assert 0 < work[1] < 1.1 * work[0]
