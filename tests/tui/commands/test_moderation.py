"""Commands of those who look after a room: what they ask for, and the sentences."""

import pytest

from chat import messages as m
from chat import words
from chat.client import Connection, Notes, Refused, State
from chat.deeds import done, time_name
from chat.sentences import fault
from chat.tui.commands.commands import enter
from chat.tui.commands.moderation import duration
from chat.tui.desk.desk import Desk
from chat.tui.desk.news import News


class Client:
    """Does what it is asked, and remembers it; or refuses."""

    kept = False

    def __init__(self):
        self.notes = Notes(None)
        self.orders = []
        self.fault = None
        self.changes = []

    async def moderate(self, order):
        if self.fault is not None:
            raise self.fault
        self.orders.append(order)

    async def roster(self, room):
        return [
            m.StandingInfo("dona", "owner"),
            m.StandingInfo("troll", banned=0, address=True),
            m.StandingInfo("mudo", muted=1_795_216_610_380),
            m.StandingInfo("", banned=0, address=True),
        ]

    async def log(self, room, limit):
        self.orders.append(("log", limit))
        return m.LogPage(room=room, deeds=[m.DeedInfo(7, 0, "dona", "kick", "troll")], more=True)

    def change(self, asked):
        self.changes.append(asked)
        return "c"


class Face:
    """Remembers what it was told."""

    def __init__(self):
        self.current = "#sala"
        self.told = []
        self.closed = []

    def tell(self, text, *, kind="notice", talk="", crowd=None):
        self.told.append(text)

    def ask(self, question):
        self.told.append(question)

    def close(self, key):
        self.closed.append(key)


class Sitting:
    """Ana's desk in #sala, whose background work is run by hand."""

    def __init__(self):
        self.client, self.face, self.work = Client(), Face(), []
        self.state = State("ana")
        self.state.connection = Connection.OPEN
        self.state.open("#sala").joined = True
        self.desk = Desk(self.client, self.state, self.face, self.work.append)
        self.news = News(self.desk)

    async def type(self, line):
        self.client.orders.clear()
        self.face.told.clear()
        assert enter(self.desk, line)
        while self.work:
            await self.work.pop(0)
        return self.client.orders

    def hear(self, event):
        self.face.told.clear()
        self.state.apply(event, 0)
        self.news.hear(event)
        return self.face.told


@pytest.fixture
def at():
    """A place in a room."""
    return Sitting()


OVER = {"room": "#sala", "user": "bia"}


@pytest.mark.parametrize(
    ("typed", "order"),
    [
        ("/convidar bia", m.Invite(**OVER)),
        ("/kick @bia", m.Kick(**OVER)),
        ("/banir bia", m.Ban(**OVER)),
        ("/ban bia 1h30m", m.Ban(**OVER, seconds=5_400)),
        ("/banir bia 2d endereço", m.Ban(**OVER, seconds=172_800, address=True)),
        ("/ban bia address", m.Ban(**OVER, address=True)),
        ("/desbanir bia", m.Unban(**OVER)),
        ("/silenciar bia 10m", m.Mute(**OVER, seconds=600)),
        ("/mute bia", m.Mute(**OVER)),
        ("/unmute bia", m.Unmute(**OVER)),
        ("/lento 30", m.Slow(room="#sala", seconds=30)),
        ("/slow 2m", m.Slow(room="#sala", seconds=120)),
        ("/lento 0", m.Slow(room="#sala", seconds=0)),
        ("/lento não", m.Slow(room="#sala", seconds=0)),
        ("/mod bia", m.SetRole(**OVER, role=m.Rank.MODERATOR)),
        ("/membro bia", m.SetRole(**OVER, role=m.Rank.MEMBER)),
        ("/tipo privada", m.SetKind(room="#sala", kind=m.RoomKind.PRIVATE)),
        ("/kind announcement", m.SetKind(room="#sala", kind=m.RoomKind.ANNOUNCEMENT)),
        ("/tipo pública", m.SetKind(room="#sala", kind=m.RoomKind.PUBLIC)),
    ],
)
async def test_what_is_asked(at, typed, order):
    """Each command asks for what it says, of the open room."""
    assert await at.type(typed) == [order]


@pytest.mark.parametrize(
    "typed",
    [
        "/convidar",
        "/kick bia agora",
        "/banir",
        "/banir bia logo",
        "/banir bia 10m 20m",
        "/banir bia 99999999999d",
        "/silenciar bia 0m",
        "/lento",
        "/lento 5x",
        "/lento 2d",
        "/tipo secreta",
        "/dono",
        "/registro tudo",
    ],
)
async def test_what_is_written_wrongly(at, typed):
    """What makes no sense is told how it is written, and nothing is asked for."""
    assert await at.type(typed) == []
    (told,) = at.face.told
    assert told.startswith("Escreva assim: /")


@pytest.mark.parametrize("typed", ["/kick bia", "/dono bia", "/tipo", "/papeis", "/registro", "/lento 5"])
async def test_only_in_rooms(at, typed):
    """In a private talk there is nothing to look after."""
    at.state.open("@bia")
    at.face.current = "@bia"
    assert await at.type(typed) == []
    assert at.face.told == [words.t("That is for rooms: open one first with /room NAME.")]


async def test_what_cannot_be_taken_back_is_asked_once(at):
    """A room is given away, or a private one opened, only after a yes."""
    assert await at.type("/dono bia") == []
    assert "#sala" in at.face.told[0]
    assert await at.type("sim") == [m.SetRole(**OVER, role=m.Rank.OWNER)]
    at.state.talks["#sala"].kind = "private"
    assert await at.type("/tipo avisos") == []
    assert await at.type("s") == [m.SetKind(room="#sala", kind=m.RoomKind.ANNOUNCEMENT)]


async def test_what_the_room_is(at):
    """Without an argument the kind is told, with slow mode and one's own role."""
    talk = at.state.talks["#sala"]
    talk.kind, talk.slow, talk.role = "private", 90, "owner"
    await at.type("/tipo")
    words.use(words.ENGLISH)
    await at.type("/kind")
    assert at.face.told == [
        "#sala is a private room: only who is invited comes in.",
        "One message in 1 minute 30 seconds (slow mode).",
        "You are owner here.",
    ]


async def test_roster_and_log(at):
    """Who has what standing, and what was done, a line each."""
    words.use(words.ENGLISH)
    await at.type("/roster")
    lines = at.face.told[0].split("\n")
    assert lines[:3] == [
        "Who has a role, is banned or muted in #sala:",
        "dona: owner",
        "troll: banned, and who comes from the same address",
    ]
    assert lines[3].startswith("mudo: muted until ")
    assert lines[4].startswith("an address: banned")
    assert await at.type("/log") == [("log", 20)]
    lines = at.face.told[0].split("\n")
    assert lines[0] == "What was done in #sala:"
    assert lines[1].endswith(" dona sent troll out")
    assert lines[2] == "(there is more: /log NUMBER)"
    assert await at.type("/log 500") == [("log", 100)]


async def test_what_is_refused(at):
    """A refusal is one sentence with the next step, in both languages."""
    for lang in (words.PORTUGUESE, words.ENGLISH):
        words.use(lang)
        for why in ("role", "rank", "guest", "muted", "announcement", "slow_mode", "banned", "room_full"):
            at.client.fault = Refused("not_allowed", why)
            await at.type("/kick bia")
            (told,) = at.face.told
            assert told.endswith(f"{fault(why)}.")
            assert "_" not in told


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (m.Moderated(room="#sala", by="dona", did="kick", user="bia"), "dona sent bia out."),
        (m.Moderated(room="#sala", by="", did="ban", user="bia", what="60"),
         "whoever runs the server banned bia for 1 minute."),
        (m.Moderated(room="#sala", by="dona", did="ban", user="bia", what="address"),
         "dona banned bia, with the address."),
        (m.Moderated(room="#sala", by="dona", did="ban", what="address"), "dona banned an address."),
        (m.Moderated(room="#sala", by="dona", did="slow", what="0"), "dona turned slow mode off."),
        (m.Moderated(room="#sala", by="dona", did="slow", what="90"),
         "dona set slow mode: one message in 1 minute 30 seconds."),
        (m.Moderated(room="#sala", by="dona", did="role", user="bia", what="moderator"),
         "dona made bia a moderator."),
        (m.Moderated(room="#sala", by="dona", did="kind", what="private"),
         "dona made it a private room: only who is invited comes in."),
        (m.Moderated(room="#sala", by="d\x1b[2J", did="fly\n", user="bia", what="x"), "d␛[2J: fly↵ bia x."),
        (m.Moderated(room="#nova", by="dona", did="invite", user="Ana"),
         "dona invites you to #nova: go in with /room #nova"),
        (m.Left(room="#sala", users=["ana"], why="kicked", by="dona"), "You were sent out of #sala by dona."),
        (m.Left(room="#sala", users=["ana"], why="closed"), "#sala was closed by whoever runs the server."),
        (m.Left(room="#sala", users=["ana"], why="new", by="dona"), "You were sent out of #sala by dona."),
    ],
)  # fmt: skip
def test_what_is_told(at, event, told):
    """What somebody did in a room is told in a sentence; nothing in it drives the terminal."""
    words.use(words.ENGLISH)
    assert at.hear(event) == [told]
    assert at.face.closed == (["#sala"] if isinstance(event, m.Left) else [])


def test_what_is_told_of_a_room_one_is_not_in(at):
    """Of another room only an invitation is told, and that only to whom it is for."""
    assert at.hear(m.Moderated(room="#nova", by="dona", did="kick", user="bia")) == []
    assert at.hear(m.Moderated(room="#nova", by="dona", did="invite", user="bia")) == []


async def test_a_moderator_may_delete_what_others_say(at):
    """Who looks after a room may delete what others said in it; anybody else is told so."""
    words.use(words.ENGLISH)
    at.state.apply(m.Message(id=1, to="#sala", from_="bia", ts=0, cid="x", body="feio"), 0)
    await at.type("/delete 1")
    assert at.face.told == ["That message is not yours."]
    at.state.talks["#sala"].role = "moderator"
    await at.type("/delete 1")
    await at.type("y")
    assert at.client.changes == [m.Delete(cid="", id=1)]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("10m", 600), ("10min", 600), ("1h30m", 5_400), ("7d", 604_800), ("2sem", 1_209_600),
     ("", None), ("10", None), ("m", None), ("0s", None), ("-5m", None), ("1h x", None),
     ("9999999999s", None)],
)  # fmt: skip
def test_duration(text, seconds):
    """How long is meant, as people write it."""
    assert duration(text, 10_000_000) == seconds


@pytest.mark.parametrize(
    "did", ["invite", "kick", "ban", "mute", "slow", "kind", "role", "topic", "delete", "close"]
)
@pytest.mark.parametrize("lang", [words.PORTUGUESE, words.ENGLISH])
def test_every_deed_is_a_sentence(did, lang):
    """No deed is told with a placeholder or a code left in it."""
    words.use(lang)
    told = done("dona", did, "bia", "moderator" if did == "role" else "private" if did == "kind" else "30")
    assert "{" not in told
    assert not told.startswith(f"dona: {did}")


def test_times():
    """A time is told in the largest units that tell it wholly."""
    words.use(words.ENGLISH)
    assert [time_name(seconds) for seconds in (1, 60, 3_661, 172_800)] == [
        "1 second",
        "1 minute",
        "1 hour 1 minute 1 second",
        "2 days",
    ]
