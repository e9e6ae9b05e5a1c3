"""What was acknowledged survives `kill -9` at any moment."""

import asyncio
import random
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from chat.history.sqlite import SqliteHistory
from tests.history.told import draft, opened
from tests.patience import PATIENCE

ROUNDS = 5


async def killed(path: Path, first: int, lines: int) -> list[list[str]]:
    """Let a program append to a file until it said so many lines; kill it; all that it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.history.appender", str(path), str(first), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    said = []
    async with asyncio.timeout(PATIENCE):
        for _ in range(lines):
            said.append(await process.stdout.readline())
        process.kill()
        said += (await process.stdout.read()).splitlines(keepends=True)
        await process.wait()
    return [line.decode().split() for line in said if line.endswith(b"\n")]


async def test_kill(tmp_path: Path) -> None:
    """Five programs killed in the middle of their commits: 0 lost, 0 twice, one order; the file is sound."""
    path = tmp_path / "history.db"
    chance = random.Random(4711)
    acknowledged: dict[int, tuple[str, str]] = {}
    for turn in range(ROUNDS):
        for id, owner, cid in await killed(path, turn * 1_000_000, chance.randrange(1, 2_000)):
            assert int(id) not in acknowledged
            acknowledged[int(id)] = (owner, cid)
    async with opened(lambda: SqliteHistory(path)) as (history, _):
        assert history.head >= max(acknowledged)
        rooms = [f"#{i}" for i in range(5)]
        page = await history.follow(rooms, "", after=0, until=history.head, limit=1_000_000)
        kept = {entry.id: (entry.owner, entry.cid) for entry in page.entries}
        assert {id: kept.get(id) for id in acknowledged} == acknowledged
        assert len(set(kept.values())) == len(kept)
        assert list(kept) == list(range(1, history.head + 1))
        again = await history.append(draft(int(cid[1:]), owner=owner))
        assert (again.owner, again.cid) == acknowledged[again.id]
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
