"""Rooms and rights from the client library, over a real server; and a client that is told to slow down."""

import asyncio

import pytest

from chat.client import (
    Client,
    Connection,
    Disconnected,
    Person,
    Rank,
    Refused,
    RoomKind,
    connect,
)
from chat.client.identity import made
from tests.client.test_with_server import Listener
from tests.clients import SOON
from tests.fakes import until, within
from tests.servers import Running, Start


def known(running: Running, user: str, *rooms: str) -> Client:
    """A client with a key of its own."""
    identity = made()
    return connect("127.0.0.1", running.port, user=user, identity=identity, rooms=rooms, timings=SOON)


async def refusal(asked: object) -> tuple[str, str | None]:
    """The code with which something is refused, and why."""
    with pytest.raises(Refused) as refused:
        await within(asked)  # type: ignore[arg-type]
    return refused.value.code, refused.value.why


async def test_looking_after_a_room(running: Running) -> None:
    """An owner does all there is to do; everybody's state knows kind, roles, guests and slow mode."""
    async with known(running, "dona", "#sala") as dona, known(running, "ana", "#sala") as ana:
        visitor = connect("127.0.0.1", running.port, user="visita", rooms=["#sala"], timings=SOON)
        async with visitor as guest:
            first, second, third = Listener(dona), Listener(ana), Listener(guest)
            assert await within(ana.people("#sala")) == [
                Person("ana"),
                Person("dona", "owner"),
                Person("visita", guest=True),
            ]
            await within(guest.people("#sala"))
            assert (await within(dona.set_role("#sala", "ana", Rank.MODERATOR))).what == "moderator"
            await until(lambda: second.state.talks["#sala"].role == "moderator")
            await within(ana.slow("#sala", 60))
            await until(lambda: third.state.talks["#sala"].slow == 60)
            assert third.state.talks["#sala"].roles == {"dona": "owner", "ana": "moderator"}
            assert third.state.talks["#sala"].guests == {"visita"}
            await within(guest.send("#sala", "uma"))
            assert await refusal(guest.send("#sala", "duas")) == ("slow_down", "slow_mode")
            await within(guest.send("#geral", "à vontade"))
            await within(ana.mute("#sala", "visita", 60))
            assert await refusal(guest.send("#sala", "três")) == ("not_allowed", "muted")
            assert await refusal(guest.kick("#sala", "ana")) == ("not_allowed", "role")
            assert await refusal(ana.kick("#sala", "dona")) == ("not_allowed", "rank")
            await within(dona.set_kind("#sala", RoomKind.PRIVATE))
            await until(lambda: third.state.talks["#sala"].kind == "private")
            await within(ana.kick("#sala", "visita"))
            await until(lambda: not third.state.talks["#sala"].joined)
            assert await refusal(guest.history("#sala")) == ("not_allowed", "unseen")
            standings = {one.user: one.role for one in await within(dona.roster("#sala"))}
            assert standings == {"dona": "owner", "ana": "moderator", "visita": ""}
            page = await within(dona.log("#sala", limit=2))
            assert [(deed.by, deed.did, deed.user) for deed in page.deeds] == [
                ("dona", "kind", ""),
                ("ana", "kick", "visita"),
            ]
            assert page.more
            for listener in (first, second, third):
                listener.task.cancel()


async def test_another_owner_in_the_state(running: Running) -> None:
    """Who gave a room away is shown as a moderator from then on, here and there."""
    async with known(running, "dona", "#sala") as dona, known(running, "ana", "#sala") as ana:
        first, second = Listener(dona), Listener(ana)
        await within(dona.people("#sala"))
        await within(dona.set_role("#sala", "ana", Rank.OWNER))
        await until(lambda: second.state.talks["#sala"].role == "owner")
        await until(lambda: first.state.talks["#sala"].roles == {"ana": "owner", "dona": "moderator"})
        assert first.state.talks["#sala"].role == "moderator"
        for listener in (first, second):
            listener.task.cancel()


async def test_who_is_kicked_does_not_come_back_by_itself(running: Running) -> None:
    """After a kick the room is not asked for again when the connection is made anew; other rooms are."""
    async with known(running, "dona", "#sala") as dona, known(running, "ana", "#sala", "#outra") as ana:
        listener = Listener(ana)
        await within(dona.kick("#sala", "ana"))
        await until(lambda: not listener.state.talks["#sala"].joined)
        (seat,) = [seat for seat in running.server.seats if seat.user == "ana"]
        seat.link.abort()
        await until(lambda: ana.connection is not Connection.OPEN)
        await until(lambda: ana.connection is Connection.OPEN)
        assert ana.welcome is not None
        assert [room.name for room in ana.welcome.rooms] == ["#geral", "#outra"]
        listener.task.cancel()


async def test_sent_off_for_good(running: Running) -> None:
    """Who is banned from the lobby is told so, and does not try again."""
    async with known(running, "dona") as dona, known(running, "ana") as ana:
        listener = Listener(ana)
        user = running.server.core.hub.people.named("dona")
        assert user is not None
        running.server.core.hub.operators.add(user.identity)
        await within(dona.ban("#geral", "ana"))
        await until(lambda: ana.connection is Connection.CLOSED)
        await until(lambda: listener.state.reason == "banned")
        with pytest.raises(Disconnected):
            await within(ana.send("#geral", "oi"))
        listener.task.cancel()


async def test_slow_down_loses_and_reorders_nothing(start: Start) -> None:
    """What is pasted faster than one may say it arrives whole, once and in order, just slower."""
    running = await start(exempt_loopback=False, send_burst=5, send_rate=200.0)
    async with (
        connect("127.0.0.1", running.port, user="ana", timings=SOON) as ana,
        connect("127.0.0.1", running.port, user="bia", timings=SOON) as bia,
    ):
        heard: list[str] = []

        async def listen() -> None:
            async for event in bia:
                body = getattr(event, "body", None)
                if body is not None:
                    heard.append(body)

        listening = asyncio.create_task(listen())
        said = [f"{number} {'x' * 200}" for number in range(400)]
        for body in said:
            ana.post("#geral", body)
        await until(lambda: len(heard) == len(said))
        assert heard == said
        assert not ana.failed
        listening.cancel()


async def test_slow_down_over_a_cut(start: Start) -> None:
    """A connection that is lost while the server holds back changes nothing of that."""
    running = await start(exempt_loopback=False, send_burst=3, send_rate=100.0)
    async with connect("127.0.0.1", running.port, user="ana", timings=SOON) as ana:
        said = [str(number) for number in range(60)]
        for body in said:
            ana.post("#geral", body)
        for part in (10, 30):
            await until(lambda part=part: running.server.core.hub.head >= part)  # type: ignore[misc]
            for seat in list(running.server.seats):
                seat.link.abort()
        await until(lambda: not ana.pending)
        page = await within(ana.history("#geral", limit=100))
        assert [message.body for message in page.messages] == said
