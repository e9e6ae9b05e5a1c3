"""The command line of chat-client, in the process."""

from math import inf
from pathlib import Path

import pytest

from chat.tui.shell.arguments import parse
from chat.tui.shell.asked import Asked, Sending, Tailing
from chat.tui.shell.usages import CLIENT, IDENTITY, SEND, TAIL, parser


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        ([], Asked("localhost", 10101, None, False)),
        (["--user", "ana"], Asked("localhost", 10101, "ana", False)),
        (["10.0.0.7"], Asked("10.0.0.7", 10101, None, False)),
        (["10.0.0.7", "8081"], Asked("10.0.0.7", 8081, None, False)),
        (["--host", "a", "--port", "8081", "--linear"], Asked("a", 8081, None, True)),
        (["--user=ana", "::1", "8081", "--lang", "en"], Asked("::1", 8081, "ana", False)),
    ],
)
def test_right(arguments, asked):
    """Address and port may be named or stand alone; there are defaults for all."""
    assert parse(arguments) == asked


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["a", "b"], "'b' não é uma porta: um número de 1 a 65535"),
        (["a", "65536"], "'65536' não é uma porta"),
        (["a", "٣"], "não é uma porta"),
        (["a", "1", "c"], "Isto não serve aqui: c"),
        (["--use", "ana"], "Isto não serve aqui: --use"),
        (["--port"], "--port: falta um valor"),
        (["--linear=1"], "--linear: não leva valor, mas veio '1'"),
    ],
)
def test_wrong(arguments, why, capsys):
    """The original sentence comes first, what is wrong last; the exit code is 2."""
    with pytest.raises(SystemExit) as left:
        parse(arguments)
    assert left.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Uso correto: script, endereço IP, número da porta"
    assert lines[1].startswith("uso: chat-client")
    assert why in lines[-1]


def sending(**changed):
    """What `send` is asked for with nothing said, but for this."""
    usual = {"host": "localhost", "port": 10101, "user": None, "to": None, "words": None}
    return Sending(**(usual | {"whole": False, "wait": None} | changed))


def tailing(**changed):
    """The same for `tail`."""
    usual = {"host": "localhost", "port": 10101, "user": None, "rooms": (), "private": False, "json": False}
    usual |= {"since": None, "last": 10, "count": None, "follow": True, "state": None, "resume": False}
    return Tailing(**(usual | {"wait": None} | changed))


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (["send"], sending()),
        (["send", "--room", "ops"], sending(to="#ops")),
        (["send", "--to", "@Ana", "oi,", "gente"], sending(to="@Ana", words="oi, gente")),
        (["send", "--multiline", "--wait", "inf"], sending(whole=True, wait=inf)),
        (["tail", "--room", "#a", "--room", "b", "--room", "a"], tailing(rooms=("#a", "#b"))),
        (["tail", "--private", "--json", "--last", "0"], tailing(private=True, json=True, last=0)),
        (["tail", "--resume", "--count", "3"], tailing(resume=True, count=3)),
        (["tail", "--state", "x", "--no-follow"], tailing(resume=True, state=Path("x"), follow=False)),
    ],
)
def test_filters(arguments, asked):
    """Rooms may be named without their sign, which a shell would take for a comment."""
    assert parse(arguments) == asked


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["send", "--room", "a b"], "--room: isso não é nome de sala"),
        (["send", "--to", "a b"], "--to: esse nome não é permitido"),
        (["send", "--room", "a", "--to", "b"], "--room e --to: use só um dos dois"),
        (["send", "--wait", "-1"], "--wait: '-1' não é um número de segundos"),
        (["send", "--wait", "x"], "--wait: 'x' não é um número de segundos: 0 ou mais"),
        (["tail", "--count", "0"], "--count: '0' não é um número de 1 ou mais"),
        (["tail", "--last", "x"], "--last: 'x' não é um número de 0 ou mais"),
        (["tail", "--last", "1", "--since", "1"], "--since e --last: use só um dos dois"),
        (["tail", "a", "b"], "ENDEREÇO: 'a'"),
        (["tail", "--private", "--no-follow"], "--private: um servidor não lista"),
        (["tail", "ops"], "ENDEREÇO: 'ops' não é o endereço de um servidor"),
    ],
)
def test_wrong_filters(arguments, why, capsys):
    """What is wrong is said last, with the option it is about, after where to read more."""
    with pytest.raises(SystemExit) as left:
        parse(arguments)
    assert left.value.code == 2
    *usage, last = capsys.readouterr().err.splitlines()
    assert last.startswith(why)
    assert usage[0].startswith(f"uso: chat-client {arguments[0]}")
    assert usage[-1] == f"Tudo o que há: chat-client {arguments[0]} --help"


@pytest.mark.parametrize("columns", [40, 80])
@pytest.mark.parametrize("said", [CLIENT, SEND, TAIL, IDENTITY], ids=lambda said: said.program)
def test_help_fits(said, columns, monkeypatch):
    """The help names every option and exit code, and fits the terminal."""
    monkeypatch.setenv("COLUMNS", str(columns))
    text = parser(said).format_help()
    assert max(map(len, text.splitlines())) <= columns
    assert "\n\n\n" not in text
    named = [option.name for section in said.sections for option in section.options if not option.bare]
    assert [name for name in named if f"\n  {name}" not in text] == []
    assert all(f"\n  {code} " in text for code in (0, 1, 2, 3, 4, 130))
