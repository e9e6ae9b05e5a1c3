"""A server that lies, dribbles, floods or falls silent: the client says so, comes back, and stays sound."""

import asyncio
import json
from collections.abc import Callable

import pytest

from chat import messages as m
from chat.client import ConnectFailed, Connection, ConnectionChanged, NameRefused, State
from chat.client.inbox import LIMIT, MARK
from chat.errors import Code
from chat.framing import MAX_FRAME, frame
from tests.client.conftest import Dial
from tests.client.enduring import back, ended, well
from tests.fakes import Caller, FakeClock, FakeServer, fake_server, message, until, within

UNREADABLE = {
    "absurd length": b"%-64d" % 999_999_999_999,
    "beyond a frame": b"%-64d" % (MAX_FRAME + 1),
    "spaces": b" " * 64,
    "leading zero": b"%-64s" % b"007",
    "sign": b"%-64s" % b"+5",
    "web page": b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n",
    "no JSON": frame(b"{"),
    "list": frame(b"[]"),
    "bad UTF-8": frame(b'{"type":"pong","x":"\xff"}'),
    "deep": frame(b"[" * 60_000),
    "deep in an unknown member": frame(b'{"type":"pong","x":' + b"[" * 5_000 + b"]" * 5_000 + b"}"),
    "no type": frame(b"{}"),
    "welcome again": frame(b'{"type":"challenge","nonce":"n","server":"s"}'),
}


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_what_cannot_be_read_ends_the_conversation(
    server: FakeServer, dial: Dial, clock: FakeClock, data: bytes
) -> None:
    """C8: Bytes that are no frame, frames that are no event: the client leaves, comes back and goes on."""
    async with dial() as client:
        caller = await server.accept()
        caller.raw(data)
        reason = await ended(client)
        assert reason in ("bad_frame", "frame_too_large", "bad_message")
        await well(client, await back(client, server, clock))


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_what_cannot_be_read_instead_of_a_welcome(server: FakeServer, dial: Dial, data: bytes) -> None:
    """C8: A peer that is no chat server is said to be none."""
    server.greeting = lambda caller: caller.raw(data)
    with pytest.raises((ConnectFailed, NameRefused)) as failed:
        await within(dial().__aenter__())
    if isinstance(failed.value, ConnectFailed):
        assert failed.value.reason in ("bad_frame", "frame_too_large", "bad_message")
    else:
        assert data == UNREADABLE["welcome again"]  # a challenge, and we have no key


async def test_an_unknown_type_is_skipped(server: FakeServer, dial: Dial) -> None:
    """A newer server may say what we do not know; we go on."""
    async with dial() as client:
        caller = await server.accept()
        caller.raw(frame(b'{"type":"typing","room":"#geral","users":["bia"]}'))
        await well(client, caller)
        assert len(server.callers) == 1


async def test_a_redirection_is_not_followed(server: FakeServer, dial: Dial, clock: FakeClock) -> None:
    """C23: neither a member nor an event that names another server moves the client there."""
    async with fake_server() as other, dial() as client:
        caller = await server.accept()
        elsewhere = {"host": "127.0.0.1", "port": other.port, "redirect": f"127.0.0.1:{other.port}"}
        caller.raw(frame(json.dumps({"type": "redirect", **elsewhere}).encode()))
        caller.raw(frame(json.dumps({"type": "bye", "reason": "moved", **elsewhere}).encode()))
        assert await ended(client) == "moved"
        await well(client, await back(client, server, clock))
        assert other.callers == []


@pytest.mark.parametrize("began", [b"%-64d" % 10, b"12", frame(b'{"type":"pong"}')[:-1]])
async def test_a_frame_that_never_ends(
    server: FakeServer, dial: Dial, clock: FakeClock, began: bytes
) -> None:
    """C8: Part of a frame and then a byte now and then: given up 20 s after it began."""
    async with dial() as client:
        caller = await server.accept()
        caller.raw(began)
        await until(lambda: client._connector._conversation._frame_began is not None)  # type: ignore[union-attr]
        for _ in range(2):
            await clock.sleeps(10.0)
            clock.advance(10.0)
        assert await ended(client) == "frame_timeout"
        await well(client, await back(client, server, clock))


@pytest.mark.parametrize("greeting", [lambda caller: None, lambda caller: caller.say(m.PingEvent())])
async def test_a_server_that_never_welcomes(
    server: FakeServer, dial: Dial, clock: FakeClock, greeting: Callable[[Caller], None]
) -> None:
    """C9: Ten seconds after the connection, whatever else it says."""
    server.greeting = greeting
    entering = asyncio.create_task(dial().__aenter__())
    await server.accept()
    await clock.sleeps(10.0)
    clock.advance(10.0)
    with pytest.raises(ConnectFailed) as failed:
        await within(entering)
    assert failed.value.reason == "no_welcome"


async def test_a_server_that_closes_at_once_a_thousand_times(
    server: FakeServer, dial: Dial, clock: FakeClock
) -> None:
    """C10: It is called again after up to a minute each time, not in a hurry, for as long as it takes."""
    tries = 1_000
    async with dial() as client:
        server.greeting = Caller.cut
        (await server.accept()).cut()
        for _ in range(tries):
            await back(client, server, clock)
        server.greeting = Caller.welcome
        await back(client, server, clock)
        assert len(server.callers) == tries + 2
        await client.close()
        waits = [event.delay async for event in client if isinstance(event, ConnectionChanged)]
    assert sum(waits) > tries * 20.0
    assert max(waits) <= 60.0


@pytest.mark.parametrize("id", ["-1", "9223372036854775808", '"x"', "1.5", "null", "true"])
async def test_an_id_that_is_none(server: FakeServer, dial: Dial, clock: FakeClock, id: str) -> None:
    """C11: Nonsense for an id is a protocol error, and the history goes on from where it was."""
    async with dial() as client:
        caller = await server.accept()
        await well(client, caller)
        rest = b',"to":"#geral","from":"b","ts":1,"cid":"c","body":"b"}'
        caller.raw(frame(b'{"type":"message","id":' + id.encode() + rest))
        assert await ended(client) == "bad_message"
        caller = await back(client, server, clock)
        assert caller.hello.after == 1
        await well(client, caller)


async def test_the_highest_id_makes_nobody_deaf_for_ever(
    server: FakeServer, dial: Dial, clock: FakeClock
) -> None:
    """C11: A server that jumped to the last id is another history on the next connection."""
    async with dial() as client:
        caller = await server.accept()
        caller.say(message(m.MAX_ID), message(5))
        await until(lambda: client.cursor == m.MAX_ID)
        server.greeting = lambda caller: caller.welcome(head=5)
        caller.cut()
        caller = await back(client, server, clock)
        await until(lambda: client.cursor == 5)
        await well(client, caller)


async def test_acknowledgements_of_nothing(server: FakeServer, dial: Dial) -> None:
    """C12: Acks and refusals of a `cid` never sent, and somebody else's with ours, settle nothing."""
    async with dial() as client:
        caller = await server.accept()
        sending = asyncio.create_task(client.send("#geral", "oi"))
        send = await caller.hear(m.Send)
        caller.say(
            message(1, sender="ana", cid="never"),
            message(2, sender="bia", cid=send.cid),
            m.Error(code="storage_failed", message="", cid="never"),
            m.Error(code="slow_down", message="", cid="never"),
        )
        await until(lambda: client.cursor == 2)
        assert [item.cid for item in client.pending] == [send.cid]
        caller.acknowledge(send, 3, body="outro")
        assert (await within(sending)).body == "outro"


async def test_answers_nobody_asked_for(server: FakeServer, dial: Dial) -> None:
    """C12: Pages, lists and pongs out of the blue, with or without a `ref`, are not believed."""
    async with dial() as client:
        caller = await server.accept()
        asking = asyncio.create_task(client.who("#geral"))
        who = await caller.hear(m.Who)
        page = [message(1)]
        caller.say(
            m.HistoryPage(messages=page, more=True),
            m.HistoryPage(ref="r99", messages=page, more=True),
            m.HistoryPage(ref=who.ref, messages=page, more=True),
            m.RoomList(rooms=[]),
            m.Members(room="#geral", users=["x"], more=False),
            m.PongEvent(ref=who.ref),
            m.PongEvent(),
        )
        caller.say(m.Members(ref=who.ref, users=["ana"], more=False), message(7))
        assert await within(asking) == ["ana"]
        events = [await anext(client) for _ in range(5)]
        assert [type(event) for event in events[3:]] == [m.Members, m.Message]


async def test_an_answer_twice(server: FakeServer, dial: Dial) -> None:
    """The first counts."""
    async with dial() as client:
        caller = await server.accept()
        asking = asyncio.create_task(client.who("#geral"))
        who = await caller.hear(m.Who)
        caller.say(
            m.Members(ref=who.ref, users=["ana"], more=False),
            m.Members(ref=who.ref, users=["bia"], more=False),
            m.Error(code="internal", message="", ref=who.ref),
        )
        assert await within(asking) == ["ana"]
        await well(client, caller)


@pytest.mark.parametrize("limit", [0, m.MAX_ID])
async def test_limits_that_cannot_be_meant(server: FakeServer, dial: Dial, limit: int) -> None:
    """C19: Our own bounds stand: we can still speak, and do not take larger frames."""
    server.greeting = lambda caller: caller.welcome(max_frame=limit, max_body=limit)
    async with dial() as client:
        caller = await server.accept()
        assert client.max_body == m.MAX_BODY
        client.post("#geral", "x" * m.MAX_BODY)
        caller.acknowledge(await caller.hear(m.Send), 1)
        caller.raw(b"%-64d" % (MAX_FRAME + 1))
        assert await ended(client) == "frame_too_large"


@pytest.mark.parametrize("limit", [-1, 2**63])
async def test_limits_that_are_no_numbers_of_bytes(server: FakeServer, dial: Dial, limit: int) -> None:
    """C19: A welcome that cannot be read is none."""
    server.greeting = lambda caller: caller.welcome(max_frame=limit)
    with pytest.raises(ConnectFailed) as failed:
        await within(dial().__aenter__())
    assert failed.value.reason == "bad_message"


async def test_a_welcome_full_of_rooms(server: FakeServer, dial: Dial) -> None:
    """C18: As many as a frame holds are taken without harm, and not all asked for again."""
    rooms = [m.RoomInfo(f"#{number}", "", 1) for number in range(1_500)]
    server.greeting = lambda caller: caller.welcome(rooms=rooms)
    async with dial() as client:
        caller = await server.accept()
        state = State("ana")
        for _ in range(3):
            state.apply(await anext(client), 0)
        assert len(state.talks) == 1_500
        caller.cut()
        client.retry()
        await until(lambda: client.connection is Connection.WAITING)
        client.retry()
        hello = (await server.accept()).hello
        assert hello.rooms is not None
        assert len(hello.rooms) == 1_000


async def test_a_challenge_for_a_client_without_a_key(server: FakeServer, dial: Dial) -> None:
    """C22: It proves nothing to anybody: the name is somebody else's."""
    server.greeting = lambda caller: caller.say(m.Challenge(nonce="n", server="s"))
    with pytest.raises(NameRefused) as refused:
        await within(dial().__aenter__())
    assert refused.value.code == Code.NAME_TAKEN
    assert [type(request) for request in server.callers[0].heard] == [m.Hello]


async def test_refusing_the_rooms_for_ever(server: FakeServer, dial: Dial) -> None:
    """Without rooms the hello is tried once more, not again and again."""
    server.greeting = lambda caller: caller.say(*[m.Error(code="bad_room", message="")] * 5)
    with pytest.raises(ConnectFailed) as failed:
        await within(dial(rooms=["#jogos"]).__aenter__())
    assert failed.value.reason == "bad_room"


async def test_an_endless_reason_is_cut(server: FakeServer, dial: Dial) -> None:
    """Codes and reasons go to a status line: 64 characters and no more."""
    server.greeting = lambda caller: caller.say(m.ByeEvent(reason="x" * 60_000))
    with pytest.raises(ConnectFailed) as failed:
        await within(dial().__aenter__())
    assert failed.value.reason == "x" * 64
    server.greeting = Caller.welcome
    async with dial() as client:
        await server.accept()
        caller = await server.accept()
        caller.say(m.Error(code="y" * 60_000, message=""))
        caller.link.close(1.0)
        assert await ended(client) == "y" * 64
    async with dial() as client:
        caller = await server.accept()
        sending = asyncio.create_task(client.join("#a"))
        join = await caller.hear(m.Join)
        caller.say(m.Error(code="z" * 60_000, message="", ref=join.ref))
        with pytest.raises(Exception, match=r"^z{64}$"):
            await within(sending)


async def test_a_flood_is_bounded_and_in_order(server: FakeServer, dial: Dial) -> None:
    """C17: Twenty thousand messages to a client that only sends: memory is bounded, acks still come."""
    async with dial() as client:
        caller = await server.accept()
        for id in range(1, 20_001, 100):
            caller.say(*(message(one) for one in range(id, id + 100)))
        sending = asyncio.create_task(client.send("#geral", "oi"))
        caller.acknowledge(await caller.hear(m.Send), 20_001)
        assert (await within(sending)).id == 20_001
        assert len(client._exchange.inbox._events) <= LIMIT
        await client.close()
        ids = [event.id async for event in client if isinstance(event, m.Message)]
        assert ids[-1] == 20_001
        assert ids == list(range(ids[0], 20_002))
        assert len(ids) >= MARK
