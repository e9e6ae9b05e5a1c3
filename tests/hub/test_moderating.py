"""What those with rights do in a room, seen from raw connections: at once, for good, and told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from chat.errors import DataRefused
from chat.history.sqlite import SqliteHistory
from chat.limits.options import Options
from chat.registry.sqlite import SqliteRegistry
from chat.server.server import Server
from tests.fake_history import FakeHistory
from tests.fakes import until
from tests.keys import Key
from tests.peer import Peer, Said
from tests.servers import UNHURRIED, Recorder, Running, Start


class Clock:
    """The server's time of day, moved by a test."""

    def __init__(self) -> None:
        self.now = 1_795_216_610_000

    def __call__(self) -> int:
        return self.now


@asynccontextmanager
async def serving(
    folder: Path | None = None, clock: Clock | None = None, **options: Any
) -> AsyncIterator[Running]:
    """A server whose clock stands still, over the registry of a folder."""
    registry = SqliteRegistry(folder / "registry.db" if folder else None)
    console, settings = Recorder(), Options(**UNHURRIED | options)
    history = SqliteHistory(folder / "history.db" if folder else None)
    async with Server(history, registry, console, settings, now=clock or Clock()) as server:
        (address,) = await server.listen("127.0.0.1", 0)
        yield Running(server, address[1], console)
    assert [event for event in console.events if event[0] == "failed"] == []


async def ask(peer: Peer, type: str, **members: Any) -> Said:
    """Ask, and the direct answer."""
    ref = f"{type}-{len(peer.heard)}"
    peer.say(type=type, ref=ref, **members)
    return await peer.expect_ref(ref)


async def done(peer: Peer, type: str, **members: Any) -> Said:
    """Do what must be allowed; the answer."""
    answer = await ask(peer, type, **members)
    assert answer["type"] != "error", answer
    return answer


async def refused(peer: Peer, type: str, **members: Any) -> tuple[str, str | None]:
    """Ask for what must be refused; the code, and why."""
    answer = await ask(peer, type, **members)
    assert answer["type"] == "error", answer
    return answer["code"], answer.get("why")


async def room_of(running: Running, name: str = "#sala") -> tuple[Peer, Peer]:
    """A room that dona made, with ana in it; both have keys."""
    dona, ana = await Key().hello(running.port, "dona"), await Key().hello(running.port, "ana")
    await done(dona, "join", room=name)
    await done(ana, "join", room=name)
    await dona.expect("joined", users=["ana"])
    return dona, ana


async def test_who_makes_a_room_owns_it(running: Running) -> None:
    """A key that makes a room owns it and is shown so; a guest that makes one owns nothing."""
    dona, ana = await room_of(running)
    who = await done(ana, "who", room="#sala")
    assert (who["users"], who["roles"]) == (["ana", "dona"], {"dona": "owner"})
    joined = await done(dona, "join", room="#sala")
    assert (joined["role"], joined["roles"]) == ("owner", {"dona": "owner"})
    guest = await Peer.hello(running.port, "visita", rooms=["#sua"])
    assert "role" not in (await done(guest, "join", room="#sua"))
    assert await refused(guest, "kick", room="#sua", user="dona") == ("not_allowed", "role")
    await done(guest, "topic", room="#sua", topic="de todos", cid="t")


async def test_a_private_room(running: Running) -> None:
    """Who is not invited sees nothing of a private room; who is may come, and who is kicked is a stranger."""
    dona, ana = await room_of(running)
    bia = await Key().hello(running.port, "bia")
    await done(dona, "kind", room="#sala", kind="private")
    assert (await ana.expect("moderated"))["what"] == "private"
    assert await refused(bia, "join", room="#sala") == ("not_allowed", None)
    assert [room["name"] for room in (await done(bia, "rooms"))["rooms"]] == ["#geral"]
    await done(dona, "invite", room="#sala", user="bia")
    told = await bia.expect("moderated")
    assert (told["did"], told["room"], told["by"], told["user"]) == ("invite", "#sala", "dona", "bia")
    assert (await done(bia, "join", room="#sala"))["kind"] == "private"
    await dona.send("#sala", "segredo", "1")
    await bia.expect("message", body="segredo")
    await done(dona, "kick", room="#sala", user="bia")
    left = await bia.expect("left")
    assert (left["room"], left["users"], left["why"], left["by"]) == ("#sala", ["bia"], "kicked", "dona")
    assert await refused(bia, "history", room="#sala") == ("no_such_room", None)
    assert await refused(bia, "join", room="#sala") == ("not_allowed", None)
    assert (await done(bia, "search", text="segredo"))["messages"] == []
    assert await refused(bia, "react", id=1, emoji="👍", cid="r") == ("no_such_message", None)
    again = await Peer.hello(running.port, "caio", rooms=["#sala"], after=0, log=dona.welcome["log"])
    assert [room["name"] for room in again.welcome["rooms"]] == ["#geral"]
    assert [said for said in await again.silent() if said["type"] == "message"] == []


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
        assert (await ana.expect("error", ref="h"))["code"] == "no_such_room"
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


async def test_bans_run_out(start: Start) -> None:
    """Who is banned is out and kept out until the time is over; the answer says how long that is."""
    clock = Clock()
    async with serving(clock=clock) as running:
        dona, ana = await room_of(running)
        await done(dona, "ban", room="#sala", user="ana", seconds=60)
        assert (await ana.expect("left"))["why"] == "banned"
        clock.now += 20_000
        answer = await ask(ana, "join", room="#sala")
        assert (answer["code"], answer["wait"]) == ("banned", 40_000)
        assert (await ask(ana, "history", room="#sala"))["code"] == "banned"
        clock.now += 40_000
        await done(ana, "join", room="#sala")
        assert (await done(dona, "roster", room="#sala"))["standings"] == [{"user": "dona", "role": "owner"}]


async def test_unban(running: Running) -> None:
    """A ban for good says nothing of time, and is taken back by name, whoever is here."""
    dona, ana = await room_of(running)
    await done(dona, "ban", room="#sala", user="@ana")
    assert "wait" not in await ask(ana, "join", room="#sala")
    ana.say(type="bye")
    await ana.closed()
    await done(dona, "unban", room="#sala", user="ANA")
    assert await refused(dona, "unban", room="#sala", user="ana") == ("no_such_user", None)
    assert await refused(dona, "unban", room="#sala", user="\u202e") == ("no_such_user", None)


async def test_a_banned_guest_does_not_come_back_under_the_name(running: Running) -> None:
    """A guest is banned by the name, since it has nothing else that lasts."""
    dona, _ = await room_of(running)
    guest = await Peer.hello(running.port, "visita", rooms=["#sala"])
    await done(dona, "ban", room="#sala", user="visita")
    await guest.expect("left", why="banned")
    guest.say(type="bye")
    await guest.closed()
    again = await Peer.hello(running.port, "Visita", rooms=["#sala"])
    assert [room["name"] for room in again.welcome["rooms"]] == ["#geral"]


async def _from(host: str, port: int, user: str) -> Peer:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(host, 0))
    peer = Peer(reader, writer)
    peer.say(type="hello", version=1, user=user)
    peer.welcome = await peer.expect("welcome")
    return peer


async def test_bans_by_address(running: Running) -> None:
    """With the address everybody from there is out and kept out; who comes from elsewhere is not."""
    dona, ana = await room_of(running)
    troll, mate = [await _from("127.0.0.9", running.port, name) for name in ("troll", "cupincha")]
    for peer in (troll, mate):
        await done(peer, "join", room="#sala")
    await done(dona, "ban", room="#sala", user="troll", address=True)
    for peer in (troll, mate):
        assert (await peer.expect("left"))["why"] == "banned"
    other = await _from("127.0.0.9", running.port, "outro")
    assert (await refused(other, "join", room="#sala"))[0] == "banned"
    await ana.send("#sala", "ainda aqui", "1")
    (line,) = [
        one for one in (await done(dona, "roster", room="#sala"))["standings"] if one["user"] == "troll"
    ]
    assert line == {"user": "troll", "banned": 0, "address": True}
    assert "127.0.0.9" not in str(dona.heard)
    await done(dona, "unban", room="#sala", user="troll")
    await done(other, "join", room="#sala")


async def test_mute(start: Start) -> None:
    """Who is muted is heard no more, until the time is over or it is taken back."""
    clock = Clock()
    async with serving(clock=clock) as running:
        dona, ana = await room_of(running)
        await done(dona, "mute", room="#sala", user="ana", seconds=60)
        assert (await ana.expect("moderated"))["what"] == "60"
        answer = await ask(ana, "send", to="#sala", body="psiu", cid="1")
        assert (answer["code"], answer["why"], answer["wait"]) == ("not_allowed", "muted", 60_000)
        await ana.send("#geral", "aqui posso", "2")
        await ana.send("@dona", "e aqui", "3")
        clock.now += 60_000
        await ana.send("#sala", "de volta", "1")
        await done(dona, "mute", room="#sala", user="ana")
        assert "wait" not in await ask(ana, "send", to="#sala", body="psiu", cid="4")
        await done(dona, "unmute", room="#sala", user="ana")
        await ana.send("#sala", "de novo", "4")


async def test_a_mute_and_what_is_on_its_way(start: Start) -> None:
    """What was accepted and is not stored yet when its sender is muted is refused; the sender stays."""
    history = FakeHistory()
    running = await start(history)
    dona, ana = await room_of(running)
    history.held = True
    ana.say(type="send", to="#sala", body="na fila", cid="1")
    await ana.silent()
    dona.say(type="mute", room="#sala", user="ana")
    law = running.server.core.hub.rooms["#sala"].law
    await until(lambda: any(kept.muted is not None for kept in law.standings.values()))
    history.held = False
    history.release()
    assert (await ana.expect("error"))["cid"] == "1"
    assert history.entries == []
    await dona.send("#sala", "ouves?", "1")
    assert (await ana.expect("message"))["body"] == "ouves?"


async def test_an_announcement_room(running: Running) -> None:
    """Owner and moderators speak, everybody reads and reacts; who is made a moderator speaks at once."""
    dona, ana = await room_of(running)
    await ana.send("#sala", "ainda posso", "1")
    await done(dona, "kind", room="#sala", kind="announcement")
    assert await refused(ana, "send", to="#sala", body="oi", cid="2") == ("not_allowed", "announcement")
    assert await refused(ana, "edit", id=1, body="oi", cid="3") == ("not_allowed", "announcement")
    assert await refused(ana, "topic", room="#sala", topic="oi", cid="3") == ("not_allowed", "announcement")
    await done(ana, "react", id=1, emoji="👍", cid="4")
    await done(dona, "role", room="#sala", user="ana", role="moderator")
    await ana.send("#sala", "agora sim", "5")
    await done(dona, "role", room="#sala", user="ana", role="member")
    assert await refused(ana, "send", to="#sala", body="oi", cid="6") == ("not_allowed", "announcement")


async def test_slow_mode(running: Running) -> None:
    """One message in so many seconds; what is sent again is no new one, and moderators do not wait."""
    dona, ana = await room_of(running)
    await done(dona, "slow", room="#sala", seconds=3_600)
    first = await ana.send("#sala", "uma", "1")
    answer = await ask(ana, "send", to="#sala", body="duas", cid="2")
    assert (answer["code"], answer["why"]) == ("slow_down", "slow_mode")
    assert 3_500_000 < answer["wait"] <= 3_600_001
    assert await ana.send("#sala", "uma", "1") == first
    await ana.send("#geral", "em outra sala", "3")
    for number in range(3):
        await dona.send("#sala", "à vontade", f"d{number}")
    assert (await done(ana, "join", room="#sala"))["slow"] == 3_600
    await done(dona, "slow", room="#sala", seconds=0)
    await ana.send("#sala", "duas", "2")


async def test_ranks(running: Running) -> None:
    """Nobody does anything to those of the same rank or above, or to themselves; guests are made nothing."""
    dona, ana = await room_of(running)
    await Key().hello(running.port, "bia", rooms=["#sala"])
    await Peer.hello(running.port, "visita", rooms=["#sala"])
    for user in ("ana", "bia"):
        await done(dona, "role", room="#sala", user=user, role="moderator")
    for user in ("bia", "dona", "ana"):
        for request in ("kick", "ban", "mute"):
            assert await refused(ana, request, room="#sala", user=user) == ("not_allowed", "rank")
    assert await refused(dona, "role", room="#sala", user="visita", role="moderator") == (
        "not_allowed",
        "guest",
    )
    assert await refused(dona, "kick", room="#sala", user="ninguem") == ("no_such_user", None)
    assert await refused(ana, "role", room="#sala", user="visita", role="member") == ("not_allowed", "role")
    await done(ana, "kick", room="#sala", user="visita")
    await done(dona, "kick", room="#sala", user="bia")
    assert (await done(dona, "who", room="#sala"))["roles"] == {"ana": "moderator", "dona": "owner"}


async def test_another_owner(running: Running) -> None:
    """An owner can put another in its place, and is a moderator from then on."""
    dona, ana = await room_of(running)
    await done(dona, "role", room="#sala", user="ana", role="owner")
    assert await refused(dona, "slow", room="#geral", seconds=1) == ("not_allowed", "role")
    assert await refused(dona, "kind", room="#sala", kind="private") == ("not_allowed", "role")
    assert (await done(ana, "who", room="#sala"))["roles"] == {"ana": "owner", "dona": "moderator"}
    await done(ana, "role", room="#sala", user="dona", role="member")


async def test_a_moderator_deletes(running: Running) -> None:
    """What somebody else said can be taken back by a moderator, and is kept as a deed."""
    dona, ana = await room_of(running)
    message = await ana.send("#sala", "feio", "1")
    await done(dona, "delete", id=message["id"], cid="d")
    assert (await ana.expect("deleted"))["from"] == "dona"
    (deed,) = (await done(dona, "log", room="#sala"))["deeds"]
    assert (deed["by"], deed["did"], deed["user"], deed["what"]) == (
        "dona",
        "delete",
        "ana",
        str(message["id"]),
    )
    mine = await dona.send("#sala", "bonito", "2")
    assert await refused(ana, "delete", id=mine["id"], cid="e") == ("not_allowed", "role")


async def test_the_log(running: Running) -> None:
    """Every deed is kept, in pages, with who did what to whom and when; a member reads none of it."""
    dona, ana = await room_of(running)
    await done(dona, "mute", room="#sala", user="ana", seconds=5)
    await done(dona, "unmute", room="#sala", user="ana")
    await done(dona, "slow", room="#sala", seconds=2)
    await done(dona, "topic", room="#sala", topic="assunto", cid="t")
    await done(dona, "kick", room="#sala", user="ana")
    page = await done(dona, "log", room="#sala", limit=3)
    told = [(deed["by"], deed["did"], deed.get("user"), deed.get("what")) for deed in page["deeds"]]
    assert told == [
        ("dona", "slow", None, "2"),
        ("dona", "topic", None, None),
        ("dona", "kick", "ana", None),
    ]
    assert page["more"]
    before = await done(dona, "log", room="#sala", limit=3, before=page["deeds"][0]["number"])
    assert ([deed["did"] for deed in before["deeds"]], before["more"]) == (["mute", "unmute"], False)
    assert all(abs(deed["ts"] - page["deeds"][0]["ts"]) < 600_000 for deed in before["deeds"])
    await done(ana, "join", room="#sala")
    assert await refused(ana, "log", room="#sala") == ("not_allowed", "role")


async def test_the_law_outlives_the_server(tmp_path: Path) -> None:
    """Kind, roles, members, bans, slow mode and the log are there after a restart, for the same keys."""
    keys = {name: Key() for name in ("dona", "ana", "bia", "caio")}
    async with serving(tmp_path) as running:
        peers = {name: await key.hello(running.port, name, rooms=["#sala"]) for name, key in keys.items()}
        dona = peers["dona"]
        await done(dona, "kind", room="#sala", kind="private")
        await done(dona, "role", room="#sala", user="ana", role="moderator")
        await done(dona, "ban", room="#sala", user="caio")
        await done(dona, "slow", room="#sala", seconds=9)
    async with serving(tmp_path) as running:
        welcomed = {
            name: {
                room["name"]: room
                for room in (await key.hello(running.port, name, rooms=["#sala"])).welcome["rooms"]
            }
            for name, key in keys.items()
        }
        assert {name: "#sala" in rooms for name, rooms in welcomed.items()} == {
            "dona": True, "ana": True, "bia": True, "caio": False,
        }  # fmt: skip
        sala = welcomed["ana"]["#sala"]
        assert (sala["kind"], sala["slow"], sala["role"]) == ("private", 9, "moderator")
        guest = await Peer.hello(running.port, "visita", rooms=["#sala"])
        assert [room["name"] for room in guest.welcome["rooms"]] == ["#geral"]
        again = await keys["dona"].hello(running.port, "dona", rooms=["#sala"])
        assert len((await done(again, "log", room="#sala"))["deeds"]) == 4


async def test_a_private_room_is_no_lobby(tmp_path: Path) -> None:
    """A server whose lobby would be a private room does not start, and says which it is."""
    async with serving(tmp_path) as running:
        dona, _ = await room_of(running)
        await done(dona, "kind", room="#sala", kind="private")
    with pytest.raises(DataRefused) as refusal:
        async with serving(tmp_path, lobby="#sala"):
            raise AssertionError("it has started")
    assert (refusal.value.reason, refusal.value.path) == ("private_lobby", "#sala")
    async with serving(tmp_path) as running:
        assert await Peer.hello(running.port, "ana2")


async def test_a_guests_successor_is_no_member(running: Running) -> None:
    """Who takes the name of a guest that was in a private room is not let in, and reads nothing."""
    dona, _ = await room_of(running)
    guest = await Peer.hello(running.port, "visita", rooms=["#sala"])
    await done(dona, "kind", room="#sala", kind="private")
    await dona.send("#sala", "segredo", "1")
    await guest.expect("message")
    guest.say(type="bye")
    await guest.closed()
    other = await Peer.hello(running.port, "visita", rooms=["#sala"], after=0, log=dona.welcome["log"])
    assert [room["name"] for room in other.welcome["rooms"]] == ["#geral"]
    assert await refused(other, "history", room="#sala") == ("no_such_room", None)


async def test_the_same_cid_from_outside_a_private_room(running: Running) -> None:
    """What one said in a private room that is closed to one now is not told again, by its `cid` either."""
    dona, ana = await room_of(running)
    await done(dona, "kind", room="#sala", kind="private")
    await ana.send("#sala", "segredo meu", "1")
    await done(dona, "kick", room="#sala", user="ana")
    answer = await ask(ana, "send", to="#geral", body="outra coisa", cid="1")
    assert (answer["type"], answer["code"], answer["cid"]) == ("error", "not_allowed", "1")


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
