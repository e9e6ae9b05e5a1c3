"""What somebody said is taken out of a history: the places stay, what was in them is gone from the disk."""

import sqlite3
from collections.abc import Callable, Collection, Sequence

from msgspec.structs import replace

from chat.errors import StorageFailed
from chat.history.base import Entry
from chat.history.database import transaction
from chat.history.folds import as_now, keep_many
from chat.history.rows import checksum, fetch, storable
from chat.history.values import listed

STEP = 256
"""Entries looked at or emptied at once, in a few milliseconds."""

_STEPS = 1_000
"""Steps of SQLite's between two looks whether it is over: 0.1 ms."""

_BY = """SELECT e.id FROM entries e WHERE e.id > :after AND coalesce(e.kind, 0) NOT IN (3, 5)
    AND +e.owner IN (SELECT k.id FROM json_each(:owners) j JOIN keys k ON k.name = j.value)
    ORDER BY e.id LIMIT :most"""
"""All but what takes something back, which others have to know. In the order of the table, read once."""
_EMPTY = """UPDATE entries SET body = '', crc = coalesce(json_extract(j.value, '$[1]'), crc)
    FROM json_each(:emptied) j WHERE entries.id = json_extract(j.value, '$[0]')"""
_FORGET = """DELETE FROM folds WHERE id IN (
    SELECT json_extract(value, '$[0]') FROM json_each(:emptied)
    UNION SELECT json_extract(value, '$[2]') FROM json_each(:emptied))"""


def by(db: sqlite3.Connection, owners: Collection[str], after: int, most: int = STEP) -> Sequence[Entry]:
    """The next entries above an id by which these owners say something, each as it is now."""
    return as_now(db, fetch(db, _BY, {"owners": listed(owners), "after": after, "most": most}))


def empty(db: sqlite3.Connection, entries: Sequence[Entry]) -> None:
    """Empty entries of what they say, in one transaction; what was kept of what became of them goes too.

    One that is damaged stays so: nobody can tell what it was.
    """
    bare = [replace(entry, body="") for entry in entries]
    emptied = [(one.id, checksum(one) ^ one.damaged if storable(one) else None, one.target) for one in bare]
    with transaction(db):
        db.execute(_EMPTY, {"emptied": listed(emptied)})
        db.execute(_FORGET, {"emptied": listed(emptied)})
        keep_many(db, {target for _, _, target in emptied if target is not None})


def shred(
    db: sqlite3.Connection,
    breathe: Callable[[], None] = lambda: None,
    over: Callable[[], bool] = lambda: False,
    tries: int = 100,
) -> None:
    """Write the whole file anew without what was removed, and empty its log: a second for about 50 MB.

    Commits wait meanwhile; nobody who reads does. Raises StorageFailed where it is `over`, asked every
    millisecond or so, before the new file is whole, and then all is as it was (what is left takes half a
    second for 100 MB); where others keep reading from the log; sqlite3.Error where there is no room.
    """
    db.set_progress_handler(over, _STEPS)
    try:
        db.execute("VACUUM")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            raise StorageFailed("given up: the history is being closed") from None
        raise
    finally:
        db.set_progress_handler(None, _STEPS)
    for _ in range(tries):
        breathe()
        (busy, *_) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if not busy:
            return
    raise StorageFailed("somebody keeps reading what is to go")
