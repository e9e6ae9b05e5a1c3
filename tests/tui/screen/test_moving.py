"""Finding one's way: search and what is around, the quick switcher, what is new, the talk before."""

import pytest

from tests.peer import Peer
from tests.tui.terminal import (
    ALT_A,
    ALT_L,
    ALT_U,
    ALT_UP,
    BACKSPACE,
    CTRL_C,
    CTRL_END,
    CTRL_F,
    CTRL_K,
    CTRL_S,
    DOWN,
    ENTER,
    ESC,
    FOCUS_IN,
    FOCUS_OUT,
    PAGE_UP,
    UP,
)


@pytest.fixture
async def much(running, sit):
    """Ana, after a long conversation about numbers."""
    bia = await Peer.hello(running.port, "bia")
    for number in range(1, 121):
        word = "agulha" if number in (10, 60) else "palha"
        await bia.send("#geral", f"{word} <{number}>", f"c{number}")
    ana = await sit(running.port, "ana")
    await ana.terminal.shows("palha <120>")
    return ana, bia


async def test_search_and_back(much):
    """What is found is listed, newest first; Enter shows what was said around it; Esc goes back twice."""
    ana, _ = much
    ana.terminal.type(CTRL_F + "agulha" + ENTER)
    await ana.terminal.shows("2 encontradas: agulha", "agulha <60>", "agulha <10>")
    ana.terminal.type(DOWN + ENTER)
    await ana.terminal.shows("agulha <10>", "palha <9>", "palha <11>")
    ana.terminal.type(ESC)
    await ana.terminal.shows("2 encontradas")
    ana.terminal.type(ESC)
    await ana.terminal.shows("palha <120>", "> ")
    await ana.terminal.hides("encontradas")


async def test_reading_on_around(much):
    """Around a result one reads on with the keys that scroll, beyond what came at first; Enter goes there."""
    ana, _ = much
    ana.terminal.type("/buscar #geral agulha" + ENTER)
    await ana.terminal.shows("agulha <60>")
    ana.terminal.type("/contexto 1" + ENTER)
    await ana.terminal.shows("palha <59>", "palha <61>")
    while "palha <2>" not in ana.terminal.picture:
        before = ana.terminal.picture
        ana.terminal.type(PAGE_UP)
        await ana.terminal.until(lambda before=before: ana.terminal.picture != before)
    ana.terminal.type(ENTER)
    await ana.terminal.shows("palha <120>")


async def test_writing_shuts_what_was_found(much):
    """Who goes on writing is in the field again, and loses no letter; Ctrl-C goes back and does not leave."""
    ana, _ = much
    ana.terminal.type("/buscar agulha" + ENTER)
    await ana.terminal.shows("encontradas")
    ana.terminal.type("achei")
    await ana.terminal.shows("> achei", "palha <120>")
    ana.terminal.type(CTRL_C + "/buscar agulha" + ENTER)
    await ana.terminal.shows("encontradas")
    ana.terminal.type(CTRL_C)
    await ana.terminal.hides("encontradas")
    assert not ana.session.done()


async def test_nothing_found(much):
    """That nothing was found is said; without words the command says how it is written."""
    ana, _ = much
    ana.terminal.type("/search camelo" + ENTER)
    await ana.terminal.shows("camelo")
    ana.terminal.type(ESC)
    await ana.terminal.hides("camelo")
    ana.terminal.type("/buscar" + ENTER)
    await ana.terminal.shows("* Escreva assim: /buscar [#SALA | @NOME]")


async def test_clicking_a_result(much):
    """A click on a result shows what is around it."""
    ana, _ = much
    ana.terminal.type("/buscar agulha" + ENTER)
    await ana.terminal.shows("agulha <10>")
    ana.terminal.click("agulha <10>")
    await ana.terminal.shows("palha <9>", "palha <11>")


async def test_selecting_scrolls(much):
    """Going up, the chosen message is always to be seen, and older pages come by themselves."""
    ana, _ = much
    ana.terminal.type(CTRL_S + UP * 40)
    await ana.terminal.shows("▸bia: palha <80>")
    while "agulha <10>" not in ana.terminal.picture:
        before = ana.terminal.picture
        ana.terminal.type(UP * 5)
        await ana.terminal.until(lambda before=before: ana.terminal.picture != before)
    ana.terminal.type(CTRL_C + CTRL_END)
    await ana.terminal.shows("palha <120>")


async def test_switcher(running, sit):
    """Part of a name and Enter go to a talk; Esc and a last backspace stay."""
    ana = await sit(running.port, "ana", rooms=["#redes", "#provas"])
    await ana.terminal.shows("#provas", "#redes", "* Conectado.")
    ana.terminal.type("rascunho" + CTRL_K)
    await ana.terminal.shows("Ir para:", "▸ #provas")
    ana.terminal.type("dex" + BACKSPACE)
    await ana.terminal.shows("▸ #redes")
    ana.terminal.type(ENTER)
    await ana.terminal.shows("▸#redes")
    await ana.terminal.hides("rascunho")
    for back in (ESC, "x" + BACKSPACE * 2):
        ana.terminal.type(CTRL_K)
        await ana.terminal.shows("Ir para:")
        ana.terminal.type(back)
        await ana.terminal.hides("Ir para:")
    ana.terminal.type(ALT_L)
    await ana.terminal.shows("▸#geral", "> rascunho")


async def test_next_unread_and_back(running, sit):
    """Alt-A goes to what is new, mentions first; there a line stands above it; Alt-L goes back."""
    ana = await sit(running.port, "ana", rooms=["#redes", "#provas"])
    bia = await Peer.hello(running.port, "bia", rooms=["#redes", "#provas"])
    await ana.terminal.shows("* bia entrou")
    await bia.send("#provas", "uma coisa", "c1")
    await bia.send("#redes", "ana, outra", "c2")
    await ana.terminal.shows("#provas", "1", "#redes")
    ana.terminal.type(ALT_A)
    await ana.terminal.shows("▸#redes", "ana, outra")
    ana.terminal.type("/novas" + ENTER)
    await ana.terminal.shows("▸#provas", "uma coisa")
    ana.terminal.type("/anterior" + ENTER)
    await ana.terminal.shows("▸#redes")
    ana.terminal.type(ALT_UP)
    await ana.terminal.shows("▸#provas")


async def test_first_unread(running, sit):
    """Alt-U goes up to the first message that had not been read."""
    ana = await sit(running.port, "ana", rooms=["#redes"])
    bia = await Peer.hello(running.port, "bia", rooms=["#redes"])
    await bia.send("#redes", "lida", "c0")
    await ana.terminal.shows("#redes         1")
    ana.terminal.type(ALT_A)
    await ana.terminal.shows("bia: lida")
    ana.terminal.type(ALT_L)
    await ana.terminal.shows("▸#geral")
    for number in range(40):
        await bia.send("#redes", f"nova <{number}>", f"n{number}")
    await ana.terminal.shows("#redes        40")
    ana.terminal.type(ALT_A)
    await ana.terminal.shows("nova <39>")
    ana.terminal.type(ALT_U)
    await ana.terminal.shows("nova <0>", "─ novas ─")


async def test_away_from_the_terminal(running, sit):
    """While the terminal is not in front what comes is not read: a line marks it, and a notice is given."""
    ana = await sit(running.port, "ana")
    bia = await Peer.hello(running.port, "bia")
    await ana.terminal.shows("* bia entrou")
    assert "\x1b[?1004h" in "".join(ana.terminal.raw)
    await bia.send("#geral", "antes", "c1")
    await ana.terminal.shows("antes")
    ana.terminal.type(FOCUS_OUT)
    await ana.terminal.until(lambda: ana.screen.stage.alerts.in_front is False)
    await bia.send("#geral", "ana, está aí? ;", "c3")
    await ana.terminal.shows("─ novas ─", "está aí?")
    sent = "".join(ana.terminal.raw)
    assert "\x1b]9;chat: #geral bia: ana, está aí? ,\x1b\\" in sent
    assert "\x07" in sent
    ana.terminal.type(FOCUS_IN + "sim" + ENTER)
    await ana.terminal.shows("ana: sim ✓")
    await ana.terminal.hides("─ novas ─")
    assert "[I" not in ana.terminal.picture
