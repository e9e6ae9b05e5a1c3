"""One commit: all of it or nothing, and keys that are remembered, forgotten and read again."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chat.history import pages, store
from chat.history.base import Draft
from chat.history.schema import open_writer
from chat.history.store import Store
from tests.history.told import draft, private


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_writer(tmp_path / "history.db", "off")) as db:
        yield db


def batch(*drafts: Draft) -> list[tuple[Draft, None]]:
    return [(one, None) for one in drafts]


def count(db: sqlite3.Connection, table: str) -> int:
    (number,) = db.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(number)


def test_keys_are_forgotten_and_found_again(db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for 10 keys in memory 40 rooms and owners are kept as well, each name once."""
    monkeypatch.setattr(store, "KEPT", 10)
    one = Store(db)
    for number in range(200):
        one.commit(batch(draft(number, room=f"#{number % 40}", owner=f"u{number % 40}")))
    assert count(db, "keys") == 80
    for number in range(40):
        page = pages.page(db, f"#{number}", None, None, 10)
        assert [entry.cid for entry in page.entries] == [f"c{number + 40 * i}" for i in range(5)]
        assert {entry.owner for entry in page.entries} == {f"u{number}"}


def test_a_failed_commit_leaves_nothing(db: sqlite3.Connection) -> None:
    """When the disk is full in the middle of a batch with new keys, neither entries nor keys are there."""
    one = Store(db)
    one.commit(batch(draft(0)))
    (size,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {size + 1}")
    big = [private(i, f"u{i}", "ana") for i in range(1, 400)]
    with pytest.raises(sqlite3.OperationalError, match="full"):
        one.commit(batch(*big))
    assert (count(db, "entries"), one.head, db.in_transaction) == (1, 1, False)
    assert count(db, "keys") == 2
    db.execute("PRAGMA max_page_count = 100000")
    outcomes, failures = one.commit(batch(*big))
    assert [outcome.entry.id for outcome in outcomes] == list(range(2, 401))
    assert failures == []
    assert {entry.readers for entry in pages.follow(db, [], "ana", 0, 999, 999).entries} == {
        one.readers for one in big
    }


def test_one_statement_when_all_is_known(db: sqlite3.Connection) -> None:
    """A batch of known rooms and owners is one statement, and so one return to a busy interpreter."""
    one = Store(db)
    one.commit(batch(draft(0)))
    said: list[str] = []
    db.set_trace_callback(said.append)
    one.commit(batch(*(draft(i) for i in range(1, 400))))
    db.set_trace_callback(None)
    assert len(said) == 1


def test_repetitions_cost_no_more_statements(db: sqlite3.Connection) -> None:
    """A batch full of repetitions is a few statements, not one for each."""
    one = Store(db)
    one.commit(batch(*(draft(i) for i in range(300))))
    said: list[str] = []
    db.set_trace_callback(said.append)
    outcomes, _ = one.commit(batch(*(draft(i) for i in range(400))))
    db.set_trace_callback(None)
    assert [outcome.first for outcome in outcomes] == [False] * 300 + [True] * 100
    assert len(said) <= 6
