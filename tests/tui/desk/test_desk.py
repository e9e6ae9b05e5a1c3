"""What a desk tells its face when things cannot be done, without a connection or a screen."""

import pytest

from chat import messages as m
from chat.client import Connection, Disconnected, Failed, Notes, OutboxFull, Refused, State
from chat.tui.commands.commands import enter
from chat.tui.desk.desk import Desk
from chat.tui.desk.settings import Level, Settings
from tests.fakes import message


class Client:
    """Does what the test wants when something is to be said, and remembers what it was asked."""

    kept = False

    def __init__(self):
        self.fault = None
        self.notes = Notes(None)
        self.kept = False
        self.posted = []
        self.said = []
        self.repeated = []
        self.changes = []
        self.asked = []

    def post(self, to, body, *, reply=None, act=False):
        if self.fault is not None:
            raise self.fault
        self.posted.append((to, body))
        self.said.append((reply, act))
        return "c1"

    def again(self, cid):
        if self.fault is not None:
            raise self.fault
        self.repeated.append(cid)
        return f"{cid}2"

    def discard(self, cid):
        self.discarded = cid

    def change(self, asked):
        if self.fault is not None:
            raise self.fault
        self.changes.append(asked)
        return "c2"

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
        self.done = []

    def tell(self, text, *, kind="notice", talk=""):
        self.told.append(text)

    def whisper(self, key, cid):
        self.whispered.append(key)

    def show(self, key):
        self.current = key

    def act(self, action):
        self.done.append(action)
        return action != "flying"

    def ask(self, question):
        self.told.append(question)

    def compose(self, line, kind):
        return False


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
        "Você não está em #nenhures; veja com /salas quais salas existem.",
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


def spoken(at, *said):
    """Let things be said in #geral: (sender, body) each; their ids are 1, 2, 3."""
    for id, (sender, body) in enumerate(said, 1):
        at.state.apply(message(id, body, sender=sender), 0)


async def typed(at, *lines):
    """Type lines and do what they ask for."""
    for line in lines:
        enter(at.desk, line)
        await at.finish()


async def test_numbers(at):
    """Messages are meant by their number from the newest, which does not change while one writes."""
    spoken(at, ("bia", "um"), ("ana", "dois"), ("bia", "três"))
    at.desk.counted = 2
    await typed(at, "/responder 1 sim", "/reply 2 não")
    at.desk.counted = None
    await typed(at, "/responder 1 ah", "/responder 4 oi", "/responder 0 oi", "/responder oi", "/responder 1")
    assert at.client.posted == [("#geral", "sim"), ("#geral", "não"), ("#geral", "ah")]
    assert [reply for reply, _ in at.client.said] == [2, 1, 3]
    assert at.face.told == ["Não há mensagem número 4 aqui."] + ["Escreva assim: /responder N [TEXTO]"] * 3


async def test_editing(at):
    """One's own message is said in other words, by number or the last; nobody else's, nor what is gone."""
    spoken(at, ("ana", "um"), ("ana", "dois"), ("bia", "três"))
    await typed(at, "/editar 3 uma", "/edit duas", "/editar 1 não", "/editar 2 dois")
    assert [(asked.id, asked.body) for asked in at.client.changes] == [(1, "uma"), (2, "duas")]
    at.state.apply(m.Deleted(id=9, to="#geral", from_="ana", ts=0, cid="d", of=2), 0)
    await typed(at, "/editar 2 ainda", "/editar agora")
    assert (at.client.changes[-1].id, len(at.client.changes)) == (1, 3)
    assert at.face.told == ["Essa mensagem não é sua.", "Essa mensagem não existe mais."]


async def test_deleting_asks_once(at):
    """What is to be deleted is asked about; only a yes, in either language, deletes it."""
    spoken(at, ("ana", "um"), ("ana", "dois"))
    await typed(at, "/apagar", "não", "/apagar 2", "outra coisa", "/delete", "yes", "sim")
    assert [asked.id for asked in at.client.changes] == [2]
    assert [body for _, body in at.client.posted] == ["outra coisa", "sim"]
    assert at.face.told == [
        "Apagar “dois” para todos?",
        "Ficou como estava.",
        "Apagar “um” para todos?",
        "Ficou como estava.",
        "Apagar “dois” para todos?",
    ]


async def test_reacting(at):
    """A short name, in either language, or an emoji is put to a message; put again it is taken back."""
    spoken(at, ("bia", "um"))
    await typed(at, "/reagir 1 :joinha:", "/react 1 heart", "/reagir 1 🎉", "/reagir 1", "/reagir joinha")
    assert [(asked.emoji, asked.on) for asked in at.client.changes] == [
        ("👍", True),
        ("❤", True),
        ("🎉", True),
    ]
    at.state.apply(m.Reacted(id=2, to="#geral", from_="ana", ts=0, cid="r", of=1, emoji="👍"), 0)
    await typed(at, "/reagir 1 +1")
    assert (at.client.changes[-1].emoji, at.client.changes[-1].on) == ("👍", False)
    assert at.face.told == ["Escreva assim: /reagir N EMOJI"] * 2


async def test_acting_and_emoji(at):
    """/me and /eu say what one does; short names become emoji on the way, but not in code."""
    await typed(at, "/eu ri :kkk:", "/me `:kkk:`", "olha :fogo:", "/eu")
    assert at.client.posted == [("#geral", "ri 😂"), ("#geral", "`:kkk:`"), ("#geral", "olha 🔥")]
    assert [act for _, act in at.client.said] == [True, True, False]
    assert at.face.told == ["Escreva assim: /eu TEXTO"]


async def test_topic(at):
    """The topic is shown, set and taken away; a private talk has none."""
    await typed(at, "/topico", "/topic redes  e\tcabos", "/topico -")
    at.state.talks["#geral"].topic = "redes"
    await typed(at, "/tópico")
    at.state.open("@bia")
    at.face.current = "@bia"
    await typed(at, "/topico nada")
    assert [(asked.room, asked.topic) for asked in at.client.changes] == [
        ("#geral", "redes e cabos"),
        ("#geral", ""),
    ]
    assert at.face.told == ["Não há tópico.", "O tópico é: redes", "Só uma sala tem tópico."]


async def test_answering_in_private(at):
    """/r answers who wrote in private last."""
    await typed(at, "/r oi")
    at.desk.last_sender = "Bia"
    await typed(at, "/r oi, Bia", "/r")
    assert at.client.posted == [("@Bia", "oi, Bia")]
    assert at.face.current == "@bia"
    assert at.face.told == ["Ninguém escreveu para você em particular ainda."]


async def test_resending(at):
    """What failed is said again under a new id and gone under the old one; what fails again stays."""
    await typed(at, "/reenviar")
    for cid in ("a", "b"):
        at.state.pending(cid, "#geral", f"texto {cid}", 0, reply=7)
        at.state.apply(Failed(cid, "storage_failed"), 0)
    at.client.fault = OutboxFull()
    await typed(at, "/resend")
    assert [line.cid for line in at.desk.failed()] == ["a", "b"]
    at.client.fault = None
    await typed(at, "/reenviar")
    assert at.desk.failed() == []
    assert at.client.repeated == ["a", "b"]


async def test_going(at):
    """/go finds a room or talk by a part of its name; without one the quick switcher opens."""
    at.state.open("#redes-2")
    at.state.open("@Conceição")
    await typed(at, "/ir red")
    assert at.face.current == "#redes-2"
    await typed(at, "/go conceicao", "/ir nada", "/ir", "/novas", "/anterior")
    assert at.face.current == "@conceição"
    assert at.face.done == ["switch", "next_unread", "last_talk"]
    assert at.face.told == ["Nenhuma sala ou conversa tem nada no nome."]


async def test_only_for_the_full_screen(at):
    """What a screen cannot do is said to be so."""
    at.desk.act("flying")
    assert at.face.told == ["Isso é só para a tela cheia."]


async def test_notification_levels(at):
    """What rings is chosen for the open talk or another one, in either language, and is kept."""
    at.state.open("@bia")
    await typed(at, "/notificar", "/notificar nada", "/notify all @bia", "/sino menção bia", "/bell @bia")
    await typed(at, "/notificar nunca #nada", "/notificar barulho")
    kept = Settings(at.client.notes)
    assert [kept.level(key) for key in ("#geral", "@bia")] == [Level.OFF, Level.ALL]
    assert at.face.told[:3] == [
        "Em #geral o sino toca para: menções.",
        "Em #geral o sino toca para: nada.",
        "Em @bia o sino toca para: tudo.",
    ]
    assert at.face.told[4] == "Em @bia o sino toca para: tudo."
    assert len([told for told in at.face.told if told.startswith("Escreva assim: /notificar")]) == 3


async def test_comings_and_goings(at):
    """They are hidden and shown for each room; without a word it is the other way round."""
    await typed(at, "/entradas não", "/joins on", "/entradas")
    assert Settings(at.client.notes).hushed == {"#geral"}
    assert at.face.told[0] == at.face.told[2] == "Em #geral não se mostra quem entra e quem sai."
    assert at.face.told[1] == "Em #geral se mostra quem entra e quem sai."


async def test_ignoring(at):
    """People are ignored under any form of their name, listed and heeded again; never oneself."""
    await typed(
        at, "/ignorar", "/ignorar @Bia", "/ignore ceu", "/ignorar", "/ignorar off BIA", "/ignorar ANA"
    )
    kept = Settings(at.client.notes)
    assert (kept.ignores("bia"), kept.ignores("Ceu")) == (False, True)
    assert at.face.told == [
        "Você não ignora ninguém.",
        "O que Bia disser não será mais mostrado aqui.",
        "O que ceu disser não será mais mostrado aqui.",
        "Você ignora: Bia, ceu",
        "O que BIA disser volta a ser mostrado aqui.",
        "Escreva assim: /ignorar [NOME | off NOME]",
    ]


async def test_keywords(at):
    """Words are added and taken away, and each counts once."""
    await typed(at, "/palavras", "/palavras redes, prova Redes", "/keywords off PROVA")
    assert Settings(at.client.notes).keywords == ["Redes"]
    assert at.face.told == [
        "Nenhuma palavra conta como menção.",
        "Palavras que contam como menção: prova, Redes",
        "Palavras que contam como menção: Redes",
    ]


async def test_themes(at):
    """Themes are listed, and one of them is chosen."""
    await typed(at, "/tema", "/theme light", "/tema rosa", "/tema CLARO")
    assert Settings(at.client.notes).theme == "light"
    assert at.face.told == ["Temas: escuro, claro, contraste, nenhum", "Escreva assim: /tema [NOME]"]


def test_unreadable_choices():
    """Choices that cannot be read are as if none had been made."""
    notes = Notes(None)
    notes.setting("settings", "{")
    assert Settings(notes).level("#geral") is Level.MENTION
