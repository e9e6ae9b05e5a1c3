"""What a desk tells its face when things cannot be done, without a connection or a screen."""

import pytest

from chat.client import Connection, Disconnected, OutboxFull, Refused, State
from chat.tui.commands import enter
from chat.tui.desk import Desk


class Client:
    """Does what the test wants when something is to be said, and remembers what it was asked."""

    kept = False

    def __init__(self):
        self.fault = None
        self.posted = []
        self.asked = []

    def post(self, to, body):
        if self.fault is not None:
            raise self.fault
        self.posted.append((to, body))
        return "c1"

    async def history(self, room=None, *, with_=None, before=None, limit=0):
        self.asked.append((room, with_, before, limit))
        if self.fault is not None:
            raise self.fault


class Face:
    """Remembers what it was told."""

    def __init__(self):
        self.current = "#geral"
        self.told = []
        self.whispered = []

    def tell(self, text, *, kind="notice", talk=""):
        self.told.append(text)

    def whisper(self, key, cid):
        self.whispered.append(key)

    def show(self, key):
        self.current = key


class Sitting:
    """A desk whose background work is run by hand."""

    def __init__(self):
        self.client, self.face, self.work = Client(), Face(), []
        self.state = State("ana")
        self.state.connection = Connection.OPEN
        self.state.open("#geral").joined = True
        self.desk = Desk(self.client, self.state, self.face, self.work.append, page=7)

    async def finish(self):
        while self.work:
            await self.work.pop(0)


@pytest.fixture
def at():
    """Ana's desk, in #geral."""
    return Sitting()


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Refused("body_too_long"), "Não foi enviada: é longa demais; envie em partes."),
        (OutboxFull(), "Não foi enviada: há mensagens demais esperando a conexão."),
        (Disconnected("closed"), "Não foi enviada: o servidor fechou a conexão."),
    ],
)
def test_what_cannot_be_said(at, fault, sentence):
    """Words that cannot be sent are refused in one sentence, so that they stay in the field."""
    at.client.fault = fault
    assert enter(at.desk, "oi") is False
    assert at.face.told == [sentence]


def test_saying(at):
    """What is typed goes to the open talk under the name it is shown with; spaces alone are nothing."""
    at.state.open("@Bia")
    assert enter(at.desk, "oi")
    assert enter(at.desk, "   ")
    at.face.current = "@bia"
    assert enter(at.desk, "//oi")
    assert at.client.posted == [("#geral", "oi"), ("@Bia", "/oi")]
    assert at.face.whispered == []


def test_nowhere_to_say_it(at):
    """Before there is a talk nothing can be said, and that is told."""
    at.face.current = ""
    assert enter(at.desk, "oi") is False
    assert at.face.told == ["Você ainda não está conectado: espere um momento e envie de novo."]


async def test_private(at):
    """A private message from elsewhere is shown where one is; in its own talk there is no need to."""
    enter(at.desk, "@Bia oi")
    await at.finish()
    at.face.current = "@bia"
    enter(at.desk, "/msg bia outra vez")
    await at.finish()
    assert at.client.posted == [("@Bia", "oi"), ("@bia", "outra vez")]
    assert at.face.whispered == ["@bia"]


async def test_usage(at):
    """A command without what it needs says how it is written."""
    for line in ("/sala", "/privado", "@@", "/deixar #nenhures"):
        enter(at.desk, line)
    await at.finish()
    assert at.face.told == [
        "Escreva assim: /sala #SALA",
        "Escreva assim: /privado NOME [TEXTO]",
        "Escreva assim: /privado NOME [TEXTO]",
        "Escreva assim: /deixar [#SALA]",
    ]


async def test_older_pages(at):
    """The page before the oldest line is asked for once; after a lost connection it may be asked again."""
    at.desk.older("#geral")
    at.desk.older("#geral")
    await at.finish()
    at.desk.older("#geral")
    assert at.client.asked == [("#geral", None, None, 7)]
    at.desk.forget()
    at.client.fault = Disconnected("closed")
    at.desk.older("#geral")
    await at.finish()
    at.desk.older("#geral")
    await at.finish()
    assert len(at.client.asked) == 3
    at.client.fault = Refused("no_such_room")
    at.desk.older("#geral")
    await at.finish()
    at.desk.older("#geral")
    assert len(at.client.asked) == 4
    assert at.face.told == []


async def test_nothing_is_asked_without_a_connection(at):
    """While there is no connection, pages are not asked for, unless a copy may have them."""
    at.state.connection = Connection.WAITING
    at.state.open("@Bia")
    at.desk.older("#geral")
    assert at.work == []
    at.client.kept = True
    at.desk.older("#geral")
    at.desk.people("#geral")
    await at.finish()
    assert at.client.asked.pop() == ("#geral", None, None, 7)
    at.client.kept = False
    at.state.connection = Connection.OPEN
    at.desk.older("@bia")
    await at.finish()
    assert at.client.asked == [(None, "Bia", None, 7)]
