"""What is a user's own and on no server: the outbox, drafts, what was typed before, and settings."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from chat.history.base import Kind
from chat.history.clerk import Clerk
from chat.history.database import Design, open_writer

MAX_LINES = 1_000
"""Lines of what was typed that are kept; the oldest go first."""


class Item(Struct, frozen=True):
    """Something that is to become an entry, once, by its `cid`. `ts` is when it was said, in ms since 1970.

    `to` is a room or a user. `target` is the id of the message that it answers (MESSAGE, ACT) or changes.
    `code` says why a server refused it; None while it waits.
    """

    cid: str
    to: str
    body: str
    ts: int
    kind: Kind = Kind.MESSAGE
    target: int | None = None
    code: str | None = None


class Own:
    """All of it in memory, and in a file; the caller keeps the folder of `path` locked, None: only in memory.

    What changes it returns at once. The future that it returns has the outcome once that is durable
    (killed or without power, it is there again), for those who care: StorageFailed. `failed` is called with
    what went wrong; what is in memory then goes on being right, and is not on the disk.
    """

    outbox: dict[str, Item]
    """By `cid`, in the order in which they were first put."""
    drafts: dict[str, str]
    """What stands in the field of each talk, by its key; not empty."""
    lines: list[str]
    """What was typed, oldest first."""
    settings: dict[str, str]
    """Whatever else a program wants to know the next time, by a name that it chooses."""

    def __init__(
        self, path: Path | None, *, failed: Callable[[Exception], None] = lambda error: None
    ) -> None:
        self._path = path
        self._clerk = Clerk("history-own", failed)

    async def open(self) -> None:
        """Read all of it. Raises DataRefused: it is not replaced by an empty one, as nobody else has it."""
        await self._clerk.open(lambda: open_writer(self._path, _OWN, "full"))
        items, drafts, self.lines, settings = await self._clerk.ask(_load)
        self.outbox = {item.cid: item for item in items}
        self.drafts, self.settings = dict(drafts), dict(settings)

    async def close(self) -> None:
        """Keep what was given, then let go of the file."""
        await self._clerk.close()

    def put(self, item: Item) -> asyncio.Future[None]:
        """Put an item last in the outbox, or where it is already. Raises ValueError for a lone surrogate."""
        text = msgspec.json.encode(item).decode()
        self.outbox[item.cid] = item
        return self._clerk.do(lambda db: _run(db, _PUT, item.cid, text))

    def drop(self, cid: str) -> asyncio.Future[None]:
        """Take an item out of the outbox, if it is there."""
        self.outbox.pop(cid, None)
        return self._clerk.do(lambda db: _run(db, "DELETE FROM outbox WHERE cid = ?", cid))

    def draft(self, talk: str, text: str) -> asyncio.Future[None]:
        """What stands in the field of a talk now; "" for nothing."""
        text = _clean(text)
        if not text:
            self.drafts.pop(talk, None)
            return self._clerk.do(lambda db: _run(db, "DELETE FROM drafts WHERE talk = ?", talk))
        self.drafts[talk] = text
        return self._clerk.do(lambda db: _run(db, "INSERT OR REPLACE INTO drafts VALUES (?, ?)", talk, text))

    def typed(self, line: str) -> asyncio.Future[None]:
        """Add to what was typed."""
        line = _clean(line)
        self.lines.append(line)
        del self.lines[:-MAX_LINES]
        return self._clerk.do(lambda db: _add_line(db, line))

    def setting(self, name: str, value: str | None) -> asyncio.Future[None]:
        """Keep something under a name; None: no more."""
        name = _clean(name)
        if value is None:
            self.settings.pop(name, None)
            return self._clerk.do(lambda db: _run(db, "DELETE FROM settings WHERE name = ?", name))
        text = self.settings[name] = _clean(value)
        return self._clerk.do(
            lambda db: _run(db, "INSERT OR REPLACE INTO settings VALUES (?, ?)", name, text)
        )

    async def settled(self) -> None:
        """Wait until all that was given so far is durable, or could not be."""
        await self._clerk.ask(lambda db: None)


def _first(db: sqlite3.Connection) -> None:
    db.execute(
        "CREATE TABLE outbox (number INTEGER PRIMARY KEY, cid TEXT NOT NULL UNIQUE, item TEXT NOT NULL)"
    )
    db.execute("CREATE TABLE drafts (talk TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID")
    db.execute("CREATE TABLE lines (number INTEGER PRIMARY KEY, line TEXT NOT NULL)")


def _second(db: sqlite3.Connection) -> None:
    db.execute("CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")


_OWN = Design(0x63686F77, (_first, _second))  # "chow"
_PUT = """INSERT INTO outbox (cid, item) VALUES (?1, ?2)
    ON CONFLICT (cid) DO UPDATE SET item = excluded.item"""
_decode = msgspec.json.Decoder(Item).decode


_Pairs = list[tuple[str, str]]


def _load(db: sqlite3.Connection) -> tuple[list[Item], _Pairs, list[str], _Pairs]:
    items = [_decode(item) for (item,) in db.execute("SELECT item FROM outbox ORDER BY number")]
    lines = [line for (line,) in db.execute("SELECT line FROM lines ORDER BY number")]
    drafts = db.execute("SELECT talk, body FROM drafts").fetchall()
    return items, drafts, lines, db.execute("SELECT name, value FROM settings").fetchall()


def _add_line(db: sqlite3.Connection, line: str) -> None:
    db.execute("INSERT INTO lines (line) VALUES (?)", (line,))
    db.execute("DELETE FROM lines WHERE number <= (SELECT max(number) FROM lines) - ?", (MAX_LINES,))


def _run(db: sqlite3.Connection, statement: str, *parameters: str) -> None:
    db.execute(statement, parameters)


def _clean(text: str) -> str:
    """A terminal may give bytes that are no text, as lone surrogates; they are kept as question marks."""
    return text.encode(errors="replace").decode()
