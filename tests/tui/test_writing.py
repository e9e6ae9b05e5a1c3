"""The field: what was written before, drafts, an editor, what does not fit, what could not be sent."""

import pytest

from chat import messages as m
from chat.client import connect
from tests.fakes import error, fake_server
from tests.tui.terminal import (
    CTRL_C,
    CTRL_J,
    CTRL_N,
    CTRL_P,
    CTRL_S,
    CTRL_X_E,
    DOWN,
    ENTER,
    ESC,
    TAB,
    UP,
)


async def test_what_was_written_before(running, sit):
    """Ctrl-P and Ctrl-N go through what was written, commands too; what was begun is found again."""
    ana = await sit(running.port, "ana")
    await ana.terminal.shows("* Conectado.")
    ana.terminal.type("um" + ENTER + "/quem" + ENTER)
    await ana.terminal.shows("1 pessoa em #geral")
    ana.terminal.type("começo" + CTRL_P)
    await ana.terminal.shows("> /quem")
    ana.terminal.type(CTRL_P)
    await ana.terminal.shows("> um")
    ana.terminal.type(CTRL_P + " mais" + CTRL_N)
    await ana.terminal.shows("> /quem")
    ana.terminal.type(CTRL_P)
    await ana.terminal.shows("> um mais")
    ana.terminal.type(CTRL_N * 5)
    await ana.terminal.shows("> começo")


async def test_up_and_down_in_lines(running, sit):
    """In several lines the arrows move the cursor first, and then go to what was written before."""
    ana = await sit(running.port, "ana")
    await ana.terminal.shows("* Conectado.")
    ana.terminal.type("antes" + ENTER + "um" + CTRL_J + "dois" + UP + "x")
    await ana.terminal.shows("> umx", "  dois")
    ana.terminal.type(UP)
    await ana.terminal.shows("> antes")
    ana.terminal.type(DOWN)
    await ana.terminal.shows("> umx", "  dois")


async def test_cleared_words_come_back(running, sit):
    """After Ctrl-C the up key brings back what was cleared, although there is a message to be edited."""
    ana = await sit(running.port, "ana")
    await ana.terminal.shows("* Conectado.")
    ana.terminal.type("dita" + ENTER)
    await ana.terminal.shows("ana: dita ✓")
    ana.terminal.type("quase" + CTRL_C + UP)
    await ana.terminal.shows("> quase")
    assert "editando" not in ana.terminal.picture


async def test_drafts_are_kept(running, sit, tmp_path):
    """What is written in each talk, and what was written before, is there again after the program ended."""
    ana = await sit(running.port, "ana", rooms=["#redes"], folder=tmp_path)
    await ana.terminal.shows("* Conectado.", "#redes")
    ana.terminal.type("dita" + ENTER + "para a turma\x1b\x1b[B" + "para redes")
    await ana.terminal.shows("▸#redes", "> para redes")
    ana.screen.leave()
    await ana.left()
    await ana.client.close()
    again = await sit(running.port, "ana", folder=tmp_path)
    await again.terminal.shows("> para redes")
    again.terminal.type("\x1b\x1b[A")
    await again.terminal.shows("▸#geral", "> para a turma")
    again.terminal.type(CTRL_C + CTRL_P + CTRL_P)
    await again.terminal.shows("> dita")


async def test_a_draft_goes_with_its_message(running, sit, tmp_path):
    """Once a message is sent, its draft is no more on the disk."""
    ana = await sit(running.port, "ana", folder=tmp_path)
    await ana.terminal.shows("* Conectado.")
    ana.terminal.type("dita")
    await ana.terminal.shows("> dita")
    ana.screen.stage.composer.save()
    assert ana.client.notes.drafts == {"#geral": "dita"}
    ana.terminal.type(ENTER)
    await ana.terminal.shows("ana: dita ✓")
    assert ana.client.notes.drafts == {}


@pytest.mark.parametrize("how", [CTRL_X_E, "/editor" + ENTER])
async def test_editor(running, sit, tmp_path, monkeypatch, how):
    """What is written can be written on in the editor of the system."""
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf "no editor\\n%s\\n" "$(cat "$1")" > "$1.new" && mv "$1.new" "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(editor))
    ana = await sit(running.port, "ana")
    await ana.terminal.shows("* Conectado.")
    ana.terminal.type("começo" + how if how == CTRL_X_E else how)
    await ana.terminal.shows("> no editor")
    if how == CTRL_X_E:
        await ana.terminal.shows("  começo")


async def test_length(start, sit):
    """Near the longest message it is shown how much may still be written, or how much is too much."""
    small = await start(max_body=100)
    ana = await sit(small.port, "ana")
    await ana.terminal.shows("* Conectado.")
    ana.terminal.type("á" * 45)
    await ana.terminal.shows("faltam 10 bytes")
    ana.terminal.type("á" * 6)
    await ana.terminal.shows("2 bytes a mais: envie em partes")
    ana.terminal.type(ENTER)
    await ana.terminal.shows("* Não foi enviada: é longa demais", "> ááá")


async def test_emoji(running, sit):
    """Tab offers emoji by their short names, with the names beside them."""
    ana = await sit(running.port, "ana")
    await ana.terminal.shows("* Conectado.")
    ana.terminal.type("boa :joi" + TAB + "e :fo" + TAB)
    await ana.terminal.shows("> boa 👍", ":fogo:")
    ana.terminal.type(ESC)
    await ana.terminal.hides(":fogo:")


async def heard(caller, kind):
    """The next request of a kind; the screen asks for pages between them."""
    while not isinstance(request := await caller.next(), kind):
        assert request is not None
    return request


@pytest.fixture
async def refused(sit):
    """Ana at a server that has just refused to store something."""
    async with fake_server() as server:
        ana = await sit(server.port, "ana")
        caller = await server.accept()
        await ana.terminal.shows("* Conectado.")
        ana.terminal.type("não perca isto" + ENTER)
        send = await heard(caller, m.Send)
        caller.say(error("storage_failed", cid=send.cid))
        await ana.terminal.shows("✗ não enviada", "não perca isto")
        yield ana, caller


async def test_sending_again(refused):
    """What could not be sent is sent again, by command and by choosing it."""
    ana, caller = refused
    ana.terminal.type("/reenviar" + ENTER)
    send = await heard(caller, m.Send)
    assert send.body == "não perca isto"
    await ana.terminal.hides("✗")
    caller.say(error("storage_failed", cid=send.cid))
    await ana.terminal.shows("✗ não enviada")
    ana.terminal.type(CTRL_S + "s")
    send = await heard(caller, m.Send)
    caller.acknowledge(send, 1)
    await ana.terminal.shows("não perca isto ✓")
    assert ana.terminal.picture.count("não perca isto") == 1


async def test_writing_again(refused):
    """What could not be sent can be written otherwise, or thrown away."""
    ana, caller = refused
    ana.terminal.type(CTRL_S + "e")
    await ana.terminal.shows("> não perca isto")
    await ana.terminal.hides("✗")
    ana.terminal.type("!" + ENTER)
    send = await heard(caller, m.Send)
    assert send.body == "não perca isto!"
    await ana.terminal.shows("não perca isto! …")
    caller.say(error("storage_failed", cid=send.cid))
    await ana.terminal.shows("✗ não enviada")
    ana.terminal.type(CTRL_S + "d")
    await ana.terminal.shows("Jogar fora “não perca isto!”?")
    ana.terminal.type("s")
    await ana.terminal.hides("✗")
    assert ana.client.failed == ()


async def test_a_refused_change_is_told(refused):
    """Other words that the server refuses are told, with the words."""
    ana, caller = refused
    caller.say(m.Message(id=5, to="#geral", from_="ana", ts=5_000, cid="x", body="dita"))
    await ana.terminal.shows("ana: dita")
    ana.terminal.type("/editar 1 redita" + ENTER)
    edit = await heard(caller, m.Edit)
    caller.say(error("storage_failed", cid=edit.cid))
    await ana.terminal.shows("* Não deu certo: o servidor não", "Era: redita")


async def test_one_client_keeps_it(running, sit, tmp_path):
    """A client whose folder another one has says that it does not keep what is said."""
    async with connect("127.0.0.1", running.port, user="bia", folder=tmp_path):
        ana = await sit(running.port, "ana", folder=tmp_path)
        await ana.terminal.shows("* O que se diz não fica guardado neste")
