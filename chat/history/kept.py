"""What a copy does in its database: keeps entries, what became of them and their words, within a bound."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from chat.history import folds, spans, words
from chat.history.base import SAID, Entry
from chat.history.database import Design
from chat.history.fold import folding, text
from chat.history.keys import intern, known
from chat.history.pages import these
from chat.history.rows import MOST, fetch, insert, names
from chat.history.schema import MIGRATIONS

TRIM = 1_000
"""Entries that are dropped at once, in 30 ms, where there are too many: more than one batch brings."""

_OLDEST = "SELECT id FROM entries ORDER BY id LIMIT :most"
_DROP = "DELETE FROM entries WHERE id IN (SELECT value FROM json_each(:ids))"
_encode = msgspec.json.Encoder().encode


def _copy(db: sqlite3.Connection) -> None:
    """The first version of a copy: a history, and beside it what only a copy has.

    Its entries are others' and come by their ids, so (owner, cid) need not be unique, nor be an index.
    In `folds` is what had become of an entry when it came, too. The words are in the same file, and in the
    same transaction: whoever keeps an entry here waits for nobody.
    """
    db.execute("DROP INDEX entries_cid")
    db.execute("CREATE TABLE talks (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
    db.execute(
        "CREATE TABLE state (log TEXT, cursor INTEGER, turn INTEGER NOT NULL, entries INTEGER NOT NULL)"
    )
    db.execute("INSERT INTO state VALUES (NULL, NULL, 0, 0)")
    db.execute(spans.TABLE)
    db.execute(words.TABLE)


COPY = Design(0x63686370, (*MIGRATIONS[:2], _copy))  # "chcp"


def put(db: sqlite3.Connection, entries: Iterable[Entry], most: int) -> None:
    """Keep entries, each once, with what is known of them; then drop the oldest until `most` are left."""
    batch = {entry.id: entry for entry in sorted(entries, key=_version)}
    about = {entry.id if entry.kind in SAID else entry.target or 0 for entry in batch.values()}
    before = {entry.id: entry for entry in these(db, about | batch.keys())}
    new = [entry for id, entry in batch.items() if id not in before or before[id].damaged]
    mended = [entry.id for entry in new if entry.id in before]
    db.execute(_DROP, {"ids": _text(mended)})
    _insert(db, new)
    folds.keep(db, {id: folding(entry.fold) for id, entry in batch.items() if entry.fold is not None})
    folds.keep_many(db, about)
    after = {entry.id: entry for entry in these(db, about)}
    _index(db, [(before.get(id), after.get(id)) for id in sorted(about)])
    db.execute("UPDATE state SET entries = entries + ?", (len(new) - len(mended),))
    _trim(db, most)


def put_talks(db: sqlite3.Connection, values: Mapping[str, str]) -> None:
    db.executemany("INSERT OR REPLACE INTO talks VALUES (?, ?)", values.items())


def drop_talk(db: sqlite3.Connection, key: str) -> None:
    db.execute("DELETE FROM talks WHERE key = ?", (key,))


def clear(db: sqlite3.Connection) -> None:
    """Keep nothing any more."""
    for table in ("entries", "folds", "talks", "spans", "keys"):
        db.execute(f"DELETE FROM {table}")
    db.execute("INSERT INTO words (words) VALUES ('delete-all')")
    db.execute("UPDATE state SET log = NULL, cursor = NULL, entries = 0")


def _insert(db: sqlite3.Connection, entries: Sequence[Entry]) -> None:
    keys = intern(db, {name for entry in entries for name in names(entry)})
    for start in range(0, len(entries), MOST):
        insert(db, entries[start : start + MOST], keys)


def _index(db: sqlite3.Connection, changed: Sequence[tuple[Entry | None, Entry | None]]) -> None:
    """Let the words be those of what entries have become, if they say something else than before."""
    said = [(_says(old), _says(new)) for old, new in changed]
    differ = [(old, new) for old, new in said if old != new]
    keys = known(db, {conversation for pair in differ for _, conversation, _ in filter(None, pair)})
    steps: list[tuple[int, str | None, str | None, str]] = []
    for old, new in differ:
        if old is not None:
            steps.append((old[0], old[2], None, words.reader(keys[old[1]])))
        if new is not None:
            steps.append((new[0], None, new[2], words.reader(keys[new[1]])))
    words.put(db, _encode(steps))


def _says(entry: Entry | None) -> tuple[int, str, str] | None:
    """What of an entry can be found (its id, its conversation, its text); None if nothing."""
    if entry is None or entry.kind not in SAID or entry.damaged:
        return None
    if entry.fold is not None and entry.fold.deleted:
        return None
    return entry.id, entry.conversation, text(entry)


def _trim(db: sqlite3.Connection, most: int) -> None:
    (number,) = db.execute("SELECT entries FROM state").fetchone()
    if number <= most:
        return
    oldest = folds.as_now(db, fetch(db, _OLDEST, {"most": min(number - most, TRIM)}))
    end = oldest[-1].id + 1
    _index(db, [(entry, None) for entry in oldest])
    db.execute("DELETE FROM entries WHERE id < ?", (end,))
    db.execute("DELETE FROM folds WHERE id < ?", (end,))
    spans.forget(db, end)
    db.execute("UPDATE state SET entries = entries - ?", (len(oldest),))


def _version(entry: Entry | None) -> int:
    return entry.fold.version if entry is not None and entry.fold is not None else 0


def _text(ids: Iterable[int]) -> str:
    return _encode(list(ids)).decode()
