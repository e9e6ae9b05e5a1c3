"""Who is kept out of a room or silent in it: by name, key or address, and for how long."""

import asyncio

from tests.fake_history import FakeHistory
from tests.fakes import until
from tests.hub.rooms import Clock, ask, done, refused, room_of, serving
from tests.peer import Peer
from tests.servers import Running, Start


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
