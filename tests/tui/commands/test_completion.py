"""What Tab offers."""

import pytest

from chat import words
from chat.client.state import State
from chat.tui.commands.completion import candidates
from chat.tui.desk.view import View


@pytest.fixture
def state():
    """Ana in #geral with Bia and Bruno; she has talked to Ceu, and knows #redes."""
    made = State("Ana")
    made.open("#geral").enter(["Ana", "Bia", "bruno"])
    made.open("#redes")
    made.open("@Ceu")
    return made


@pytest.mark.parametrize(
    ("before", "offered"),
    [
        ("/sala", ["/sala ", "/salas "]),
        ("/he", ["/help "]),
        ("/nada", []),
        ("b", ["Bia: ", "bruno: "]),
        ("oi, B", ["Bia ", "bruno "]),
        ("ana", []),
        ("@c", ["@Ceu "]),
        ("/privado b", ["Bia ", "bruno "]),
        ("/privado bia b", ["Bia ", "bruno "]),
        ("/sala ", ["#geral ", "#redes "]),
        ("/sala #r", ["#redes "]),
        ("/room #r", ["#redes "]),
        ("", []),
        ("oi ", []),
        ("um\nb", ["Bia ", "bruno "]),
        ("boa :joi", ["👍 "]),
        (":thumbsu", ["👍 "]),
        ("/reagir 1 :fogo", ["🔥 "]),
        (":", []),
        ("/tóp", ["/topico "]),
        ("/tema c", ["claro ", "contraste ", "contrast "]),
        ("/theme l", ["light "]),
        ("/notificar m", ["menções "]),
        ("/deixar @", ["@Bia ", "@bruno ", "@Ceu "]),
        ("/ir #r", ["#redes "]),
        ("/ignorar b", ["Bia ", "bruno "]),
        ("/ajuda /sal", ["/sala ", "/salas "]),
    ],
)
def test_candidates(state, before, offered):
    """Commands, people and rooms, where each may stand; never oneself."""
    assert [offer.text for offer in candidates(state, View(current="#geral"), before)] == offered


def test_offers_replace_the_word(state):
    """What is offered stands for as many characters as the word has."""
    (offer,) = candidates(state, View(current="#geral"), "veja @CE")
    assert (offer.text, offer.length) == ("@Ceu ", 3)


def test_names_are_shown_safely(state):
    """A name from the network comes into the field only in the form in which it may be shown."""
    state.talks["#geral"].enter(["zé\x1b[2J"])
    (offer,) = candidates(state, View(current="#geral"), "zé")
    assert "\x1b" not in offer.text


def test_commands_say_what_they_do(state):
    """Beside a command stands what it does, in the language in use."""
    words.use(words.ENGLISH)
    assert [offer[::2] for offer in candidates(state, View(), "/w")] == [("/who ", "who is in the room")]
