"""How conversations open: names, versions, replaced sessions, resumed ones."""

import asyncio

import pytest

from tests.fake_history import FakeHistory
from tests.fakes import until
from tests.peer import Peer, Said
from tests.servers import Running, Start


@pytest.mark.parametrize(
    ("hello", "code"),
    [
        ({"version": 1}, "bad_name"),
        ({"version": 1, "user": "a b"}, "bad_name"),
        ({"version": 1, "user": "server"}, "bad_name"),
        ({"version": 1, "user": "chat"}, "bad_name"),
        ({"version": 1, "user": "x" * 33}, "bad_name"),
        ({"version": 2, "user": "ana"}, "bad_version"),
        ({"version": 0, "user": "ana"}, "bad_version"),
        ({"version": "1", "user": "ana"}, "bad_version"),
        ({"version": True, "user": "ana"}, "bad_version"),
        ({"user": "ana"}, "bad_version"),
        ({"version": 1, "user": "ana", "rooms": ["sala"]}, "bad_room"),
        ({"version": 1, "user": "ana", "rooms": [f"#r{n}" for n in range(100)]}, "too_many_rooms"),
        ({"version": 1, "user": "ana", "after": -1}, "bad_message"),
        ({"version": 1, "user": "ana", "after": 2**63}, "bad_message"),
    ],
)
async def test_a_hello_refused_may_be_tried_again(
    running: Running, hello: dict[str, object], code: str
) -> None:
    """A hello that is refused says why, and the next one may succeed."""
    ana = await Peer.connect(running.port)
    ana.say(type="hello", **hello)
    assert (await ana.expect("error"))["code"] == code
    ana.say(type="hello", version=1, user="ana")
    assert (await ana.expect("welcome"))["user"] == "ana"


async def test_a_room_counts_once(start: Start) -> None:
    """However often and under whatever spelling a hello names a room, the lobby among them, it is one."""
    running = await start(max_rooms_each=2)
    ana = await Peer.hello(running.port, "ana", rooms=["#geral", "#GERAL", "#sala", "#Sala"])
    assert [room["name"] for room in ana.welcome["rooms"]] == ["#geral", "#sala"]


async def test_hello_first(running: Running) -> None:
    """Anything else first answers hello_first, and the conversation goes on."""
    ana = await Peer.connect(running.port)
    for kind in (
        {"type": "ping"},
        {"type": "send", "to": "#geral", "body": "oi", "cid": "1"},
        {"type": "prove", "signature": ""},
    ):
        ana.say(**kind)
        assert (await ana.expect("error"))["code"] == "hello_first"
    ana.say(type="hello", version=1, user="ana")
    await ana.expect("welcome")
    ana.say(type="hello", version=1, user="bia")
    assert (await ana.expect("error"))["code"] == "not_allowed"


@pytest.mark.parametrize("other", ["ana", "ANA", "aná"[:3], "Ana"])
async def test_a_name_is_taken_however_it_is_written(running: Running, other: str) -> None:
    """A name in use by somebody else is refused in any case; another is welcome."""
    await Peer.hello(running.port, "ana")
    bia = await Peer.connect(running.port)
    bia.say(type="hello", version=1, user=other.replace("á", "a"))
    assert (await bia.expect("error"))["code"] == "name_taken"
    bia.say(type="hello", version=1, user="bia")
    await bia.expect("welcome")


async def test_one_of_two_gets_the_name(running: Running) -> None:
    """Of two that ask for one name at the same moment exactly one is welcomed, a thousand times."""
    for number in range(1_000):
        peers = [await Peer.connect(running.port) for _ in range(2)]
        for peer in peers:
            peer.say(type="hello", version=1, user=f"u{number}", rooms=[f"#nova{number % 20}"])
        answers = sorted([(await peer.hear() or {})["type"] for peer in peers])
        assert answers == ["error", "welcome"]
        for peer in peers:
            peer.reset()


async def test_the_session_secret_replaces_the_earlier_conversation(running: Running) -> None:
    """The secret of an earlier welcome takes the name over; the earlier conversation is told and closed."""
    old = await Peer.hello(running.port, "ana")
    new = await Peer.hello(running.port, "ana", session=old.welcome["session"])
    assert (await old.closed())[-1] == {"type": "bye", "reason": "replaced"}
    assert (await new.send("#geral", "voltei", "1"))["from"] == "ana"
    assert new.welcome["rooms"] == [{"name": "#geral", "topic": "", "members": 1}]


@pytest.mark.parametrize("secret", ["", "x", "a.b.c", "\ud7ff.é.ñ", "g1.2." + "0" * 32])
async def test_a_false_secret_takes_nothing_over(running: Running, secret: str) -> None:
    """A secret that this server did not sign for this name is worth nothing."""
    ana = await Peer.hello(running.port, "ana")
    thief = await Peer.connect(running.port)
    thief.say(type="hello", version=1, user="ana", session=secret)
    assert (await thief.expect("error"))["code"] == "name_taken"
    thief.say(type="hello", version=1, user="ana", session=ana.welcome["session"].replace("g", "g0", 1))
    assert (await thief.expect("error"))["code"] == "name_taken"


async def test_whoever_takes_a_guests_name_sees_none_of_its_private_talk(running: Running) -> None:
    """A private message belongs to two identities: the next to bear the name gets none of it, by no road."""
    ana, bia = await Peer.hello(running.port, "ana"), await Peer.hello(running.port, "bia")
    first = await ana.send("@bia", "segredo", "1")
    await bia.expect("message")
    ana.say(type="bye")
    await ana.closed()
    other = await Peer.hello(running.port, "ana", after=0, log="fake")
    assert [m for m in await other.silent() if m["type"] == "message"] == []
    other.say(type="history", **{"with": "bia"})
    assert (await other.expect("history"))["messages"] == []
    other.say(type="send", to="#geral", body="oi", cid="1")
    assert (await other.expect("error"))["code"] == "not_allowed"
    again = await Peer.connect(running.port)
    other.say(type="bye")
    await other.closed()
    again.say(type="hello", version=1, user="ana", after=0, log="fake", session=ana.welcome["session"])
    await again.expect("welcome")
    assert await again.expect("message") == first


async def test_resume_brings_what_was_missed_in_order(running: Running) -> None:
    """After a cut everything missed follows the welcome in order, before anything newer, each once."""
    ana, bia = await Peer.hello(running.port, "ana"), await Peer.hello(running.port, "bia", rooms=["#aula"])
    ana.say(type="join", room="#aula")
    await ana.send("#geral", "antes", "0")
    seen = (await bia.expect("message"))["id"]
    bia.reset()
    sent = [(await ana.send(("#geral", "#aula")[n % 2], f"perdida {n}", f"p{n}"))["id"] for n in range(250)]
    back = await Peer.hello(
        running.port, "bia", rooms=["#aula"], after=seen, log="fake", session=bia.welcome["session"]
    )
    assert "reset" not in back.welcome
    sent.append((await ana.send("#geral", "nova", "n"))["id"])
    assert [(await back.expect("message"))["id"] for _ in sent] == sent
    assert [m for m in await back.silent() if m["type"] == "message"] == []


@pytest.mark.parametrize(("after", "log"), [(0, "another"), (1, "another"), (99, "fake")])
async def test_a_replaced_history_is_said(running: Running, after: int, log: str) -> None:
    """A log that differs, or a cursor above the head, is answered by reset and nothing old."""
    ana = await Peer.hello(running.port, "ana")
    await ana.send("#geral", "oi", "1")
    bia = await Peer.hello(running.port, "bia", after=after, log=log)
    assert bia.welcome["reset"] is True
    assert [m for m in await bia.silent() if m["type"] == "message"] == []


async def test_a_repeat_while_behind_comes_once_and_in_its_place(start: Start) -> None:
    """What is sent again before the resuming client was given the original comes with the rest, once."""
    history = FakeHistory()
    running = await start(history)
    ana = await Peer.hello(running.port, "ana")
    for number in range(3):
        await ana.send("#geral", str(number), str(number))
    ana.reset()
    history.reading = asyncio.Event()
    back = await Peer.hello(running.port, "ana", after=1, log="fake", session=ana.welcome["session"])
    back.say(type="send", to="#geral", body="2", cid="2")
    assert [m for m in await back.silent() if m["type"] == "message"] == []
    history.reading.set()
    assert [(await back.expect("message"))["id"] for _ in range(2)] == [2, 3]
    assert [m for m in await back.silent() if m["type"] == "message"] == []


async def test_nothing_falls_between_behind_and_live(start: Start) -> None:
    """What is committed while the last page is being read follows it, in order."""
    history = FakeHistory()
    running = await start(history)
    ana = await Peer.hello(running.port, "ana")
    await ana.send("#geral", "1", "1")
    history.reading = asyncio.Event()
    bia = await Peer.hello(running.port, "bia", after=0, log="fake")
    await ana.send("#geral", "2", "2")
    await ana.send("#geral", "3", "3")
    assert [m for m in await bia.silent() if m["type"] == "message"] == []
    history.reading.set()
    assert [(await bia.expect("message"))["id"] for _ in range(3)] == [1, 2, 3]
    await ana.send("#geral", "4", "4")
    assert (await bia.expect("message"))["id"] == 4


async def test_the_server_is_full(start: Start) -> None:
    """Beyond the most clients a connection is told so and closed; those inside talk on."""
    running = await start(max_clients=2)
    ana, bia = await Peer.hello(running.port, "ana"), await Peer.hello(running.port, "bia")
    late = await Peer.connect(running.port)
    assert [message["code"] for message in await late.closed()] == ["server_full"]
    await ana.send("#geral", "oi", "1")
    await bia.expect("message")


async def test_a_hundred_clients_at_once(running: Running) -> None:
    """100 active connections, as the first of the original programs promised."""
    peers = await asyncio.gather(*(Peer.hello(running.port, f"aluno{n}") for n in range(100)))
    await peers[0].send("#geral", "bom dia, turma", "1")
    heard = await asyncio.gather(*(peer.expect("message") for peer in peers[1:]))
    assert {message["body"] for message in heard} == {"bom dia, turma"}


async def test_never_said_hello(start: Start) -> None:
    """A client that is not welcomed within the deadline is closed."""
    running = await start(hello_deadline=0.05, notice_interval=0.01)
    mute = await Peer.connect(running.port)
    assert await mute.closed() == [{"type": "bye", "reason": "hello_timeout"}]


async def test_a_frame_begun_must_become_whole(start: Start) -> None:
    """A header whose payload never comes ends the conversation; the others never notice."""
    running = await start(notice_interval=0.01)
    ana, bia = await Peer.hello(running.port, "ana"), await Peer.hello(running.port, "bia")
    running.server.options.frame_deadline = 0.05
    ana.raw(b"10".ljust(64))
    assert (await ana.closed())[-1] == {"type": "bye", "reason": "frame_timeout"}
    await bia.send("#geral", "ainda aqui", "1")


async def test_a_header_that_trickles_in(start: Start) -> None:
    """A byte now and then gains no time: a deadline counts from the first, that of a hello from the start."""
    running = await start(notice_interval=0.01)
    ana, bia = await Peer.hello(running.port, "ana"), await Peer.hello(running.port, "bia")
    running.server.options.frame_deadline, running.server.options.hello_deadline = 0.4, 0.8
    nobody, tasks = await Peer.connect(running.port), len(asyncio.all_tasks())

    async def trickle(peer: Peer) -> Said:
        hearing = asyncio.ensure_future(peer.closed())
        while not (await asyncio.wait({hearing}, timeout=0.1))[0]:
            peer.raw(b"1")
        return hearing.result()[-1]

    assert await trickle(ana) == {"type": "bye", "reason": "frame_timeout"}
    assert (await trickle(nobody))["reason"] in ("frame_timeout", "hello_timeout")
    await bia.send("#geral", "ainda aqui", "1")
    await until(lambda: len(asyncio.all_tasks()) < tasks)


async def test_the_server_says_ping_to_the_quiet(start: Start) -> None:
    """A session that nothing was written to for a while gets a heartbeat, and may answer it."""
    running = await start(heartbeat=0.05, notice_interval=0.01)
    ana = await Peer.hello(running.port, "ana")
    await ana.expect("ping")
    ana.say(type="pong")
    assert all(message["type"] == "ping" for message in await ana.silent())
