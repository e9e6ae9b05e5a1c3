"""Damage that SQLite does not see is seen: every entry has a checksum, and the rest still serves."""

import random
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from chat.history.base import Entry, History
from chat.history.rows import MOST
from chat.history.sqlite import SqliteHistory
from tests.history.told import draft, opened, private


async def stored(path: Path, number: int) -> list[Entry]:
    """So many entries in a closed file; their bodies are long enough to be found in it."""
    async with opened(lambda: SqliteHistory(path)) as (history, told):
        for i in range(number):
            history.submit(draft(i, body=f"the body of number {i} is this, olá"))
        await told.reports(number)
        return told.entries


def flip(path: Path, bodies: list[str], chance: random.Random) -> None:
    """Turn over one bit of each body in a file, also where SQLite left a copy in unused space."""
    data = path.read_bytes()
    found = 0

    def flipped(match: re.Match[bytes]) -> bytes:
        nonlocal found
        text = bytearray(match[0])
        bit = chance.randrange(8 * len(text))
        text[bit // 8] ^= 1 << bit % 8
        found += 1
        return bytes(text)

    path.write_bytes(re.sub(b"|".join(re.escape(body.encode()) for body in bodies), flipped, data))
    assert found >= len(bodies)


async def read(history: History, after: int = 0) -> list[Entry]:
    return list((await history.page("#geral", after=after, limit=1_000)).entries)


async def test_a_flipped_bit_in_a_body(tmp_path: Path) -> None:
    """Of 1,000 bodies with a flipped bit 1,000 are marked and empty; their neighbours are whole."""
    path = tmp_path / "history.db"
    entries = await stored(path, 2_000)
    flip(path, [entry.body for entry in entries[::2]], random.Random(4711))
    async with opened(lambda: SqliteHistory(path)) as (history, _):
        found = await read(history) + await read(history, after=entries[999].id)
        damaged = [msgspec.structs.replace(entry, body="", damaged=True) for entry in entries]
        assert found[::2] == damaged[::2]
        assert found[1::2] == entries[1::2]
        followed = await history.follow(["#geral"], "ana", after=0, until=history.head, limit=2_000)
        assert followed.entries == found


@pytest.mark.parametrize("column", ["cid", "ts", "recipient", "sender", "body", "crc", "owner"])
@pytest.mark.parametrize("value", ["x'ff00'", "7", "'changed'", "'a' || char(0) || 'b'"])
async def test_a_changed_column(tmp_path: Path, column: str, value: str) -> None:
    """Whatever a column of one entry became, that entry is marked, and its neighbours are whole."""
    path = tmp_path / "history.db"
    entries = await stored(path, 3)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(f"UPDATE entries SET {column} = {value} WHERE id = 2")
    async with opened(lambda: SqliteHistory(path)) as (history, _):
        found = await read(history)
        assert [entry.damaged for entry in found] == [False, True, False]
        assert (found[1].id, found[1].body) == (2, "")
        assert found[::2] == entries[::2]


async def test_a_changed_key(tmp_path: Path) -> None:
    """A changed name of an owner marks all that is of that owner; a lost one too."""
    path = tmp_path / "history.db"
    for statement in (
        "UPDATE keys SET name = 'ANA' WHERE name = 'ana'",
        "DELETE FROM keys WHERE name = 'ANA'",
    ):
        async with opened(lambda: SqliteHistory(path)) as (history, _):
            await history.append(draft(1))
            await history.append(draft(2, owner="rui"))
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute(statement)
        async with opened(lambda: SqliteHistory(path)) as (history, _):
            found = {entry.id: entry.damaged for entry in await read(history)}
            assert (found[1], found[2]) == (True, False)


async def test_a_repetition_of_what_is_damaged(tmp_path: Path) -> None:
    """The `cid` of a damaged entry still makes no second one."""
    path = tmp_path / "history.db"
    entries = await stored(path, 3)
    flip(path, [entries[1].body], random.Random(4711))
    async with opened(lambda: SqliteHistory(path)) as (history, told):
        again = await history.append(draft(1, body="again"))
        assert (again.id, again.damaged) == (entries[1].id, True)
        assert [outcome.first for outcome in told.outcomes] == [False]
        assert (await history.append(draft(3))).id == 4


@pytest.mark.parametrize("number", [1, 2, 3, 127, 128, 129, 499, 500, 501, 1_023])
async def test_batches_of_any_size(number: int) -> None:
    """Whatever the size of a batch, each of its entries is stored once with all its columns."""
    async with opened(lambda: SqliteHistory(None)) as (history, told):
        await history.append(private(0, "ana", "rui"))  # the keys are known from here on
        drafts = [private(i, ("ana", "rui")[i % 2], "ana") for i in range(2, number + 2)]
        for one in drafts:
            history.submit(one)
        await told.reports(number + 1)
        page = await history.follow([], "ana", after=1, until=history.head, limit=2 * MOST)
        assert [entry.cid for entry in page.entries] == [one.cid for one in drafts]
        assert page.entries == told.entries[1:]
        assert [outcome.first for outcome in told.outcomes] == [True] * (number + 1)
