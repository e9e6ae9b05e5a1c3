"""The linear mode in the process, against a server that does what it is told."""

import asyncio
import io
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from chat import messages as m
from chat.client import Client, Item, connect
from chat.tui.plain.line import Linear
from chat.tui.plain.stdin import Lines
from tests.fakes import Caller, FakeServer, error, fake_server, message, until
from tests.patience import PATIENCE


class Reader:
    """Somebody at a line printer."""

    def __init__(self, client: Client, *, echo: bool) -> None:
        self.input, self._keys = os.pipe()
        self.out = io.StringIO()
        self.line = Linear(client, Lines(self.input), self.out, echo=echo)
        self.session: asyncio.Task[tuple[Item, ...]] = asyncio.create_task(self.line.run())
        self._open = True

    def type(self, text: str) -> None:
        os.write(self._keys, text.encode())

    def end(self) -> None:
        """No more lines come."""
        if self._open:
            self._open = False
            os.close(self._keys)

    @property
    def printed(self) -> list[str]:
        return self.out.getvalue().splitlines()

    async def prints(self, *texts: str) -> None:
        """Wait until each text has been printed."""
        await until(lambda: all(text in self.out.getvalue() for text in texts))

    async def left(self) -> tuple[Item, ...]:
        """Wait until the session has ended; what was not sent."""
        async with asyncio.timeout(PATIENCE):
            return await self.session


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    """A scripted server on a free port."""
    async with fake_server() as fake:
        yield fake


Sit = Callable[..., Awaitable[tuple[Reader, Caller]]]


@pytest.fixture
async def sit(server: FakeServer) -> AsyncIterator[Sit]:
    """Seat Ana; returns her and the server's end, which has answered her first question with two lines."""
    async with AsyncExitStack() as stack:
        seated: list[Reader] = []

        async def _sit(*, echo: bool = False) -> tuple[Reader, Caller]:
            client = await stack.enter_async_context(connect("127.0.0.1", server.port, user="ana"))
            caller = await server.accept()
            seated.append(Reader(client, echo=echo))
            while not isinstance(asked := await caller.next(), m.History):
                pass
            assert asked.limit == 20
            old = [message(1, "velha"), message(2, "nem tanto")]
            caller.say(m.HistoryPage(ref=asked.ref, messages=old, more=True))
            await seated[-1].prints("velha", "nem tanto")
            return seated[-1], caller

        yield _sit
        for reader in seated:
            reader.end()
            if not reader.session.done():
                reader.line.leave()
            await reader.left()
            os.close(reader.input)


async def asked_for(caller: Caller, kind: type[m.Request]) -> m.Request:
    """The next request of a kind, others passed over."""
    while not isinstance(request := await caller.next(), kind):
        assert request is not None
    return request


async def test_lines_as_they_come(sit):
    """What was said before and what comes is printed once each, in its order."""
    ana, caller = await sit()
    caller.say(message(3, "nova"), message(4, "de outra sala", to="#nunca"))
    caller.say(m.Message(id=5, to="@ana", from_="bia", ts=1_000, cid="p", body="psiu"))
    caller.say(m.Joined(room="#geral", users=["ceu"]))
    await ana.prints("nova", "(em particular) bia: psiu", "* ceu entrou")
    said = [line.split(" ", 1)[1] for line in ana.printed if line[2] == ":"]
    assert said == ["bia: velha", "bia: nem tanto", "bia: nova", "(em particular) bia: psiu"]


async def test_own_lines(sit):
    """What is typed at a terminal stands there already; what is piped in is printed when it is sent."""
    for echo in (False, True):
        ana, caller = await sit(echo=echo)
        ana.type("minha\n")
        caller.acknowledge(await asked_for(caller, m.Send), 10)
        caller.say(message(11, "depois"))
        await ana.prints("depois")
        assert ("ana: minha" in ana.out.getvalue()) is echo


async def test_refused(sit):
    """What was refused is printed with the reason, since its line cannot be marked any more."""
    ana, caller = await sit()
    ana.type("@ninguem oi\n")
    send = await asked_for(caller, m.Send)
    caller.say(error("no_such_user", cid=send.cid))
    await ana.prints("* Não foi enviada: não há ninguém com esse nome", "Era: oi")


async def test_rooms(sit):
    """A room is entered and left by command, and each is done before the next line is looked at."""
    ana, caller = await sit()
    ana.type("/sala redes\naqui\n/deixar\nali\n")
    join = await asked_for(caller, m.Join)
    caller.say(m.Joined(ref=join.ref, room="#redes", users=["ana"], members=1))
    send = await asked_for(caller, m.Send)
    assert send.to == "#redes"
    caller.acknowledge(send, 10)
    leave = await asked_for(caller, m.Leave)
    caller.say(m.Left(ref=leave.ref, room="#redes", users=["ana"], members=0))
    send = await asked_for(caller, m.Send)
    assert send.to == "#geral"
    caller.acknowledge(send, 11)
    await ana.prints("* Você está agora em #redes.", "* Você está agora em #geral.")


async def test_help(sit):
    """The help names commands, and no keys that there are not."""
    ana, _ = await sit()
    ana.type("/ajuda\n")
    await ana.prints("* /sair — sai do chat")
    assert "PgUp" not in ana.out.getvalue()


async def test_lost(sit, server):
    """A cut is told with the time of the next try, and an empty line tries at once."""
    ana, caller = await sit()
    server.greeting = Caller.cut
    caller.cut()
    await ana.prints("* Não foi possível manter-se conectado.", "* Sem conexão: nova tentativa em")
    server.greeting = Caller.welcome
    ana.type("\n")
    await until(lambda: ana.printed.count("* Conectado.") == 2)


async def test_sent_away(sit):
    """After the server's last word a person presses Enter; a pipe, where nobody can, ends by itself."""
    ana, caller = await sit()
    caller.say(m.ByeEvent(reason="kicked"))
    await ana.prints("* Desconectado: mandaram você sair", "* Pressione <ENTER>")
    assert not ana.session.done()
    ana.type("\n")
    assert await ana.left() == ()
    robot, caller = await sit(echo=True)
    caller.say(m.ByeEvent(reason="kicked"))
    assert await robot.left() == ()


async def test_end_of_lines(sit):
    """When no more lines come, what was said is sent before leaving."""
    ana, caller = await sit()
    ana.type("a última")
    ana.end()
    caller.acknowledge(await asked_for(caller, m.Send), 10)
    await asked_for(caller, m.Bye)
    assert await ana.left() == ()


async def test_nobody_reads(sit, monkeypatch):
    """When the printed lines have no reader any more, the session ends."""
    ana, caller = await sit()

    def broken(text: str) -> int:
        raise BrokenPipeError

    monkeypatch.setattr(ana.out, "write", broken)
    caller.say(message(3, "para ninguém"))
    assert await ana.left() == ()


async def test_what_becomes_of_messages(sit):
    """Corrections, deletions and reactions are lines that quote what they are about, as it was."""
    ana, caller = await sit()
    head = {"to": "#geral", "from_": "bia", "ts": 1_000, "cid": "e", "of": 2}
    caller.say(
        m.Reacted(**head, id=3, emoji="👍"),
        m.Edited(**head, id=4, body="agora sim"),
        m.Deleted(**head, id=5),
        m.Deleted(**head | {"to": "#nunca"}, id=6),
        message(7, "depois"),
    )
    await ana.prints("depois")
    done = [line.partition(" * ")[2] for line in ana.printed if " * " in line]
    assert done == [
        "bia reagiu com 👍 (“nem tanto”)",
        "bia corrigiu uma mensagem: agora sim (“nem tanto”)",
        "bia apagou uma mensagem (“agora sim”)",
    ]


async def test_comings_and_goings_are_folded(sit):
    """Who comes is told in one line, before what is said next; who went again meanwhile is not."""
    ana, caller = await sit()
    for name in ("ceu", "davi", "eva"):
        caller.say(m.Joined(room="#geral", users=[name]))
    caller.say(m.Left(room="#geral", users=["ceu"]), message(3, "oi a todos"))
    await ana.prints("oi a todos")
    assert ana.printed[-2] == "* davi e eva entraram"
