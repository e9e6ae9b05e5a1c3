"""Spans are sets of ids: what was read, and of it what is followed."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chat.history import spans
from chat.history.database import open_writer
from chat.history.kept import COPY
from chat.history.keys import intern
from chat.history.spans import OPEN, Span

END = 20
TALKS = ["#a", "#b", "@ana"]

Step = tuple[Any, ...]
_ids = st.integers(0, END - 1)
_adds = st.tuples(st.just("add"), st.sampled_from(TALKS), _ids, _ids | st.just(OPEN), st.booleans())
_ends = st.tuples(st.just("end"), _ids, st.none() | st.sets(st.sampled_from(TALKS[:2])))
_forgets = st.tuples(st.just("forget"), _ids)
_steps = st.lists(_adds | _adds | _adds | _ends | _forgets, max_size=15)


@contextmanager
def made() -> Iterator[sqlite3.Connection]:
    with closing(open_writer(None, COPY, "off")) as db:
        intern(db, TALKS)
        yield db


class Model:
    """The same as sets; END stands for all that is still to come."""

    def __init__(self) -> None:
        self.known: dict[str, set[int]] = {talk: set() for talk in TALKS}
        self.live: dict[str, set[int]] = {talk: set() for talk in TALKS}

    def add(self, talk: str, low: int, high: int, live: bool) -> None:
        ids = set(range(low, END + 1 if high == OPEN else high))
        self.known[talk] |= ids
        if live:
            self.live[talk] |= ids

    def end(self, end: int, rooms: set[str] | None) -> None:
        for talk in TALKS:
            if rooms is None or (talk.startswith("#") and talk not in rooms):
                for id in range(END, -1, -1):  # the open span, down to where it begins
                    if id not in self.live[talk]:
                        break
                    if id >= end:
                        self.known[talk].remove(id)
                self.live[talk].clear()

    def forget(self, end: int) -> None:
        for sets in (self.known, self.live):
            for ids in sets.values():
                ids -= set(range(end))


def found(db: sqlite3.Connection, talk: str) -> tuple[set[int], set[int]]:
    """What the spans of a talk say, found from above and from below."""
    downwards, upwards = [], []
    edge = OPEN
    while (span := spans.below(db, talk, edge)) is not None:
        downwards.append(span)
        edge = span.low
    edge = 0
    while (span := spans.above(db, talk, edge)) is not None:
        upwards.append(span)
        edge = span.high
    assert downwards[::-1] == upwards
    known: set[int] = set()
    live: set[int] = set()
    for span in upwards:
        ids = set(range(span.low, END + 1 if span.high == OPEN else span.high))
        assert ids
        assert not ids & known
        known |= ids
        live |= ids if span.live else set()
    return known, live


@given(_steps)
def test_spans_are_sets(steps: list[Step]) -> None:
    """Whatever is added, ended and forgotten, the spans are disjoint and say what sets would."""
    with made() as db:
        model = Model()
        for step in steps:
            _PLAYS[step[0]](db, model, *step[1:])
            for talk in TALKS:
                assert found(db, talk) == (model.known[talk], model.live[talk])
            opened = {talk for talk in TALKS if END in model.known[talk]}
            assert spans.open_among(db, [*TALKS, "#none"]) == opened


def _add(db: sqlite3.Connection, model: Model, talk: str, low: int, high: int, live: bool) -> None:
    live = live or high == OPEN  # what goes on is followed
    spans.add(db, talk, Span(low, high, live))
    model.add(talk, low, high, live)


def _end(db: sqlite3.Connection, model: Model, end: int, rooms: set[str] | None) -> None:
    spans.end(db, end, rooms)
    model.end(end, rooms)


def _forget(db: sqlite3.Connection, model: Model, end: int) -> None:
    spans.forget(db, end)
    model.forget(end)


_PLAYS: dict[str, Callable[..., None]] = {"add": _add, "end": _end, "forget": _forget}
