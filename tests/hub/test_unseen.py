"""What one may not see and what does not exist: nobody can tell which of the two it is."""

from typing import Any

import pytest

from tests.hub.rooms import ask, done, refused, room_of
from tests.keys import Key
from tests.peer import Peer
from tests.servers import Running

ASKED = [
    ("history", {"room": "#sala"}),
    ("history", {"room": "#sala", "before": 1}),
    ("who", {"room": "#sala"}),
    ("send", {"to": "#sala", "body": "oi", "cid": "1"}),
    ("search", {"text": "segredo", "room": "#sala"}),
    ("topic", {"room": "#sala", "topic": "oi", "cid": "2"}),
    ("leave", {"room": "#sala"}),
    ("roster", {"room": "#sala"}),
    ("log", {"room": "#sala"}),
    ("kick", {"room": "#sala", "user": "ana"}),
]


def like_nothing(asked: dict[str, Any]) -> dict[str, Any]:
    """The same about a room that does not exist."""
    return {name: "#nada" if value == "#sala" else value for name, value in asked.items()}


@pytest.mark.parametrize("who", ["stranger", "guest", "ex-member", "banned"])
async def test_a_private_room_is_not_there(running: Running, who: str) -> None:
    """Whatever is asked of it from outside gets the very answer that a room gets which does not exist."""
    dona, ana = await room_of(running)
    eva = await Peer.hello(running.port, "eva") if who == "guest" else await Key().hello(running.port, "eva")
    if who in ("ex-member", "banned"):
        await done(eva, "join", room="#sala")
        await done(dona, "kick" if who == "ex-member" else "ban", room="#sala", user="eva")
        await eva.expect("left")
    await done(dona, "kind", room="#sala", kind="private")
    await dona.send("#sala", "segredo", "1")
    await ana.expect("message", body="segredo")
    for kind, asked in ASKED:
        there, nowhere = await ask(eva, kind, **asked), await ask(eva, kind, **like_nothing(asked))
        assert there["type"] == "error", there
        assert there | {"ref": ""} == nowhere | {"ref": ""}
    assert await refused(eva, "history", room="#sala") == ("not_allowed", "unseen")


async def test_a_public_room_is_read_from_outside(running: Running) -> None:
    """Everybody may read what was said in a public room without being in it, but who is banned there."""
    dona, _ = await room_of(running)
    await dona.send("#sala", "para todos", "1")
    eva, out = await Peer.hello(running.port, "eva"), await Key().hello(running.port, "fora")
    assert [one["body"] for one in (await done(eva, "history", room="#sala"))["messages"]] == ["para todos"]
    await done(dona, "ban", room="#sala", user="fora")
    assert await refused(out, "history", room="#sala") == ("banned", None)


async def test_a_talk_of_two_others(running: Running) -> None:
    """A talk is asked for by who one talks with: no name of the wire names that of two others."""
    ana, bia, eva = [await Key().hello(running.port, name) for name in ("ana", "bia", "eva")]
    await ana.send("@bia", "só nós", "1")
    await bia.expect("message", body="só nós")
    for name in ("ana", "bia", "@ana", "eva"):
        answer = await ask(eva, "history", **{"with": name})
        assert (answer["type"], answer["messages"]) == ("history", [])
    for name in ("ana bia", "ana,bia", "@ana@bia", "~ana", "#geral"):
        assert (await ask(eva, "history", **{"with": name}))["code"] == "no_such_user"
    assert (await done(eva, "search", text="nós"))["messages"] == []
