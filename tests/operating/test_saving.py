"""Backups: of a server that runs and of one that does not, whole or not there, and put back."""

import asyncio
import io
import json
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from chat.check.scene import Scene
from chat.operating.data import HISTORY
from tests.history.told import draft
from tests.processes import Launch
from tests.server.folders import filled, head, installed, listing, typed
from tests.torture.bench import DEADLINE, Wire, judged, under_load

FILES = ["history.db", "registry.db", "certificate.pem", "key.pem", "manifest.json"]


def members(archive: Path) -> list[str]:
    """What is in an archive."""
    with tarfile.open(archive) as tar:
        return tar.getnames()


def altered(archive: Path, to: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """The archive with each of its files changed, or left out."""
    with tarfile.open(archive) as tar, tarfile.open(to, "w") as out:
        for member in tar:
            file = tar.extractfile(member)
            assert file is not None
            data = change(member.name, file.read())
            if data is not None:
                member.size = len(data)
                out.addfile(member, io.BytesIO(data))
    return to


def test_of_a_running_server(launch: Launch, tmp_path: Path) -> None:
    """While a server runs all is put into one file of mode 0600, and nothing is left beside it."""
    data, to = tmp_path / "data", tmp_path / "b.tar"
    with Wire(launch("--port", "0", "--data", str(data)).port(), "ana") as ana:
        ana.send("#geral", "before", "1")
        code, said, _ = installed("backup", "--to", to, "--data", data)
        assert (code, str(to) in said) == (0, True)
        ana.send("#geral", "after", "2")
    assert members(to) == FILES
    assert stat.S_IMODE(to.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name not in ("data", "b.tar")] == []
    assert not list(data.glob("staged-*"))


async def test_restored(launch: Launch, tmp_path: Path) -> None:
    """What was backed up is there again under another name, and what was there before is kept."""
    data, folder = tmp_path / "data", tmp_path / "backups"
    folder.mkdir()
    await filled(data, [draft(number) for number in range(5)])
    log, _ = await head(data)
    assert typed("backup", "--to", folder, "--data", data)[0] == 0
    (archive,) = folder.iterdir()
    await filled(data, [draft(number) for number in range(5, 9)])
    code, said, _ = installed("restore", archive, "--data", data)
    assert code == 0
    (kept,) = data.glob("before-restore-*")
    assert str(kept) in said
    again, last = await head(data)
    assert (again != log, last) == (True, 5)
    assert await head(kept) == (log, 9)
    assert stat.S_IMODE((data / HISTORY).stat().st_mode) == 0o600


async def test_restored_to_a_new_folder(tmp_path: Path) -> None:
    """A backup makes a server on another machine: the same history, and nothing to be kept."""
    data, other = tmp_path / "data", tmp_path / "other"
    await filled(data, [draft()], {"name/ana": b"{}"})
    assert typed("backup", "--to", tmp_path / "b.tar", "--data", data)[0] == 0
    assert typed("restore", tmp_path / "b.tar", "--data", other)[0] == 0
    assert (await head(other))[1] == 1
    assert sorted(path.name for path in other.iterdir()) == ["history.db", "lock", "registry.db"]


def _cut(name: str, data: bytes) -> bytes | None:
    return data[:-1] if name == "history.db" else data


def _flipped(name: str, data: bytes) -> bytes | None:
    return data[:5_000] + bytes([data[5_000] ^ 1]) + data[5_001:] if name == "registry.db" else data


def _without(name: str, data: bytes) -> bytes | None:
    return data if name != "registry.db" else None


def _no_manifest(name: str, data: bytes) -> bytes | None:
    return data if name != "manifest.json" else None


def _newer(name: str, data: bytes) -> bytes | None:
    return json.dumps(json.loads(data) | {"format": 2, "files": 0}).encode() if name[0] == "m" else data


def _never(name: str, data: bytes) -> bytes | None:
    return json.dumps(json.loads(data) | {"made": 10**18}).encode() if name[0] == "m" else data


@pytest.mark.parametrize("change", [_never, _cut, _flipped, _without, _no_manifest, _newer])
async def test_what_is_not_whole(tmp_path: Path, change: Callable[[str, bytes], bytes | None]) -> None:
    """An archive in which anything is missing or another is refused by name, and nothing is changed."""
    data = tmp_path / "data"
    await filled(data, [draft()])
    assert typed("backup", "--to", tmp_path / "b.tar", "--data", data)[0] == 0
    bad, before = altered(tmp_path / "b.tar", tmp_path / "bad.tar", change), listing(data)
    code, _, said = typed("restore", bad, "--data", data)
    assert (code, "bad.tar" in said, len(said.splitlines())) == (1, True, 1)
    assert listing(data) == before


async def test_what_is_no_archive(tmp_path: Path) -> None:
    """Noise, a backup cut anywhere, a path outside, no file: one sentence each, nothing changed."""
    data = tmp_path / "data"
    await filled(data, [draft()])
    archive = tmp_path / "b.tar"
    assert typed("backup", "--to", archive, "--data", data)[0] == 0
    before, whole = listing(data), archive.read_bytes()
    with tarfile.open(tmp_path / "out.tar", "w") as tar:
        tar.add(archive, "../out\x1b[2J")
    for number, content in enumerate((b"", b"x" * 3_000, whole[:700], whole[: len(whole) // 2])):
        (tmp_path / f"{number}.tar").write_bytes(content)
    for name in ("0.tar", "1.tar", "2.tar", "3.tar", "out.tar", "none.tar"):
        code, _, said = typed("restore", tmp_path / name, "--data", data)
        assert (code, name in said, "\x1b" in said) == (1, True, False)
    assert listing(data) == before


def test_refused(launch: Launch, tmp_path: Path) -> None:
    """Over a running server nothing is restored; where there is no history there is no backup."""
    data = tmp_path / "data"
    server = launch("--port", "0", "--data", str(data))
    server.port()
    assert typed("backup", "--to", tmp_path / "b.tar", "--data", data)[0] == 0
    code, _, said = typed("restore", tmp_path / "b.tar", "--data", data)
    assert (code, "in use" in said) == (1, True)
    assert typed("backup", "--data", tmp_path / "none", "--to", tmp_path)[0] == 1
    assert typed("backup", "--data", data, "--to", tmp_path / "nowhere" / "b.tar")[0] == 1
    assert typed("restore", "--data", data)[0] == 2


def test_where_nothing_can_be_written(launch: Launch, tmp_path: Path) -> None:
    """Where the archive cannot be written nothing of it is left, and the old one is what it was."""
    data = tmp_path / "data"
    launch("--port", "0", "--data", str(data)).port()
    (tmp_path / "b.tar").write_text("old")
    (tmp_path / "b.tar.new").mkdir()
    assert typed("backup", "--to", tmp_path / "b.tar", "--data", data)[0] == 1
    assert (tmp_path / "b.tar").read_text() == "old"
    assert not list(data.glob("staged-*"))


def test_the_client_notices(launch: Launch, tmp_path: Path) -> None:
    """After an older backup a client that saw more is told so, and finds one order, nothing mixed."""
    data, archive = tmp_path / "data", tmp_path / "b.tar"
    first = launch("--port", "0", "--data", str(data))
    with Wire(first.port(), "ana") as ana:
        kept = [ana.send("#geral", f"kept {n}", f"k{n}") for n in range(3)]
        assert typed("backup", "--to", archive, "--data", data)[0] == 0
        ana.send("#geral", "lost", "l1")
        log, session = ana.welcome["log"], ana.welcome["session"]
    assert first.stop() == 0
    assert typed("restore", archive, "--data", data)[0] == 0
    second = launch("--port", "0", "--data", str(data))
    port = second.port()
    with Wire(port, "ana", after=4, log=log, session=session) as ana:
        assert ana.welcome["reset"] is True
        assert ana.welcome["head"] == 3
        assert ana.send("#geral", "other words", "k1") == kept[1]
        assert ana.send("#geral", "lost", "l1")["id"] == 4
        assert [m["body"] for m in ana.everything()] == ["kept 0", "kept 1", "kept 2", "lost"]
    with Wire(port, "bia", after=2, log=log) as bia:
        assert bia.welcome["reset"] is True


def test_under_load(launch: Launch, tmp_path: Path) -> None:
    """Backups one after the other while many talk: nobody is cut, nothing lost, and each is one moment's."""
    data, heads = tmp_path / "data", [0]
    port = launch("--port", "0", "--data", str(data)).port()

    async def backups(scene: Scene) -> None:
        for number in range(3):
            await under_load(scene, 30)
            acknowledged = scene.ledger.acknowledged
            code, said, _ = await asyncio.to_thread(
                typed, "backup", "--to", tmp_path / f"{number}.tar", "--data", data
            )
            assert code == 0, said
            heads.append(int(said.split()[-1].rstrip(".")))
            assert heads[-1] >= acknowledged
        scene.stop()

    report = judged(port, backups, seconds=DEADLINE, faults=[])
    assert (report.cuts, len(heads)) == (0, 4)
    assert heads == sorted(set(heads))
    assert typed("restore", tmp_path / "1.tar", "--data", tmp_path / "other")[0] == 0
    _, out, _ = typed("export", "--data", tmp_path / "other")
    ids = [line["id"] for line in map(json.loads, out.splitlines()) if line["is"] == "entry"]
    assert ids == list(range(1, heads[2] + 1))
