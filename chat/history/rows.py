"""How entries lie in the database: their columns, their checksum, and many of them in one step.

Every step of a statement drops the GIL, and a busy loop gives it back up to 5 ms later, so a batch is written
and a page is read in one step. Measured, 200 entries to a commit, 2 cores, the loop never idle: `executemany`
2,648 ms, one JSON value through `json_each` 13.2 ms, many rows of VALUES 10.2 ms (one core: 11.9, 13.3 and
12.1). VALUES of the very size of the batch is another statement each time; to prepare it costs as much again.
"""

import sqlite3
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

import msgspec

from chat.history.base import SAID, Draft, Entry, Kind
from chat.history.keys import Keys

Row = tuple[
    int,
    str,
    str,
    str | None,
    str | None,
    int,
    int,
    str,
    str,
    str,
    str,
    str | None,
    Kind | None,
    int | None,
]

MOST = 512
"""Most entries of one `insert`."""

_WIDTH = 14
_INTO = """INSERT INTO entries
    (id, conversation, owner, first, second, ts, crc, cid, recipient, sender, body, author, kind, target)
    SELECT column1, column2, column3, nullif(column4, 0), nullif(column5, 0), column6, column7, column8,
    column9, column10, column11, nullif(column12, 0), nullif(column13, 0), nullif(column14, '')"""
"""No parameter is None: the module adapts each by raising and dropping an error, 0.4 us (measured)."""


def _insert(rows: int) -> str:
    values = ",".join([f"({','.join('?' * _WIDTH)})"] * rows)
    return f"{_INTO} FROM (VALUES {values}) WHERE column1 > 0"


_SIZES = sorted({size for power in range(10) for size in (1 << power, 3 << power) if size <= MOST})
_INSERTS = [_insert(size) for size in _SIZES]
"""Statements for 1, 2, 3, 4, 6, 8, 12 ... rows: few enough to stay prepared. Rows over are left out."""

_COLUMNS = """e.id, c.name, o.name, f.name, s.name, e.ts, e.crc, e.cid, e.recipient, e.sender, e.body,
    a.name, e.kind, e.target"""
_JOINED = """CROSS JOIN entries e ON e.id = p.id
    LEFT JOIN keys c ON c.id = abs(e.conversation) LEFT JOIN keys o ON o.id = e.owner
    LEFT JOIN keys f ON f.id = e.first LEFT JOIN keys s ON s.id = e.second
    LEFT JOIN keys a ON a.id = e.author"""

_decode = msgspec.json.Decoder(list[Row]).decode


def place(draft: Draft, id: int) -> Entry:
    """The entry that a draft becomes."""
    return Entry(
        id,
        draft.conversation,
        draft.owner,
        draft.cid,
        draft.to,
        draft.sender,
        draft.ts,
        draft.body,
        draft.readers,
        draft.author,
        draft.kind,
        draft.target,
    )


def names(entry: Entry) -> tuple[str, ...]:
    """What of an entry is kept as a key."""
    author = (entry.author,) if entry.author else ()
    return (entry.conversation, entry.owner, *entry.readers, *author)


def checksum(entry: Entry) -> int:
    """CRC-32 of all that an entry is; where it has nothing that version 1 did not know, that of version 1.

    Raises ValueError for text that is no UTF-8 (a lone surrogate) and for NUL, where SQLite's JSON cuts.
    """
    e = entry
    text = "\0".join((e.conversation, e.owner, e.cid, e.to, e.sender, *e.readers, e.body, e.author))
    if text.count("\0") != 6 + len(e.readers):
        raise ValueError("NUL in an entry")
    if e.kind or e.target is not None:
        text = f"{text}\0{int(e.kind)}\0{e.target}"
    elif not e.author:
        text = text[:-1]
    return crc32(f"{e.id}\0{e.ts}\0{text}".encode())


def storable(entry: Entry) -> bool:
    """Whether SQLite can hold it: text that has a checksum, numbers of 64 bits."""
    try:
        checksum(entry)
    except ValueError:
        return False
    return all(-(2**63) <= number < 2**63 for number in (entry.id, entry.ts, entry.target or 0))


def insert(db: sqlite3.Connection, entries: Sequence[Entry], keys: Keys) -> None:
    """Insert up to MOST entries in one step. Raises ValueError, OverflowError for what SQLite cannot hold."""
    size = bisect_left(_SIZES, len(entries))
    parameters: list[int | str] = []
    for entry in entries:
        parameters += _row(entry, keys)
    parameters += [0] * (_WIDTH * (_SIZES[size] - len(entries)))
    db.execute(_INSERTS[size], parameters)


def _row(entry: Entry, keys: Keys) -> tuple[int | str, ...]:
    """The columns of an entry; 0 for a key or kind that is null, "" for a target."""
    first = second = 0
    if entry.readers:
        one, other = entry.readers
        first = keys[one]
        second = keys[other] if other != one else 0
    conversation = keys[entry.conversation]
    return (
        entry.id,
        conversation if entry.kind in SAID else -conversation,
        keys[entry.owner],
        first,
        second,
        entry.ts,
        checksum(entry) ^ entry.damaged,  # what came damaged, to a copy, is so whenever it is read
        entry.cid,
        entry.to,
        entry.sender,
        entry.body,
        keys[entry.author] if entry.author else 0,
        int(entry.kind),
        "" if entry.target is None else entry.target,
    )


def fetch(db: sqlite3.Connection, ids: str, parameters: Mapping[str, object]) -> list[Entry]:
    """The entries whose `id` the query `ids` gives, in ascending order; a damaged one is marked."""
    packed = f"SELECT CAST(json_group_array(json_array({_COLUMNS})) AS BLOB) FROM ({ids}) p {_JOINED}"
    try:
        (value,) = db.execute(packed, parameters).fetchone()
        found = _decode(value)
    except (sqlite3.OperationalError, msgspec.MsgspecError, UnicodeDecodeError):
        return _salvage(db, ids, parameters)  # bytes that are no text any more, or a type that changed
    found.sort()  # by id; what json_group_array gives has no order
    return [_entry(row) for row in found]


def _entry(row: Row) -> Entry:
    id, conversation, owner, first, second, ts, crc, cid, to, sender, body, author, kind, target = row
    readers = () if first is None else (first, first if second is None else second)
    kind = Kind.MESSAGE if kind is None else kind
    entry = Entry(id, conversation, owner, cid, to, sender, ts, body, readers, author or "", kind, target)
    try:
        sound = checksum(entry) == crc
    except ValueError:  # a bit that flipped to NUL
        sound = False
    return entry if sound else msgspec.structs.replace(entry, body="", damaged=True)


def _salvage(db: sqlite3.Connection, ids: str, parameters: Mapping[str, object]) -> list[Entry]:
    """The same as `fetch` for a page with a damaged row in it, row by row."""
    db.text_factory = lambda text: text.decode(errors="replace")
    try:
        rows = db.execute(f"SELECT {_COLUMNS} FROM ({ids}) p {_JOINED} ORDER BY p.id", parameters).fetchall()
    finally:
        db.text_factory = str
    return [_salvaged(row) for row in rows]


def _salvaged(row: tuple[Any, ...]) -> Entry:
    try:
        return _entry(msgspec.convert(row, Row))
    except msgspec.ValidationError:
        return Entry(row[0], "", "", "", "", "", 0, "", damaged=True)
