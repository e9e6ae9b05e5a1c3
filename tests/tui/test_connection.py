"""What the screen says while the connection comes and goes, against a server that does what it is told."""

import re
from collections.abc import AsyncIterator
from random import Random

import pytest

from chat import messages as m
from chat.client import Missed
from tests.clients import unhurried
from tests.fakes import Caller, FakeServer, error, fake_server, message, until
from tests.tui.terminal import CTRL_C, CTRL_D, ENTER


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    """A scripted server on a free port."""
    async with fake_server() as fake:
        yield fake


class Longest(Random):
    """Chance that always waits as long as it may."""

    def uniform(self, a: float, b: float) -> float:
        return b


async def answer_questions(caller) -> m.Send:
    """Answer history and who as an empty server would, until something is said."""
    while not isinstance(request := await caller.next(), m.Send):
        if isinstance(request, m.History):
            caller.say(m.HistoryPage(ref=request.ref, messages=[], more=False))
        elif isinstance(request, m.Who):
            caller.say(m.Members(ref=request.ref, users=["ana"], more=False))
    return request


async def test_pending_then_sent(server, sit):
    """A line is shown as pending until the server has acknowledged it."""
    ana = await sit(server.port, "ana")
    caller = await server.accept()
    ana.terminal.type("oi" + ENTER)
    said = await answer_questions(caller)
    await ana.terminal.shows("ana: oi …", "1 esperando")
    caller.acknowledge(said, 1)
    await ana.terminal.shows("ana: oi ✓")
    await ana.terminal.hides("esperando")


async def test_refused(server, sit):
    """A line that the server refuses is shown as not sent, with the reason and what to do."""
    ana = await sit(server.port, "ana")
    caller = await server.accept()
    ana.terminal.type("@ninguem oi" + ENTER)
    said = await answer_questions(caller)
    caller.say(error("no_such_user", cid=said.cid))
    await ana.terminal.shows("✗ não enviada: não há", "/quem")


async def test_changed_by_the_server(server, sit):
    """What the server has made of a line is shown, and marked."""
    ana = await sit(server.port, "ana")
    caller = await server.accept()
    ana.terminal.type("oi" + ENTER)
    caller.acknowledge(await answer_questions(caller), 1, body="outra coisa")
    await ana.terminal.shows("ana: outra coisa", "✓ (alterada pelo servidor)")


async def test_lost_and_found(server, sit):
    """A cut is told in the original words; what is written meanwhile waits and is sent once."""
    ana = await sit(server.port, "ana")
    caller = await server.accept()
    await ana.terminal.shows("Conectado como ana a fake")
    server.greeting = Caller.cut
    caller.cut()
    await ana.terminal.shows("Não foi possível manter-se conectado.", "Pressione <ENTER> para continuar.")
    ana.terminal.type("no escuro" + ENTER)
    await ana.terminal.shows("ana: no escuro …", "1 esperando")
    server.greeting = Caller.welcome
    while (caller := await server.accept()).link.closing:
        pass
    caller.acknowledge(await answer_questions(caller), 1)
    await ana.terminal.shows("ana: no escuro ✓", "Conectado como ana a fake")


async def test_ctrl_c_with_something_unsent(server, sit):
    """Ctrl-C in an empty field says first that something is not sent yet, and leaves the second time."""
    ana = await sit(server.port, "ana")
    caller = await server.accept()
    await ana.terminal.shows("* Conectado.")
    ana.terminal.type("ainda no ar" + ENTER)
    await ana.terminal.shows("ana: ainda no ar …")
    ana.terminal.type(CTRL_C)
    await ana.terminal.shows("1 mensagem ainda não foi enviada.")
    ana.terminal.type("mais uma" + ENTER)
    await ana.terminal.shows("mais uma …")
    ana.terminal.type(CTRL_C)
    await ana.terminal.shows("2 mensagens ainda não foram enviadas.")
    assert not ana.session.done()
    caller.polite = True
    ana.terminal.type(CTRL_C)
    await ana.left()


async def test_countdown(server, sit):
    """While nobody answers the status says why, and when the next try is due; Enter tries at once."""
    ana = await sit(server.port, "ana", timings=unhurried(first_retry=60.0), rng=Longest())
    caller = await server.accept()
    await ana.terminal.shows("* Conectado.")
    caller.say(m.ByeEvent(reason="idle"))
    await ana.terminal.shows("Sem conexão: nova tentativa em 60 s · houve silêncio por tempo demais")
    await ana.terminal.until(
        lambda: re.search("nova tentativa em 5[0-9] s", ana.terminal.picture) is not None
    )
    ana.terminal.type(ENTER)
    await server.accept()
    await ana.terminal.shows("Conectado como ana")


async def test_sent_away(server, sit):
    """After a server's last word the program does not come back by itself; Enter ends it."""
    ana = await sit(server.port, "ana")
    caller = await server.accept()
    await ana.terminal.shows("* Conectado.")
    caller.say(m.ByeEvent(reason="replaced"))
    await ana.terminal.shows("Desconectado: você se conectou de outro lugar", "Pressione <ENTER>")
    ana.terminal.type("ainda" + ENTER)
    await ana.terminal.shows("* Não foi enviada:", "> ainda")
    ana.terminal.type(CTRL_C + ENTER)
    await ana.left()


async def test_commands_need_a_connection(server, sit):
    """What cannot be asked without a connection says so; the program goes on."""
    ana = await sit(server.port, "ana")
    caller = await server.accept()
    await ana.terminal.shows("* Conectado.")
    server.greeting = Caller.cut
    caller.cut()
    await ana.terminal.shows("manter-se conectado")
    ana.terminal.type("/sala redes" + ENTER)
    await ana.terminal.shows("Não foi feito, não há conexão")


async def test_refused_command(server, sit):
    """What the server refuses is told in words."""
    ana = await sit(server.port, "ana")
    caller = await server.accept()
    await ana.terminal.shows("* Conectado.")
    ana.terminal.type("/sala x" + ENTER)
    while not isinstance(request := await caller.next(), m.Join):
        pass
    caller.say(error("too_many_rooms", ref=request.ref))
    await ana.terminal.shows("Não deu certo: você já está em", "/deixar.")


async def test_unasked_error(server, sit):
    """An error that answers nothing is told as the server's."""
    ana = await sit(server.port, "ana")
    caller = await server.accept()
    await ana.terminal.shows("* Conectado.")
    caller.say(error("internal"))
    await ana.terminal.shows("O servidor avisa: o servidor falhou", "avise quem o mantém.")


async def test_another_history(server, sit):
    """When the server has begun a new history, that is told and the old lines are gone."""
    ana = await sit(server.port, "ana")
    caller = await server.accept()
    caller.say(message(7, "do tempo antigo"))
    await ana.terminal.shows("do tempo antigo")
    server.greeting = lambda caller: caller.welcome(log="log-2", head=0, reset=True)
    caller.cut()
    caller = await server.accept()
    await ana.terminal.shows("um histórico novo")
    caller.say(message(1, "do tempo novo"))
    await ana.terminal.shows("do tempo novo")
    assert "do tempo antigo" not in ana.terminal.picture


async def test_a_crowd_that_has_gone_is_not_shown(server, sit):
    """Of many who leave at once not all are named: the column asks who is there instead of showing them."""
    ana = await sit(server.port, "ana")
    caller = await server.accept()
    await ana.terminal.shows("* Conectado.")
    names = [f"pessoa{number}" for number in range(9)]
    caller.say(m.Joined(room="#geral", users=names, guests=names[:1], members=10))
    await ana.terminal.shows("pessoa0 visita", "pessoa8", "10 pessoas")
    caller.say(m.Left(room="#geral", users=names[:2], more=6, members=2))
    await caller.hear(m.History)
    asked = await caller.hear(m.Who)
    caller.say(m.Members(ref=asked.ref, room="#geral", users=["ana", "pessoa5"], more=False))
    await ana.terminal.shows("2 pessoas", "│pessoa5")
    assert "│pessoa3" not in ana.terminal.picture


async def test_what_was_missed_may_be_a_topic(server, sit):
    """Where events were dropped, what rooms are about and who is there is asked for again."""
    ana = await sit(server.port, "ana")
    caller = await server.accept()
    await ana.terminal.shows("* Conectado.")
    await caller.hear(m.History)
    caller.say(m.Joined(room="#geral", users=["bia"], members=2))
    await ana.terminal.shows("bia entrou", "2 pessoas")
    ana.screen.stage.hear(Missed(4_096))
    asked = await caller.hear(m.Join)
    caller.say(m.Joined(ref=asked.ref, room=asked.room, users=["ana"], members=1, topic="prova amanhã"))
    await ana.terminal.shows("#geral  prova amanhã", "1 pessoa")
    await ana.terminal.hides("│bia")


async def test_nothing_known_is_not_asked_twice(server, sit):
    """A server that says there is more and gives nothing is not asked for the same page again and again."""
    ana = await sit(server.port, "ana")
    caller = await server.accept()
    await ana.terminal.shows("* Conectado.")
    asked = await caller.hear(m.History)
    caller.say(m.HistoryPage(ref=asked.ref, messages=[], more=True))
    caller.say(message(3, "uma"))
    await ana.terminal.shows("uma")
    asked = await caller.hear(m.History)
    caller.say(m.HistoryPage(ref=asked.ref, messages=[], more=True))
    caller.say(message(4, "duas"))
    await ana.terminal.shows("duas")
    ana.terminal.type(CTRL_D)
    await ana.left()
    await ana.client.close()
    await caller.gone()
    assert len([request for request in caller.heard if isinstance(request, m.History)]) == 2


async def test_nonsense_is_no_message(server, sit):
    """Times that are on no calendar and rooms nobody joined do not harm the screen."""
    ana = await sit(server.port, "ana")
    caller = await server.accept()
    await ana.terminal.shows("* Conectado.")
    for id, ts in enumerate((0, -(10**18), 10**18), 1):
        caller.say(m.Message(id=id, to="#geral", from_="bia", ts=ts, cid=f"c{id}", body=f"hora {id}"))
    caller.say(message(9, "para outra sala", to="#desconhecida"))
    await ana.terminal.shows("--:-- bia: hora 2", "--:-- bia: hora 3")
    assert "para outra sala" not in ana.terminal.picture
    await until(lambda: "#desconhecida" not in ana.terminal.picture)


async def test_own_fault_is_raised(server, sit, monkeypatch):
    """A fault in drawing ends the screen and is raised: it neither hides nor leaves a dead screen."""
    ana = await sit(server.port, "ana")
    await ana.terminal.shows("* Conectado.")

    def broken(*arguments: object) -> None:
        raise ZeroDivisionError("on purpose")

    monkeypatch.setattr(ana.screen.stage, "reached_top", broken)
    ana.screen.app.invalidate()
    with pytest.raises(BaseExceptionGroup) as raised:
        await ana.left()
    assert raised.group_contains(ZeroDivisionError)


async def test_fifty_missed_pages_hold_up_no_key(server, sit):
    """While 5,000 missed messages come, each key is on the screen before 500 more of them are taken in."""
    ana = await sit(server.port, "ana")
    caller = await server.accept()
    await ana.terminal.shows("* Conectado.")
    for page in range(50):
        caller.say(*(message(page * 100 + number, f"perdida {number}") for number in range(1, 101)))
    await until(lambda: ana.screen.stage.view.head > 0)
    for written in ("á", "áé", "áéí", "áéíó", "áéíóú"):
        before = ana.screen.stage.view.head
        assert 0 < before < 5_000
        ana.terminal.type(written[-1])
        await ana.terminal.shows(f"> {written}")
        assert ana.screen.stage.view.head - before < 500
    await until(lambda: ana.screen.stage.view.head == 5_000)
    await ana.terminal.shows("perdida 100", "> áéíóú")
