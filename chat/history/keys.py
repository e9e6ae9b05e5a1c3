"""Names that many entries have in common, and the numbers under which they are kept."""

import sqlite3
from collections.abc import Collection

import msgspec

from chat.history.values import listed

Keys = dict[str, int]

_KNOWN = """SELECT json_group_array(json_array(k.name, k.id))
    FROM json_each(?) j CROSS JOIN keys k ON k.name = j.value"""
_NEW = "INSERT INTO keys (id, name) SELECT ? + key, value FROM json_each(?)"

_pairs = msgspec.json.Decoder(list[tuple[str, int]]).decode


def known(db: sqlite3.Connection, names: Collection[str]) -> Keys:
    """The numbers of those names that have one."""
    (found,) = db.execute(_KNOWN, (listed(names),)).fetchone()
    return dict(_pairs(found))


def intern(db: sqlite3.Connection, names: Collection[str]) -> Keys:
    """The numbers of all these names; new ones get theirs, in the transaction that is open."""
    keys = known(db, names)
    new = sorted(set(names) - keys.keys())
    if new:
        (first,) = db.execute("SELECT coalesce(max(id), 0) + 1 FROM keys").fetchone()
        db.execute(_NEW, (first, listed(new)))
        keys.update(zip(new, range(first, first + len(new)), strict=True))
    return keys
