"""What a program asks through a client, against a scripted server: each answer to whoever asked."""

import asyncio

import pytest

from chat import messages as m
from chat.client import (
    Disconnected,
    Refused,
    asking,
)
from tests.client.conftest import Dial
from tests.client.hearing import heard
from tests.fakes import FakeClock, FakeServer, error, message, within


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


async def test_searching(server: FakeServer, dial: Dial) -> None:
    """The words go to the server as they are asked for, and its answer comes back."""
    async with dial() as client:
        caller = await server.accept()
        searching = asyncio.create_task(client.search("bolo", room="#geral", before=50))
        asked = await caller.hear(m.Search)
        assert asked == m.Search(ref=asked.ref, text="bolo", room="#geral", before=50, limit=20)
        caller.say(m.Found(ref=asked.ref, messages=[message(3, "bolo!")], more=True))
        assert (await within(searching)).messages == [message(3, "bolo!")]
