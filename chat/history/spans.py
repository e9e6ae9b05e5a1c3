"""Which stretches of each conversation a copy has without a gap, and which of them are as they are now."""

import sqlite3
from collections.abc import Collection, Iterable
from typing import NamedTuple

from chat.history.values import listed
from chat.messages import MAX_ID

OPEN = MAX_ID
"""The end of the span that goes on with what is still to come."""

TABLE = """CREATE TABLE spans (conversation INTEGER, low INTEGER, high INTEGER NOT NULL,
    live INTEGER NOT NULL, PRIMARY KEY (conversation, low)) WITHOUT ROWID"""

_KEY = "(SELECT id FROM keys WHERE name = :conversation)"
_TOUCHED = f"FROM spans WHERE conversation = {_KEY} AND low <= :high AND high >= :low"
_ADD = f"INSERT INTO spans VALUES ({_KEY}, :low, :high, :live)"
_FIND = f"SELECT low, high, live FROM spans WHERE conversation = {_KEY}"
_BELOW = f"{_FIND} AND low < :edge ORDER BY low DESC LIMIT 1"
_ABOVE = f"{_FIND} AND high > :edge ORDER BY low LIMIT 1"
_OPEN = f"""SELECT k.name FROM json_each(:names) j CROSS JOIN keys k ON k.name = j.value
    CROSS JOIN spans s ON s.conversation = k.id AND s.high = {OPEN}"""
_END = f"UPDATE spans SET live = 0, high = CASE high WHEN {OPEN} THEN :end ELSE high END"
_OTHER_ROOMS = """conversation IN (SELECT id FROM keys WHERE substr(name, 1, 1) = '#'
    AND name NOT IN (SELECT value FROM json_each(:rooms)))"""


class Span(NamedTuple):
    """All that was said from the id `low` on and below the id `high` is there, as far as the cursor if OPEN.

    A live one has been followed since it was read, so that what changed it is known too.
    """

    low: int
    high: int
    live: bool


def unseen(db: sqlite3.Connection) -> int:
    """The id after the cursor: so far is there what an open span has."""
    (cursor,) = db.execute("SELECT coalesce(cursor, -1) FROM state").fetchone()
    return min(int(cursor) + 1, OPEN)


def add(db: sqlite3.Connection, conversation: str, new: Span) -> None:
    """A stretch was read now; what is live already stays so. The conversation must have its key."""
    if new.low >= new.high:
        return
    where = {"conversation": conversation, "low": new.low, "high": new.high}
    found = db.execute(f"SELECT low, high, live {_TOUCHED}", where).fetchall()
    touched = [Span(low, high, bool(live)) for low, high, live in found]
    same = [span for span in touched if span.live == new.live]
    other = [span for span in touched if span.live != new.live]
    if new.live:
        spans = _joined([new, *same]) + _without(other, [new])
    else:
        spans = _joined(_without([new], other) + same) + other
    db.execute(f"DELETE {_TOUCHED}", where)
    db.executemany(_ADD, [{"conversation": conversation, **span._asdict()} for span in spans])


def below(db: sqlite3.Connection, conversation: str, edge: int) -> Span | None:
    """The highest span with something below an id."""
    return _span(db, _BELOW, conversation, edge)


def above(db: sqlite3.Connection, conversation: str, edge: int) -> Span | None:
    """The lowest span with something from an id on."""
    return _span(db, _ABOVE, conversation, edge)


def open_among(db: sqlite3.Connection, conversations: Collection[str]) -> set[str]:
    """Those of some conversations that have an open span."""
    return {name for (name,) in db.execute(_OPEN, {"names": listed(conversations)})}


def end(db: sqlite3.Connection, end: int, rooms: Collection[str] | None = None) -> None:
    """From an id on nothing is followed any more; where `rooms` are given, but for them and private talks."""
    if rooms is None:
        db.execute(_END, {"end": end})
    else:
        db.execute(f"{_END} WHERE {_OTHER_ROOMS}", {"end": end, "rooms": listed(rooms)})
    db.execute("DELETE FROM spans WHERE low >= high")


def forget(db: sqlite3.Connection, end: int) -> None:
    """What was below an id is gone."""
    db.execute("DELETE FROM spans WHERE high <= ?", (end,))
    db.execute("UPDATE spans SET low = ?1 WHERE low < ?1", (end,))


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Spans that touch become one."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.low <= joined[-1].high:
            joined[-1] = joined[-1]._replace(high=max(joined[-1].high, span.high))
        else:
            joined.append(span)
    return joined


def _without(spans: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """What is left of spans."""
    left = list(spans)
    for other in others:
        lower = [span._replace(high=min(span.high, other.low)) for span in left]
        upper = [span._replace(low=max(span.low, other.high)) for span in left]
        left = [piece for piece in (*lower, *upper) if piece.low < piece.high]
    return left


def _span(db: sqlite3.Connection, query: str, conversation: str, edge: int) -> Span | None:
    found = db.execute(query, {"conversation": conversation, "edge": edge}).fetchone()
    return Span(found[0], found[1], bool(found[2])) if found is not None else None
