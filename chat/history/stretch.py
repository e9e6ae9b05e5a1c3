"""What is read of a copy: stretches of a conversation, which say where they end for want of more."""

import sqlite3
from collections.abc import Collection, Sequence

from msgspec import Struct

from chat.history import spans, words
from chat.history.base import Entry, Page
from chat.history.folds import as_now
from chat.history.pages import these
from chat.history.rows import fetch
from chat.history.spans import OPEN, Span
from chat.messages import MAX_ID

_LINES = """SELECT id FROM entries WHERE conversation = (SELECT id FROM keys WHERE name = :conversation)
    AND id >= :low AND id < :high"""
_SINCE = "SELECT id FROM entries WHERE id > :after ORDER BY id LIMIT :most"
_OLDER = f"{_LINES} ORDER BY id DESC LIMIT :most"
_NEWER = f"{_LINES} ORDER BY id LIMIT :most"


class Stretch(Page, frozen=True):
    """A page of a copy. `more` says that there is, or may be, more in its direction, here or at the server.

    `gap` says that between where it was asked from and its entries some may be missing, or where it has
    none, that all may; `stale` that its entries may have changed since they were kept.
    """

    gap: bool = False
    stale: bool = False


NOTHING = Stretch([], more=True, gap=True, stale=True)


class Around(Struct, frozen=True):
    """An entry among its neighbours, ascending; whether there are, or may be, more on each side."""

    entries: Sequence[Entry]
    older: bool
    newer: bool
    stale: bool


def page(
    db: sqlite3.Connection, conversation: str, before: int | None, after: int | None, limit: int
) -> Stretch:
    """The newest entries of a conversation, or those next before or after an id."""
    if before is not None and after is not None:
        raise ValueError("a page is before or after an id, not both")
    if after is not None:
        return _newer(db, conversation, after + 1, limit)
    return _older(db, conversation, OPEN if before is None else before, limit)


def _older(db: sqlite3.Connection, conversation: str, edge: int, limit: int) -> Stretch:
    gap, unseen = False, spans.unseen(db)
    while (span := spans.below(db, conversation, edge)) is not None:
        high = unseen if span.high == OPEN else span.high
        gap = gap or (high < edge and not span.high == edge == OPEN)
        entries = _lines(db, _OLDER, conversation, Span(span.low, min(edge, high), span.live), limit)
        if entries or span.low == 0:
            more = len(entries) > limit or span.low > 0 or (gap and not entries)
            return Stretch(entries[-limit:], more, gap, not span.live)
        edge = span.low
    return NOTHING


def _newer(db: sqlite3.Connection, conversation: str, edge: int, limit: int) -> Stretch:
    gap, unseen = False, spans.unseen(db)
    while (span := spans.above(db, conversation, edge)) is not None:
        high = unseen if span.high == OPEN else span.high
        gap = gap or span.low > edge
        entries = _lines(db, _NEWER, conversation, Span(max(edge, span.low), high, span.live), limit)
        if entries or span.high == OPEN:
            more = len(entries) > limit or span.high != OPEN or (gap and not entries)
            return Stretch(entries[:limit], more, gap, not span.live)
        edge = span.high
    return NOTHING


def _lines(db: sqlite3.Connection, query: str, conversation: str, span: Span, limit: int) -> Sequence[Entry]:
    where = {"conversation": conversation, "low": span.low, "high": span.high, "most": limit + 1}
    return as_now(db, fetch(db, query, where))


def since(db: sqlite3.Connection, id: int, limit: int) -> Sequence[Entry]:
    """The first entries above an id, whatever they are of."""
    return as_now(db, fetch(db, _SINCE, {"after": id, "most": limit}))


def around(db: sqlite3.Connection, id: int, limit: int) -> Around | None:
    """An entry with those before and after it, without a gap; None if it is not kept."""
    for entry in these(db, [id]):
        older = _older(db, entry.conversation, id + 1, limit - limit // 2)
        newer = _newer(db, entry.conversation, id + 1, limit // 2)
        if entry.id in [one.id for one in older.entries]:
            if newer.gap:
                newer = Stretch([], more=True)
            return Around(
                [*older.entries, *newer.entries], older.more, newer.more, older.stale or newer.stale
            )
    return None


def search(
    db: sqlite3.Connection, asked: str, conversations: Collection[str] | None, before: int | None, limit: int
) -> Page:
    """The newest entries that hold the words, of some conversations or of all."""
    query = words.query(asked)
    if conversations is not None:
        who = words.readable(db, conversations, "")
        query = f"{who} AND {query}" if who and query else ""
    if not query:
        return Page([], False)
    ids = words.find(db, query, MAX_ID if before is None else before, limit + 1)
    return Page(these(db, ids[:limit]), len(ids) > limit)
