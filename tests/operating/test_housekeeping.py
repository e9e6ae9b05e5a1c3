"""What the operator does about rooms, bans and operators, asked for as `chat-server admin` does."""

import re
from datetime import UTC, datetime

import msgspec
import pytest

from chat.operating.admin import Admin, Ask
from tests.hub.rooms import Clock, done, refused, room_of, serving
from tests.keys import Key, guest_refused
from tests.peer import Peer, Said
from tests.servers import Running


async def told(running: Running, do: str, about: str = "") -> list[str]:
    """The lines that come of it; it must be done."""
    answer = await _answer(running, do, about)
    assert answer[1] == ""
    return answer[0]


async def _answer(running: Running, do: str, about: str) -> tuple[list[str], str]:
    admin = Admin(running.server.core, lambda invitation: [])
    (answer,) = [answer async for answer in admin.answers(msgspec.json.encode(Ask(do, about)))]
    return answer.lines, answer.error


async def _sent_off(peer: Peer) -> list[str]:
    return [said["reason"] for said in await peer.closed() if said["type"] == "bye"]


async def test_rooms(running: Running) -> None:
    """Every room is told with its kind, owner and members; the kind can be decided."""
    dona, _ = await room_of(running)
    await Peer.hello(running.port, "visita", rooms=["#sua"])
    assert await told(running, "rooms") == [
        "#geral  public  -  3",
        "#sala  public  dona  2",
        "#sua  public  -  1",
    ]
    assert await told(running, "kind", "#sala private") == ["kind #sala private"]
    assert (await dona.expect("moderated")).get("by") == ""
    assert "#sala  private  dona  2" in await told(running, "rooms")


async def test_owner_and_roles(running: Running) -> None:
    """A room gets an owner, moderators and plain members again; a guest is made nothing."""
    dona, ana = await room_of(running)
    await Peer.hello(running.port, "visita")
    await told(running, "owner", "#sala ana")
    await told(running, "moderator", "#geral dona")
    assert (await done(ana, "who", room="#sala"))["roles"] == {"ana": "owner", "dona": "moderator"}
    await told(running, "member", "#sala dona")
    assert (await done(ana, "who", room="#sala"))["roles"] == {"ana": "owner"}
    assert await _answer(running, "owner", "#sala visita") == ([], "guest")
    assert await _answer(running, "owner", "#geral ana") == ([], "not_allowed")
    await done(dona, "slow", room="#geral", seconds=1)


async def test_close(running: Running) -> None:
    """A closed room is empty and there for nobody, whatever was said in it; with an owner it opens again."""
    dona, ana = await room_of(running)
    await dona.send("#sala", "segredo", "1")
    assert await told(running, "close", "#sala") == ["close #sala"]
    for peer in (dona, ana):
        assert (await peer.expect("left"))["why"] == "closed"
        assert await refused(peer, "join", room="#sala") == ("not_allowed", None)
        assert await refused(peer, "history", room="#sala") == ("not_allowed", "unseen")
    await told(running, "owner", "#sala ana")
    await done(ana, "join", room="#sala")
    assert [one["body"] for one in (await done(ana, "history", room="#sala"))["messages"]] == ["segredo"]
    assert await _answer(running, "close", "#geral") == ([], "not_allowed")
    assert await _answer(running, "close", "#nada") == ([], "no_such_room")


async def test_bans_by_name() -> None:
    """Bans are laid, listed with their end, and lifted by name, in a room and in the lobby."""
    async with serving(clock=Clock()) as running:
        dona, ana = await room_of(running)
        assert await told(running, "ban", "#sala ana 60") == ["ban #sala ana 60"]
        assert (await ana.expect("left"))["why"] == "banned"
        assert await told(running, "ban", "#geral dona") == ["ban #geral dona"]
        assert await _sent_off(dona) == ["banned"]
        assert await told(running, "bans") == [
            "#geral  dona  -",
            f"#sala  ana  {_minute_later()}",
        ]
        assert await told(running, "bans", "#geral") == ["#geral  dona  -"]
        await told(running, "unban", "#sala ana")
        await done(ana, "join", room="#sala")
        assert await _answer(running, "unban", "#sala ana") == ([], "no_such_user")


def _minute_later() -> str:
    return datetime.fromtimestamp((Clock().now + 60_000) / 1_000, UTC).isoformat(timespec="seconds")


async def test_bans_by_address(running: Running) -> None:
    """Nobody comes in from a banned address, whose number no moderator reads; with the ban lifted they do."""
    dona, ana = await room_of(running)
    await told(running, "ban", "#sala 127.0.0.1")
    assert (await ana.expect("left"))["why"] == "banned"
    assert await told(running, "bans") == ["#sala  127.0.0.1  -"]
    await done(dona, "roster", room="#sala")
    assert "127.0.0.1" not in str(dona.heard)
    await told(running, "unban", "#sala 127.0.0.1")
    await done(ana, "join", room="#sala")
    await told(running, "ban", "#geral 127.0.0.1")
    assert await _sent_off(ana) == ["banned"]
    assert await guest_refused(running.port, "outra") == "banned"
    await told(running, "unban", "#geral 127.0.0.1")
    await Peer.hello(running.port, "outra")
    await told(running, "ban", "#geral ::1")
    assert await told(running, "bans") == ["#geral  ::/64  -"]
    assert await _answer(running, "unban", "#geral 10.0.0.1") == ([], "no_such_user")


async def test_kick(running: Running) -> None:
    """Out of the lobby is out of the server."""
    _, ana = await room_of(running)
    await told(running, "kick", "#geral ana")
    assert await _sent_off(ana) == ["kicked"]
    assert await _answer(running, "kick", "#geral ana") == ([], "no_such_user")


async def test_log(running: Running) -> None:
    """What was done is told with its time, also what the operator did, whose name is `-`."""
    dona, _ = await room_of(running)
    await done(dona, "slow", room="#sala", seconds=2)
    await told(running, "kick", "#sala ana")
    lines = [re.sub(r"^\S+", "AT", line) for line in await told(running, "log", "#sala")]
    assert lines == ["AT  dona  slow  2", "AT  -  kick  ana"]


async def test_operators(running: Running) -> None:
    """An operator has an owner's rights in every room but the private ones it is not in."""
    dona, ana = await room_of(running)
    assert await refused(ana, "slow", room="#sala", seconds=2) == ("not_allowed", "role")
    assert await told(running, "operator", "ANA") == ["ana"]
    assert await told(running, "operators") == ["ana"]
    await done(ana, "slow", room="#sala", seconds=2)
    await done(ana, "topic", room="#geral", topic="do operador", cid="1")
    assert await refused(dona, "topic", room="#geral", topic="x", cid="2") == ("not_allowed", "role")
    assert (await done(dona, "who", room="#geral"))["roles"] == {"ana": "operator"}
    outro = await Key().hello(running.port, "outro", rooms=["#dele"])
    await done(outro, "kind", room="#dele", kind="private")
    assert await refused(ana, "history", room="#dele") == ("not_allowed", "unseen")
    assert await told(running, "no-operator", "ana") == ["ana"]
    assert await refused(ana, "slow", room="#sala", seconds=3) == ("not_allowed", "role")
    await done(dona, "topic", room="#geral", topic="de todos", cid="3")
    assert await _answer(running, "no-operator", "ana") == ([], "no_such_user")


async def test_a_guest_is_no_operator(running: Running) -> None:
    """Only the owner of a name can be one."""
    await Peer.hello(running.port, "visita")
    assert await _answer(running, "operator", "visita") == ([], "no_such_user")


async def test_who_gets_a_freed_name_is_no_operator(running: Running) -> None:
    """The right was the old owner's, not the name's; nor are the rooms of the old owner the new one's."""
    await Key().hello(running.port, "ana", rooms=["#dela"])
    await told(running, "operator", "ana")
    await told(running, "free", "ana")
    other = await Key().hello(running.port, "ana", rooms=["#dela"])
    answer: Said = await done(other, "who", room="#dela")
    assert "roles" not in answer
    assert await refused(other, "slow", room="#dela", seconds=1) == ("not_allowed", "role")


@pytest.mark.parametrize(
    ("do", "about", "error"),
    [
        ("kind", "#geral", "bad_request"),
        ("kind", "#geral secret", "bad_request"),
        ("kind", "#geral private", "not_allowed"),
        ("ban", "#geral", "bad_request"),
        ("ban", "#geral ana soon", "bad_request"),
        ("ban", "#geral ana 99999999999999999999", "bad_request"),
        ("ban", "#geral ninguem", "no_such_user"),
        ("kick", "ana", "bad_request"),
        ("log", "#nada", "no_such_room"),
        ("log", "nada", "bad_room"),
        ("operator", "a b", "bad_name"),
    ],
)
async def test_what_makes_no_sense(running: Running, do: str, about: str, error: str) -> None:
    """What is asked for wrongly is refused with its code, and changes nothing."""
    assert await _answer(running, do, about) == ([], error)
