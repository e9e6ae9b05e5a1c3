"""Replies, edits, deletions, reactions, topics and search, seen from raw connections."""

from collections.abc import Callable
from functools import partial

import pytest

from chat.history.base import History
from chat.history.sqlite import SqliteHistory
from tests.fake_history import FakeHistory
from tests.peer import Peer, Said
from tests.servers import Running


@pytest.fixture(params=[FakeHistory, partial(SqliteHistory, None)], ids=["fake", "sqlite"])
def make_history(request: pytest.FixtureRequest) -> Callable[[], History]:
    """Each of these is seen with either history: they mean the same by their words."""
    return request.param


async def _two(port: int) -> tuple[Peer, Peer]:
    return await Peer.hello(port, "ana"), await Peer.hello(port, "bia")


async def _newest(peer: Peer) -> Said:
    peer.say(type="history", room="#geral", limit=1)
    (message,) = (await peer.expect("history"))["messages"]
    return dict(message)


async def test_reply_and_act(running: Running) -> None:
    """A message may answer another and may be an act; everybody is told, live and in the history."""
    ana, bia = await _two(running.port)
    await ana.send("#geral", "quem vem?", "1")
    bia.say(type="send", to="#geral", body="acena", cid="2", reply=1, act=True)
    heard = await ana.expect("message", cid="2")
    assert (heard["reply"], heard["act"]) == (1, True)
    assert await _newest(ana) == heard


async def test_edit(running: Running) -> None:
    """An edit is an entry of its own; a page shows the message as it is now."""
    ana, bia = await _two(running.port)
    await ana.send("#geral", "oj", "1")
    await bia.expect("message")
    ana.say(type="edit", id=1, body="oi", cid="2", ref="e")
    answer = await ana.expect("edited")
    heard = await bia.expect("edited")
    assert answer == heard | {"ref": "e"}
    assert (heard["id"], heard["of"], heard["body"], heard["from"]) == (2, 1, "oi", "ana")
    now = await _newest(bia)
    assert (now["id"], now["body"], now["edited"], now["version"]) == (1, "oi", True, 2)


async def test_delete(running: Running) -> None:
    """What was deleted is not told any more, to those who resume either."""
    ana, bia = await _two(running.port)
    await ana.send("#geral", "segredo", "1")
    ana.say(type="delete", id=1, cid="2")
    assert (await bia.expect("deleted"))["of"] == 1
    now = await _newest(bia)
    assert (now["body"], now["deleted"]) == ("", True)
    late = await Peer.hello(running.port, "caio", after=0, log=ana.welcome["log"])
    assert (await late.expect("message"))["body"] == ""
    assert (await late.expect("deleted"))["of"] == 1
    bia.say(type="react", id=1, emoji="👍", cid="3")
    assert (await bia.expect("error"))["code"] == "no_such_message"


async def test_reactions(running: Running) -> None:
    """Reactions are put and taken back, once for each person and emoji."""
    ana, bia = await _two(running.port)
    await ana.send("#geral", "bolo na copa", "1")
    for number, (peer, on) in enumerate([(ana, True), (bia, True), (bia, True), (ana, False)]):
        peer.say(type="react", id=1, emoji="🎂", cid=f"r{number}", on=on)
        heard = await peer.expect("reacted", cid=f"r{number}")
        assert heard.get("on", True) == on
    assert (await _newest(ana))["reactions"] == [{"emoji": "🎂", "users": ["bia"], "more": 0}]


async def test_so_many_reactions_and_no_more(running: Running) -> None:
    """The thirteenth different reaction to a message is refused; one that is there already is not."""
    ana, _ = await _two(running.port)
    await ana.send("#geral", "oi", "1")
    for number in range(12):
        ana.say(type="react", id=1, emoji=chr(0x1F600 + number), cid=f"r{number}")
        await ana.expect("reacted")
    ana.say(type="react", id=1, emoji="🎂", cid="x")
    assert (await ana.expect("error"))["code"] == "not_allowed"
    ana.say(type="react", id=1, emoji="\U0001f600", cid="y", on=False)
    await ana.expect("reacted")


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"type": "edit", "id": 1, "body": "x"}, "not_allowed"),
        ({"type": "delete", "id": 1}, "not_allowed"),
        ({"type": "edit", "id": 99, "body": "x"}, "no_such_message"),
        ({"type": "edit", "id": 2, "body": ""}, "body_empty"),
        ({"type": "edit", "id": 2, "body": "\x07"}, "bad_message"),
        ({"type": "react", "id": 2, "emoji": "a b"}, "bad_message"),
        ({"type": "react", "id": 2, "emoji": "\u200b"}, "body_empty"),
        ({"type": "react", "id": 2, "emoji": ""}, "bad_message"),
        ({"type": "react", "id": -1, "emoji": "x"}, "bad_message"),
        ({"type": "react", "id": 3, "emoji": "x"}, "no_such_message"),
        ({"type": "topic", "room": "#geral", "topic": "a\nb"}, "bad_message"),
        ({"type": "topic", "room": "#geral", "topic": "x" * 201}, "bad_message"),
        ({"type": "topic", "room": "#outra", "topic": "x"}, "not_in_room"),
    ],
)
async def test_what_may_not_be_changed(running: Running, request_: dict[str, object], code: str) -> None:
    """One changes only what is one's own, what one may see, and only into what may be said."""
    ana, bia = await _two(running.port)
    await ana.send("#geral", "de ana", "1")
    await bia.send("#geral", "de bia", "1")
    caio = await Peer.hello(running.port, "caio")
    await ana.send("@caio", "particular", "2")
    await caio.expect("message")
    bia.say(cid="c", **request_)
    error = await bia.expect("error")
    assert (error["code"], error["cid"]) == (code, "c")


async def test_a_private_talk_is_changed_in_private(running: Running) -> None:
    """A reaction to a private message reaches the two and nobody else."""
    ana, bia = await _two(running.port)
    caio = await Peer.hello(running.port, "caio")
    await ana.send("@bia", "psiu", "1")
    await bia.expect("message")
    bia.say(type="react", id=1, emoji="🤫", cid="r")
    heard = await ana.expect("reacted")
    assert (heard["from"], heard["to"]) == ("bia", "@ana")
    assert all(message["type"] != "reacted" for message in await caio.silent())


async def test_topic(running: Running) -> None:
    """A topic is told to the room, stays, and greets who comes later."""
    ana, bia = await _two(running.port)
    ana.say(type="topic", room="#geral", topic="prova na sexta", cid="1")
    heard = await bia.expect("topic")
    assert (heard["to"], heard["topic"], heard["from"]) == ("#geral", "prova na sexta", "ana")
    caio = await Peer.hello(running.port, "caio")
    assert caio.welcome["rooms"][0]["topic"] == "prova na sexta"


async def test_search(running: Running) -> None:
    """A search finds what one may read, as it is now, newest page in ascending order."""
    ana, bia = await _two(running.port)
    await ana.send("#geral", "o bolo chegou", "1")
    await ana.send("@bia", "tem bolo só para você", "2")
    await ana.send("#geral", "o bolo acabou", "3")
    caio = await Peer.hello(running.port, "caio")

    async def found(peer: Peer, **asked: object) -> list[int]:
        peer.say(type="search", text="bolo", **asked)
        return [message["id"] for message in (await peer.expect("found"))["messages"]]

    assert await found(bia) == [1, 2, 3]
    assert await found(caio) == [1, 3]
    assert await found(bia, room="#geral") == [1, 3]
    assert await found(bia, **{"with": "ana"}) == [2]
    assert await found(bia, before=3, limit=1) == [2]
    caio.say(type="search", text="bolo", room="#geral", **{"with": "ana"})
    assert (await caio.expect("error"))["code"] == "bad_message"


async def test_who_takes_a_guests_name_cannot_change_what_it_said(running: Running) -> None:
    """A message belongs to the identity that said it, not to the name."""
    ana = await Peer.hello(running.port, "ana")
    await ana.send("#geral", "minha", "1")
    ana.say(type="bye")
    await ana.closed()
    other = await Peer.hello(running.port, "ana")
    other.say(type="edit", id=1, body="dela", cid="2")
    assert (await other.expect("error"))["code"] == "not_allowed"
