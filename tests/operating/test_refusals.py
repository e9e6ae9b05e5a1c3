"""What is wrong with a server's files is said with the file's name and the line that helps."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from chat.operating.data import HISTORY, REGISTRY
from tests.history.told import draft
from tests.server.folders import filled, installed


def _newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")


def _noise(path: Path) -> None:
    path.write_bytes(b"noise" * 2_000)


def _no_header(path: Path) -> None:
    path.write_bytes(bytes(100) + path.read_bytes()[100:])


def _no_end(path: Path) -> None:
    """The last page: who merely asks what the file is finds nothing wrong, and leaves nothing beside it."""
    path.write_bytes(path.read_bytes()[:-4_096] + b"\xa5" * 4_096)


def _of(data: Path, name: str) -> dict[str, bytes]:
    """A file, and what SQLite puts beside it; the other one is sound, and may be opened first."""
    return {path.name: path.read_bytes() for path in data.iterdir() if path.name.startswith(name)}


@pytest.mark.parametrize("name", [HISTORY, REGISTRY])
@pytest.mark.parametrize("spoil", [_newer, _noise, _no_header, _no_end])
async def test_a_file_of_no_use(tmp_path: Path, name: str, spoil: object) -> None:
    """Newer, overwritten, without its head: refused by name, unchanged, with the line that restores."""
    data = tmp_path / "my data"
    await filled(data, [draft(n) for n in range(400)], {"name/ana": b"{}"})
    assert callable(spoil)
    spoil(data / name)
    before = _of(data, name)
    code, _, said = installed("--port", "0", "--data", data)
    assert code == 1
    last = said.splitlines()[-1]
    assert str(data / name) in last
    assert f"chat-server restore FILE --data '{data}'" in last
    assert _of(data, name) == before
