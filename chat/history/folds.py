"""What entries have become: what is kept of it, and the few changes since."""

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from zlib import crc32

import msgspec

from chat.history.base import SAID, Entry, Kind
from chat.history.fold import Folding, folded
from chat.history.rows import fetch

MANY = 64
"""Changes of one entry that a read folds, 9 us each; where there are more, what they come to is kept."""

_KNOWN = """SELECT f.id, f.crc, CAST(f.fold AS BLOB)
    FROM json_each(:ids) j CROSS JOIN folds f ON f.id = j.value"""
_KINDS = "(VALUES (2), (3), (4), (5)) k"
"""One by one: with the kind the index leads to those above a version, and to no others."""
_CHANGES = f"""SELECT x.id FROM json_each(:known) j CROSS JOIN {_KINDS} CROSS JOIN entries x
    ON x.target = json_extract(j.value, '$[0]') AND x.kind = k.column1 AND x.kind > 1
    AND x.id > json_extract(j.value, '$[1]')
    WHERE EXISTS (SELECT 1 FROM entries y WHERE y.target = json_extract(j.value, '$[0]') AND y.kind > 1)"""
_MANY = f"""SELECT json_group_array(j.value) FROM json_each(:ids) j WHERE (SELECT count(*) FROM (
    SELECT 1 FROM {_KINDS} CROSS JOIN entries x
    ON x.target = j.value AND x.kind = k.column1 AND x.kind > 1
    AND x.id > coalesce((SELECT version FROM folds WHERE id = j.value), 0) LIMIT :many + 1)) > :many"""
_PUT = """INSERT INTO folds VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE
    SET version = excluded.version, crc = excluded.crc, fold = excluded.fold
    WHERE excluded.version >= version"""

_folding = msgspec.json.Decoder(Folding).decode
_encode = msgspec.json.Encoder().encode


def as_now(db: sqlite3.Connection, entries: Sequence[Entry]) -> Sequence[Entry]:
    """Each entry as it is now; an edit of what was deleted has no body either."""
    known, changes = _known(db, {_about(entry) for entry in entries})
    if not known and not changes:
        return entries
    return [_now(entry, known.get(_about(entry)), changes.get(_about(entry), [])) for entry in entries]


def keep(db: sqlite3.Connection, foldings: Mapping[int, Folding]) -> None:
    """Keep what is known of entries, unless more is kept already; the transaction is the caller's."""
    for id, known in foldings.items():
        kept = _encode(known)
        db.execute(_PUT, (id, known.version, crc32(kept), kept.decode()))


def keep_many(db: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Keep what became of those entries that have changed so often that reading them takes long."""
    (found,) = db.execute(_MANY, {"ids": _text(ids), "many": MANY}).fetchone()
    many = msgspec.json.decode(found, type=list[int])
    if not many:
        return
    known, changes = _known(db, many)
    foldings = {id: known.get(id, Folding()) for id in many}
    for id, folding in foldings.items():
        for change in changes.get(id, []):
            folding.take(change)
    keep(db, foldings)


def _known(db: sqlite3.Connection, ids: Collection[int]) -> tuple[dict[int, Folding], dict[int, list[Entry]]]:
    """What is kept of entries, as far as it is sound, and the changes since, in the order of id."""
    found = db.execute(_KNOWN, {"ids": _text(ids)}).fetchall()
    known = {id: _folding(fold) for id, crc, fold in found if crc32(fold) == crc}
    since = [(id, known[id].version if id in known else 0) for id in sorted(ids)]
    changes: dict[int, list[Entry]] = {}
    for change in fetch(db, _CHANGES, {"known": _text(since)}):
        changes.setdefault(change.target or 0, []).append(change)
    return known, changes


def _about(entry: Entry) -> int:
    """The id of what an entry is, or is about; 0 for nothing."""
    return entry.id if entry.kind in SAID else entry.target or 0


def _now(entry: Entry, known: Folding | None, changes: Sequence[Entry]) -> Entry:
    if entry.kind is not Kind.EDIT:
        return folded(entry, known, changes)
    taken_back = (known is not None and known.deleted) or any(one.kind is Kind.DELETE for one in changes)
    return msgspec.structs.replace(entry, body="") if taken_back else entry


def _text(values: Iterable[object]) -> str:
    return _encode(list(values)).decode()
