"""Installed servers in processes of their own, and what they say."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import announced, forked
from tests.patience import PATIENCE

SERVER = Path(sys.executable).with_name("chat-server")


FREELY = ("--send-rate", "0", "--join-rate", "0", "--make-rate", "0")
"""Options of a server on which one may say and enter as much as one likes in a moment."""


class Process:
    """A running chat-server and the lines it has said; `anew` where its memory or its time is looked at."""

    def __init__(self, *arguments: str, lang: str = "en", anew: bool = False) -> None:
        self.process = (subprocess.Popen if anew else forked.popen)(
            [SERVER, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"CHAT_LANG": lang},
        )
        self.lines: list[str] = []

    def line(self, part: str) -> str:
        """The next line that contains `part`."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if part in line:
                return self.lines[-1]
        raise AssertionError(f"no {part!r} in {self.lines}")

    def port(self) -> int:
        """The port it listens on."""
        while (found := announced.port(self.line("127.0.0.1:"))) is None:
            pass  # it is of a client who came back, or of a nats-server it has lost
        return found

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait; the exit code."""
        self.process.send_signal(number)
        assert self.process.stdout is not None
        self.lines += [line.rstrip("\n") for line in self.process.stdout]
        return self.process.wait(timeout=PATIENCE)


Launch = Callable[..., Process]


@pytest.fixture
def launch() -> Iterator[Launch]:
    """Start chat-server; whatever a test leaves running is ended."""
    started: list[Process] = []

    def _launch(*arguments: str, lang: str = "en", anew: bool = False) -> Process:
        started.append(Process(*arguments, lang=lang, anew=anew))
        return started[-1]

    yield _launch
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.communicate()


def typed(line: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a line of a page as a shell would, with the installed program."""
    command = line.replace("chat-server", str(SERVER), 1)
    return subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=os.environ | {"CHAT_LANG": "en"},
    )
