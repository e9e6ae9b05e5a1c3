"""A client that is killed again and again, on a way that breaks: what it wrote goes out once, in order."""

import asyncio
import sys
from itertools import groupby
from pathlib import Path
from random import Random

import pytest

from chat.client import connect
from tests.client.cutter import cutter
from tests.fake_history import FakeHistory
from tests.patience import PATIENCE
from tests.servers import Running


async def run(port: int, folder: Path, first: int, last: int) -> asyncio.subprocess.Process:
    """A talker in a process of its own."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.client.talker",
        *(str(port), str(folder), str(first), str(last)),
        stdout=asyncio.subprocess.PIPE,
    )


@pytest.mark.parametrize("seed", range(2))
async def test_written_and_killed(running: Running, tmp_path: Path, seed: int) -> None:
    """C14: of what was on the disk before a kill -9 nothing is lost, twice, or out of order."""
    chance = Random(seed)
    async with asyncio.timeout(PATIENCE), cutter(running.port, seed) as way:
        async with connect("127.0.0.1", running.port, user="ana", folder=tmp_path / "ana"):
            pass  # from now on it opens offline
        way.cutting = True
        kept = -1
        for _ in range(4):
            process = await run(way.port, tmp_path / "ana", kept + 1, 10**6)
            assert process.stdout is not None
            for _ in range(chance.randint(1, 40)):
                kept = int(await process.stdout.readline())
            process.kill()
            *_, last = [kept, *map(int, (await process.stdout.read()).split())]
            kept = last
            await process.wait()
        way.cutting = False
        process = await run(running.port, tmp_path / "ana", 0, 0)
        assert process.stdout is not None
        assert await process.stdout.read() == b"done\n"
        assert await process.wait() == 0
    history = running.server.history
    assert isinstance(history, FakeHistory)
    numbers = [int(entry.body.split()[1]) for entry in history.entries]
    assert {*range(kept + 1)} <= {*numbers}
    cids = [entry.cid for entry in history.entries]
    assert len(set(cids)) == len(cids)
    runs = [program for program, _ in groupby(cid.partition("-")[0] for cid in cids)]
    assert len(set(runs)) == len(runs)  # what one program wrote stands before what the next one wrote
    for program in runs:
        said = [number for cid, number in zip(cids, numbers, strict=True) if cid.startswith(program)]
        assert said == sorted(said)
