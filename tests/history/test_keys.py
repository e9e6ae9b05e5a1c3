"""A name has one number for ever, and no two names have the same."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from chat.history.keys import intern, known
from chat.history.schema import open_writer


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    with closing(open_writer(None, "off")) as db:
        yield db


def test_intern(db: sqlite3.Connection) -> None:
    """New names get new numbers, known ones keep theirs, repetitions count once."""
    first = intern(db, ["#a", "ana", "#a", "@ ana bia"])
    assert len(set(first.values())) == len(first) == 3
    second = intern(db, ["ana", "'); DROP TABLE keys --", ""])
    assert second["ana"] == first["ana"]
    assert not {second[""], second["'); DROP TABLE keys --"]} & set(first.values())
    assert known(db, [*first, *second, "nobody"]) == first | second


def test_nothing(db: sqlite3.Connection) -> None:
    """No names, no numbers."""
    assert intern(db, []) == known(db, []) == known(db, ["ana"]) == {}
