"""What is read of a history: pages of a conversation, and pages of all that one cursor is entitled to."""

import sqlite3
from collections.abc import Collection, Iterable, Sequence

from chat.history.base import Entry, Page
from chat.history.folds import as_now
from chat.history.rows import fetch
from chat.history.values import listed
from chat.messages import MAX_ID

_OLDER = """SELECT id FROM entries WHERE conversation = (SELECT id FROM keys WHERE name = :conversation)
    AND id < :edge ORDER BY id DESC LIMIT :most"""
_NEWER = """SELECT id FROM entries WHERE conversation = (SELECT id FROM keys WHERE name = :conversation)
    AND id > :edge ORDER BY id LIMIT :most"""

_SPAN = "id > :after AND id <= :until"
_NTH = f"{_SPAN} ORDER BY id LIMIT 1 OFFSET :limit"
_FOLLOW = f"""
WITH k (id) AS (
    SELECT keys.id * said.column1 FROM json_each(:conversations) j
    CROSS JOIN keys ON keys.name = j.value CROSS JOIN (VALUES (1), (-1)) said),
me (id) AS (SELECT id FROM keys WHERE name = :reader),
cut (id) AS (SELECT min(coalesce(nth, :until)) FROM (
    SELECT (SELECT id FROM entries WHERE conversation = k.id AND {_NTH}) nth FROM k
    UNION ALL SELECT (SELECT id FROM entries WHERE first = me.id AND {_NTH}) FROM me
    UNION ALL SELECT (SELECT id FROM entries WHERE second = me.id AND {_NTH}) FROM me))
SELECT e.id FROM k CROSS JOIN cut CROSS JOIN entries e
    ON e.conversation = k.id AND e.id > :after AND e.id <= cut.id
UNION SELECT e.id FROM me CROSS JOIN cut CROSS JOIN entries e
    ON e.first = me.id AND e.id > :after AND e.id <= cut.id
UNION SELECT e.id FROM me CROSS JOIN cut CROSS JOIN entries e
    ON e.second = me.id AND e.id > :after AND e.id <= cut.id
ORDER BY 1 LIMIT :most"""
"""`cut` is the least of the (`limit` + 1)-th ids of all conversations: up to it none has more than that many
entries, and the page lies within. So the work is bounded by page and conversations, never by the backlog."""

_THESE = "SELECT value id FROM json_each(:ids)"


def page(
    db: sqlite3.Connection, conversation: str, before: int | None, after: int | None, limit: int
) -> Page:
    """See History.page."""
    if before is not None and after is not None:
        raise ValueError("a page is before or after an id, not both")
    parameters = {"conversation": conversation, "most": limit + 1}
    if after is not None:
        entries = fetch(db, _NEWER, {**parameters, "edge": after})
        return _first(db, entries, limit)
    entries = fetch(db, _OLDER, {**parameters, "edge": MAX_ID if before is None else before})
    return Page(as_now(db, entries[-limit:]), len(entries) > limit)


def follow(
    db: sqlite3.Connection, conversations: Collection[str], reader: str, after: int, until: int, limit: int
) -> Page:
    """See History.follow."""
    parameters = {
        "conversations": listed(conversations),
        "reader": reader,
        "after": after,
        "until": until,
        "limit": limit,
        "most": limit + 1,
    }
    return _first(db, fetch(db, _FOLLOW, parameters), limit)


def these(db: sqlite3.Connection, ids: Iterable[int]) -> Sequence[Entry]:
    """The entries of these ids, as far as there are any, in ascending order."""
    return as_now(db, fetch(db, _THESE, {"ids": listed(ids)}))


def _first(db: sqlite3.Connection, entries: Sequence[Entry], limit: int) -> Page:
    return Page(as_now(db, entries[:limit]), len(entries) > limit)
