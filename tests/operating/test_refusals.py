"""What is wrong with a server's files is said with the file's name and the line that helps."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from chat.operating.data import HISTORY, REGISTRY
from tests.history.told import draft
from tests.server.folders import filled, installed, listing


def _newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")


def _noise(path: Path) -> None:
    path.write_bytes(b"noise" * 2_000)


def _no_header(path: Path) -> None:
    path.write_bytes(bytes(100) + path.read_bytes()[100:])


@pytest.mark.parametrize("name", [HISTORY, REGISTRY])
@pytest.mark.parametrize("spoil", [_newer, _noise, _no_header])
async def test_a_file_of_no_use(tmp_path: Path, name: str, spoil: object) -> None:
    """Newer, overwritten, without its head: refused by name, unchanged, with the line that restores."""
    data = tmp_path / "my data"
    await filled(data, [draft()], {"name/ana": b"{}"})
    assert callable(spoil)
    spoil(data / name)
    before = listing(data)
    code, _, said = installed("--port", "0", "--data", data)
    assert code == 1
    last = said.splitlines()[-1]
    assert str(data / name) in last
    assert f"chat-server restore FILE --data '{data}'" in last
    assert listing(data) == before
