"""What a program says, asks and hears through a client, against a scripted server."""

import asyncio
import logging
import socket

import msgspec
import pytest

from chat import messages as m
from chat.client import (
    Change,
    ClientEvent,
    ConnectFailed,
    Connection,
    ConnectionChanged,
    Disconnected,
    Failed,
    Item,
    MemoryOutbox,
    NameRefused,
    OutboxFull,
    Pending,
    Refused,
    asking,
    connect,
)
from chat.client import client as module
from chat.client import inbox as bounds
from chat.client import outbox as outbox_module
from chat.errors import Code
from tests.client.conftest import Dial
from tests.fakes import PATIENCE, Caller, FakeClock, FakeServer, error, message, refuse, until, within


async def heard(client: module.Client, count: int) -> list[ClientEvent]:
    """The next events of the iteration."""
    async with asyncio.timeout(PATIENCE):
        return [await anext(client) for _ in range(count)]


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


async def test_answers_are_matched_by_ref(server: FakeServer, dial: Dial) -> None:
    """Two requests under way get each its own answer, in whatever order those come."""
    async with dial() as client:
        caller = await server.accept()
        joining = asyncio.create_task(client.join("#jogos"))
        reading = asyncio.create_task(client.history("#geral", before=9, limit=2))
        join, history = await caller.hear(m.Join), await caller.hear(m.History)
        assert (join.room, history.room, history.before, history.limit) == ("#jogos", "#geral", 9, 2)
        page = m.HistoryPage(ref=history.ref, messages=[message(8)], more=True)
        caller.say(page, m.Joined(ref=join.ref, room="#Jogos", users=["ana"], members=1))
        assert (await within(reading)).messages == [message(8)]
        assert (await within(joining)).room == "#Jogos"
        assert client.joined == ("#geral", "#Jogos")
        events = await heard(client, 5)
        assert [type(event) for event in events[3:]] == [m.HistoryPage, m.Joined]
        assert isinstance(events[3], m.HistoryPage)
        assert events[3].room == "#geral"


async def test_a_private_page_says_with_whom(server: FakeServer, dial: Dial) -> None:
    """A page that only carries its `ref` is completed, so that a screen knows where it belongs."""
    async with dial() as client:
        caller = await server.accept()
        reading = asyncio.create_task(client.history(with_="bia", after=3))
        history = await caller.hear(m.History)
        caller.say(m.HistoryPage(ref=history.ref, messages=[], more=False))
        page = await within(reading)
        assert (history.with_, history.after, page.with_, page.room) == ("bia", 3, "bia", m.UNSET)


async def test_leaving_a_room(server: FakeServer, dial: Dial) -> None:
    """A room left is not asked for again."""
    async with dial(rooms=["#jogos"]) as client:
        caller = await server.accept()
        caller.say(m.Joined(room="#jogos", users=["Ana"]))
        await heard(client, 4)
        assert client.joined == ("#geral", "#jogos")
        leaving = asyncio.create_task(client.leave("#jogos"))
        leave = await caller.hear(m.Leave)
        caller.say(m.Left(ref=leave.ref, room="#jogos", users=["ana"]))
        assert (await within(leaving)).room == "#jogos"
        assert client.joined == ("#geral",)
        caller.say(m.Left(room="#geral", users=["ANA"]))
        await heard(client, 2)
        assert client.joined == ()


async def test_a_refused_request_raises_its_code(server: FakeServer, dial: Dial) -> None:
    """An error with the `ref` of a request is raised to who asked, and not iterated."""
    async with dial() as client:
        caller = await server.accept()
        joining = asyncio.create_task(client.join("#x y"))
        join = await caller.hear(m.Join)
        caller.say(error("bad_room", ref=join.ref), error("slow_down"))
        with pytest.raises(Refused) as refused:
            await within(joining)
        assert refused.value.code == "bad_room"
        assert (await heard(client, 4))[3] == error("slow_down")


async def test_names_are_gathered_from_all_pages(server: FakeServer, dial: Dial) -> None:
    """`who` and `rooms` ask on until there is no more, each page after the last name of the one before."""
    async with dial() as client:
        caller = await server.accept()
        naming = asyncio.create_task(client.who("#geral"))
        who = await caller.hear(m.Who)
        caller.say(m.Members(ref=who.ref, users=["ana", "bia"], more=True))
        who = await caller.hear(m.Who)
        assert (who.room, who.after) == ("#geral", "bia")
        caller.say(m.Members(ref=who.ref, users=["carla"], more=False))
        assert await within(naming) == ["ana", "bia", "carla"]
        listing = asyncio.create_task(client.rooms())
        rooms = await caller.hear(m.Rooms)
        caller.say(m.RoomList(ref=rooms.ref, rooms=[m.RoomInfo("#a", "", 1)], more=True))
        rooms = await caller.hear(m.Rooms)
        assert rooms.after == "#a"
        caller.say(m.RoomList(ref=rooms.ref, rooms=[], more=True))
        assert [room.name for room in await within(listing)] == ["#a"]


async def test_pages_without_end_are_bounded(
    server: FakeServer, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that says `more` for ever is asked so many times."""
    monkeypatch.setattr(asking, "PAGES", 3)
    async with dial() as client:
        caller = await server.accept()
        naming = asyncio.create_task(client.who())
        listing = asyncio.create_task(client.rooms())
        for _ in range(6):
            asked = await caller.next()
            if isinstance(asked, m.Who):
                caller.say(m.Members(ref=asked.ref, users=["x"], more=True))
            elif isinstance(asked, m.Rooms):
                caller.say(m.RoomList(ref=asked.ref, rooms=[m.RoomInfo("#x", "", 1)], more=True))
        assert await within(naming) == ["x"] * 3
        assert len(await within(listing)) == 3


async def test_ping_measures_the_way(server: FakeServer, dial: Dial, clock: FakeClock) -> None:
    """The time until the pong, by the client's clock."""
    async with dial() as client:
        caller = await server.accept()
        asking = asyncio.create_task(client.ping())
        ping = await caller.hear(m.Ping)
        clock.advance(0.25)
        caller.say(m.PongEvent(ref=ping.ref))
        assert await within(asking) == 0.25


async def test_a_cancelled_request_ignores_its_answer(server: FakeServer, dial: Dial) -> None:
    """Who stopped waiting gets nothing, and the next one gets its own answer."""
    async with dial() as client:
        caller = await server.accept()
        asking = asyncio.create_task(client.who())
        first = await caller.hear(m.Who)
        asking.cancel()
        again = asyncio.create_task(client.who())
        second = await caller.hear(m.Who)
        caller.say(m.Members(ref=first.ref, users=["x"], more=False))
        caller.say(m.Members(ref=second.ref, users=["ana"], more=False))
        assert await within(again) == ["ana"]


async def test_a_request_fails_with_the_connection(server: FakeServer, dial: Dial) -> None:
    """Lost meanwhile: it may have been done, and the asker is told so; while down, at once."""
    async with dial() as client:
        caller = await server.accept()
        joining = asyncio.create_task(client.join("#jogos"))
        await caller.hear(m.Join)
        caller.cut()
        with pytest.raises(Disconnected) as lost:
            await within(joining)
        assert lost.value.reason == "closed"
        with pytest.raises(Disconnected):
            await client.join("#jogos")


@pytest.mark.parametrize("code", [Code.BAD_NAME, Code.NAME_TAKEN])
@pytest.mark.parametrize("wait", [False, True])
async def test_a_refused_name_raises(server: FakeServer, dial: Dial, code: Code, wait: bool) -> None:
    """Another name must be chosen: waiting would not help."""
    server.greeting = refuse(code)
    with pytest.raises(NameRefused) as refused:
        await within(dial(wait=wait).__aenter__())
    assert refused.value.code == code


@pytest.mark.parametrize("code", [Code.BAD_VERSION, Code.SERVER_FULL, Code.INTERNAL])
async def test_any_other_refusal_says_why(server: FakeServer, dial: Dial, code: Code) -> None:
    """A server that does not welcome, for whatever reason it gives, is no connection."""
    server.greeting = refuse(code)
    with pytest.raises(ConnectFailed) as failed:
        await within(dial().__aenter__())
    assert failed.value.reason == code


async def test_a_refused_room_does_not_keep_us_out(server: FakeServer, dial: Dial) -> None:
    """If a room in the hello is refused, the others are joined one by one, and the error is told."""
    server.greeting = refuse(Code.BAD_ROOM)
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:

        async def serve() -> Caller:
            caller = await server.accept()
            again = await caller.hear(m.Hello)
            assert again.rooms is None
            caller.welcome()
            return caller

        serving = group.create_task(serve())
        async with dial(rooms=["#a b", "#jogos"]) as client:
            caller = await serving
            bad, good = await caller.hear(m.Join), await caller.hear(m.Join)
            assert (bad.room, good.room) == ("#a b", "#jogos")
            caller.say(error("bad_room"), m.Joined(room="#jogos", users=["ana"]))
            events = await heard(client, 5)
            assert events[3] == error("bad_room")
            assert client.joined == ("#geral", "#jogos")


async def test_nobody_listens() -> None:
    """The reason, every address tried, and the error of the system."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(ConnectFailed) as failed:
            await within(connect("127.0.0.1", port, user="ana").__aenter__())
    assert failed.value.reason == "refused"
    assert failed.value.tried == (f"127.0.0.1:{port}",)
    assert isinstance(failed.value.error, ConnectionRefusedError)
    assert str(failed.value) == f"refused: 127.0.0.1:{port} (tried 127.0.0.1:{port})"


async def test_names_that_cannot_be_sent(dial: Dial) -> None:
    """What a command line gives may be no text: refused here, before it can break anything."""
    with pytest.raises(NameRefused) as refused:
        await dial(user="an\udce3").__aenter__()
    assert refused.value.code == Code.BAD_NAME
    with pytest.raises(Refused) as bad:
        await dial(rooms=["#an\udce3"]).__aenter__()
    assert bad.value.code == Code.BAD_ROOM


@pytest.mark.parametrize("port", [0, -1, 65_536])
def test_a_port_that_is_none(port: int) -> None:
    """A local mistake raises at once."""
    with pytest.raises(ValueError, match="port"):
        connect(port=port, user="ana")


async def test_waiting_for_a_server_that_comes_later(
    server: FakeServer, dial: Dial, clock: FakeClock
) -> None:
    """With `wait` entering tries on until somebody welcomes."""
    server.greeting = Caller.cut
    entering = asyncio.create_task(dial(wait=True).__aenter__())
    await server.accept()
    await clock.sleeps(0.5)
    assert not entering.done()
    server.greeting = Caller.welcome
    clock.advance(0.5)
    client = await within(entering)
    await server.accept()
    events = await heard(client, 5)
    assert [getattr(event, "connection", None) for event in events] == [
        Connection.CONNECTING,
        Connection.WAITING,
        Connection.CONNECTING,
        Connection.OPEN,
        None,
    ]
    await client.close()


async def test_entering_can_be_cancelled(server: FakeServer, dial: Dial) -> None:
    """Who gives up waiting leaves no connection behind."""
    server.greeting = lambda caller: None
    entering = asyncio.create_task(dial().__aenter__())
    caller = await server.accept()
    entering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await entering
    await within(caller.gone())


async def test_closing_what_was_never_entered(dial: Dial) -> None:
    """A client that was made and not used needs no closing, and does not mind it."""
    assert await dial().close() == ()


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


async def test_a_fault_of_our_own_at_the_start(dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should the client fail before it is welcomed, entering raises what it was."""
    client = dial()
    monkeypatch.setattr(client._exchange, "begin", None)
    with pytest.raises(TypeError):
        await within(client.__aenter__())


async def test_asking_while_leaving(server: FakeServer, dial: Dial) -> None:
    """After the bye nothing is said any more: who asks is told that the connection is gone."""
    async with dial() as client:
        caller = await server.accept()
        caller.polite = False
        leaving = asyncio.create_task(client.close())
        await caller.hear(m.Bye)
        asking = asyncio.create_task(client.ping())
        await asyncio.sleep(0)
        caller.cut()
        await within(leaving)
        with pytest.raises(Disconnected):
            await within(asking)
        assert caller.heard[-1] == m.Bye()


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


CHANGES: list[tuple[Change, m.Saying, m.Change]] = [
    (
        m.Edit(cid="", id=5, body="olá"),
        m.Edit(cid="c", id=5, body="olá"),
        m.Edited(id=9, to="#geral", from_="ana", ts=1, cid="c", of=5, body="olá"),
    ),
    (
        m.Delete(cid="", id=5),
        m.Delete(cid="c", id=5),
        m.Deleted(id=9, to="#geral", from_="ana", ts=1, cid="c", of=5),
    ),
    (
        m.React(cid="", id=5, emoji="👍", on=False),
        m.React(cid="c", id=5, emoji="👍", on=False),
        m.Reacted(id=9, to="#geral", from_="ana", ts=1, cid="c", of=5, emoji="👍", on=False),
    ),
    (
        m.SetTopic(cid="", room="#geral", topic="avisos"),
        m.SetTopic(cid="c", room="#geral", topic="avisos"),
        m.Topic(id=9, to="#geral", from_="ana", ts=1, cid="c", topic="avisos"),
    ),
]


@pytest.mark.parametrize(("asked", "sent", "answer"), CHANGES, ids=["edit", "delete", "react", "topic"])
async def test_changes_go_through_the_outbox(
    server: FakeServer, dial: Dial, asked: Change, sent: m.Saying, answer: m.Change
) -> None:
    """Each kind of change waits in the outbox like what is said, until its own event acknowledges it."""
    async with dial() as client:
        caller = await server.accept()
        await heard(client, 3)
        cid = client.change(asked)
        request = await caller.hear(type(sent))
        assert request == msgspec.structs.replace(sent, cid=cid)
        caller.say(message(8, sender="ana", cid=cid))  # of another kind: it acknowledges nothing
        assert [type(event) for event in await heard(client, 1)] == [m.Message]
        assert [item.cid for item in client.pending] == [cid]
        answer = msgspec.structs.replace(answer, cid=cid)
        caller.say(answer)
        assert await heard(client, 1) == [answer]
        assert (client.pending, client.cursor) == ((), 9)


async def test_changing_returns_what_came_of_it(server: FakeServer, dial: Dial) -> None:
    """Whoever waits for a change gets its event, or the refusal."""
    async with dial() as client:
        caller = await server.accept()
        waiting = [
            asyncio.create_task(client.edit(5, "olá")),
            asyncio.create_task(client.delete(5)),
            asyncio.create_task(client.react(5, "👍")),
            asyncio.create_task(client.set_topic("#geral", "avisos")),
        ]
        requests = [await caller.next() for _ in waiting]
        cids = [request.cid for request in requests if isinstance(request, m.Saying)]
        for id, (cid, (_, _, answer)) in enumerate(zip(cids, CHANGES, strict=True), start=10):
            caller.say(msgspec.structs.replace(answer, cid=cid, id=id))
        outcomes = await within(asyncio.gather(*waiting))
        assert [type(event) for event in outcomes] == [type(answer) for _, _, answer in CHANGES]
        refused = asyncio.create_task(client.edit(6, "de outra pessoa"))
        caller.say(error(Code.NOT_ALLOWED, cid=(await caller.hear(m.Edit)).cid))
        with pytest.raises(Refused) as refusal:
            await within(refused)
        assert refusal.value.code == Code.NOT_ALLOWED


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (m.Edit(cid="", id=5, body=" "), Code.BODY_EMPTY),
        (m.Edit(cid="", id=5, body="x" * 5_000), Code.BODY_TOO_LONG),
        (m.React(cid="", id=5, emoji="dois dois"), Code.BAD_MESSAGE),
        (m.SetTopic(cid="", room="#geral", topic="x" * 201), Code.BAD_MESSAGE),
        (m.SetTopic(cid="", room="#geral", topic="a\nb"), Code.BAD_MESSAGE),
    ],
)
async def test_a_change_that_is_sure_to_be_refused_is_not_sent(
    server: FakeServer, dial: Dial, asked: Change, code: Code
) -> None:
    """What no server takes raises at once and waits nowhere."""
    async with dial() as client:
        await server.accept()
        with pytest.raises(Refused) as refused:
            client.change(asked)
        assert (refused.value.code, client.pending) == (code, ())


async def test_replies_and_acts_are_said(server: FakeServer, dial: Dial) -> None:
    """What answers a message, and what is done rather than said, goes out and waits as such."""
    async with dial() as client:
        caller = await server.accept()
        await heard(client, 3)
        cid = client.post("#geral", "acena", reply=7, act=True)
        assert await caller.hear(m.Send) == m.Send(cid=cid, to="#geral", body="acena", reply=7, act=True)
        assert await heard(client, 1) == [Pending(cid, "#geral", "acena", 1_000_000, reply=7, act=True)]


async def test_searching(server: FakeServer, dial: Dial) -> None:
    """The words go to the server as they are asked for, and its answer comes back."""
    async with dial() as client:
        caller = await server.accept()
        searching = asyncio.create_task(client.search("bolo", room="#geral", before=50))
        asked = await caller.hear(m.Search)
        assert asked == m.Search(ref=asked.ref, text="bolo", room="#geral", before=50, limit=20)
        caller.say(m.Found(ref=asked.ref, messages=[message(3, "bolo!")], more=True))
        assert (await within(searching)).messages == [message(3, "bolo!")]
