"""With a folder on disk a client goes on where it was: what it read, what it wrote, who it was."""

import asyncio
from pathlib import Path
from random import Random

import pytest

from chat import messages as m
from chat.client import (
    ConnectFailed,
    Connection,
    Disconnected,
    Failed,
    FoundHere,
    Missed,
    NameRefused,
    PageHere,
    Pending,
    Refused,
    keeping,
)
from chat.errors import Code
from tests.client.conftest import Dial
from tests.client.kept import ids, left, read_some, taken
from tests.fakes import Caller, FakeServer, error, message, refuse, until, within


async def test_a_restart_resumes(server: FakeServer, dial: Dial, folder: Path) -> None:
    """The next program says how far the one before it has read, in which history, where and who it was."""
    await read_some(server, dial, folder, m.Joined(room="#jogos", users=["ana"]), message(11), message(12))
    async with dial(folder=folder) as client:
        hello = (await server.accept()).hello
        assert (hello.after, hello.log, hello.session) == (12, "log-1", "secret")
        assert hello.rooms == ["#geral", "#jogos"]
        assert client.kept


async def test_opening_without_a_connection(server: FakeServer, dial: Dial, folder: Path) -> None:
    """Once welcomed, a client opens with the lines it had, and connects when it can."""
    await read_some(server, dial, folder, message(11), message(12, "tchau"))
    server.greeting = Caller.cut
    async with dial(folder=folder, offline=True) as client:
        assert client.connection is not Connection.OPEN
        state = client.make_state()
        assert (list(state.talks), state.lobby, state.log, state.cursor) == (
            ["#geral"],
            "#geral",
            "log-1",
            12,
        )
        state.apply((await taken(client, PageHere))[-1], 0)
        assert [line.body for line in state.talks["#geral"].lines] == ["oi", "tchau"]
        assert not state.talks["#geral"].joined
        await until(lambda: client.connection is Connection.WAITING)
        server.greeting = Caller.welcome
        client.retry()
        await until(lambda: client.connection is Connection.OPEN)


async def test_the_first_time_the_connection_is_waited_for(
    server: FakeServer, dial: Dial, folder: Path, tmp_path: Path
) -> None:
    """With nothing to show there is no use in opening; a failure is said, and leaves no folder behind."""
    server.greeting = Caller.cut
    with pytest.raises(ConnectFailed):
        await within(dial(folder=folder, offline=True).__aenter__())
    assert left(tmp_path) == []
    server.greeting = refuse(Code.NAME_TAKEN)
    with pytest.raises(NameRefused):
        await within(dial(folder=folder, offline=True).__aenter__())
    assert left(tmp_path) == []


async def test_a_name_refused_later_is_tried_for(server: FakeServer, dial: Dial, folder: Path) -> None:
    """With something to show a refused name is a reason for waiting, which is told."""
    await read_some(server, dial, folder, message(11))
    server.greeting = refuse(Code.NAME_TAKEN)
    async with dial(folder=folder, offline=True) as client:
        await until(lambda: client.connection is Connection.WAITING)
        events = [await within(anext(client)) for _ in range(3)]
        assert getattr(events[-1], "reason", None) == "name_taken"


async def test_what_was_not_dealt_with_comes_again(server: FakeServer, dial: Dial, folder: Path) -> None:
    """What was kept but never iterated before the end is iterated by the next program, in its order."""
    async with dial(folder=folder) as client:
        caller = await server.accept()
        caller.say(message(11), message(12), message(13))
        edited = m.Edited(id=14, to="#geral", from_="bia", ts=1, cid="e", of=11, body="nova")
        caller.say(edited)
        await until(lambda: client.cursor == 14)
        assert ids(await taken(client, m.Message, 2)) == [11, 12]  # 12 was not dealt with
    server.greeting = Caller.cut
    async with dial(folder=folder, offline=True) as client:
        events = await taken(client, m.Edited)
        assert ids(events) == [12, 13, 14]
        page = events[0]
        assert isinstance(page, PageHere)
        assert [(one.id, one.body, one.edited) for one in page.messages] == [(11, "nova", True)]


async def test_too_much_that_was_not_dealt_with_is_read_as_history(
    server: FakeServer, dial: Dial, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the bound it is said that something was missed; all of it is there to be read."""
    monkeypatch.setattr(keeping, "AGAIN", 3)
    async with dial(folder=folder) as client:
        caller = await server.accept()
        caller.say(*(message(id) for id in range(11, 20)))
        await until(lambda: client.cursor == 19)
    server.greeting = Caller.cut
    async with dial(folder=folder, offline=True) as client:
        assert isinstance((await taken(client, Missed))[-1], Missed)
        page = await client.history("#geral")
        assert [one.id for one in page.messages] == list(range(11, 20))


async def test_what_is_unread_survives(server: FakeServer, dial: Dial, folder: Path) -> None:
    """How much is unread in a talk, mentions too, and how far it was read, is known the next time."""
    async with dial(folder=folder) as client:
        caller = await server.accept()
        state = client.make_state()
        caller.say(m.Joined(room="#jogos", users=["ana"]), message(11), message(12, "ana?", to="#jogos"))
        for event in await taken(client, m.Message, 2):
            state.apply(event, 0)
        state.read("#geral")
        caller.say(message(13, to="@ana"), message(14))
        for event in await taken(client, m.Message, 2):
            state.apply(event, 0)
        client._keeping.handled(client._last)
    server.greeting = Caller.cut
    async with dial(folder=folder, offline=True) as client:
        talks = client.make_state().talks
        counts = {key: (talk.unread, talk.mentions, talk.seen) for key, talk in talks.items()}
        assert counts == {"#geral": (1, 0, 11), "#jogos": (1, 1, 0), "@bia": (1, 0, 0)}


async def test_written_offline_goes_out_once_in_order(server: FakeServer, dial: Dial, folder: Path) -> None:
    """Lines and changes that were written without a connection, in two programs, wait in their order."""
    await read_some(server, dial, folder, message(11))
    server.greeting = Caller.cut
    async with dial(folder=folder, offline=True) as client:
        client.post("#geral", "um", reply=11)
        client.change(m.React(cid="", id=11, emoji="👍"))
    async with dial(folder=folder, offline=True, rng=Random(2)) as client:
        client.post("@bia", "acena", act=True)
        assert [item.body for item in client.pending] == ["um", "👍", "acena"]
        state = client.make_state()
        assert [line.body for line in state.talks["#geral"].lines] == ["um"]
    server.greeting = Caller.welcome
    async with dial(folder=folder, offline=True) as client:
        while (caller := await server.accept()).link.closing:
            pass
        first, second, third = [await caller.next() for _ in range(3)]
        assert isinstance(first, m.Send)
        assert (first.body, first.reply) == ("um", 11)
        assert isinstance(second, m.React)
        assert (second.id, second.emoji, second.on) == (11, "👍", True)
        assert isinstance(third, m.Send)
        assert (third.to, third.body, third.act) == ("@bia", "acena", True)
        caller.acknowledge(first, 12)
        reacted = m.Reacted(id=13, to="#geral", from_="ana", ts=1, cid=second.cid, of=11, emoji="👍")
        caller.say(reacted, error("no_such_user", cid=third.cid))
        await until(lambda: not client.pending)
        assert [(item.body, item.code) for item in client.failed] == [("acena", "no_such_user")]
    async with dial(folder=folder, rng=Random(3)) as client:
        assert client.pending == ()
        state = client.make_state()
        (failed,) = state.talks["@bia"].lines
        assert (failed.body, failed.code) == ("acena", "no_such_user")
        events = await taken(client, Failed)
        assert isinstance(events[-2], Pending)
        cid = client.again(failed.cid)
        assert [item.cid for item in client.pending] == [cid]
        assert client.again("never") is None
        client.discard("never")
        assert client.failed == ()


async def test_what_failed_can_be_forgotten(server: FakeServer, dial: Dial, folder: Path) -> None:
    """What was discarded is not there the next time."""
    async with dial(folder=folder) as client:
        caller = await server.accept()
        cid = client.post("#geral", "oi")
        caller.say(error("not_allowed", cid=(await caller.hear(m.Send)).cid))
        await until(lambda: bool(client.failed))
        client.discard(cid)
    async with dial(folder=folder) as client:
        assert client.failed == ()


async def test_pages_that_are_whole_are_not_asked_for(server: FakeServer, dial: Dial, folder: Path) -> None:
    """What came by itself or was read before needs no round trip; the rest is asked for, and then kept."""
    async with dial(folder=folder) as client:
        caller = await server.accept()
        caller.say(*(message(id) for id in range(11, 21)))
        await until(lambda: client.cursor == 20)
        newest = await within(client.history("#geral", limit=5))
        assert isinstance(newest, PageHere)
        assert (newest.whole, newest.more, [one.id for one in newest.messages]) == (
            True,
            True,
            [16, 17, 18, 19, 20],
        )
        asking = asyncio.create_task(client.history("#geral", before=11, limit=3))
        asked = await caller.hear(m.History)
        caller.say(m.HistoryPage(ref=asked.ref, messages=[message(id) for id in (3, 5)], more=False))
        assert not isinstance(await within(asking), PageHere)
        again = await within(client.history("#geral", before=16, limit=20))
        assert isinstance(again, PageHere)
        assert [one.id for one in again.messages] == [3, 5, 11, 12, 13, 14, 15]
        assert not again.more


async def test_reading_and_searching_without_a_connection(
    server: FakeServer, dial: Dial, folder: Path
) -> None:
    """The copy answers as well as it can, and says so."""
    said = [message(11, "bolo de cenoura"), message(12, "sopa"), message(13, "bolo?", to="@ana")]
    await read_some(server, dial, folder, *said)
    server.greeting = Caller.cut
    async with dial(folder=folder, offline=True) as client:
        page = await within(client.history("#geral"))
        assert isinstance(page, PageHere)
        assert ([one.id for one in page.messages], page.more) == ([11, 12], True)
        private = await within(client.history(with_="Bia"))
        assert [one.body for one in private.messages] == ["bolo?"]
        for where, expected in (({}, [11, 13]), ({"room": "#geral"}, [11]), ({"with_": "bia"}, [13])):
            found = await within(client.search("bolo", **where))  # type: ignore[arg-type]
            assert isinstance(found, FoundHere)
            assert [one.id for one in found.messages] == expected
        assert (await client.search("bolo", room="bolo")).messages == []
        context = await within(client.around(said[0], limit=4))
        assert ([one.id for one in context.messages], context.here) == ([11, 12], True)
        with pytest.raises(Disconnected):
            await client.around(message(99))
        with pytest.raises(Disconnected):
            await client.history("geral")
        with pytest.raises(Disconnected):
            await client.who()


async def test_without_a_folder_there_is_nothing_to_read_offline(server: FakeServer, dial: Dial) -> None:
    """A client in memory asks the server or nobody, and keeps its notes as long as it lives."""
    async with dial() as client:
        caller = await server.accept()
        asking = asyncio.create_task(client.around(message(11), limit=6))
        for direction in ("before", "after"):
            asked = await caller.hear(m.History)
            assert (getattr(asked, direction), asked.limit, asked.room) == (11, 3, "#geral")
            caller.say(m.HistoryPage(ref=asked.ref, messages=[], more=direction == "before"))
        context = await within(asking)
        assert (context.messages, context.older, context.newer, context.here) == (
            [message(11)],
            True,
            False,
            False,
        )
        assert not client.kept
        client.notes.draft("#geral", "meio")
        assert client.notes.drafts == {"#geral": "meio"}
        caller.cut()
        await until(lambda: client.connection is not Connection.OPEN)
        with pytest.raises(Disconnected):
            await client.search("bolo")
        with pytest.raises(Disconnected):
            await client.history("#geral")
        with pytest.raises(Disconnected):
            await client.around(message(11))


async def test_context_is_not_iterated(server: FakeServer, dial: Dial) -> None:
    """What stands around something found belongs to no talk that is shown: nobody else is told."""
    async with dial() as client:
        caller = await server.accept()
        asking = asyncio.create_task(client.around(message(11, to="@ana"), limit=2))
        for _ in range(2):
            asked = await caller.hear(m.History)
            assert asked.with_ == "bia"
            caller.say(m.HistoryPage(ref=asked.ref, messages=[message(3, to="@ana")], more=False))
        await within(asking)
        caller.say(message(20))
        events = await taken(client, m.Message)
        assert not any(isinstance(event, m.HistoryPage) for event in events)


async def test_nothing_can_be_said_again_after_the_end(server: FakeServer, dial: Dial) -> None:
    """A client that is closed says nothing, new or old."""
    async with dial() as client:
        await server.accept()
    with pytest.raises(Disconnected):
        client.again("x")
    with pytest.raises((Disconnected, Refused)):
        client.change(m.Delete(cid="", id=1))
