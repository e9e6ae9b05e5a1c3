"""The first minute: the READMEs' lines and what the programs print, typed until two people have talked."""

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests import pages
from tests.test_pages import ENGLISH, PORTUGUESE, blocks
from tests.tui.test_installed import Console

SETUP = "make .venv/ready"
"""What the READMEs have one type on a machine where nothing but `make run` would set things up."""


class Typed:
    """The commands that people have typed into shells, in terminals of their own; counted and timed."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.commands: list[str] = []
        self.began = time.monotonic()

    def __call__(self, machine: Path, command: str) -> Console:
        """Type a command in a new terminal of a machine, whose files are in a folder of its own."""
        self.commands.append(command)
        own = {name: str(machine / name) for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME")}
        shell = ("/bin/sh", "-c", f"cd {pages.ROOT} && exec {command}")
        return self._stack.enter_context(closing(Console(*shell, columns=160, MAKEFLAGS="", **own)))

    def told(self, most: int) -> None:
        """There were not too many; how many, and in what time, is printed."""
        took = time.monotonic() - self.began
        print(f"{len(self.commands)} commands in {took:.1f} s: " + "; ".join(self.commands))
        assert len(self.commands) <= most, self.commands


@pytest.fixture
def typed() -> Iterator[Typed]:
    """A keyboard; every program is ended afterwards."""
    with ExitStack() as stack:
        yield Typed(stack)


def exchanged(ana: Console, bia: Console) -> None:
    """Each says something that the other reads."""
    for one in (ana, bia):
        one.shows("[Enviar]", "Conectado")
    ana.type("você me lê?\r")
    bia.shows("você me lê?")
    bia.type("leio sim\r")
    ana.shows("leio sim")


def test_on_one_machine(typed: Typed, tmp_path: Path, usual_port: int) -> None:
    """At most four commands, the second of them as the first prints it."""
    (run,) = blocks(ENGLISH, "sh")[0].split("\n")[:1]
    ana = typed(tmp_path, run)
    ana.shows("Num segundo terminal", "--user bia")
    (second,) = re.findall(r"(\S*chat-client --user bia)", ana.picture)
    exchanged(ana, typed(tmp_path, second))
    typed.told(4)
    ana.type("/sair\r")
    assert ana.ends() == 0


def test_on_two_machines(typed: Typed, tmp_path: Path, usual_port: int) -> None:
    """At most six commands on both: nothing is confirmed, copied by hand or configured in between."""
    here, there = tmp_path / "here", tmp_path / "there"
    for text in (ENGLISH, PORTUGUESE):
        assert f"`{SETUP}`" in text
    serve = blocks(ENGLISH, "sh")[1].strip()
    assert typed(here, SETUP).ends() == 0
    server = typed(here, serve)
    server.shows("chat-client chat://")
    (handed, *_) = re.findall(r"chat-client chat://\S+", server.picture)
    ana = typed(here, ".venv/bin/chat-client")
    assert typed(there, SETUP).ends() == 0
    bia = typed(there, ".venv/bin/" + re.sub(r"//[^/]+/", "//127.0.0.2/", handed))
    for one, name in ((ana, "ana"), (bia, "bia")):
        one.shows("Usuário:")
        one.type(f"{name}\r")
    exchanged(ana, bia)
    typed.told(6)
