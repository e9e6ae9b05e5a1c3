"""Answering, editing, deleting, reacting: by command and by choosing a message, seen on both screens."""

import pytest

from chat.words import t
from tests.tui.terminal import (
    CTRL_C,
    CTRL_P,
    CTRL_S,
    DOWN,
    ENTER,
    ESC,
    SHIFT_UP,
    UP,
)


@pytest.fixture
async def two(running, sit):
    """Ana and Bia in one room, in which each has said something."""
    ana, bia = await sit(running.port, "ana"), await sit(running.port, "bia")
    await ana.terminal.shows("* bia entrou")
    await bia.client.send("#geral", "bom dia")
    await ana.client.send("#geral", "olá, bia")
    await ana.terminal.shows("bia: bom dia", "ana: olá, bia ✓")
    await bia.terminal.shows("ana: olá, bia")
    return ana, bia


async def test_reply_by_number(two):
    """While a command that takes a number is written, the messages show theirs; the answer quotes."""
    ana, bia = two
    ana.terminal.type("/responder 2")
    await ana.terminal.shows(" 2 bia: bom dia", " 1 ana: olá, bia")
    ana.terminal.type(" bom dia!" + ENTER)
    await bia.terminal.shows("╭╴bia: bom dia", "ana: bom dia!")
    await ana.terminal.hides(" 2 bia: bom dia")


async def test_reply_by_choosing(two):
    """A message is chosen with the keys; what is written then answers it."""
    ana, bia = two
    ana.terminal.type(CTRL_S)
    await ana.terminal.shows("▸ana: olá, bia", "r responde")
    ana.terminal.type(UP + "r")
    await ana.terminal.shows("respondendo a bia (Esc desiste): bom dia")
    ana.terminal.type("sim" + ENTER)
    await bia.terminal.shows("╭╴bia: bom dia", "ana: sim")
    await ana.terminal.hides("respondendo")


async def test_giving_up_an_answer(two):
    """Esc gives up answering, and what was written stays."""
    ana, bia = two
    ana.terminal.type(SHIFT_UP + "r" + "espera")
    await ana.terminal.shows("respondendo a ana", "> espera")
    ana.terminal.type(ESC)
    await ana.terminal.hides("respondendo")
    ana.terminal.type(ENTER)
    await bia.terminal.shows("· espera")
    assert "╭╴" not in bia.terminal.picture


async def test_choosing_is_left(two):
    """Down from the last message, Esc and Ctrl-C go back to writing; Ctrl-C does not leave then."""
    ana, _ = two
    for back in (DOWN, ESC, CTRL_C, "q"):
        ana.terminal.type(CTRL_S)
        await ana.terminal.shows("r responde")
        ana.terminal.type(back)
        await ana.terminal.hides("r responde")
    ana.terminal.type("q")
    await ana.terminal.shows("> q")


async def test_edit_with_the_up_key(two):
    """From an empty field the up key edits one's last message; everybody sees the new words, marked."""
    ana, bia = two
    ana.terminal.type(UP)
    await ana.terminal.shows("editando (Esc desiste): olá, bia", "> olá, bia")
    ana.terminal.type(" querida" + ENTER)
    await bia.terminal.shows(f"ana: olá, bia querida {t('(edited)')}")
    await ana.terminal.hides("editando")
    await ana.terminal.until(lambda: ana.terminal.lines[-1].split() == [">", "[Enviar]"])


async def test_editing_spares_the_draft(two):
    """What was being written comes back after an edit, and what was given up can be had again."""
    ana, bia = two
    ana.terminal.type("meu rascunho" + CTRL_S + "e")
    await ana.terminal.shows("editando", "> olá, bia")
    ana.terminal.type("!" + ENTER)
    await bia.terminal.shows(f"olá, bia! {t('(edited)')}")
    await ana.terminal.shows("> meu rascunho")
    ana.terminal.type(CTRL_S + "e")
    await ana.terminal.shows("> olá, bia!")
    ana.terminal.type(" de novo" + ESC)
    await ana.terminal.shows("> meu rascunho")
    ana.terminal.type(CTRL_P)
    await ana.terminal.shows("> olá, bia! de novo")


async def test_delete_by_key(two):
    """d asks once; s deletes for everybody, n leaves it."""
    ana, bia = two
    ana.terminal.type(CTRL_S + "d")
    await ana.terminal.shows("Apagar “olá, bia” para todos? s sim · n não")
    ana.terminal.type("n")
    await ana.terminal.shows("* Ficou como estava.")
    ana.terminal.type(CTRL_S + "d")
    await ana.terminal.shows("Apagar “olá, bia”")
    ana.terminal.type("s")
    await bia.terminal.shows(t("(deleted)"))
    await bia.terminal.hides("olá, bia")


async def test_not_ones_own(two):
    """Somebody else's message cannot be edited or deleted, which is said."""
    ana, _ = two
    for key in ("e", "d"):
        ana.terminal.type(CTRL_S + UP + key)
        await ana.terminal.shows("* Essa mensagem não é sua.")
        ana.terminal.type("/ajuda //TEXTO" + ENTER)
        await ana.terminal.shows("* //TEXTO")


async def test_reactions(two):
    """+ begins the command; an emoji is offered by its short name, and taken back by the same."""
    ana, bia = two
    ana.terminal.type(CTRL_S + UP + "+")
    await ana.terminal.shows("> /reagir 2 :", " 2 bia: bom dia")
    ana.terminal.type("joi\t" + ENTER)
    await bia.terminal.shows("👍", "ana")
    await ana.terminal.hides(" 2 bia")
    ana.terminal.type("/react 2 +1" + ENTER)
    await bia.terminal.hides("👍")


async def test_acting_and_topic(two):
    """/eu says what one does; /topico sets what stands in the title."""
    ana, bia = two
    ana.terminal.type("/eu acena :oi:" + ENTER + "/topico redes e cabos" + ENTER)
    await bia.terminal.shows(
        "* ana acena 👋", "#geral  redes e cabos", "* ana definiu o tópico: redes e cabos"
    )


async def test_clicking_a_message(two):
    """A click on a message chooses it."""
    ana, bia = two
    ana.terminal.click("bom dia")
    await ana.terminal.shows("▸bia: bom dia")
    ana.terminal.type("r" + "claro" + ENTER)
    await bia.terminal.shows("╭╴bia: bom dia", "ana: claro")
