"""The full screen over a real server: keys in, the picture of a terminal emulator out."""

import pytest

from chat.tui.desk.config import Config
from chat.tui.desk.keys import bound
from tests.peer import Peer
from tests.tui.terminal import (
    ALT_DOWN,
    ALT_ENTER,
    ALT_UP,
    CTRL_C,
    CTRL_D,
    CTRL_END,
    ENTER,
    F1,
    PAGE_DOWN,
    PAGE_UP,
    SHIFT_TAB,
    TAB,
    UP,
)


async def test_two_people_talk(running, sit):
    """What one sends by Enter appears on the other's screen, and once, confirmed, on one's own."""
    ana, bia = await sit(running.port, "ana"), await sit(running.port, "bia")
    await ana.terminal.shows("Conectado como ana", "* bia entrou")
    ana.terminal.type("oi, gente" + ENTER)
    await bia.terminal.shows("ana: oi, gente")
    await ana.terminal.shows("ana: oi, gente ✓")
    assert ana.terminal.picture.count("oi, gente") == 1


async def test_whole_screen(running, sit):
    """Rooms, messages, people, field, button and status stand where they belong at 80x24."""
    ana = await sit(running.port, "ana")
    await ana.terminal.shows("Conectado como ana a chat", "* Conectado.")
    lines = ana.terminal.lines
    ends = [(lines[row].split()[0], lines[row].split()[-1]) for row in (0, 1, 2, -2, -1)]
    assert ends[:3] == [("#geral", "pessoa"), ("Salas", "│Pessoas"), ("▸#geral", "│ana")]
    assert ends[3:] == [("Conectado", "ajuda"), (">", "[Enviar]")]


async def test_small_screen(running, sit):
    """At 40x12 there is room for messages, status, field and button, and what is unread is in the status."""
    ana = await sit(running.port, "ana", columns=40, rows=12)
    bia = await Peer.hello(running.port, "bia", rooms=["#geral"])
    await ana.terminal.shows("* bia entrou")
    ana.terminal.type("/sala redes" + ENTER)
    await ana.terminal.shows(" #redes")
    await bia.send("#geral", "uma frase comprida que precisa de mais de uma linha", "c1")
    await ana.terminal.shows("#geral 1")
    ana.terminal.type("\x1ba")
    await ana.terminal.shows("bia: uma frase comprida que")
    assert ana.terminal.lines[-1].endswith("[Enviar]")
    assert "│" not in ana.terminal.picture


@pytest.mark.parametrize("goodbye", ["/sair\r", "/quit\r", "#sair\r", "Desconectar\r", CTRL_C, CTRL_D])
async def test_leaving(running, sit, goodbye):
    """Each way to leave ends the screen and says good-bye to the server."""
    ana = await sit(running.port, "ana")
    await ana.terminal.shows("* Conectado.")
    ana.terminal.type(goodbye)
    await ana.left()
    await ana.client.close()
    assert ("gone", "ana", "bye") in running.console.events


async def test_ctrl_c_spares_the_draft(running, sit):
    """Ctrl-C first clears what is written, and the up key brings it back; Ctrl-D does not leave either."""
    ana = await sit(running.port, "ana")
    await ana.terminal.shows("* Conectado.")
    ana.terminal.type("quase")
    await ana.terminal.shows("> quase")
    ana.terminal.type(CTRL_C)
    await ana.terminal.until(lambda: ana.terminal.lines[-1].split() == [">", "[Enviar]"])
    ana.terminal.type(UP)
    await ana.terminal.shows("> quase")
    ana.terminal.type("\x1b[D" + CTRL_D)
    await ana.terminal.until(lambda: ana.terminal.lines[-1].split() == [">", "quas", "[Enviar]"])
    assert not ana.session.done()


async def test_the_draft_is_left_alone(running, sit):
    """Lines that come while something is being written change neither it nor the cursor's place."""
    ana = await sit(running.port, "ana")
    bia = await Peer.hello(running.port, "bia")
    await ana.terminal.shows("* Conectado.")
    ana.terminal.type("meia fra" + "\x1b[D" * 3)
    await ana.terminal.shows("> meia fra")
    for number in range(30):
        await bia.send("#geral", f"linha {number}", f"c{number}")
    await ana.terminal.shows("linha 29")
    assert ana.terminal.lines[-1].startswith("> meia fra")
    assert (ana.terminal.screen.cursor.x, ana.terminal.screen.cursor.y) == (len("> meia "), 23)


async def test_send_button_by_mouse(running, sit):
    """A click on the button sends what is written, and the field can be written in again."""
    ana = await sit(running.port, "ana")
    await ana.terminal.shows("[Enviar]", "* Conectado.")
    ana.terminal.type("com o rato")
    await ana.terminal.shows("> com o rato")
    ana.terminal.click("[Enviar]")
    await ana.terminal.shows("ana: com o rato ✓")
    ana.terminal.type("e mais")
    await ana.terminal.shows("> e mais")


@pytest.mark.parametrize("press", [ENTER, " "])
async def test_send_button_by_keys(running, sit, press):
    """Tab goes to the button, Enter or the space bar presses it."""
    ana = await sit(running.port, "ana")
    await ana.terminal.shows("* Conectado.")
    ana.terminal.type("pelo botão " + TAB)
    await ana.terminal.shows("> pelo botão")
    ana.terminal.type(press)
    await ana.terminal.shows("ana: pelo botão ✓")


async def test_writing_leaves_the_button(running, sit):
    """Shift-Tab comes back from the button, and so does anything that is written."""
    ana = await sit(running.port, "ana")
    await ana.terminal.shows("* Conectado.")
    ana.terminal.type("um " + TAB + "dois " + TAB + SHIFT_TAB + "três" + ENTER)
    await ana.terminal.shows("ana: um dois três ✓")


async def test_several_lines(running, sit):
    """Alt-Enter begins a new line; all of them are one message, whose further lines are indented."""
    ana, bia = await sit(running.port, "ana"), await sit(running.port, "bia")
    await ana.terminal.shows("* Conectado.")
    ana.terminal.type("um" + ALT_ENTER + "dois" + ALT_ENTER + "três")
    await ana.terminal.until(lambda: ana.terminal.lines[-1].startswith("  três"))
    ana.terminal.type(ENTER)
    await bia.terminal.shows("ana: um")
    row = next(i for i, line in enumerate(bia.terminal.lines) if "ana: um" in line)
    assert bia.terminal.lines[row + 1].split("│")[1].startswith("      dois")
    assert bia.terminal.lines[row + 2].split("│")[1].startswith("      três")


async def test_paste_is_one_message(running, sit):
    """What is pasted is not sent line by line."""
    ana = await sit(running.port, "ana")
    bia = await Peer.hello(running.port, "bia")
    await ana.terminal.shows("* Conectado.")
    ana.terminal.paste("um\r\ndois\rtrês")
    await ana.terminal.until(lambda: ana.terminal.lines[-1].startswith("  três"))
    ana.terminal.type(ENTER)
    assert (await bia.expect("message"))["body"] == "um\ndois\ntrês"


async def test_private(running, sit):
    """`@name text` is read by that person and by nobody else."""
    ana, bia, ceu = [await sit(running.port, name) for name in ("ana", "bia", "ceu")]
    await ana.terminal.shows("│ceu")
    ana.terminal.type("@bia só para você" + ENTER)
    await ana.terminal.shows("(em particular a @bia) ana: só", "@bia")
    await bia.terminal.shows("(em particular) ana: só para você", "@ana")
    ana.terminal.type("para todos" + ENTER)
    await ceu.terminal.shows("ana: para todos")
    assert "só para você" not in ceu.terminal.picture


async def test_private_talk(running, sit):
    """A private talk can be opened, by command or by click, and what is written there goes there."""
    ana, bia = await sit(running.port, "ana"), await sit(running.port, "bia")
    await ana.terminal.shows("bia entrou")
    ana.terminal.type("/privado bia" + ENTER)
    await ana.terminal.shows("particular")
    ana.terminal.type("um segredo" + ENTER)
    await ana.terminal.shows("ana: um segredo ✓")
    await bia.terminal.shows(" @ana           1")
    bia.terminal.click(" @ana")
    await bia.terminal.shows("▸@ana", "ana: um segredo")


async def test_rooms(running, sit):
    """Rooms are entered, listed, left; what is unread in the others is counted, mentions are marked."""
    ana = await sit(running.port, "ana")
    bia = await Peer.hello(running.port, "bia", rooms=["#redes"])
    await ana.terminal.shows("* Conectado.")
    ana.terminal.type("/sala redes" + ENTER)
    await ana.terminal.shows("▸#redes", "│bia")
    ana.terminal.type(ALT_UP)
    await ana.terminal.shows("▸#geral")
    await bia.send("#redes", "uma coisa", "c1")
    await bia.send("#redes", "ana, outra", "c2")
    await ana.terminal.shows("#redes      @1 2")
    ana.terminal.type(ALT_DOWN)
    await ana.terminal.shows("▸#redes         ", "bia: uma coisa")
    ana.terminal.type("/salas" + ENTER)
    await ana.terminal.shows("#geral (2 pessoas)", "#redes (2 pessoas)")
    ana.terminal.type("/deixar" + ENTER)
    await ana.terminal.shows("▸#geral")
    await ana.terminal.hides("#redes")


async def test_who(running, sit):
    """/quem names the people of the open room."""
    ana = await sit(running.port, "ana")
    await Peer.hello(running.port, "Zé")
    await ana.terminal.shows("Zé entrou")
    ana.terminal.type("/quem" + ENTER)
    await ana.terminal.shows("2 pessoas em #geral: ana (visitante),", " Zé (visitante)")


async def test_unknown_command(running, sit):
    """A wrong command is answered by a sentence, and stays in the field to be mended."""
    ana = await sit(running.port, "ana")
    await ana.terminal.shows("* Conectado.")
    ana.terminal.type("/sla redes" + ENTER)
    await ana.terminal.shows("Não existe o comando /sla.", "> /sla redes")


async def test_help(running, sit):
    """F1 and /help show commands and keys; with a word only those that have it."""
    ana = await sit(running.port, "ana", columns=100, rows=40)
    await ana.terminal.shows("* Conectado.")
    ana.terminal.type(F1)
    await ana.terminal.shows("/ajuda [PALAVRA] — esta ajuda", "/sala #SALA — entra numa sala")
    ana.terminal.type("/help ALT-ENTER" + ENTER)
    await ana.terminal.shows("* Alt-Enter / Ctrl-J — começa uma linha nova")


async def test_tab_completes(running, sit):
    """Tab completes a command and a name."""
    ana = await sit(running.port, "ana")
    await Peer.hello(running.port, "beatriz")
    await ana.terminal.shows("│beatriz")
    ana.terminal.type("/priv" + TAB + "bea" + TAB)
    await ana.terminal.shows("> /privado beatriz ")
    ana.terminal.type(CTRL_C + "bea" + TAB)
    await ana.terminal.shows("> beatriz:")


async def test_tab_offers(running, sit):
    """Where several words are meant, Tab shows them and goes through them; Enter keeps one."""
    ana = await sit(running.port, "ana")
    await Peer.hello(running.port, "bia")
    await Peer.hello(running.port, "bruno")
    await ana.terminal.shows("│bia", "│bruno")
    ana.terminal.type("@b" + TAB)
    await ana.terminal.shows("@bia", "@bruno")
    ana.terminal.type(TAB + TAB)
    await ana.terminal.shows("> @bruno")
    ana.terminal.type(ENTER + "oi")
    await ana.terminal.shows("> @bruno oi")


async def test_click_on_a_person(running, sit):
    """A click on a name begins a private message, before what is written already."""
    ana = await sit(running.port, "ana")
    await Peer.hello(running.port, "bia")
    await ana.terminal.shows("│bia")
    ana.terminal.type("oi")
    await ana.terminal.shows("> oi")
    ana.terminal.click("│bia")
    ana.terminal.click("bia")
    await ana.terminal.shows("> @bia oi")


async def test_scrolling(running, sit):
    """Page up goes back to the first message, reading older pages on the way; Ctrl-End returns."""
    bia = await Peer.hello(running.port, "bia")
    for number in range(1, 351):
        await bia.send("#geral", f"linha <{number}>", f"c{number}")
    ana = await sit(running.port, "ana")
    await ana.terminal.shows("linha <350>")
    while "linha <1>" not in ana.terminal.picture:
        before = ana.terminal.picture
        ana.terminal.type(PAGE_UP)
        await ana.terminal.until(lambda before=before: ana.terminal.picture != before)
    await ana.terminal.shows("mensagens mais novas (Ctrl-End)")
    before = ana.terminal.picture
    await bia.send("#geral", "bem nova", "new")
    await ana.terminal.until(lambda: ana.terminal.picture != before)
    assert "linha <1>" in ana.terminal.picture
    ana.terminal.type(PAGE_DOWN)
    await ana.terminal.hides("linha <1>")
    ana.terminal.wheel("down")
    ana.terminal.type(CTRL_END)
    await ana.terminal.shows("bia: bem nova")
    ana.terminal.wheel("up")
    await ana.terminal.shows("Ctrl-End")


async def test_drafts_stay_in_their_room(running, sit):
    """Each talk keeps what was being written in it."""
    ana = await sit(running.port, "ana")
    await ana.terminal.shows("* Conectado.")
    ana.terminal.type("/sala redes" + ENTER)
    await ana.terminal.shows("▸#redes")
    ana.terminal.type("para redes" + ALT_UP)
    await ana.terminal.shows("▸#geral")
    await ana.terminal.hides("para redes")
    ana.terminal.type(ALT_DOWN)
    await ana.terminal.shows("▸#redes", "> para redes")


async def test_resize(running, sit):
    """When the window changes its size, everything is laid out anew."""
    ana = await sit(running.port, "ana")
    bia = await Peer.hello(running.port, "bia")
    await bia.send("#geral", "uma frase que não cabe em quarenta colunas", "c1")
    await ana.terminal.shows("em quarenta")
    ana.terminal.resize(40, 12)
    await ana.terminal.until(
        lambda: ana.terminal.lines[-1].startswith(">") and "│" not in ana.terminal.picture
    )
    await ana.terminal.shows("bia: uma frase que não cabe em", "      quarenta colunas")
    ana.terminal.resize(100, 30)
    await ana.terminal.shows("Salas", "bia: uma frase que não cabe em quarenta colunas")


async def test_hostile_text(running, sit):
    """No message can move the cursor, colour a cell, set the title or look like another message."""
    ana = await sit(running.port, "ana")
    bia = await Peer.hello(running.port, "bia")
    await ana.terminal.shows("* bia entrou")
    await bia.send("#geral", "a\u202eb\u2028c\U000e0041 <b>d</b>\n12:00 ceu: eu não disse isso", "c1")
    await ana.terminal.shows("<b>d</b>", "      12:00 ceu: eu não disse isso")
    assert "\u202e" not in "".join(ana.terminal.raw)
    assert "\U000e0041" not in "".join(ana.terminal.raw)


async def test_flood_is_drawn_seldom(running, sit):
    """A thousand messages at once are not a thousand drawings."""
    ana = await sit(running.port, "ana")
    bia = await Peer.hello(running.port, "bia")
    await ana.terminal.shows("* bia entrou")
    drawn = ana.screen.app.render_counter
    for number in range(1_000):
        bia.say(type="send", to="#geral", body=f"linha {number}", cid=f"c{number}")
    await ana.terminal.shows("linha 999")
    assert ana.screen.app.render_counter - drawn < 200


async def test_other_keys(running, sit):
    """Keys that somebody wishes for do what they are to do, and every hint names them."""
    keys, _ = bound({"help": ["F9"], "switch": ["Ctrl-G"], "shut": ["F8"], "page_down": ["F7"]})
    ana = await sit(running.port, "ana", config=Config(keys=keys))
    await ana.terminal.shows("* Conectado.", "F9 ajuda")
    ana.terminal.type("\x07")
    await ana.terminal.shows("Ir para:", "F8: voltar")
    ana.terminal.type("\x1b[19~")
    await ana.terminal.hides("Ir para:")
    ana.terminal.type("\x1b[20~")
    await ana.terminal.shows("(F7)")
