"""A copy of a program is to its tests what a new one is."""

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests import forked
from tests.patience import PATIENCE
from tests.tui.test_installed import Console

HERE = Path(sys.executable).parent
SERVER = HERE / "chat-server"


@pytest.mark.parametrize("program", forked.PROGRAMS)
@pytest.mark.parametrize("argument", ["--help", "--nothing-like-it"])
def test_it_says_the_same(program: str, argument: str, tmp_path: Path) -> None:
    """And ends with the same code, in the same language, on the same two ways out."""
    said = [
        forked.run([HERE / program, argument], anew=anew, cwd=tmp_path, env=os.environ | {"CHAT_LANG": "en"})
        for anew in (True, False)
    ]
    assert (said[0].stdout, said[0].stderr) == (said[1].stdout, said[1].stderr)
    assert said[0].returncode == said[1].returncode == (0 if argument == "--help" else 2)


def test_it_is_a_process_of_its_own(tmp_path: Path) -> None:
    """In its folder, with no pipe or socket of this one; its end is told as that of any child."""
    command = [str(SERVER), "--port", "0", "--data", "here"]
    process = forked.popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path)
    with process:
        assert process.stdout is not None
        assert any("127.0.0.1:" in line for line in process.stdout)
        assert (tmp_path / "here").is_dir()
        assert not links(process.pid) & links(os.getpid())
        process.send_signal(signal.SIGKILL)
        assert process.wait(PATIENCE) == -signal.SIGKILL


def links(pid: int) -> set[str]:
    """The pipes and sockets of a process beside its three streams, where there is a /proc."""
    files = [Path(f"/proc/{pid}/fd/{name}") for name in range(3, 1_024)]
    found = {os.readlink(file) for file in files if file.is_symlink()}
    return {link for link in found if link.startswith(("pipe:", "socket:"))}


def test_its_terminal_is_its_own() -> None:
    """Ctrl-C at its terminal is a signal to it."""
    with closing(Console("chat-server", "--port", "0", "--data", ":memory:")) as shown:
        shown.shows("127.0.0.1:")
        shown.type("\x03")
        assert shown.ends() == 0


@pytest.mark.parametrize("name", ["PYTHONIOENCODING", "LC_ALL", "LD_PRELOAD"])
def test_what_only_a_new_one_sees_makes_it_a_new_one(name: str) -> None:
    """A variable that is looked at before `main` is."""
    with forked.popen([SERVER, "--version"], env=os.environ | {name: "C"}, stdout=-1, stderr=-1) as process:
        assert not isinstance(process, forked.Forked)
        process.communicate(timeout=PATIENCE)
