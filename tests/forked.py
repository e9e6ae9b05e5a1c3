"""Programs as copies of a process that has imported them: processes of their own, in a fifth of the time."""

import ctypes
import fcntl
import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import chat
from tests.patience import PATIENCE

PROGRAMS = {"chat-server": "chat.server.cli", "chat-client": "chat.tui.start", "chat-check": "chat.check.cli"}
"""Where the `main` of each console script is."""
AT_START = ("PYTHON", "LC_", "LANG", "LD_")
"""How variables begin that a program looks at before its `main`; who changes one gets it anew."""
ROOT = Path(__file__).parents[1]
_ENVIRON = dict(os.environ)
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER


class Original:
    """The process that has imported the programs, and its door."""

    def __init__(self) -> None:
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)  # so that a copy of a copy is a child of this process
        self._turn = threading.Lock()
        self._door, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.forked", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                cwd=ROOT,
                env=_ENVIRON,
            )

    def copied(self, asked: dict[str, Any], streams: Sequence[int]) -> int:
        """The number of a new process, a child of this one, that does what is asked with these streams."""
        with self._turn:
            socket.send_fds(self._door, [json.dumps(asked).encode()], list(streams))
            return int(self._door.recv(64))

    def end(self) -> None:
        """No more of them; those that there are go on."""
        self._door.close()
        self._process.wait(PATIENCE)


_original: list[Original] = []
_first = threading.Lock()


class Forked(subprocess.Popen[str]):
    """One of the programs, as `subprocess` would start it, but that it finds everything imported."""

    def _execute_child(self, args: Any, executable: Any, *more: Any) -> None:
        """In the place of fork and exec; what is not looked at here nobody here asks for."""
        _, _, _, cwd, env, _, _, _, read, write, out_read, out, err_read, err, _, _, _, _, _, session, _ = (
            more
        )
        with _first:
            if not _original:
                _original.append(Original())
        streams = [own if own >= 0 else number for number, own in enumerate((read, out, err))]
        self.pid = _original[0].copied(
            {
                "command": [os.fspath(word) for word in args],
                "cwd": os.fspath(cwd or os.getcwd()),
                "env": dict(os.environ if env is None else env),
                "session": session,
            },
            streams,
        )
        self._child_created = True
        self._close_pipe_fds(read, write, out_read, out, err_read, err)  # type: ignore[attr-defined]


def end() -> None:
    """Once nobody needs a program any more."""
    while _original:
        _original.pop().end()


def popen(command: Sequence[str | Path], **settings: Any) -> "subprocess.Popen[str]":
    """Start one of the installed programs; a copy where nothing is asked that only a new one would see."""
    env = settings.get("env") or os.environ
    alike = all(_ENVIRON.get(name) == value for name, value in env.items() if name.startswith(AT_START))
    known = sys.platform == "linux" and Path(command[0]).name in PROGRAMS
    return (Forked if known and alike else subprocess.Popen)(command, **settings)


def run(
    command: Sequence[str | Path],
    *,
    input: str | None = None,
    check: bool = False,
    anew: bool = False,
    **settings: Any,
) -> "subprocess.CompletedProcess[str]":
    """The same until it ends, with this on its standard input; what it says is kept. `anew`: no copy."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    pipes |= {"stdin": subprocess.PIPE} if input is not None else {}
    with (subprocess.Popen if anew else popen)(command, **pipes, **settings) as process:
        try:
            out, err = process.communicate(input, PATIENCE)
        except BaseException:
            process.kill()
            raise
    done = subprocess.CompletedProcess(list(command), process.returncode, out, err)
    if check:
        done.check_returncode()
    return done


def serve(door: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Make copies until nobody can ask for one; only a copy returns, with what it is to do."""
    while True:
        said, streams, _, _ = socket.recv_fds(door, 2**20, 3)
        if not said:
            os._exit(0)
        heard, told = os.pipe()
        middle = os.fork()
        if not middle:
            copy = os.fork()
            if not copy:
                return json.loads(said), streams
            os.write(told, str(copy).encode())
            os._exit(0)  # and so the copy is a child of who reaps for all
        os.waitpid(middle, 0)
        door.send(os.read(heard, 64))
        for number in (heard, told, *streams):
            os.close(number)


def become(asked: dict[str, Any], streams: list[int]) -> Callable[[], Any]:
    """Be what a shell would have started: session, streams, folder, environment. Returns the `main`."""
    if asked["session"]:
        os.setsid()
    for number, own in enumerate(streams):
        os.dup2(own, number)
    os.closerange(3, 1_024)
    if asked["session"] and os.isatty(0):
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that its Ctrl-C is a signal
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    time.tzset()
    sys.argv = asked["command"]
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False, buffering=1 if os.isatty(1) else -1)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False, buffering=1, errors="backslashreplace")  # noqa: SIM115
    main: Callable[[], Any] = importlib.import_module(PROGRAMS[Path(sys.argv[0]).name]).main
    return main


def prepare() -> None:
    """Import all that the programs may want."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
    for found in pkgutil.walk_packages(chat.__path__, "chat."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)
    importlib.import_module("uvloop")
    gc.freeze()
    gc.enable()
    assert threading.active_count() == 1


if __name__ == "__main__":
    prepare()
    sys.exit(become(*serve(socket.socket(fileno=int(sys.argv[1]))))())
