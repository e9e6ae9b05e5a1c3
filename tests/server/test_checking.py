"""`chat-server --check`: a line for each thing looked at, what to mend, and nothing changed."""

import hashlib
import os
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import forked
from tests.processes import SERVER, Launch


def check(data: Path | str, *arguments: str) -> tuple[int, str]:
    command = [SERVER, "--check", "--data", data, "--port", "0", *arguments]
    done = forked.run(command, env=os.environ | {"CHAT_LANG": "en"})
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def contents(folder: Path) -> dict[str, str]:
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.fixture
def kept(launch: Launch, tmp_path: Path) -> Path:
    """The folder of a server that has run."""
    folder = tmp_path / "data"
    server = launch("--port", "0", "--data", str(folder))
    server.port()
    assert server.stop() == 0
    return folder


def test_all_is_well(kept: Path) -> None:
    """Each is ok, the exit code is 0, and no byte in the folder is another."""
    before = contents(kept)
    code, said = check(kept)
    assert (code, said.count(": ok\n"), said.splitlines()[-1]) == (0, 8, "The server can start.")
    assert contents(kept) == before


def test_before_the_first_start(tmp_path: Path) -> None:
    """A folder that can be made is as good as one that is there; it is not made."""
    assert check(tmp_path / "new" / "data")[0] == 0
    assert not (tmp_path / "new").exists()
    assert check(":memory:")[0] == 0


def _newer(folder: Path) -> None:
    with sqlite3.connect(folder / "history.db") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()


def _damaged(folder: Path) -> None:
    (folder / "registry.db").write_bytes(b"\0" * 8192)


def _open_to_all(folder: Path) -> None:
    (folder / "history.db").chmod(0o644)


def _open_folder(folder: Path) -> None:
    folder.chmod(0o755)


def _not_a_key(folder: Path) -> None:
    (folder / "key.pem").write_text("x")


FAULTS: list[tuple[Callable[[Path], None], str]] = [
    (_newer, "history: {folder}/history.db was written by a newer version"),
    (_damaged, "history: {folder}/registry.db is damaged"),
    (
        _open_to_all,
        "rights of the files: {folder}/history.db can be read by others on this machine: chmod 600",
    ),
    (_open_folder, "data folder: {folder} can be read by others on this machine: chmod 700"),
    (_not_a_key, "certificate: {folder}/certificate.pem is no certificate with its key"),
]


@pytest.mark.parametrize(("break_it", "why"), FAULTS, ids=lambda value: getattr(value, "__name__", ""))
def test_what_is_wrong(kept: Path, break_it: Callable[[Path], None], why: str) -> None:
    """The one thing that is wrong is named with what to do, and only that."""
    break_it(kept)
    code, said = check(kept)
    assert code == 1
    assert why.format(folder=kept) in said
    assert said.count(": ok\n") == 7


def test_a_server_that_runs(launch: Launch, tmp_path: Path) -> None:
    """The folder is in use, and so is the port."""
    server = launch("--port", "0", "--data", str(tmp_path))
    port = server.port()
    tmp_path.chmod(0o700)
    code, said = check(tmp_path, "--port", str(port))
    assert code == 1
    assert f"lock: {tmp_path} is in use by another chat-server" in said
    assert f"address and ports: Port {port} is in use" in said


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    """No folder can be made below a file."""
    (tmp_path / "file").write_text("")
    code, said = check(tmp_path / "file" / "data")
    assert code == 1
    assert "data folder: " in said
    assert "cannot be read or written" in said


def test_too_few_descriptors(tmp_path: Path) -> None:
    """More clients than files may be open: the number that fits is said."""
    code, said = check(tmp_path / "new", "--max-clients", "2000000000")
    assert code == 1
    assert "open files: only " in said


def test_a_port_in_use(tmp_path: Path) -> None:
    """A door's port is looked at too."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = check(tmp_path / "new", "--text-port", str(port), "--host", "127.0.0.1")
    assert code == 1
    assert f"address and ports: Port {port} is in use; choose another with --text-port." in said
