"""A page costs what a page costs, however long the history is."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from chat.history import pages
from chat.history.base import Entry, Kind, Page
from chat.history.schema import open_writer
from chat.history.store import Store
from tests.history.told import change, draft, private

ROOMS = [f"#{i}" for i in range(10)]

FIRST = Entry(2, "#1", "u", "c1", "#1", "u", 0, "")
"""What all changes here are about: an old message, on none of the pages that are read."""

READS: dict[str, Callable[[sqlite3.Connection], Page]] = {
    "newest": lambda db: pages.page(db, "#1", None, None, 40),
    "before": lambda db: pages.page(db, "#1", 900, None, 40),
    "after": lambda db: pages.page(db, "#1", None, 100, 40),
    "follow": lambda db: pages.follow(db, ROOMS, "ana", 100, 2**63 - 1, 40),
    "follow a rare room": lambda db: pages.follow(db, ["#rare"], "eva", 100, 2**63 - 1, 40),
    "these": lambda db: Page(pages.these(db, range(100, 140)), more=True),
}


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    with closing(open_writer(None, "off")) as db:
        yield db


def extend(store: Store, until: int) -> None:
    """Entries up to an id: ten busy rooms, private talks, reactions, and a few entries for a rare room."""
    while store.head < until:
        first = store.head
        drafts = [
            draft(i, room="#rare") if i % 100 == 0 else draft(i, room=ROOMS[i % 10])
            for i in range(first, first + 300)
        ]
        drafts += [private(i, "rui", "ana") for i in range(first + 300, first + 400)]
        drafts += [change(i, FIRST, f"u{i}", Kind.REACT, "👍") for i in range(first + 400, first + 500)]
        store.commit([(one, None) for one in drafts])


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_no_table_is_scanned(db: sqlite3.Connection, read: Callable[[sqlite3.Connection], Page]) -> None:
    """SQLite's own plan of each read goes by an index wherever it touches a table."""
    said: list[str] = []
    db.set_trace_callback(said.append)
    read(db)
    db.set_trace_callback(None)
    assert said
    for statement in said:
        plan = [step for (_, _, _, step) in db.execute(f"EXPLAIN QUERY PLAN {statement}")]
        assert any("SEARCH" in step for step in plan)
        assert not [step for step in plan if re.match(r"SCAN (TABLE )?(entries|keys|[acefostx])\b", step)]


@pytest.fixture(scope="module")
def backlogs() -> Iterator[list[sqlite3.Connection]]:
    """The same history when it had 8,000 entries and when it had 80,000; tests here only read it."""
    with closing(open_writer(None, "off")) as young, closing(open_writer(None, "off")) as old:
        extend(Store(young), 8_000)
        young.backup(old)
        extend(Store(old), 80_000)
        yield [young, old]


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_work_does_not_grow_with_the_backlog(
    backlogs: list[sqlite3.Connection], read: Callable[[sqlite3.Connection], Page]
) -> None:
    """The same page takes the same number of steps of SQLite's machine with ten times as many entries."""
    work = []
    for db in backlogs:
        steps = 0

        def step() -> None:
            nonlocal steps
            steps += 1

        db.set_progress_handler(step, 10)
        assert len(read(db).entries) == 40
        db.set_progress_handler(None, 10)
        work.append(steps)
    assert 0 < work[1] < 1.1 * work[0]


def test_changes_stand_in_no_page(db: sqlite3.Connection) -> None:
    """A thousand reactions between two messages neither fill a page nor hold it up; the fold has them."""
    store = Store(db)
    store.commit([(draft(i, room="#1"), None) for i in range(3)])
    for start in range(3, 1_003, 500):
        made = (change(i, FIRST, f"u{i}", Kind.REACT, "👍") for i in range(start, start + 500))
        store.commit([(one, None) for one in made])
    store.commit([(draft(9_999, room="#1"), None)])
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1

    db.set_progress_handler(step, 10)
    page = pages.page(db, "#1", None, None, 2)
    db.set_progress_handler(None, 10)
    assert [entry.id for entry in page.entries] == [3, 1_004]
    assert steps < 50
    (entry,) = pages.these(db, [2])
    assert entry.fold is not None
    assert entry.fold.reactions == {"👍": [f"u{i}" for i in range(3, 1_003)]}


def test_follow_tells_nothing_that_was_deleted(db: sqlite3.Connection) -> None:
    """Neither the message nor an edit of it has a body any more, and what is not about it has."""
    store = Store(db)
    store.commit([(draft(i, room="#1"), None) for i in range(2)])
    edit, delete = change(5, FIRST, "u", Kind.EDIT, "secret"), change(6, FIRST, "u", Kind.DELETE)
    store.commit([(one, None) for one in (edit, delete, draft(7, room="#1"))])
    page = pages.follow(db, ["#1"], "", 0, 9, 9)
    assert [(entry.id, entry.kind, entry.body) for entry in page.entries] == [
        (1, Kind.MESSAGE, "olá 0"),
        (2, Kind.MESSAGE, ""),
        (3, Kind.EDIT, ""),
        (4, Kind.DELETE, ""),
        (5, Kind.MESSAGE, "olá 7"),
    ]
