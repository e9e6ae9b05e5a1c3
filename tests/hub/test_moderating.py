"""What those with rights do in a room, seen from raw connections: at once, for good, and told."""

from pathlib import Path

import pytest

from chat.errors import DataRefused
from tests.hub.rooms import ask, done, refused, room_of, serving
from tests.keys import Key
from tests.peer import Peer
from tests.servers import Running


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
    assert await refused(bia, "history", room="#sala") == ("not_allowed", "unseen")
    assert await refused(bia, "join", room="#sala") == ("not_allowed", None)
    assert (await done(bia, "search", text="segredo"))["messages"] == []
    assert await refused(bia, "react", id=1, emoji="👍", cid="r") == ("no_such_message", None)
    again = await Peer.hello(running.port, "caio", rooms=["#sala"], after=0, log=dona.welcome["log"])
    assert [room["name"] for room in again.welcome["rooms"]] == ["#geral"]
    assert [said for said in await again.silent() if said["type"] == "message"] == []


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
    assert await refused(other, "history", room="#sala") == ("not_allowed", "unseen")


async def test_the_same_cid_from_outside_a_private_room(running: Running) -> None:
    """What one said in a private room that is closed to one now is not told again, by its `cid` either."""
    dona, ana = await room_of(running)
    await done(dona, "kind", room="#sala", kind="private")
    await ana.send("#sala", "segredo meu", "1")
    await done(dona, "kick", room="#sala", user="ana")
    answer = await ask(ana, "send", to="#geral", body="outra coisa", cid="1")
    assert (answer["type"], answer["code"], answer["cid"]) == ("error", "not_allowed", "1")
