"""What is printed when no session came about, and after one."""

import pytest

from chat.client import ConnectFailed, Item
from chat.tui.shell.parting import goodbye, not_connected


@pytest.mark.parametrize(
    ("failure", "tried", "following"),
    [
        (
            ConnectFailed("refused", "localhost", 10101, ("[::1]:10101", "127.0.0.1:10101")),
            "Tentativa em localhost:10101 ([::1]:10101, 127.0.0.1:10101): "
            "ninguém atende nesse endereço e porta.",
            "Para abrir um nesta máquina: chat-server",
        ),
        (
            ConnectFailed("refused", "127.0.0.1", 8081, ("127.0.0.1:8081",)),
            "Tentativa em 127.0.0.1:8081: ninguém atende nesse endereço e porta.",
            "Para abrir um nesta máquina: chat-server --port 8081",
        ),
        (
            ConnectFailed("not_found", "casa;rm", 10101),
            "Tentativa em casa;rm:10101: não existe máquina com esse nome.",
            "Confira o endereço e a porta com quem abriu o servidor e tente de novo: "
            "chat-client --host 'casa;rm' --port 10101",
        ),
        (
            ConnectFailed("server_full", "10.0.0.7", 10101, ()),
            "Tentativa em 10.0.0.7:10101: o servidor está cheio; tente mais tarde.",
            None,
        ),
    ],
)
def test_not_connected(failure, tried, following):
    """The original sentence, what was tried and why it failed, and what to type next."""
    lines = not_connected(failure).splitlines()
    assert lines[:3] == ["", "Não foi possível conectar-se ao servidor.", tried]
    assert lines[3:4] == ([following] if following else [])


def test_goodbye():
    """What was not sent is printed, so that it need not be thought of twice."""
    assert goodbye(()) == "Você saiu do chat."
    assert goodbye([Item("c", "#geral", "um\ndois", 0)]).splitlines() == [
        "Você saiu; 1 mensagem não foi enviada:",
        "#geral: um↵dois",
    ]


def test_what_is_kept_goes_out_later():
    """Words that are on the disk are said to go out when one comes back."""
    assert goodbye([Item("c", "#geral", "um", 0)], kept=True).splitlines() == [
        "Você saiu; 1 mensagem sai quando você voltar:",
        "#geral: um",
    ]
