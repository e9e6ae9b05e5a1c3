"""What is asked for is found by its words, and no text whatever is an error."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.history import pages, words
from chat.history.base import Draft, Kind
from chat.history.schema import open_writer
from chat.history.store import Store
from tests.history.told import change, draft, private

TEXTS = [
    "Olá, pessoal! O avião chegou.",
    "bolo de avião",
    "o BOLO acabou (foi-se)",
    "'); DROP TABLE entries; -- 100% certo_assim",
    "naïve café — Ελλάδα, Привет, 東京タワー",
    "",
]

_wild = st.text(st.characters(exclude_categories=[]), max_size=40)
_syntax = st.lists(
    st.sampled_from(
        ['"', "'", "*", "(", ")", ":", "^", "+", "-", "AND", "OR", "NOT", "NEAR", "{", "}", "\0", "bolo"]
    ),
    max_size=12,
).map(" ".join)


@pytest.mark.parametrize(
    ("asked", "places"),
    [
        ("ola", [0]),
        ("OLÁ", [0]),
        ("avia", [0, 1]),
        ("bolo", [1, 2]),
        ("bolo aviao", [1]),
        ("bolos", []),
        ("b", []),
        ("o", [0, 2]),
        ("é", []),
        ('"bolo de"', [1]),
        ('"de bolo"', []),
        ('"bolo d"', []),
        ('"avi"', []),
        ("foi-se", [2]),
        ("drop -- table", [3]),
        ("100%", [3]),
        ("certo_assim", [3]),
        ("%", []),
        ("NOT bolo", []),
        ("cafe", [4]),
        ("ελλάδα", [4]),
        ("прив", [4]),
        ("東京", [4]),
        ("bolo 🎂", [1, 2]),
        ("bolo \ud800", [1, 2]),
        ("bolo\0aviao", [1]),
        ("body : bolo", []),
        ("!!! ?", []),
        ('"', []),
        ('"bolo', [1, 2]),
        ('bolo "" avi', [1]),
        ("", []),
    ],
)
def test_words_find(asked: str, places: list[int]) -> None:
    """Case, accents and punctuation do not matter; the order of words does only in quotes."""
    query = words.query(asked)
    found = words.holding(query, TEXTS) if query else []
    assert sorted(found) == places


@given(_wild | _syntax, st.lists(_wild, max_size=3))
def test_no_words_are_an_error(asked: str, texts: list[str]) -> None:
    """Whatever is asked for, in whatever, the answer is some of the texts."""
    query = words.query(asked)
    clean = [text.encode(errors="replace").decode() for text in texts]
    if query:
        assert set(words.holding(query, clean)) <= set(range(len(texts)))


@given(st.text(st.characters(categories=["L", "N"], max_codepoint=0x24F), min_size=1, max_size=20))
def test_a_word_finds_itself(word: str) -> None:
    """Any word of Latin letters and digits is found by itself, alone and in quotes, in a text that has it."""
    for asked in (word, f'"{word}"'):
        assert words.holding(words.query(asked), [f"a {word}, b"]) == [0]


def test_many_words() -> None:
    """Beyond so many words the rest is not looked for."""
    text = " ".join(f"w{i}" for i in range(words.MOST))
    assert words.holding(words.query(f"{text} more and more"), [text]) == [0]


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(open_writer(None, "off")) as db:
        yield Store(db)


@pytest.fixture
def index() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.execute(words.TABLE)
        yield db


def fill(store: Store, *drafts: Draft) -> None:
    store.commit([(one, None) for one in drafts])


def found(store: Store, index: sqlite3.Connection, asked: str, who: tuple[list[str], str]) -> list[int]:
    readable = words.readable(store.db, *who)
    return words.find(index, f"{readable} AND {words.query(asked)}", 2**63 - 1, 99) if readable else []


def test_what_was_said_and_changed(store: Store, index: sqlite3.Connection) -> None:
    """Step by step an index has what everything says now: nothing that was edited away or deleted."""
    fill(store, draft(1, body="bolo"), draft(2, body="avião"), private(3, "ana", "bia", body="bolo só teu"))
    one, two, three = pages.these(store.db, [1, 2, 3])
    fill(store, change(4, one, "ana", Kind.EDIT, "avião"), change(5, one, "ana", Kind.EDIT, "torta"))
    fill(store, change(6, three, "ana", Kind.REACT, "bolo"), change(7, two, "ana", Kind.DELETE))
    fill(
        store,
        change(8, two, "ana", Kind.EDIT, "bolo"),
        change(9, two, "ana", Kind.DELETE),
        draft(10, body="fim"),
    )
    everything = (["#geral"], "ana")
    seen = []
    cursor, steps = words.fresh(store.db, 0, 1)
    while cursor is not None:
        words.put(index, steps)
        seen.append([found(store, index, asked, everything) for asked in ("bolo", "avião", "torta")])
        cursor, steps = words.fresh(store.db, cursor, 1)
    assert seen == [
        [[1], [], []],
        [[1], [2], []],
        [[3, 1], [2], []],
        [[3], [2, 1], []],
        [[3], [2], [1]],
        [[3], [2], [1]],
        *[[[3], [], [1]]] * 4,
    ]
    assert steps == b"[]"


def test_steps_in_any_number(store: Store, index: sqlite3.Connection) -> None:
    """Many entries and their changes in one go end in the same as one by one."""
    for number in range(20):
        fill(store, draft(number, body=f"bolo número{number}"))
    for number, entry in enumerate(pages.these(store.db, [1, 2, 3]), 100):
        fill(store, change(number, entry, "ana", Kind.EDIT, "torta"))
    last, steps = words.fresh(store.db, 0, 100)
    assert last == 23
    words.put(index, steps)
    assert found(store, index, "bolo", (["#geral"], "")) == list(range(20, 3, -1))
    assert found(store, index, "torta", (["#geral"], "")) == [3, 2, 1]
    assert msgspec.json.decode(words.fresh(store.db, 23, 100)[1]) == []


def test_who_may_read(store: Store, index: sqlite3.Connection) -> None:
    """A room is for those who name it, a private talk for its two readers or by its own name."""
    fill(store, draft(1, room="#a", body="bolo"), draft(2, room="#b", body="bolo"))
    fill(store, private(3, "ana", "bia", body="bolo"), private(4, "ana", "ana", body="bolo"))
    words.put(index, words.fresh(store.db, 0, 99)[1])
    for who, ids in (
        ((["#a"], ""), [1]),
        ((["#a", "#b", "#none"], "nobody"), [2, 1]),
        (([], "bia"), [3]),
        ((["#b"], "ana"), [4, 3, 2]),
        ((["@ ana bia"], ""), [3]),
        (([], ""), []),
        ((["c1", "r1", "1"], "r2"), []),
    ):
        assert found(store, index, "bolo", who) == ids
