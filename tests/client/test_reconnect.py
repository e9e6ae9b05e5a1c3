"""A connection that is lost is made anew, and the conversation goes on where it was."""

import asyncio

import pytest

from chat import messages as m
from chat.client import (
    Client,
    ClientEvent,
    Connection,
    ConnectionChanged,
    Disconnected,
    Pending,
    Reset,
    State,
)
from chat.errors import Code
from tests.client.conftest import Dial
from tests.fakes import Caller, FakeClock, FakeServer, message, refuse, until, within
from tests.patience import PATIENCE

RETRY = 0.5
"""The first wait is at most so long, in seconds."""


async def back(server: FakeServer, clock: FakeClock) -> Caller:
    """The next connection, after the client has waited for its turn."""
    await clock.sleeps(RETRY)
    clock.advance(RETRY)
    return await server.accept()


async def messages(client: Client, count: int) -> list[int]:
    """The ids of the next messages iterated, whatever else comes between."""
    ids: list[int] = []
    async with asyncio.timeout(PATIENCE):
        while len(ids) < count:
            event = await anext(client)
            if isinstance(event, m.Message):
                ids.append(event.id)
    return ids


async def test_a_lost_connection_comes_back_with_its_cursor(
    server: FakeServer, dial: Dial, clock: FakeClock
) -> None:
    """After a cut the client says how far it has seen, in which history, where it was, and who it was."""
    async with dial() as client:
        caller = await server.accept()
        caller.say(m.Joined(room="#jogos", users=["ana"]), message(11), message(12))
        assert await messages(client, 2) == [11, 12]
        caller.cut()
        caller = await back(server, clock)
        hello = caller.hello
        assert (hello.user, hello.after, hello.log, hello.session) == ("ana", 12, "log-1", "secret")
        assert hello.rooms == ["#geral", "#jogos"]
        caller.say(message(12), message(13))
        assert await messages(client, 1) == [13]


async def test_each_turn_of_the_connection_is_told(server: FakeServer, dial: Dial, clock: FakeClock) -> None:
    """Waiting, trying and being back are events, with the reason and the wait."""
    async with dial() as client:
        caller = await server.accept()
        for _ in range(3):
            await anext(client)
        caller.say(m.ByeEvent(reason="shutting_down"))
        bye, waiting = await anext(client), await anext(client)
        assert bye == m.ByeEvent(reason="shutting_down")
        assert isinstance(waiting, ConnectionChanged)
        assert (waiting.connection, waiting.reason, waiting.attempt) == (
            Connection.WAITING,
            "shutting_down",
            1,
        )
        assert 0 < waiting.delay <= RETRY
        await back(server, clock)
        assert await anext(client) == ConnectionChanged(Connection.CONNECTING, "shutting_down", 1)
        assert await anext(client) == ConnectionChanged(Connection.OPEN, None, 1)
        assert isinstance(await anext(client), m.Welcome)


async def test_what_was_not_acknowledged_is_sent_again(
    server: FakeServer, dial: Dial, clock: FakeClock
) -> None:
    """C14: After a cut all of it goes again, in order, under the same `cid`s; `send` never noticed."""
    async with dial() as client:
        caller = await server.accept()
        sending = [asyncio.create_task(client.send("#geral", body)) for body in ("um", "dois", "três")]
        first = [await caller.hear(m.Send) for _ in range(3)]
        caller.acknowledge(first[0], 1)
        await within(sending[0])
        caller.cut()
        await clock.sleeps(RETRY)
        client.post("#geral", "quatro")
        caller = await back(server, clock)
        again = []
        for id in (2, 3, 4):
            again.append(await caller.hear(m.Send))
            caller.acknowledge(again[-1], id)
        assert again[:2] == first[1:]
        assert again[2].body == "quatro"
        assert [(await within(one)).id for one in sending] == [1, 2, 3]
        assert await messages(client, 4) == [1, 2, 3, 4]


async def test_what_arrived_before_the_cut_is_not_sent_again(
    server: FakeServer, dial: Dial, clock: FakeClock
) -> None:
    """If the replay brings the acknowledgement, it counts, and is iterated once."""
    async with dial() as client:
        caller = await server.accept()
        sending = asyncio.create_task(client.send("#geral", "oi"))
        send = await caller.hear(m.Send)
        caller.cut()
        caller = await back(server, clock)
        stored = message(5, "oi", sender="ana", cid=send.cid)
        caller.say(message(4), stored, message(6))
        assert (await within(sending)).id == 5
        caller.say(stored, message(7))
        assert await messages(client, 4) == [4, 5, 6, 7]


async def test_an_early_answer_to_a_repeated_send_skips_nothing(
    server: FakeServer, dial: Dial, clock: FakeClock
) -> None:
    """The repeat is answered before the replay reaches it, then the connection is cut once more."""
    async with dial() as client:
        caller = await server.accept()
        sending = asyncio.create_task(client.send("#geral", "oi"))
        send = await caller.hear(m.Send)
        caller.cut()
        caller = await back(server, clock)
        caller.acknowledge(await caller.hear(m.Send), 9)
        assert (await within(sending)).id == 9
        caller.say(message(3))
        assert await messages(client, 2) == [9, 3]
        caller.cut()
        caller = await back(server, clock)
        assert caller.hello.after == 3
        caller.say(message(4), message(9, "oi", sender="ana", cid=send.cid), message(10))
        assert await messages(client, 2) == [4, 10]


async def test_a_replaced_history_is_said(server: FakeServer, dial: Dial, clock: FakeClock) -> None:
    """C16: Another log: the state drops its lines and keeps the outbox; smaller ids are new again."""
    state = State("ana")

    def apply(event: ClientEvent) -> ClientEvent:
        state.apply(event, 0)
        return event

    async with dial() as client:
        caller = await server.accept()
        caller.say(message(50), message(51))
        client.post("#geral", "oi")
        await caller.hear(m.Send)
        server.greeting = lambda caller: caller.welcome(log="log-2", head=3, reset=True)
        caller.cut()
        caller = await back(server, clock)
        assert caller.hello.after == 51
        send = await caller.hear(m.Send)
        caller.say(message(2), message(4))
        caller.acknowledge(send, 5)
        seen = []
        async with asyncio.timeout(PATIENCE):
            while not any(line.id == 5 for talk in state.talks.values() for line in talk.lines):
                seen.append(apply(await anext(client)))
        kinds = [type(event) for event in seen]
        assert kinds.index(Reset) == kinds.index(m.Welcome, 3) - 1
        assert [line.id for line in state.talks["#geral"].lines] == [4, 5]  # 2 is below the new head
        assert (state.log, state.cursor, client.cursor) == ("log-2", 4, 4)


async def test_a_name_taken_meanwhile_is_tried_for(server: FakeServer, dial: Dial, clock: FakeClock) -> None:
    """On coming back a refused name is no reason to give up: the old session may hang there still."""
    async with dial() as client:
        caller = await server.accept()
        server.greeting = refuse(Code.NAME_TAKEN)
        caller.cut()
        await back(server, clock)
        server.greeting = Caller.welcome
        await clock.sleeps(1.0)
        clock.advance(1.0)
        await server.accept()
        await until(lambda: client.connection is Connection.OPEN)
        reasons = []
        while True:
            event = await anext(client)
            if isinstance(event, ConnectionChanged):
                reasons.append(event.reason)
                if event.attempt == 2 and event.connection is Connection.OPEN:
                    break
        assert reasons == [None, None, "closed", "closed", "name_taken", "name_taken", None]


@pytest.mark.parametrize("reason", ["replaced", "kicked", "banned"])
async def test_who_is_sent_away_stays_away(server: FakeServer, dial: Dial, reason: str) -> None:
    """Coming back by itself would throw out the other session, or be rude: it is the end."""
    async with dial() as client:
        caller = await server.accept()
        sending = asyncio.create_task(client.send("#geral", "oi"))
        await caller.hear(m.Send)
        caller.say(m.ByeEvent(reason=reason))
        events = [event async for event in client]
        assert events[-1] == ConnectionChanged(Connection.CLOSED, reason)
        with pytest.raises(Disconnected) as lost:
            await within(sending)
        assert lost.value.reason == reason
        with pytest.raises(Disconnected):
            client.post("#geral", "oi")


async def test_waits_grow_while_the_server_only_welcomes(
    server: FakeServer, dial: Dial, clock: FakeClock
) -> None:
    """C10: a server that welcomes and closes is called ever more seldom; a minute forgives."""
    waits: list[float] = []
    async with dial() as client:
        for _ in range(12):
            (await server.accept()).cut()
            while client.connection is not Connection.WAITING:
                await anext(client)
            await clock.sleeps(60.0)
            waits.append(clock.sleeping[-1])
            clock.advance(60.0)
            await until(lambda: client.connection is Connection.OPEN)
        assert max(waits) > 20.0
        assert max(waits[:3]) <= 2.0
        caller = await server.accept()
        clock.advance(60.0)
        caller.cut()
        await until(lambda: client.connection is Connection.WAITING)
        await clock.sleeps(RETRY)


async def test_trying_now(server: FakeServer, dial: Dial) -> None:
    """Whoever does not want to wait need not."""
    async with dial() as client:
        (await server.accept()).cut()
        await until(lambda: client.connection is Connection.WAITING)
        client.retry()
        await server.accept()
        await until(lambda: client.connection is Connection.OPEN)


async def test_leaving_while_waiting(server: FakeServer, dial: Dial) -> None:
    """Closing between two tries is at once, and gives back what waits."""
    async with dial() as client:
        (await server.accept()).cut()
        await until(lambda: client.connection is Connection.WAITING)
        cid = client.post("#geral", "oi")
        assert [item.cid for item in await client.close()] == [cid]
        assert Pending(cid, "#geral", "oi", 1_000_000) in [event async for event in client]


async def test_a_quiet_server_is_asked_and_then_left(
    server: FakeServer, dial: Dial, clock: FakeClock
) -> None:
    """A peer that vanished without a word is noticed within 40 s, and the client comes back."""
    async with dial() as client:
        caller = await server.accept()
        await clock.sleeps(10.0)
        clock.advance(20.0)
        await caller.hear(m.Ping)
        await clock.sleeps(10.0)
        clock.advance(10.0)
        await clock.sleeps(10.0)
        clock.advance(10.0)
        await within(caller.gone())
        await until(lambda: client.connection is Connection.WAITING)
        await back(server, clock)
        reasons = {
            event.reason for event in [await anext(client) for _ in range(5)] if hasattr(event, "reason")
        }
        assert "no_answer" in reasons


async def test_a_pong_keeps_the_connection(server: FakeServer, dial: Dial, clock: FakeClock) -> None:
    """A server that answers is there, for as long as it does."""
    async with dial() as client:
        caller = await server.accept()
        for _ in range(5):
            await clock.sleeps(10.0)
            clock.advance(20.0)
            await caller.hear(m.Ping)
            caller.say(m.PongEvent(), message(client.cursor + 1 if client.cursor is not None else 1))
            await messages(client, 1)
        assert client.connection is Connection.OPEN
        assert len(server.callers) == 1


async def test_a_ping_is_answered(server: FakeServer, dial: Dial) -> None:
    """The server's heartbeat gets its answer and is not iterated."""
    async with dial() as client:
        caller = await server.accept()
        caller.say(m.PingEvent(), message(1))
        await caller.hear(m.Pong)
        events = [await anext(client) for _ in range(4)]
        assert [type(event) for event in events] == [
            ConnectionChanged,
            ConnectionChanged,
            m.Welcome,
            m.Message,
        ]


async def test_a_slow_reader_is_not_taken_for_a_dead_server(
    server: FakeServer, dial: Dial, clock: FakeClock
) -> None:
    """While the client itself reads nothing, hours of silence mean nothing."""
    async with dial() as client:
        caller = await server.accept()
        await anext(client)
        caller.say(*(message(id) for id in range(1, 2_001)))
        await until(lambda: not client._exchange.inbox.calm)
        for _ in range(10):
            await clock.sleeps(10.0)
            clock.advance(3_600.0)
        assert await messages(client, 2_000) == list(range(1, 2_001))
        assert client.connection is Connection.OPEN
