"""What the wire contract says of talking, seen from raw connections."""

from tests.fake_history import FakeHistory
from tests.peer import Peer
from tests.servers import Running, Start


async def test_welcome(running: Running) -> None:
    """A hello is answered by a welcome that says all the contract lists."""
    ana = await Peer.hello(running.port, "ana")
    assert ana.welcome["user"] == "ana"
    assert ana.welcome["version"] == 1
    assert ana.welcome["head"] == 0
    assert ana.welcome["log"] == "fake"
    assert ana.welcome["rooms"] == [{"name": "#geral", "topic": "", "members": 1}]
    assert ana.welcome["max_frame"] == 65_536
    assert ana.welcome["max_body"] == 4_096
    assert "reset" not in ana.welcome


async def test_room_message_reaches_everybody_once(running: Running) -> None:
    """What one says in the lobby reaches all, the sender too, with one id."""
    ana, bia = await Peer.hello(running.port, "ana"), await Peer.hello(running.port, "bia")
    sent = await ana.send("#geral", "oi, gente", "1")
    heard = await bia.expect("message")
    assert sent == heard
    known = {"type": "message", "id": 1, "to": "#geral", "from": "ana", "cid": "1", "body": "oi, gente"}
    assert sent == known | {"ts": sent["ts"]}
    assert [m for m in await ana.silent() if m["type"] == "message"] == []


async def test_private_message_reaches_the_two(running: Running) -> None:
    """A private message reaches its two users and nobody else, live or in a history."""
    ana, bia, caio = [await Peer.hello(running.port, name) for name in ("ana", "bia", "caio")]
    sent = await ana.send("@bia", "psiu", "1")
    assert sent["to"] == "@bia"
    assert await bia.expect("message") == sent
    assert [m for m in await caio.silent() if m["type"] == "message"] == []
    bia.say(type="history", **{"with": "ana"})
    assert (await bia.expect("history"))["messages"] == [sent]
    caio.say(type="history", **{"with": "ana"})
    assert (await caio.expect("history"))["messages"] == []


async def test_message_to_oneself_arrives_once(running: Running) -> None:
    """A message to oneself is one message, one copy."""
    ana = await Peer.hello(running.port, "ana")
    await ana.send("@ana", "lembrar do pão", "1")
    assert await ana.silent() == []


async def test_a_bye_is_answered(running: Running) -> None:
    """The answer to a bye comes last, and carries its `ref`."""
    ana = await Peer.hello(running.port, "ana")
    ana.say(type="bye", ref="r1")
    assert (await ana.closed())[-1] == {"type": "bye", "ref": "r1"}


async def test_repeated_cid_makes_no_second_message(running: Running) -> None:
    """A repeated cid gives the sender alone the original, even with another body or to another room."""
    ana, bia = await Peer.hello(running.port, "ana"), await Peer.hello(running.port, "bia")
    first = await ana.send("#geral", "um", "1")
    assert await bia.expect("message") == first
    assert await ana.send("#geral", "outro", "1") == first
    assert await ana.send("@bia", "outro ainda", "1") == first
    assert [m for m in await bia.silent() if m["type"] == "message"] == []


async def test_ref_comes_back_to_the_asker_alone(running: Running) -> None:
    """The `ref` of a send is in the sender's copy and in nobody else's."""
    ana, bia = await Peer.hello(running.port, "ana"), await Peer.hello(running.port, "bia")
    ana.say(type="send", to="#geral", body="oi", cid="1", ref="r1")
    assert (await ana.expect("message"))["ref"] == "r1"
    assert "ref" not in await bia.expect("message")
    ana.say(type="send", to="#nenhuma", body="oi", cid="2", ref="r2")
    error = await ana.expect("error")
    assert (error["code"], error["ref"], error["cid"]) == ("not_in_room", "r2", "2")


async def test_join_and_leave(running: Running) -> None:
    """A room is joined, talked in and left; the others are told, the asker is answered."""
    ana, bia = await Peer.hello(running.port, "ana"), await Peer.hello(running.port, "bia")
    ana.say(type="join", room="#aula", ref="j")
    joined = await ana.expect("joined", room="#aula", ref="j")
    assert joined["users"] == ["ana"]
    bia.say(type="join", room="#AULA")
    assert (await bia.expect("joined", room="#aula"))["members"] == 2
    assert (await ana.expect("joined", room="#aula"))["users"] == ["bia"]
    await bia.send("#aula", "cheguei", "1")
    assert (await ana.expect("message"))["body"] == "cheguei"
    bia.say(type="leave", room="#aula")
    assert (await bia.expect("left", room="#aula"))["users"] == ["bia"]
    assert (await ana.expect("left", room="#aula"))["users"] == ["bia"]
    bia.say(type="send", to="#aula", body="oi?", cid="2")
    assert (await bia.expect("error"))["code"] == "not_in_room"


async def test_the_lobby_is_not_left(running: Running) -> None:
    """Leaving the lobby is not allowed; leaving a room one is not in says so."""
    ana = await Peer.hello(running.port, "ana")
    ana.say(type="leave", room="#geral")
    assert (await ana.expect("error"))["code"] == "not_allowed"
    ana.say(type="leave", room="#outra")
    assert (await ana.expect("error"))["code"] == "not_in_room"


async def test_history_pages(running: Running) -> None:
    """History comes in ascending pages, before or after an id, and says whether there is more."""
    ana = await Peer.hello(running.port, "ana")
    for number in range(1, 8):
        await ana.send("#geral", f"linha {number}", str(number))

    async def page(**asked: object) -> tuple[list[int], bool]:
        ana.say(type="history", room="#geral", **asked)
        answer = await ana.expect("history")
        return [message["id"] for message in answer["messages"]], answer["more"]

    assert await page() == ([1, 2, 3, 4, 5, 6, 7], False)
    assert await page(limit=3) == ([5, 6, 7], True)
    assert await page(before=5, limit=3) == ([2, 3, 4], True)
    assert await page(after=5, limit=3) == ([6, 7], False)
    assert await page(before=1) == ([], False)
    ana.say(type="history", room="#geral", before=1, after=1)
    assert (await ana.expect("error"))["code"] == "bad_message"


async def test_history_page_fits_a_frame(running: Running) -> None:
    """A page of the longest bodies is cut to what fits a frame, and says that there is more."""
    ana = await Peer.hello(running.port, "ana")
    for number in range(20):
        await ana.send("#geral", '"' * 4_096, str(number))
    ana.say(type="history", room="#geral")
    newest = await ana.expect("history")
    ids = [message["id"] for message in newest["messages"]]
    assert ids == list(range(21 - len(ids), 21))
    assert newest["more"]
    ana.say(type="history", room="#geral", after=0)
    oldest = await ana.expect("history")
    assert [message["id"] for message in oldest["messages"]] == list(range(1, len(oldest["messages"]) + 1))
    assert oldest["more"]


async def test_rooms_and_who(running: Running) -> None:
    """`rooms` lists the rooms with their members, `who` names the people of one or of the server."""
    ana, bia = await Peer.hello(running.port, "ana"), await Peer.hello(running.port, "Bia", rooms=["#aula"])
    ana.say(type="rooms", ref="r")
    listed = await ana.expect("rooms", ref="r")
    assert listed["rooms"] == [
        {"name": "#aula", "topic": "", "members": 1},
        {"name": "#geral", "topic": "", "members": 2},
    ]
    bia.say(type="who")
    assert (await bia.expect("who"))["users"] == ["ana", "Bia"]
    ana.say(type="who", room="#aula")
    assert (await ana.expect("who"))["users"] == ["Bia"]
    ana.say(type="who", room="#nenhuma")
    assert (await ana.expect("error"))["code"] == "not_allowed"


async def test_who_pages(running: Running) -> None:
    """A page of names ends where `after` goes on."""
    await Peer.hello(running.port, "ana")
    bia = await Peer.hello(running.port, "bia")
    bia.say(type="who", after="ana")
    answer = await bia.expect("who")
    assert (answer["users"], answer["more"]) == (["bia"], False)


async def test_bye(running: Running) -> None:
    """Bye is answered by bye, the connection is closed, and the room is told."""
    ana, bia = await Peer.hello(running.port, "ana"), await Peer.hello(running.port, "bia")
    ana.say(type="send", to="#geral", body="tchau", cid="1")
    ana.say(type="bye")
    ana.say(type="send", to="#geral", body="depois do fim", cid="2")
    last = [message["type"] for message in await ana.closed() if message["type"] in ("message", "bye")]
    assert last == ["message", "bye"]
    assert (await bia.expect("message"))["body"] == "tchau"
    assert (await bia.expect("left"))["users"] == ["ana"]


async def test_pipelined_hello_join_send(running: Running) -> None:
    """A client need not wait for the welcome to say more."""
    ana = await Peer.connect(running.port)
    ana.say(type="hello", version=1, user="ana")
    ana.say(type="join", room="#aula")
    ana.say(type="send", to="#aula", body="oi", cid="1")
    await ana.expect("welcome")
    await ana.expect("joined")
    assert (await ana.expect("message"))["id"] == 1


async def test_half_closed_peer_gets_its_answers(running: Running) -> None:
    """A peer that shuts its sending side still gets what it waits for."""
    ana = await Peer.hello(running.port, "ana")
    ana.say(type="send", to="#geral", body="oi", cid="1")
    ana.writer.write_eof()
    assert [message["type"] for message in await ana.closed()] == ["message"]


async def test_what_may_be_old_is_said_to_everybody(start: Start) -> None:
    """A server that is cut off from its cluster says so, to those who are there and to who comes."""
    history = FakeHistory()
    running = await start(history)
    ana = await Peer.hello(running.port, "ana")
    assert history.on_stale is not None
    history.on_stale(True)
    assert await ana.expect("stale") == {"type": "stale"}
    bia = await Peer.hello(running.port, "bia")
    assert await bia.expect("stale") == {"type": "stale"}
    history.on_stale(False)
    assert [await one.expect("stale") for one in (ana, bia)] == [{"type": "stale", "on": False}] * 2
    caio = await Peer.hello(running.port, "caio")
    assert "stale" not in [event["type"] for event in await caio.silent()]
