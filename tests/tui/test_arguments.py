"""The command line of chat-client, in the process."""

import pytest

from chat.tui.arguments import Asked, parse


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
    ],
)
def test_wrong(arguments, why, capsys):
    """What is wrong is said after the original sentence; the exit code is 2."""
    with pytest.raises(SystemExit) as left:
        parse(arguments)
    assert left.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Uso correto: script, endereço IP, número da porta"
    assert why in lines[1]
    assert lines[2].startswith("uso: chat-client")
