"""However often an entry was changed, what it has become is read in few steps, and right."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from chat.history import folds, pages
from chat.history.base import Draft, Entry, Fold, Kind
from chat.history.schema import open_writer
from chat.history.store import Store
from tests.history.told import change, draft

SAID = Entry(1, "#geral", "ana", "c0", "#geral", "ana", 0, "")


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(open_writer(None, "off")) as db:
        store = Store(db)
        commit(store, draft(0))
        yield store


def commit(store: Store, *drafts: Draft) -> None:
    outcomes, failures = store.commit([(one, None) for one in drafts])
    assert failures == []
    store.tidy(outcomes)


def react(store: Store, number: int, *, kinds: tuple[Kind, ...] = (Kind.REACT, Kind.UNREACT)) -> None:
    """So many reactions of ten people, put and taken back again and again, in batches of 50."""
    first = store.head
    made = [
        change(place, SAID, f"u{place % 10}", kinds[place // 10 % len(kinds)], "👍")
        for place in range(first, first + number)
    ]
    for start in range(0, number, 50):
        commit(store, *made[start : start + 50])


def now(db: sqlite3.Connection) -> Fold:
    (entry,) = pages.these(db, [1])
    assert entry.fold is not None
    return entry.fold


def kept(db: sqlite3.Connection) -> list[tuple[int, int]]:
    return db.execute("SELECT id, version FROM folds").fetchall()


def steps(db: sqlite3.Connection, read: Callable[[], object]) -> int:
    count = 0

    def step() -> None:
        nonlocal count
        count += 1

    db.set_progress_handler(step, 10)
    read()
    db.set_progress_handler(None, 10)
    return count


def test_few_changes_are_not_kept_apart(store: Store) -> None:
    """An entry that changed as often as most do costs no row more."""
    react(store, folds.MANY)
    assert kept(store.db) == []
    react(store, 1)
    assert kept(store.db) == [(1, store.head)]


def test_the_work_does_not_grow(store: Store) -> None:
    """After 5,000 changes reading takes as many steps as after 500, and gives what all of them come to."""
    work = []
    for number in (500, 4_500):
        react(store, number)
        work.append(steps(store.db, lambda: now(store.db)))
        fold = now(store.db)
        store.db.execute("DELETE FROM folds")
        assert now(store.db) == fold
        react(store, 1)
    assert work[1] < 1.1 * work[0]


def test_a_repetition_is_no_change(store: Store) -> None:
    """What was stored before makes nothing to be kept."""
    same = [change(7, SAID, "bia", Kind.REACT, "👍")] * 200
    commit(store, *same)
    assert kept(store.db) == []
    assert now(store.db) == Fold(2, reactions={"👍": ["bia"]})


@pytest.mark.parametrize(
    "damage",
    [
        "fold = replace(fold, 'u1', 'xx')",
        "fold = x'ff00ff'",
        "fold = ''",
        "fold = 7",
        "crc = 'x'",
        "crc = crc + 1",
        "version = 9999, crc = 0",
    ],
)
def test_what_was_kept_is_damaged(store: Store, damage: str) -> None:
    """Then all the changes are folded again, and once more kept."""
    react(store, 200, kinds=(Kind.REACT,))
    fold = now(store.db)
    assert len(fold.reactions["👍"]) == 10
    store.db.execute(f"UPDATE folds SET {damage}")
    assert now(store.db) == fold


def test_deleted_long_ago(store: Store) -> None:
    """That it was deleted is known also when the deletion is far behind, to its edits too."""
    commit(store, change(1, SAID, "ana", Kind.EDIT, "segredo"), change(2, SAID, "ana", Kind.DELETE))
    react(store, 500)
    assert kept(store.db) == [(1, store.head)]
    assert now(store.db) == Fold(store.head, deleted=True)
    (edit,) = pages.these(store.db, [2])
    assert (edit.kind, edit.body) == (Kind.EDIT, "")
    assert "segredo" not in repr(store.db.execute("SELECT * FROM folds").fetchall())


def test_what_cannot_be_kept_is_kept_later(store: Store) -> None:
    """Where this fails the entries are as they were, and what became of them is read from all of them."""
    react(store, 60)
    outcomes, _ = store.commit([(change(900 + i, SAID, f"u{i}", Kind.REACT, "🎂"), None) for i in range(20)])
    store.db.execute("CREATE TRIGGER full BEFORE INSERT ON folds BEGIN SELECT raise(ABORT, 'full'); END")
    with pytest.raises(sqlite3.IntegrityError, match="full"):
        store.tidy(outcomes)
    assert kept(store.db) == []
    assert not store.db.in_transaction
    assert len(now(store.db).reactions["🎂"]) == 20
    store.db.execute("DROP TRIGGER full")
    store.tidy(outcomes)
    assert kept(store.db) == [(1, store.head)]
