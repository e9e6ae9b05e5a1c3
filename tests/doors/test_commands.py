"""What lines ask for, in both languages."""

from collections.abc import Iterator

import pytest

from chat import messages as m
from chat import words
from chat.doors.commands import COMMANDS, NAMED, Said, enter
from chat.doors.talk import Talk


@pytest.fixture
def talk() -> Talk:
    """Somebody who is in the lobby."""
    talk = Talk("token")
    talk.user, talk.lobby, talk.room = "ana", "#geral", "#geral"
    return talk


@pytest.fixture
def portuguese() -> Iterator[None]:
    """The test speaks Portuguese."""
    words.use(words.PORTUGUESE)
    yield
    words.use(words.ENGLISH)


def send(to: str, body: str) -> m.Send:
    return m.Send(to=to, body=body, cid="token-1")


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("oi, gente", [send("#geral", "oi, gente")]),
        ("  recuado  ", [send("#geral", "  recuado")]),
        ("//quem", [send("#geral", "/quem")]),
        ("e-mail: a@b", [send("#geral", "e-mail: a@b")]),
        ("@bia psiu, você", [send("@bia", "psiu, você")]),
        ("@bia\tpsiu", [send("@bia", "psiu")]),
        ("/msg bia psiu", [send("@bia", "psiu")]),
        ("/privado @bia psiu", [send("@bia", "psiu")]),
        ("@", [send("#geral", "@")]),
        ("", []),
        (" \t", []),
        ("/sala aula", [m.Join(room="#aula", ref="1")]),
        ("/JOIN #aula agora", [m.Join(room="#aula", ref="1")]),
        ("/deixar", [m.Leave(room="#geral", ref="1")]),
        ("/part aula", [m.Leave(room="#aula", ref="1")]),
        ("/quem", [m.Who(room="#geral")]),
        ("/who #aula", [m.Who(room="#aula")]),
        ("/salas", [m.Rooms()]),
        ("/sair", [m.Bye()]),
        ("/quit", [m.Bye()]),
        ("#sair", [m.Bye()]),
        ("Desconectar", [m.Bye()]),
        ("Desconectar já", [send("#geral", "Desconectar já")]),
        ("/sala", ["Write it like this: /room #ROOM\n"]),
        ("@bia", ["Write it like this: /msg NAME TEXT\n"]),
        ("/msg", ["Write it like this: /msg NAME TEXT\n"]),
        ("/\x1b[2J", ["There is no command /␛[2j. /help shows what there is.\n"]),
    ],
)
def test_lines(talk: Talk, line: str, asked: list[Said]) -> None:
    """Each line asks for what it says, or is answered with how to write it."""
    assert list(enter(talk, line)) == asked


@pytest.mark.usefixtures("portuguese")
def test_help_in_portuguese(talk: Talk) -> None:
    """The help names every command as the language in use has it."""
    (help_,) = enter(talk, "/help")
    assert isinstance(help_, str)
    for command in COMMANDS:
        assert f"\n{command.names[0]}" in help_
    assert "#sair" in help_
    assert "@NOME TEXTO" in help_


def test_every_name_is_one_commands() -> None:
    """No two commands share a name, and each has one in both languages."""
    assert len(NAMED) == sum(len(command.names) for command in COMMANDS)
    assert all(len(command.names) >= 2 for command in COMMANDS)


def test_cids_differ() -> None:
    """No two messages of a talk have the same cid, and those of two talks differ by their token."""
    one, two = Talk("one"), Talk("two")
    assert len({one.cid(), one.cid(), two.cid(), two.cid()}) == 4
