"""The file of words is private, made when it is missing, and made anew whenever it is of no use."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from chat.history import words
from chat.history.index import Index, Lost

LAST = 2**63 - 1


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.search"


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def steps(*texts: str, first: int = 1) -> bytes:
    return msgspec.json.encode([(id, None, text, "c1") for id, text in enumerate(texts, first)])


def fill(path: Path | None, log: str = "log", number: int = 3) -> None:
    """An index that was used and closed."""
    with closing(Index(path, log)) as index:
        index.open(number)
        index.put(steps(*(f"bolo{i} com muitas palavras" for i in range(number))), number)


def found(index: Index) -> list[int]:
    return index.find(words.query("bolo"), LAST, 99)


@pytest.mark.usefixtures("open_umask")
def test_private_and_kept(path: Path) -> None:
    """What was indexed is there again after a restart, in files of mode 0600 whatever the mask is."""
    fill(path)
    with closing(Index(path, "log")) as index:
        assert index.open(3) == 3
        assert found(index) == [3, 2, 1]
        index.put(steps("bolo", first=4), 5)
        modes = {file.name: oct(file.stat().st_mode & 0o777) for file in path.parent.iterdir()}
        assert modes == {f"history.search{end}": "0o600" for end in ("", "-wal", "-shm")}
        assert index.open(9) == 5
    assert os.listdir(path.parent) == ["history.search"]


def test_in_memory() -> None:
    """Without a path it works, and ends with itself."""
    with closing(Index(None, "log")) as index:
        assert index.open(0) == 0
        index.put(steps("bolo"), 1)
        assert found(index) == [1]


def run(statement: str) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute(statement)

    return spoil


def overwrite(start: int, end: int | None) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        data = bytearray(path.read_bytes())
        data[start:end] = bytes(len(data[start:end]))
        path.write_bytes(data)

    return spoil


SPOILED: dict[str, Callable[[Path], None]] = {
    "missing": Path.unlink,
    "empty": lambda path: path.write_bytes(b"") and None,
    "no database": lambda path: path.write_bytes(b"no database" * 999) and None,
    "an older version": run("PRAGMA user_version = 0"),
    "a newer version": run("PRAGMA user_version = 99"),
    "another program's": run("PRAGMA application_id = 1"),
    "another history's": run("UPDATE state SET log = 'other'"),
    "of more than there is": run("UPDATE state SET cursor = 4"),
    "without a table": run("DROP TABLE state"),
    "header gone": overwrite(0, 100),
    "a page gone": overwrite(4_096, 8_192),
    "end gone": lambda path: os.truncate(path, path.stat().st_size - 4_096),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_made_anew(path: Path, spoil: Callable[[Path], None]) -> None:
    """An index of no use is replaced by an empty one without a word."""
    fill(path)
    spoil(path)
    with closing(Index(path, "log")) as index:
        assert index.open(3) == 0
        assert found(index) == []
        index.put(steps("bolo"), 1)
        assert found(index) == [1]


def test_half_made(path: Path) -> None:
    """What was left when making it was interrupted is replaced too."""
    path.write_bytes(b"")
    path.with_name(path.name + "-wal").write_bytes(b"half of something")
    with closing(Index(path, "log")) as index:
        assert index.open(0) == 0
        index.put(steps("bolo"), 1)
        assert found(index) == [1]


def test_damaged_while_it_is_open(path: Path) -> None:
    """Where damage shows only when it is read all is lost, and is made anew at the next opening."""
    with closing(Index(path, "log")) as index:
        index.open(3)
        index.put(steps(*(f"bolo{i}" for i in range(500))), 500)
        run("UPDATE words_data SET block = x'00ff00ff' WHERE id > 10")(path)
        with pytest.raises(Lost):
            found(index)
        assert index.open(500) == 0
        index.put(steps("bolo"), 1)
        assert found(index) == [1]


def test_what_is_no_damage_is_told(path: Path) -> None:
    """A mistake or a locked file is an error of SQLite, loses nothing, and nothing is half done."""
    with closing(Index(path, "log")) as index:
        index.open(3)
        index.put(steps("bolo"), 1)
        with pytest.raises(sqlite3.OperationalError):
            index.put(b"no JSON", 9)
        with pytest.raises(sqlite3.OperationalError, match="syntax"):
            index.find("AND", LAST, 9)
        assert (index.open(9), found(index)) == (1, [1])


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    """Without a folder to be in there is no index, and whoever opens it is told."""
    with (
        closing(Index(tmp_path / "none" / "history.search", "log")) as index,
        pytest.raises(OSError, match="none"),
    ):
        index.open(0)
    (tmp_path / "folder").mkdir()
    with closing(Index(tmp_path / "folder", "log")) as index, pytest.raises(sqlite3.OperationalError):
        index.open(0)
