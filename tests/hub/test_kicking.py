"""Who is sent out of a room, seen from raw connections: at once, for good, from all that is on its way."""

import asyncio
from pathlib import Path

import pytest

from tests.fake_history import FakeHistory
from tests.fakes import until
from tests.hub.rooms import Clock, done, refused, room_of, serving
from tests.keys import Key
from tests.peer import Peer, Said
from tests.servers import Running, Start


async def test_who_is_kicked_resumes_without_the_room(running: Running) -> None:
    """A member of a private room that was sent out hears nothing of it when it comes back."""
    key = Key()
    dona, _ = await room_of(running)
    bia = await key.hello(running.port, "bia")
    await done(dona, "kind", room="#sala", kind="private")
    await done(dona, "invite", room="#sala", user="bia")
    await done(bia, "join", room="#sala")
    await dona.send("#sala", "antes", "1")
    bia.reset()
    await until(lambda: running.server.core.hub.people.named("bia") is None)
    await done(dona, "kick", room="#sala", user="bia")
    await dona.send("#sala", "depois", "2")
    await dona.send("#geral", "para todos", "3")
    back = await key.hello(running.port, "bia", rooms=["#sala"], after=0, log=dona.welcome["log"])
    assert [room["name"] for room in back.welcome["rooms"]] == ["#geral"]
    assert (await back.expect("message"))["body"] == "para todos"


async def test_a_kick_and_what_is_on_its_way(start: Start) -> None:
    """What was accepted and is not stored yet when its sender is kicked is refused, and its `cid` is free."""
    history = FakeHistory()
    running = await start(history)
    dona, ana = await room_of(running)
    bia = await Peer.hello(running.port, "bia", rooms=["#sala"])
    history.held = True
    ana.say(type="send", to="#sala", body="na fila", cid="1")
    ana.say(type="send", to="#geral", body="outra sala", cid="2")
    await ana.silent()
    dona.say(type="kick", room="#sala", user="ana", ref="k")
    assert (await ana.expect("left"))["why"] == "kicked"
    assert [said for said in await bia.silent() if said["type"] in ("message", "moderated")] == []
    history.held = False
    history.release()
    error = await ana.expect("error")
    assert (error["code"], error["cid"]) == ("not_allowed", "1")
    assert (await dona.expect("moderated"))["did"] == "kick"
    assert [entry.body for entry in history.entries] == ["outra sala"]
    await ana.send("#geral", "com o mesmo", "1")


async def test_what_is_being_stored_is_shown_before_the_kick(tmp_path: Path) -> None:
    """Of a flood, each message is stored and shown before the kick is told, or refused; none comes after."""
    async with serving(tmp_path) as running:
        dona, ana = await room_of(running)
        for number in range(2_000):
            ana.say(type="send", to="#sala", body=str(number), cid=str(number))
        dona.say(type="kick", room="#sala", user="ana", ref="k")
        shown = []
        while (heard := await dona.hear()) is not None and heard.get("ref") != "k":
            shown += [heard["body"]] if heard["type"] == "message" else []
        assert [said for said in await dona.silent() if said["type"] == "message"] == []
        answers = [said for said in await ana.silent() if said["type"] in ("message", "error")]
        stored = await history_of(dona)
        assert stored == shown == [str(number) for number in range(len(stored))]
        assert {said["code"] for said in answers if said["type"] == "error"} <= {"not_allowed", "not_in_room"}
        assert len(answers) + _missed(answers, stored) == 2_000


def _missed(answers: list[Said], stored: list[str]) -> int:
    """Messages that were stored before the kick and shown to the others alone, as ana was out already."""
    return len(stored) - sum(said["type"] == "message" for said in answers)


async def history_of(peer: Peer, room: str = "#sala") -> list[str]:
    """Everything that was said in a room."""
    bodies: list[str] = []
    page = await done(peer, "history", room=room)
    while page["messages"]:
        bodies = [message["body"] for message in page["messages"]] + bodies
        page = await done(peer, "history", room=room, before=page["messages"][0]["id"])
    return bodies


@pytest.mark.parametrize("asked", ["history", "search", "resume"])
async def test_a_page_that_is_being_read(start: Start, asked: str) -> None:
    """Who is kicked while a page is read for them gets nothing of the room from it."""
    history = FakeHistory()
    running = await start(history)
    dona, ana = await room_of(running)
    await done(dona, "kind", room="#sala", kind="private")
    await dona.send("#sala", "segredo", "1")
    await ana.expect("message")
    reading = history.reading = asyncio.Event()
    if asked == "history":
        ana.say(type="history", room="#sala", ref="h")
    elif asked == "search":
        ana.say(type="search", text="segredo", ref="h")
    else:
        (seat,) = [seat for seat in running.server.seats if seat.user == "ana"]
        seat.member.outbox.fall_behind(0)  # type: ignore[attr-defined]
    await until(lambda: history.readers == 1)
    await dona.send("#sala", "outro segredo", "1b")
    await done(dona, "kick", room="#sala", user="ana")
    await ana.expect("left")
    reading.set()
    if asked == "history":
        assert (await ana.expect("error", ref="h"))["code"] == "not_allowed"
    elif asked == "search":
        assert (await ana.expect("found", ref="h"))["messages"] == []
    await dona.send("#geral", "depois", "2")
    assert (await ana.expect("message"))["body"] == "depois"


async def test_kicked_from_a_public_room(running: Running) -> None:
    """Out of a public room one may come back; nothing of it is heard in between."""
    dona, ana = await room_of(running)
    await done(dona, "kick", room="#sala", user="ana")
    await ana.expect("left", why="kicked")
    assert await refused(ana, "send", to="#sala", body="oi", cid="1") == ("not_in_room", None)
    await dona.send("#sala", "sem ana", "2")
    assert [said for said in await ana.silent() if said["type"] == "message"] == []
    await done(ana, "join", room="#sala")
    await ana.send("#sala", "voltei", "3")


async def test_out_of_the_lobby_is_out_of_the_server(start: Start) -> None:
    """Who is kicked from the lobby is sent off; who is banned there is not let in until that is over."""
    clock = Clock()
    async with serving(clock=clock) as running:
        keys = [Key(), Key()]
        op, ana = await keys[0].hello(running.port, "op"), await keys[1].hello(running.port, "ana")
        user = running.server.core.hub.people.named("op")
        assert user is not None
        assert await refused(op, "kick", room="#geral", user="ana") == ("not_allowed", "role")
        running.server.core.hub.operators.add(user.identity)
        await done(op, "kick", room="#geral", user="ana")
        assert [said["reason"] for said in await ana.closed() if said["type"] == "bye"] == ["kicked"]
        ana = await keys[1].hello(running.port, "ana")
        await done(op, "ban", room="#geral", user="ana", seconds=60)
        assert [said["reason"] for said in await ana.closed() if said["type"] == "bye"] == ["banned"]
        assert await keys[1].refused(running.port, "ana") == "banned"
        clock.now += 60_000
        await keys[1].hello(running.port, "ana")
        assert await refused(op, "kind", room="#geral", kind="private") == ("not_allowed", None)
        assert await refused(op, "role", room="#geral", user="ana", role="owner") == ("not_allowed", None)


async def test_two_moderators_at_once(running: Running) -> None:
    """Deeds of two at the same moment are both done, each judged by what the other left."""
    dona, ana = await room_of(running)
    bia = await Key().hello(running.port, "bia", rooms=["#sala"])
    await done(dona, "role", room="#sala", user="ana", role="moderator")
    dona.say(type="role", room="#sala", user="bia", role="moderator", ref="a")
    ana.say(type="kick", room="#sala", user="bia", ref="b")
    first, second = [await peer.expect_ref(ref) for peer, ref in ((dona, "a"), (ana, "b"))]
    assert first["type"] == "moderated"
    assert second["type"] == "moderated" or second["why"] == "rank"
    assert (await bia.expect("moderated"))["room"] == "#sala"
