"""What a program says, asks and hears through a client, against a scripted server."""

import asyncio
import logging

import pytest

from chat import messages as m
from chat.client import (
    Connection,
    ConnectionChanged,
    Disconnected,
    Failed,
    Item,
    MemoryOutbox,
    OutboxFull,
    Pending,
    Refused,
)
from chat.client import inbox as bounds
from chat.client import outbox as outbox_module
from chat.errors import Code
from tests.client.conftest import Dial
from tests.client.hearing import heard
from tests.fakes import FakeClock, FakeServer, error, message, until, within
from tests.patience import PATIENCE


async def test_entering_waits_for_the_welcome(server: FakeServer, dial: Dial) -> None:
    """Once entered, the client knows its name, rooms and limits, and iterating tells how it got there."""
    server.greeting = lambda caller: caller.welcome(user="Ana", head=7, max_body=100)
    async with dial(user="ana", rooms=["#jogos"]) as client:
        caller = await server.accept()
        assert caller.hello.rooms == ["#jogos"]
        assert (client.user, client.joined, client.cursor, client.max_body) == ("Ana", ("#geral",), 7, 100)
        assert client.connection is Connection.OPEN
        assert client.welcome is not None
        assert await heard(client, 3) == [
            ConnectionChanged(Connection.CONNECTING),
            ConnectionChanged(Connection.OPEN),
            client.welcome,
        ]


async def test_leaving_says_bye(server: FakeServer, dial: Dial) -> None:
    """At the end the server is told, the iteration ends with the connection, and nothing can be said."""
    async with dial() as client:
        caller = await server.accept()
        await heard(client, 3)
        leaving = asyncio.create_task(client.close())
        await caller.hear(m.Bye)
        assert await leaving == ()
        assert [event async for event in client] == [ConnectionChanged(Connection.CLOSED, "closed")]
        with pytest.raises(Disconnected):
            client.post("#geral", "oi")
        with pytest.raises(Disconnected):
            await client.ping()
        assert await client.close() == ()


async def test_a_server_that_ignores_bye_is_left(server: FakeServer, dial: Dial) -> None:
    """Leaving takes a second at most, whatever the server does."""
    async with dial():
        caller = await server.accept()
        caller.polite = False
    await within(caller.gone())
    assert isinstance(caller.heard[-1], m.Bye)


async def test_sending_returns_the_message(server: FakeServer, dial: Dial) -> None:
    """`send` returns what the server stored, and iterating shows it pending first."""
    async with dial() as client:
        caller = await server.accept()
        await heard(client, 3)
        sending = asyncio.create_task(client.send("#geral", "oi"))
        send = await caller.hear(m.Send)
        assert (send.to, send.body) == ("#geral", "oi")
        assert not sending.done()
        assert [item.cid for item in client.pending] == [send.cid]
        caller.acknowledge(send, 11)
        stored = await within(sending)
        assert (stored.id, stored.cid) == (11, send.cid)
        assert client.pending == ()
        assert await heard(client, 2) == [Pending(send.cid, "#geral", "oi", 1_000_000), stored]


async def test_cids_are_short_and_never_the_same(server: FakeServer, dial: Dial) -> None:
    """Within a client they count; two clients of one name share none."""
    cids: list[str] = []
    for rng in (None, None):
        async with dial(rng=rng) as client:
            caller = await server.accept()
            cids += [client.post("#geral", "oi"), client.post("#geral", "oi")]
            for id in (1, 2):
                caller.acknowledge(await caller.hear(m.Send), id)
    assert len(set(cids)) == 4
    assert all(len(cid) <= 12 for cid in cids)
    assert [cid.split("-")[1] for cid in cids] == ["1", "2", "1", "2"]


@pytest.mark.parametrize("code", ["storage_failed", "not_in_room", "no_such_user", "never_heard_of"])
async def test_a_refused_send_raises_its_code(server: FakeServer, dial: Dial, code: str) -> None:
    """What the server refuses stays refused: `send` raises, iterating says so, nothing is left over."""
    async with dial() as client:
        caller = await server.accept()
        await heard(client, 3)
        sending = asyncio.create_task(client.send("#geral", "oi"))
        send = await caller.hear(m.Send)
        caller.say(error(code, cid=send.cid))
        with pytest.raises(Refused) as refused:
            await within(sending)
        assert refused.value.code == code
        assert (await heard(client, 2))[1] == Failed(
            send.cid, code, Item(send.cid, "#geral", "oi", 1_000_000)
        )
        assert client.pending == ()


@pytest.mark.parametrize(
    ("to", "body", "code"),
    [
        ("#geral", "", Code.BODY_EMPTY),
        ("#geral", "x" * 4_097, Code.BODY_TOO_LONG),
        ("#geral", "é" * 2_049, Code.BODY_TOO_LONG),
        ("#geral", "\x1b[2J", Code.BAD_MESSAGE),
        ("#geral", "\ud800", Code.BAD_MESSAGE),
        ("@\ud800", "oi", Code.BAD_MESSAGE),
        ("@" + "x" * 70_000, "oi", Code.BODY_TOO_LONG),
    ],
)
async def test_what_is_sure_to_be_refused_is_not_sent(
    server: FakeServer, dial: Dial, to: str, body: str, code: Code
) -> None:
    """A mistake that can be seen here raises at once, before it can break a frame."""
    async with dial() as client:
        await server.accept()
        with pytest.raises(Refused) as refused:
            await client.send(to, body)
        assert refused.value.code == code
        assert client.pending == ()


async def test_a_body_that_no_frame_of_the_server_holds_is_not_sent(server: FakeServer, dial: Dial) -> None:
    """A server with small frames would close, be sent it again, and close: so it is refused here."""
    server.greeting = lambda caller: caller.welcome(max_frame=200)
    async with dial() as client:
        with pytest.raises(Refused) as refused:
            client.post("#geral", "x" * 200)
        assert refused.value.code == Code.BODY_TOO_LONG
        with pytest.raises(Refused) as refused:
            await client.join("#" + "x" * 200)
        assert refused.value.code == Code.BAD_MESSAGE


async def test_a_full_outbox_takes_no_more(
    server: FakeServer, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is kept without a bound while the server acknowledges nothing."""
    monkeypatch.setattr(outbox_module, "MAX_ITEMS", 2)
    async with dial() as client:
        caller = await server.accept()
        sent = [client.post("#geral", "um"), client.post("#geral", "dois")]
        with pytest.raises(OutboxFull):
            client.post("#geral", "três")
        for id in (1, 2):
            caller.acknowledge(await caller.hear(m.Send), id)
        await until(lambda: not client.pending)
        assert len(set(sent)) == 2


async def test_a_cancelled_send_is_sent_nevertheless(server: FakeServer, dial: Dial) -> None:
    """Cancelling only stops the waiting; the acknowledgement is iterated."""
    async with dial() as client:
        caller = await server.accept()
        sending = asyncio.create_task(client.send("#geral", "oi"))
        send = await caller.hear(m.Send)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert [item.cid for item in client.pending] == [send.cid]
        caller.acknowledge(send, 11)
        assert (await heard(client, 5))[4] == message(11, cid=send.cid, sender="ana")


async def test_slow_down_is_tried_again_in_order(server: FakeServer, dial: Dial, clock: FakeClock) -> None:
    """Refused for now is not failed: after a pause it goes again, under its `cid`, before what is newer."""
    async with dial() as client:
        caller = await server.accept()
        for body in ("um", "dois"):
            client.post("#geral", body)
        first, second = await caller.hear(m.Send), await caller.hear(m.Send)
        caller.say(error("slow_down", cid=first.cid), error("slow_down", cid=second.cid))
        await clock.sleeps(1.0)
        client.post("#geral", "três")
        clock.advance(1.0)
        again = await caller.hear(m.Send)
        assert again == first
        caller.acknowledge(again, 1)
        assert await caller.hear(m.Send) == second
        third = await caller.hear(m.Send)
        assert third.body == "três"
        caller.acknowledge(second, 2)
        caller.acknowledge(third, 3)
        await until(lambda: not client.pending)
        kinds = [type(event) for event in await heard(client, 9)]
        assert Failed not in kinds


async def test_leaving_waits_for_acknowledgements(server: FakeServer, dial: Dial) -> None:
    """What was posted last is acknowledged before the client says bye."""
    async with dial() as client:
        caller = await server.accept()
        for body in ("um", "dois"):
            client.post("#geral", body)
        first, second = await caller.hear(m.Send), await caller.hear(m.Send)
        leaving = asyncio.create_task(client.close(patience=PATIENCE))
        caller.acknowledge(first, 1)
        caller.say(error("storage_failed", cid=second.cid))
        await caller.hear(m.Bye)
        assert await within(leaving) == ()


async def test_leaving_returns_what_was_never_acknowledged(server: FakeServer, dial: Dial) -> None:
    """What the server never confirmed is given back, and who waits for it is told."""
    async with dial() as client:
        caller = await server.accept()
        sending = asyncio.create_task(client.send("#geral", "oi"))
        send = await caller.hear(m.Send)
        leaving = asyncio.create_task(client.close(patience=0.01))
        await caller.hear(m.Bye)
        assert await within(leaving) == (Item(send.cid, "#geral", "oi", 1_000_000),)
        with pytest.raises(Disconnected):
            await within(sending)


async def test_leaving_ends_when_the_server_wants_us_gone(server: FakeServer, dial: Dial) -> None:
    """Waiting for acknowledgements ends where none can come any more."""
    async with dial() as client:
        caller = await server.accept()
        client.post("#geral", "oi")
        await caller.hear(m.Send)
        leaving = asyncio.create_task(client.close(patience=PATIENCE * 2))
        await asyncio.sleep(0)
        caller.say(m.ByeEvent(reason="kicked"))
        assert len(await within(leaving)) == 1


async def test_an_outbox_of_before_is_sent(server: FakeServer, dial: Dial) -> None:
    """What an earlier process did not get acknowledged is shown as pending and sent under its `cid`."""
    outbox = MemoryOutbox()
    outbox.add(Item("old-1", "#geral", "ontem", 5))
    async with dial(outbox=outbox, after=3, log="log-1") as client:
        caller = await server.accept()
        assert (caller.hello.after, caller.hello.log) == (3, "log-1")
        send = await caller.hear(m.Send)
        assert (send.cid, send.body) == ("old-1", "ontem")
        caller.acknowledge(send, 4)
        events = await heard(client, 5)
        assert events[0] == Pending("old-1", "#geral", "ontem", 5)
        assert isinstance(events[-1], m.Message)


async def test_a_slow_reader_holds_the_server_up(server: FakeServer, dial: Dial) -> None:
    """Who iterates slowly stops the reading, is not taken for dead, and gets every message in order."""
    count = 40_000
    body = "x" * 500
    async with dial() as client:
        caller = await server.accept()
        await heard(client, 3)
        for id in range(1, count + 1, 100):
            caller.say(*(message(one, body) for one in range(id, id + 100)))
        await until(lambda: not client._exchange.inbox.calm)
        behind = caller.link.waiting
        assert behind > 5_000_000
        got = [event.id for event in await heard(client, count) if isinstance(event, m.Message)]
        assert got == list(range(1, count + 1))


async def test_an_answer_comes_though_nobody_iterates(server: FakeServer, dial: Dial) -> None:
    """A bot that answers from its own loop gets its acknowledgement while thousands of events wait."""
    async with dial() as client:
        caller = await server.accept()
        await heard(client, 3)
        sending = asyncio.create_task(client.send("#geral", "oi"))
        send = await caller.hear(m.Send)
        for id in range(1, 3 * bounds.MARK):
            caller.say(message(id))
        caller.acknowledge(send, 3 * bounds.MARK)
        assert (await within(sending)).id == 3 * bounds.MARK


async def test_a_fault_of_our_own_is_not_hidden(
    server: FakeServer, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should the client itself fail, its iteration ends and closing raises what it was."""
    client = await dial().__aenter__()
    caller = await server.accept()
    monkeypatch.setattr(client._exchange.resume, "fresh", None)
    caller.say(message(1))
    events = [event async for event in client]
    assert events[-1] == ConnectionChanged(Connection.CLOSED, "closed")
    with pytest.raises(TypeError):
        await client.close()


async def test_the_log_names_no_body(
    server: FakeServer, dial: Dial, caplog: pytest.LogCaptureFixture
) -> None:
    """What is unreadable is noted by its code alone."""
    caplog.set_level(logging.DEBUG, "chat.client")
    async with dial() as client:
        caller = await server.accept()
        caller.raw(b"%-64d" % 24 + b'{"type":"x","a":"segre"}')
        caller.say(message(1))
        await heard(client, 4)
    assert [record.getMessage() for record in caplog.records] == [
        "the server said something unreadable: unknown_type"
    ]
