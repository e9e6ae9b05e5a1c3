"""What one machine has is carried into a cluster and out again: every id, every word, every right."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from chat.cluster import batches
from chat.cluster.carrying import runs
from chat.cluster.connection import Connection, Servers
from chat.cluster.node import Settings, shared
from chat.cluster.stream import NAME, finish, make
from chat.errors import DataRefused
from chat.history.base import Entry, Kind
from chat.history.rows import place
from chat.history.sqlite import SqliteHistory
from chat.operating import keeping
from chat.operating.data import HISTORY, REGISTRY
from chat.registry.base import Deed, Record
from chat.registry.sqlite import write_records
from tests.cluster.natses import Natses
from tests.cluster.nodes import Node
from tests.history.told import Told, change, draft, private

RECORDS = {"room/#geral": Record(b'{"kind":"public"}', 3), "user/ana": Record(b"\xff\x00", 1)}
DEEDS = [Deed("#geral", 5, "bia", "mute", "caio", "60"), Deed("#geral", 7, "bia", "unmute", "caio")]
RISKY = "--accept-loss-on-power-failure"


async def filled(folder: Path) -> None:
    """The data of a machine: lines, changes of them, private ones, and the oldest removed for their age."""
    history, told = SqliteHistory(folder / HISTORY), Told()
    await history.open(told.committed, told.failed)
    for number in range(40):
        await history.append(draft(number))
    said = await history.append(draft(40, body="bolo de fubá"))
    await history.append(change(41, said, "ana", Kind.EDIT, "bolo de milho"))
    await history.append(change(42, said, "rui", Kind.REACT, "🎂"))
    await history.append(private(43, "ana", "rui"))
    await asyncio.gather(*(history.append(draft(number, owner="eva")) for number in range(600)))
    await history.remove(7)
    await history.close()
    write_records(folder / REGISTRY, RECORDS, DEEDS)


def exported(folder: Path, *options: str) -> list[dict[str, Any]]:
    """The lines of an export, without what is each history's own."""
    file = folder / "export.jsonl"
    assert keeping.run(["export", "--to", str(file), *options]) == 0
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    for line in lines:
        for own in ("log", "revision"):
            line.pop(own, None)
    return [line for line in lines if line.get("key") not in ("server/log", "server/secret")]


def test_there_and_back(nats: Natses, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Export, import into nats-servers, export, import on one machine: it is the same each time."""
    one, back, spare = (tmp_path / name for name in ("one", "back", "spare"))
    for folder in (one, back, spare):
        folder.mkdir(mode=0o700)
    asyncio.run(filled(one))
    before = exported(tmp_path, "--data", str(one))
    cluster = ["--cluster", nats.urls[0], RISKY]
    assert keeping.run(["import", str(tmp_path / "export.jsonl"), *cluster]) == 0, capsys.readouterr()
    shared = exported(tmp_path, *cluster)
    assert entries(shared) == entries(before)
    assert [line for line in shared if line["is"] == "deed"] == [
        line for line in before if line["is"] == "deed"
    ]
    kept = {line["key"] for line in shared if line["is"] == "record"}
    assert kept == set(RECORDS)
    assert keeping.run(["import", str(tmp_path / "export.jsonl"), "--data", str(back)]) == 0
    assert entries(exported(tmp_path, "--data", str(back))) == entries(before)
    assert keeping.run(["import", str(tmp_path / "export.jsonl"), *cluster]) == 1
    assert "CHAT" in capsys.readouterr().err
    asyncio.run(goes_on(nats, spare / HISTORY, entries(before)[-1]["id"]))


def entries(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entries of an export."""
    found = [line for line in lines if line["is"] == "entry"]
    assert found
    return found


async def goes_on(nats: Natses, path: Path, last: int) -> None:
    """Behind what was imported ids go on; what was said before is known by its `cid`."""
    async with Node(nats, path) as node:
        assert (node.history.head, node.history.floor) == (last, 7)
        assert (await node.history.append(draft(20))).id == 21
        assert (await node.history.append(draft(99, owner="eva-2"))).id == last + 1


async def test_an_import_that_was_cut_short(nats: Natses, tmp_path: Path) -> None:
    """Nobody uses the half of it; the next import begins anew."""
    connection = Connection(Servers(nats.urls))
    await connection.open()
    client = await connection.client()
    await make(client, NAME, 1, imported=("0" * 32, 5))
    with pytest.raises(DataRefused, match="stream_unfinished"):
        async with Node(nats, tmp_path / "1.db"):
            pass
    await filled(tmp_path)
    done = await asyncio.to_thread(exported, tmp_path, "--data", str(tmp_path))
    command = ["import", str(tmp_path / "export.jsonl"), "--cluster", nats.urls[0], RISKY]
    assert await asyncio.to_thread(keeping.run, command) == 0
    async with Node(nats, tmp_path / "2.db") as node:
        assert node.history.head == entries(done)[-1]["id"]
    await finish(client, NAME)
    await connection.close()


def test_runs_are_without_gaps_and_within_bounds() -> None:
    """A gap in the ids, 500 entries or 256 KiB end a batch; nothing is left out."""
    ids = [*range(1, 1_201), *range(1_300, 1_310)]
    made: list[Entry] = [place(draft(id), id) for id in ids]
    found = list(runs(made))
    assert [len(some) for some in found] == [500, 500, 200, 10]
    assert [entry for some in found for entry in some] == made
    large = [place(draft(id, body="x" * 60_000), id) for id in range(1, 11)]
    assert [len(some) for some in runs(large)] == [4, 4, 2]
    assert batches.LARGEST > 4 * 60_000


async def test_an_empty_registry_with_a_history_is_refused(nats: Natses, tmp_path: Path) -> None:
    """A stream without its bucket: who may read what would be anybody's guess."""
    async with Node(nats, tmp_path / "1.db") as node:
        await node.history.append(draft(1))
    settings = Settings(Servers(nats.urls), "n", careful=False)
    history_path = tmp_path / "2.db"
    async with shared(settings, history_path, lambda told: None, lambda done, whole: None) as node:
        await node.registry.open()
        with pytest.raises(DataRefused, match="registry_lost"):
            await node.history.open(lambda outcomes, head: None, lambda failures: None)
        await node.registry.close()
