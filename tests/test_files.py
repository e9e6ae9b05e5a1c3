"""A data folder is found where the platform keeps such things, is private, and is one program's at a time."""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.errors import DataRefused
from chat.files import create, data_folder, locked
from tests.patience import PATIENCE


@pytest.fixture
def open_umask() -> Iterator[None]:
    """The mask of a user who shares everything."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.usefixtures("open_umask")
def test_default_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By default it is `chat` under the user's data folder, made with mode 0700."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = data_folder()
    assert folder.name == "chat"
    assert tmp_path in folder.parents
    assert mode(folder) == 0o700
    assert data_folder() == folder


@pytest.mark.usefixtures("open_umask")
def test_chosen_folder(tmp_path: Path) -> None:
    """A chosen folder is made with its parents; one that is there keeps its mode."""
    folder = data_folder(tmp_path / "a" / "b")
    assert mode(folder) == 0o700
    folder.chmod(0o755)
    assert data_folder(folder) == folder
    assert mode(folder) == 0o755


def test_no_folder(tmp_path: Path) -> None:
    """Where a file is in the way it is refused, with the reason of the system."""
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "folder"):
        with pytest.raises(DataRefused) as caught:
            data_folder(path)
        assert (caught.value.reason, caught.value.path) == ("unreadable", str(path))
        assert caught.value.detail


@pytest.mark.usefixtures("open_umask")
def test_create(tmp_path: Path) -> None:
    """A new file is 0600 from its first moment; one that is there is left alone."""
    path = tmp_path / "history.db"
    create(path)
    assert (mode(path), path.read_bytes()) == (0o600, b"")
    path.write_bytes(b"full")
    create(path)
    assert path.read_bytes() == b"full"


@pytest.mark.usefixtures("open_umask")
def test_lock(tmp_path: Path) -> None:
    """The folder is refused while it is locked, and free afterwards, also after an error."""
    with pytest.raises(ZeroDivisionError), locked(tmp_path):
        raise ZeroDivisionError
    with locked(tmp_path):
        with pytest.raises(DataRefused) as caught, locked(tmp_path):
            raise AssertionError("locked twice")
        assert (caught.value.reason, caught.value.path) == ("in_use", str(tmp_path))
        assert mode(tmp_path / "lock") == 0o600
    with pytest.raises(DataRefused) as caught, locked(tmp_path / "none"):
        raise AssertionError("locked nothing")
    assert caught.value.reason == "unreadable"


async def test_lock_of_another_process(tmp_path: Path) -> None:
    """Another program's lock holds until that program is killed."""
    code = (
        "import sys, pathlib, chat.files\n"
        "with chat.files.locked(pathlib.Path(sys.argv[1])):\n"
        "    print('locked', flush=True); sys.stdin.read()"
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, str(tmp_path)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        assert await process.stdout.readline() == b"locked\n"
        with pytest.raises(DataRefused, match="in_use"), locked(tmp_path):
            raise AssertionError("locked twice")
        process.kill()
        await process.wait()
    with locked(tmp_path):
        assert (tmp_path / "lock").exists()
