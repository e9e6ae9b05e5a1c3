"""The table of commands: each is walked under each of its names, and told in the help."""

import pytest

from chat import messages as m
from chat import words
from chat.client import Connection, Context, Notes, Person, State
from chat.tui.commands.commands import COMMANDS, NAMED, enter, help_lines
from chat.tui.desk.desk import Desk
from tests.fakes import message

ARGUMENTS = {
    "/sala": "redes",
    "/privado": "bia oi",
    "/rp": "oi",
    "/ir": "geral",
    "/responder": "1 oi",
    "/editar": "2 oi",
    "/apagar": "2",
    "/reagir": "1 joinha",
    "/eu": "ri",
    "/topico": "redes",
    "/buscar": "oi",
    "/contexto": "1",
    "/abrir": "1",
    "/convidar": "bia",
    "/expulsar": "@bia",
    "/banir": "bia 1h30m address",
    "/desbanir": "bia",
    "/silenciar": "bia 10m",
    "/dessilenciar": "bia",
    "/lento": "30",
    "/moderador": "bia",
    "/membro": "bia",
    "/dono": "bia",
    "/tipo": "avisos",
}
"""What a command is given, by its first name, where it needs something."""


class Client:
    """Answers everything, and remembers what it was asked."""

    user = "ana"
    kept = False

    def __init__(self, did):
        self.notes = Notes(None)
        self._did = did

    def post(self, to, body, **more):
        self._did.append(f"post {to} {body}")
        return "c"

    def change(self, asked):
        self._did.append(f"change {type(asked).__name__}")
        return "c"

    def again(self, cid):
        self._did.append(f"again {cid}")
        return "c"

    async def join(self, room):
        self._did.append(f"join {room}")
        return m.Joined(room=room, users=["ana"])

    async def leave(self, room):
        self._did.append(f"leave {room}")

    async def rooms(self):
        return [m.RoomInfo("#geral", "", 1)]

    async def people(self, room):
        return [Person("ana")]

    async def moderate(self, order):
        self._did.append(f"moderate {order}")

    async def roster(self, room):
        return [m.StandingInfo("bia", "owner")]

    async def log(self, room, limit):
        return m.LogPage(room=room, deeds=[m.DeedInfo(1, 2, "ana", "kick", "bia")], more=False)

    async def search(self, text, **more):
        self._did.append(f"search {text}")
        return m.Found(messages=[message(1)], more=False)

    async def around(self, found, limit):
        return Context([found], older=False, newer=False, here=False)


class Face:
    """Remembers all that it was asked to do."""

    current = "#geral"

    def __init__(self, did):
        self._did = did

    def __getattr__(self, name):
        def do(*arguments, **more):
            self._did.append(f"{name} {arguments}")
            return True

        return do


@pytest.fixture
def walk():
    """Type a line at a desk where there is something to be done, and return what came of it."""

    async def typed(*lines):
        did, work, state = [], [], State("ana")
        desk = Desk(Client(did), state, Face(did), work.append)
        state.connection = Connection.OPEN
        state.open("#geral").joined = True
        state.apply(message(1, "minha", sender="ana"), 0)
        state.apply(message(2, "oi"), 0)
        state.pending("c9", "#geral", "falhou", 0)
        state.failed("c9", "storage_failed")
        desk.links.number("https://example.org")
        desk.last_sender = "bia"
        for line in lines:
            did.clear()
            assert enter(desk, line)
            while work:
                await work.pop(0)
        return did

    return typed


@pytest.mark.parametrize("name", sorted(NAMED))
@pytest.mark.parametrize("lang", [words.PORTUGUESE, words.ENGLISH])
async def test_each_command(walk, monkeypatch, name, lang):
    """Each name of each command does something in both languages, and none asks how it is written."""
    monkeypatch.delenv("BROWSER", raising=False)
    monkeypatch.setenv("SSH_TTY", "/dev/pts/0")
    words.use(lang)
    argument = ARGUMENTS.get(NAMED[name].names[0], "")
    before = ["/buscar oi"] if NAMED[name].names[0] == "/contexto" else []
    did = await walk(*before, f"{name} {argument}".strip())
    assert did
    assert not any(words.t("Write it like this: {usage}", usage="") in what for what in did)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.names[1])
def test_each_has_a_name_in_both_languages(command):
    """A command is called by its name in the language in use, and the help tells of it."""
    for lang, name in zip((words.PORTUGUESE, words.ENGLISH), command.names, strict=False):
        words.use(lang)
        assert command.name == name
        assert f"{command.usage} — {words.t(command.help)}" in help_lines()


def test_no_name_twice():
    """No two commands have a name in common."""
    names = [name for command in COMMANDS for name in set(command.names)]
    assert len(names) == len(set(names))


async def test_accents_do_not_matter(walk):
    """A command with accents is the one without."""
    assert (await walk("/tópico redes")) == (await walk("/TOPICO redes")) == ["change SetTopic"]
