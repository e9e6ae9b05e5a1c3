"""Several nodes are one community to who is in it: seen from raw connections to different nodes."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from nats.aio.client import Client

from chat.cluster import bus, history, stream
from tests.cluster.communities import PATIENCE, Node, StartNode
from tests.cluster.natses import Natses, StartNats
from tests.fakes import until
from tests.keys import Key, guest_refused
from tests.peer import Peer, Said


@pytest.fixture
async def two(nats: Natses, start_node: StartNode) -> tuple[Node, Node]:
    """Two nodes that know each other."""
    nodes = await start_node(nats), await start_node(nats)
    await know(*nodes)
    return nodes


async def know(*nodes: Node) -> None:
    """Wait until each of the nodes knows all others, and who is there."""

    def level() -> bool:
        peers = [node.server.core.bus._peers.known for node in nodes]  # type: ignore[attr-defined]
        return all(
            len(known) == len(nodes) - 1 and all(one.level for one in known.values()) for known in peers
        )

    await until(level)


async def ask(peer: Peer, type: str, **members: Any) -> Said:
    """Ask, and the direct answer."""
    ref = f"{type}-{len(peer.heard)}"
    peer.say(type=type, ref=ref, **members)
    return await peer.expect_ref(ref)


def names(node: Node, room: str | None = None) -> Callable[[], set[str]]:
    """Who is here, or in a room, as a node has it."""

    def found() -> set[str]:
        hub = node.server.core.hub
        users = hub.people.everybody() if room is None else hub.rooms[room].users if room in hub.rooms else ()
        return {user.name.shown for user in users}

    return found


async def has(node: Node, *wanted: str, room: str | None = None) -> None:
    """Wait until exactly these are on a node, or in a room, wherever they sit."""
    found = names(node, room)
    await until(lambda: found() == set(wanted))


async def test_who_is_elsewhere(two: tuple[Node, Node]) -> None:
    """Who comes, goes or changes rooms on one node is told on the other, and counted and named there."""
    ana = await Peer.hello(two[0].port, "Ana")
    bia = await Peer.hello(two[1].port, "bia")
    assert (await ana.expect("joined"))["users"] == ["bia"]
    await has(two[1], "Ana", "bia")
    who = await ask(bia, "who", room="#geral")
    assert (who["users"], who["guests"]) == (["Ana", "bia"], ["Ana", "bia"])
    assert (await ask(bia, "who"))["users"] == ["Ana", "bia"]
    await ask(bia, "join", room="#sala")
    await has(two[0], "bia", room="#sala")
    rooms = {room["name"]: room["members"] for room in (await ask(ana, "rooms"))["rooms"]}
    assert rooms == {"#geral": 2, "#sala": 1}
    assert (await ask(ana, "join", room="#sala"))["members"] == 2
    assert (await bia.expect("joined", room="#sala"))["users"] == ["Ana"]
    await ask(ana, "leave", room="#sala")
    left = await bia.expect("left", room="#sala")
    assert (left["users"], left["members"]) == (["Ana"], 1)
    ana.say(type="bye")
    assert (await bia.expect("left", room="#geral"))["users"] == ["Ana"]


async def test_who_comes_from_a_node_that_is_ahead(
    two: tuple[Node, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are let in once this node has what they were shown there, and given nothing of it again."""
    there, here = two
    behind, copy = asyncio.Event(), here.server.core.history._local  # type: ignore[attr-defined]
    asked, level, apply = asyncio.Event(), asyncio.Event(), copy.apply

    async def later(*step: Any) -> None:
        behind.set()
        await level.wait()
        await apply(*step)

    async def found(client: Client, name: str, *patience: float) -> stream.Found | None:
        asked.set()
        return await find(client, name, *patience)

    find = stream.find
    monkeypatch.setattr(copy, "apply", later)
    ana = await Peer.hello(there.port, "ana")
    said = [(await ana.send("#geral", f"olá {i}", str(i)))["id"] for i in range(3)]
    async with asyncio.timeout(PATIENCE):
        await behind.wait()
    ana.reset()
    monkeypatch.setattr("chat.cluster.history.stream.find", found)
    coming = asyncio.create_task(Peer.hello(here.port, "bia", after=said[-1], log=ana.welcome["log"]))
    async with asyncio.timeout(PATIENCE):
        await asyncio.wait([coming, asyncio.create_task(asked.wait())], return_when=asyncio.FIRST_COMPLETED)
    assert not coming.done()
    level.set()
    bia = await coming
    assert (bia.welcome.get("reset", False), bia.welcome["head"]) == (False, said[-1])
    assert (await bia.send("#geral", "cheguei", "0"))["id"] == said[-1] + 1
    assert [one["id"] for one in bia.heard if one["type"] == "message"] == [said[-1] + 1]


async def test_who_was_shown_what_never_was(two: tuple[Node, Node]) -> None:
    """A node that has all of the stream says that it is of another history."""
    ana = await Peer.hello(two[0].port, "ana")
    said = await ana.send("#geral", "olá", "0")
    bia = await Peer.hello(two[1].port, "bia", after=said["id"] + 1, log=ana.welcome["log"])
    assert (bia.welcome["reset"], bia.welcome["head"]) == (True, said["id"])


async def test_who_comes_to_a_node_that_is_cut_off(
    two: tuple[Node, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever was shown more elsewhere is told to come later, and another in; later nothing is missing."""
    there, here = two
    bia = await Peer.hello(here.port, "bia")
    monkeypatch.setattr(history, "REACH", 0.1)
    await here.connection.close()
    ana = await Peer.hello(there.port, "ana")
    said = await ana.send("#geral", "olá", "0")
    ana.reset()
    for after, code in ((said["id"], "storage_failed"), (0, None)):
        peer = await Peer.connect(here.port)
        peer.say(type="hello", version=1, user=f"caio{after}", after=after, log=bia.welcome["log"])
        answer = await peer.hear()
        assert answer is not None
        assert (answer.get("code"), answer.get("why")) == (code, "behind" if code else None)
    await here.connection.open()
    monkeypatch.undo()
    caio = await Peer.hello(here.port, "caio", after=said["id"], log=bia.welcome["log"])
    assert "reset" not in caio.welcome or not caio.welcome["reset"]


async def test_a_topic_is_told_once(two: tuple[Node, Node]) -> None:
    """It comes along the history, to those on other nodes too; that somebody set one is no news besides."""
    ana = await Peer.hello(two[0].port, "ana", rooms=["#sala"])
    bia = await Peer.hello(two[1].port, "bia", rooms=["#sala"])
    ana.say(type="topic", room="#sala", topic="redes", cid="1")
    await bia.expect("topic", topic="redes")
    await two[1].server.core.registry.caught_up()  # type: ignore[attr-defined]
    await ana.send("#sala", "pronto", "2")
    await bia.expect("message", body="pronto")
    assert [one for one in bia.heard if one["type"] == "moderated"] == []


async def test_a_node_that_comes_later(two: tuple[Node, Node], nats: Natses, start_node: StartNode) -> None:
    """It knows at once who is on the others; one that stops leaves nobody behind."""
    ana = await Peer.hello(two[0].port, "ana", rooms=["#sala"])
    await Peer.hello(two[1].port, "bia")
    third = await start_node(nats)
    await has(third, "ana", "bia")
    await has(third, "ana", room="#sala")
    await Peer.hello(third.port, "caio", rooms=["#sala"])
    assert (await ana.expect("joined", room="#sala"))["users"] == ["caio"]
    await third.server.stop()
    await has(two[0], "ana", "bia")
    assert (await ana.expect("left", room="#sala"))["users"] == ["caio"]


def bears(node: Node, silence: float) -> None:
    """From now on who is silent for so long is gone; where nobody is to go, a standstill must be borne."""
    node.server.core.bus._patience = silence  # type: ignore[attr-defined]


async def test_a_dead_node(nats: Natses, start_node: StartNode) -> None:
    """The people of a node that says nothing any more are gone from the others after its time."""
    one, other = await start_node(nats), await start_node(nats)
    await know(one, other)
    ana = await Peer.hello(one.port, "ana")
    await Peer.hello(other.port, "bia")
    await ana.expect("joined")
    await other.connection.close()
    bears(one, 0.6)
    assert (await ana.expect("left"))["users"] == ["bia"]
    bears(one, PATIENCE)
    await has(one, "ana")
    assert names(other)() == {"ana", "bia"}  # cut off, it keeps what it knew
    await other.connection.open()
    assert (await ana.expect("joined"))["users"] == ["bia"]
    await know(one, other)


async def test_one_of_two_sessions(two: tuple[Node, Node]) -> None:
    """Somebody with a session on each node is one: nobody hears of the second, nor that the first ends."""
    key = Key()
    dona = await Peer.hello(two[0].port, "dona")
    first = await key.hello(two[0].port, "ana")
    await dona.expect("joined", users=["ana"])
    second = await key.hello(two[1].port, "ana")
    await has(two[1], "ana", "dona")
    assert (await ask(dona, "who"))["users"] == ["ana", "dona"]
    first.say(type="bye")
    await first.closed()
    await has(two[0], "ana", "dona")
    assert [said for said in await dona.silent() if said["type"] in ("joined", "left")] == []
    second.say(type="bye")
    assert (await dona.expect("left"))["users"] == ["ana"]


async def test_a_private_message_to_another_node(two: tuple[Node, Node]) -> None:
    """Guests on different nodes talk; each gets each message once."""
    ana, bia = await Peer.hello(two[0].port, "ana"), await Peer.hello(two[1].port, "bia")
    await has(two[0], "ana", "bia")
    await has(two[1], "ana", "bia")
    await ana.send("@bia", "oi", "1")
    assert (await bia.expect("message"))["body"] == "oi"
    await bia.send("@ana", "oi, ana", "2")
    assert (await ana.expect("message"))["body"] == "oi, ana"
    assert [said for said in await bia.silent() if said["type"] == "message"] == []


async def test_a_guests_name_is_taken_everywhere(two: tuple[Node, Node]) -> None:
    """And what looks like it; free again once the guest is gone."""
    ana = await Peer.hello(two[0].port, "ida")
    await has(two[1], "ida")
    assert await guest_refused(two[1].port, "Ida") == "name_taken"
    assert await Key().refused(two[1].port, "ida") == "name_taken"
    ana.say(type="bye")
    await has(two[1])
    await Peer.hello(two[1].port, "ida")


async def test_of_two_guests_at_once_one_stays(two: tuple[Node, Node]) -> None:
    """Two guests who take one name on two nodes at the same moment: one is sent off or refused."""
    for round_ in range(10):
        peers = [await Peer.connect(node.port) for node in two]
        for peer in peers:
            peer.say(type="hello", version=1, user=f"rui{round_}")
        ends = [asyncio.ensure_future(_outcome(peer)) for peer in peers]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        assert [end.result() for end in ends if end.done()] == ["name_taken"]
        winner = peers[[end.done() for end in ends].index(False)]
        for end in ends:
            end.cancel()
        await asyncio.gather(*ends, return_exceptions=True)
        for node in two:
            await until(lambda node=node, name=f"rui{round_}": name in names(node)())
        winner.close()


async def _outcome(peer: Peer) -> str:
    """Why somebody cannot stay; never, if they can."""
    while (said := await peer.reader.readexactly(64)) is not None:
        payload = await peer.reader.readexactly(int(said))
        for word in (b'"bye"', b'"error"'):
            if word in payload:
                return "name_taken" if b"name_taken" in payload else payload.decode()
    return "closed"


async def test_guests_of_two_halves(nats: Natses, start_node: StartNode) -> None:
    """Two guests who took one name while their nodes were cut off: once they hear each other, one stays."""
    one, other = await start_node(nats), await start_node(nats)
    await know(one, other)
    await other.connection.close()
    bears(one, 0.6)
    await until(lambda: not one.server.core.bus._peers.known)  # type: ignore[attr-defined]
    bears(one, PATIENCE)
    first = await Peer.hello(one.port, "rui")
    later = await Peer.hello(other.port, "Rui")
    await other.connection.open()
    assert [said["reason"] for said in await later.closed() if said["type"] == "bye"] == ["name_taken"]
    for node in (one, other):
        await has(node, "rui")
    assert (await ask(first, "who"))["users"] == ["rui"]


async def test_a_guest_comes_back_to_another_node(two: tuple[Node, Node]) -> None:
    """With the secret of its welcome it is the same guest there, and the old conversation is replaced."""
    first = await Peer.hello(two[0].port, "ana")
    await has(two[1], "ana")
    again = await Peer.hello(two[1].port, "ana", session=first.welcome["session"])
    assert [said["reason"] for said in await first.closed() if said["type"] == "bye"] == ["replaced"]
    await has(two[0], "ana")
    assert (await ask(again, "who"))["users"] == ["ana"]


async def test_a_guest_comes_back_before_the_news_of_it(
    two: tuple[Node, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guest whose connection is cut at once may be sooner elsewhere than what is said of it."""
    monkeypatch.setattr(bus, "_FOLD", 1.0)
    first = await Peer.hello(two[0].port, "ana")
    again = await Peer.hello(two[1].port, "ana", session=first.welcome["session"])
    assert [said["reason"] for said in await first.closed() if said["type"] == "bye"] == ["replaced"]
    await has(two[0], "ana")
    assert (await ask(again, "who"))["users"] == ["ana"]


async def test_law_holds_on_every_node(two: tuple[Node, Node]) -> None:
    """Kick, mute, role, kind and ban on one node take effect on the other at once, and are told there."""
    dona, ana = await Key().hello(two[0].port, "dona"), await Key().hello(two[1].port, "ana")
    await ask(dona, "join", room="#sala")
    await has(two[1], "dona", room="#sala")
    assert (await ask(ana, "join", room="#sala"))["members"] == 2
    await has(two[0], "ana", "dona", room="#sala")
    await ask(dona, "mute", room="#sala", user="ana")
    muted = await ana.expect("moderated")
    assert (muted["did"], muted["by"], muted["user"]) == ("mute", "dona", "ana")
    assert (await ask(ana, "send", to="#sala", body="oi", cid="1"))["why"] == "muted"
    await ask(dona, "unmute", room="#sala", user="ana")
    await ana.expect("moderated", did="unmute")
    assert (await ask(ana, "send", to="#sala", body="oi", cid="1"))["type"] == "message"
    await ask(dona, "role", room="#sala", user="ana", role="moderator")
    await ana.expect("moderated", did="role")
    assert (await ask(ana, "slow", room="#sala", seconds=0))["type"] == "moderated"
    await ask(dona, "kind", room="#sala", kind="private")
    await ana.expect("moderated", did="kind")
    assert (await ask(ana, "rooms"))["rooms"][-1]["kind"] == "private"
    await ask(dona, "kick", room="#sala", user="ana")
    left = await ana.expect("left")
    assert (left["room"], left["why"], left["by"]) == ("#sala", "kicked", "dona")
    assert (await ask(ana, "join", room="#sala"))["code"] == "not_allowed"
    await ask(dona, "invite", room="#sala", user="ana")
    assert (await ana.expect("moderated"))["did"] == "invite"
    assert (await ask(ana, "join", room="#sala"))["kind"] == "private"
    await has(two[0], "ana", "dona", room="#sala")
    await ask(dona, "ban", room="#sala", user="ana")
    assert (await ana.expect("left"))["why"] == "banned"
    await has(two[0], "dona", room="#sala")


async def test_who_gets_a_name_on_two_nodes_at_once(two: tuple[Node, Node]) -> None:
    """Two keys that ask for one name on two nodes at the same moment: one is welcomed, every time."""
    for round_ in range(10):
        keys = [Key(), Key()]
        ends = await asyncio.gather(
            *(_login(key, node.port, f"rui{round_}") for key, node in zip(keys, two, strict=True))
        )
        assert sorted(ends) == ["name_taken", "welcome"]


async def _login(key: Key, port: int, name: str) -> str:
    peer, challenge = await key.challenged(port, name)
    peer.say(**key.proof(challenge, name))
    said = await peer.hear()
    assert said is not None
    return str(said["type"] if said["type"] == "welcome" else said["code"])


async def test_the_operators_report(two: tuple[Node, Node], start_nats: StartNats) -> None:
    """`admin cluster` names the nodes with their people, and says how NATS is; cut off it says so."""
    await Peer.hello(two[1].port, "bia")
    await has(two[0], "bia")
    lines = await two[0].report()
    assert lines[0] == "node  node-0  people 0  this one"
    assert lines[1].startswith("node  node-1  people 1  heard ")
    assert lines[2].startswith("nats  connected  127.0.0.1:")
    assert lines[3].startswith("stream  KV_chat  messages ")
    await two[0].connection.close()
    lines = await two[0].report()
    assert lines[1] == "node  node-1  people 1  not heard"
    assert lines[2].startswith("nats  cut off")
    await two[0].connection.open()


async def test_three_nodes_on_three_servers(start_nats: StartNats, start_node: StartNode) -> None:
    """As on one: a message, a kick and who is there, with everything kept three times."""
    three = start_nats(3)
    nodes = [await start_node(three) for _ in range(3)]
    await know(*nodes)
    dona = await Key().hello(nodes[0].port, "dona", rooms=["#sala"])
    await until(lambda: all("#sala" in node.server.core.hub.rooms for node in nodes))
    ana, bia = [
        await Peer.hello(node.port, name, rooms=["#sala"])
        for node, name in zip(nodes[1:], ("ana", "bia"), strict=True)
    ]
    for node in nodes:
        await has(node, "ana", "bia", "dona", room="#sala")
    await ana.send("#sala", "oi", "1")
    for peer in (dona, bia):
        assert (await peer.expect("message"))["body"] == "oi"
    await ask(dona, "kick", room="#sala", user="bia")
    assert (await bia.expect("left"))["why"] == "kicked"
    assert (await ana.expect("moderated"))["did"] == "kick"
    for node in nodes:
        await has(node, "ana", "dona", room="#sala")
    assert "leads" in (await nodes[0].report())[-1]
