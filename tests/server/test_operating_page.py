"""The operator's page is true: its configuration is read, and its commands do what it says."""

import re
from pathlib import Path

import pytest

from chat.server import cli
from chat.server.arguments import USAGE, parse
from tests.processes import Launch, typed

PAGE = (Path(cli.__file__).with_name("OPERATING.md")).read_text("utf-8")


def blocks(language: str) -> list[str]:
    """The code blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the operator is, with the page's own configuration."""
    (text,) = blocks("toml")
    (tmp_path / "server.toml").write_text(text.replace("port = 10101", "port = 0"))
    return tmp_path


def test_the_configuration(folder: Path) -> None:
    """Each line of it is an option, and decides what it says."""
    asked = parse(["--config", str(folder / "server.toml")])
    assert (asked.host, asked.lobby, asked.no_guests, asked.max_per_address) == (
        "0.0.0.0",
        "#geral",
        True,
        64,
    )


def test_every_command(folder: Path, launch: Launch) -> None:
    """Before the server runs, and while it does; each ends well and says what is told of it."""
    before, after = (lambda line: "admin" not in line and "invite" not in line), "admin sessions"
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    for line in filter(before, lines):
        done = typed(line, folder)
        assert (done.returncode, done.stderr) == (0, ""), line
    assert "ExecStart=" in (folder / "chat-server.service").read_text()
    server = launch("--port", "0", "--data", str(folder / "data"))
    server.port()
    said = {}
    for line in (line for line in lines if not before(line)):
        done = typed(line, folder)
        said[line] = done.stdout
        if " free " not in line:  # nobody has that name yet: the page's is an example
            assert (done.returncode, done.stderr) == (0, ""), line
    assert after in " ".join(said)
    assert "descriptors 0" in said["chat-server admin counters --data data"]
    assert "chat-client chat://" in said["chat-server invite --data data"]
    assert server.stop() == 0


def test_every_option_it_names() -> None:
    """No option is named that there is not."""
    known = {option.name for section in USAGE.sections for option in section.options} | {"--help", "--now"}
    assert set(re.findall(r"`[^`]*?(--[a-z-]+)", PAGE)) <= known
