"""How words are indexed and asked for: the full text table, what is put into it, queries that never fail."""

import re
import sqlite3
from collections.abc import Collection, Sequence

import msgspec

from chat.history.values import listed

TABLE = """CREATE VIRTUAL TABLE words USING fts5(body, readers, content='', columnsize=0,
    tokenize='unicode61 remove_diacritics 2')"""
"""Of `body` only the words are kept. `readers` has who may read it, by the numbers of keys: the conversation
(`c7`), the two readers of a private message (`r8`). So what may not be read is not even looked at."""

_PUT = """INSERT INTO words (words, rowid, body, readers)
    SELECT step.column1, json_extract(j.value, '$[0]'), json_extract(j.value, step.column2),
        json_extract(j.value, '$[3]')
    FROM json_each(:steps) j CROSS JOIN (VALUES ('delete', '$[1]'), (NULL, '$[2]')) step
    WHERE json_extract(j.value, step.column2) IS NOT NULL"""
_FIND = "SELECT rowid FROM words WHERE words MATCH ? AND rowid < ? AND rowid > ? ORDER BY rowid DESC LIMIT ?"

_BEFORE = """coalesce(
    (SELECT p.body FROM entries p WHERE p.target = t.id AND p.kind > 1 AND p.kind = 2 AND p.id < e.id
        ORDER BY p.id DESC LIMIT 1), t.body)"""
_DELETED = """EXISTS (SELECT 1 FROM entries p
    WHERE p.target = t.id AND p.kind > 1 AND p.kind = 3 AND p.id < e.id)"""
_FRESH = f"""
WITH fresh (id) AS (SELECT id FROM entries WHERE id > :after ORDER BY id LIMIT :most)
SELECT (SELECT max(id) FROM fresh), CAST(json_group_array(json_array(about, old, new, readers)) AS BLOB)
FROM (
    SELECT t.id about,
        CASE WHEN e.kind > 1 THEN CAST({_BEFORE} AS TEXT) END old,
        CASE WHEN e.kind IS NOT 3 THEN CAST(e.body AS TEXT) END new,
        'c' || t.conversation || coalesce(' r' || t.first, '') || coalesce(' r' || t.second, '') readers
    FROM fresh CROSS JOIN entries e ON e.id = fresh.id
    CROSS JOIN entries t ON t.id = CASE WHEN e.kind > 1 THEN e.target ELSE e.id END
    WHERE coalesce(t.kind, 0) < 2 AND t.id <= e.id
        AND (coalesce(e.kind, 0) < 2 OR (e.kind < 4 AND NOT {_DELETED}))
    ORDER BY e.id)"""
"""What there is to index after an id: of something said its text, of a change to it the one before too."""

_KEYS = """SELECT group_concat(letter || keys.id, ' OR ') FROM (
    SELECT 'c' letter, value name FROM json_each(:conversations) UNION SELECT 'r', :reader) asked
    CROSS JOIN keys ON keys.name = asked.name"""

_ASKED = re.compile(r'"([^"]*)"|([^\s"]+)')
_LETTER = re.compile(r"\w")
MOST = 8
"""Words of a query that are looked for; each further one would find little less and cost as much."""


def fresh(db: sqlite3.Connection, after: int, most: int) -> tuple[int | None, bytes]:
    """The last id of the next `most` entries of a history, and the steps (see put) that index them."""
    last, steps = db.execute(_FRESH, {"after": after, "most": most}).fetchone()
    return last, steps


def put(db: sqlite3.Connection, steps: bytes) -> None:
    """Index what is said now: a JSON array of [id, text that was indexed, text that is to be, readers].

    Either text may be null. FTS5 has to be told what to take out: it keeps no texts.
    """
    db.execute(_PUT, {"steps": steps.decode(errors="replace")})


def find(db: sqlite3.Connection, query: str, before: int, limit: int, above: int = -1) -> list[int]:
    """The highest ids below `before`, and above `above`, that a query matches, descending."""
    return [id for (id,) in db.execute(_FIND, (query, before, above, limit))]


def holding(query: str, texts: Sequence[str]) -> list[int]:
    """Which of a few texts, by their place, a query for their words matches."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    try:
        db.execute(TABLE)
        put(db, msgspec.json.encode([(place, None, text, "") for place, text in enumerate(texts)]))
        return find(db, query, len(texts), len(texts))
    finally:
        db.close()


def query(words: str) -> str:
    """What in FTS5's language matches a text with all these words (see History.search).

    What has no letter and no digit counts for nothing; "" is a query that matches nothing.
    """
    clean = words.encode(errors="replace").decode().replace("\0", " ")
    asked = [f'"{whole}"' if whole else _beginning(start) for whole, start in _ASKED.findall(clean)]
    return f"body : ({' '.join(asked[:MOST])})" if asked else ""


def _beginning(start: str) -> str:
    """A single character is a whole word: all that begin with it are a tenth of all, 0.2 s in 1,000,000."""
    return f'"{start}"' + " *" * (len(_LETTER.findall(start)) > 1)


def reader(conversation: int) -> str:
    """What `readers` has for whoever reads a conversation, by the number of its key."""
    return f"c{conversation}"


def readable(db: sqlite3.Connection, conversations: Collection[str], reader: str) -> str:
    """The query for all that a history has in these conversations or for this reader; "" if for nothing."""
    names = listed(conversations)
    (keys,) = db.execute(_KEYS, {"conversations": names, "reader": reader}).fetchone()
    return f"readers : ({keys})" if keys else ""
