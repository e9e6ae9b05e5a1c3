"""What typed lines mean."""

import pytest

from chat.tui.commands.commands import COMMANDS, NAMED
from chat.understand import QUIT, WHISPER, understand


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("oi, gente", ("", "oi, gente")),
        ("  recuado \n", ("", "  recuado")),
        ("", ("", "")),
        ("/sala redes", ("/sala", "redes")),
        ("/SALA  redes  agora ", ("/sala", "redes  agora")),
        ("/sair", ("/sair", "")),
        ("//sair", ("", "/sair")),
        ("/", ("/", "")),
        ("@ana oi", (WHISPER, "@ana oi")),
        ("@ana um\ndois", (WHISPER, "@ana um\ndois")),
        ("@ana", (WHISPER, "@ana")),
        (" @ana oi", ("", " @ana oi")),
        ("@ ana", ("", "@ ana")),
        ("@", ("", "@")),
        ("#sair", (QUIT, "")),
        (" #sair\n", (QUIT, "")),
        ("Desconectar", (QUIT, "")),
        ("Desconectar agora", ("", "Desconectar agora")),
        ("desconectar", ("", "desconectar")),
    ],
)
def test_understand(text, meaning):
    """A command begins with a slash, a private message with @; the original words of farewell stand alone."""
    assert understand(text) == meaning


def test_every_meaning_is_a_command():
    """What is understood without a slash is in the table of commands too."""
    assert {QUIT, WHISPER} <= NAMED.keys()


def test_names_are_unique():
    """No two commands share a name, and each has a Portuguese and an English one."""
    names = [name for command in COMMANDS for name in {*command.names}]  # a word may be both languages
    assert len(names) == len(set(names))
    assert all(len(command.names) >= 2 for command in COMMANDS)
    required = {"/ajuda", "/help", "/sala", "/room", "/sair", "/quit", "/quem", "/who", "/privado", "/msg"}
    assert required <= set(names)
