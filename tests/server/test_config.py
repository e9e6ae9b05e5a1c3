"""The server's configuration file: the same options, the same bounds, and the command line above it."""

from pathlib import Path

import pytest

from chat import words
from chat.server import config
from chat.server.arguments import parse


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file to be written by the test."""
    return tmp_path / "server.toml"


def test_what_it_says_counts(file: Path) -> None:
    """Texts, numbers and switches; what it does not name has its default."""
    file.write_text('host = "0.0.0.0"\nport = 5\nno-guests = true\nplaintext = false\nlobby = "#casa"\n')
    asked = parse(["--config", str(file)])
    assert (asked.host, asked.port, asked.no_guests, asked.plaintext) == ("0.0.0.0", 5, True, False)
    assert (asked.lobby, asked.name) == ("#casa", "chat")


@pytest.mark.parametrize("arguments", [["--port", "7", "--host", "127.0.0.1"], ["127.0.0.1", "7"]])
def test_the_command_line_counts_more(file: Path, arguments: list[str]) -> None:
    """Named or by their place, the arguments win over the file."""
    file.write_text('host = "0.0.0.0"\nport = 5\nmax-clients = 9\n')
    asked = parse([*arguments, f"--config={file}"])
    assert (asked.host, asked.port, asked.max_clients) == ("127.0.0.1", 7, 9)


def test_found_by_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without --config the user's own file is read, if there is one."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert parse([]).port == 10101
    config.place().parent.mkdir(parents=True)
    config.place().write_text("port = 5\n")
    assert parse([]).port == 5


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("port = 70000\n", ", linha 1: port: '70000' não é uma porta: um número de 0 a 65535"),
        ("\nprot = 1\n", ", linha 2: prot: não existe esse item; existem: host, port,"),
        ('synchronous = "x"\n', ", linha 1: synchronous: pode ser um destes: full, normal, off"),
        ('config = "x"\n', ", linha 1: config: não existe esse item; existem: host, port,"),
        ("quiet = 1\n", ", linha 1: quiet: pode ser um destes: true, false"),
        ("port = true\n", ", linha 1: port: deve ser um texto ou um número"),
        ("port = [1]\n", ", linha 1: port: deve ser um texto ou um número"),
        ("port = \n", ", linha 1: isto não é TOML"),
        (None, ": esse arquivo não existe"),
    ],
)
def test_wrong(file: Path, text: str | None, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence with the place and what is allowed; exit code 2."""
    words.use(words.PORTUGUESE)
    if text is not None:
        file.write_text(text)
    try:
        with pytest.raises(SystemExit) as left:
            parse(["--config", str(file)])
    finally:
        words.use(words.ENGLISH)
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith(f"A configuração está errada: {file}{why}")
