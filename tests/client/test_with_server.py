"""Clients and the real server, over real sockets: they talk, are cut, and miss nothing."""

import asyncio
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

import chat.client
from chat import messages as m
from chat.client import (
    Client,
    Connection,
    ConnectionChanged,
    NameRefused,
    Refused,
    Reset,
    State,
    connect,
)
from chat.history.sqlite import SqliteHistory
from chat.hub.outbox import Outbox
from chat.hub.people import User
from chat.registry.sqlite import SqliteRegistry
from chat.server.server import Server
from tests.client.cutter import cutter
from tests.clients import SOON, unhurried
from tests.fake_history import FakeHistory
from tests.fakes import until, within
from tests.servers import Recorder, Running, Start

"""A test does not wait half a second for each try."""


class Listener:
    """A program that does nothing but listen."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.state = State(client.user)
        self.ids: list[int] = []
        self.resets = 0
        self.task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for event in self.client:
            self.state.apply(event, 0)
            if isinstance(event, m.Message):
                self.ids.append(event.id)
            self.resets += isinstance(event, Reset)


async def everybody(clients: Iterable[Client]) -> None:
    """Wait until all are connected."""
    for client in clients:
        await until(lambda client=client: client.connection is Connection.OPEN)  # type: ignore[misc]


async def test_two_talk(running: Running) -> None:
    """What one says in a room or in private, the other reads, in one order, and the history keeps it."""
    async with (
        connect("127.0.0.1", running.port, user="Ana") as ana,
        connect("127.0.0.1", running.port, user="bia", rooms=["#jogos"]) as bia,
    ):
        listener = Listener(bia)
        public = await within(ana.send("#geral", "oi, gente"))
        private = await within(ana.send("@bia", "só para você"))
        await within(ana.join("#Jogos"))
        last = await within(bia.send("#jogos", "xeque"))
        await until(lambda: listener.ids == [public.id, private.id, last.id])
        assert await within(ana.who("#jogos")) == ["Ana", "bia"]
        assert {room.name: room.members for room in await within(ana.rooms())} == {"#geral": 2, "#jogos": 2}
        assert (await within(ana.history("#geral"))).messages == [public]
        assert (await within(bia.history(with_="ana"))).messages == [private]
        assert (await within(bia.history(with_="@Ana"))).with_ == "Ana"
        assert await within(ana.ping()) >= 0
        assert set(listener.state.talks) == {"#geral", "#jogos", "@ana"}
        assert [line.body for line in listener.state.talks["@ana"].lines] == ["só para você"]
        await within(ana.leave("#jogos"))
        with pytest.raises(Refused, match="not in that room"):
            await within(ana.send("#jogos", "mate"))
        with pytest.raises(Refused) as refused:
            await within(ana.leave("#geral"))
        assert refused.value.code == "not_allowed"
    assert [event for event in running.console.events if event[0] == "gone"] == [
        ("gone", "bia", "bye"),
        ("gone", "Ana", "bye"),
    ]


async def test_the_bot_of_the_documentation(running: Running) -> None:
    """The example in the library's own documentation does what is said of it."""
    _, _, example = (chat.client.__doc__ or "").partition(":\n\n")
    code = textwrap.dedent(example.partition("\n\nA screen")[0])
    assert len(code.splitlines()) <= 16
    names: dict[str, Any] = {}
    code = code.replace('"localhost", 10101', f'"127.0.0.1", {running.port}').replace(
        "asyncio.run(main())", ""
    )
    exec(code, names)
    async with connect("127.0.0.1", running.port, user="ana", rooms=["#bots"]) as ana:
        bot = asyncio.create_task(names["main"]())
        said: list[str] = []
        while len(said) < 3:
            event = await within(anext(ana))
            if isinstance(event, m.Message):
                said.append(event.body)
                if event.from_ == "eco" and len(said) == 1:
                    ana.post("#bots", "oi")
        assert said == ["oi, gente", "oi", "oi, ana"]
        bot.cancel()
        await asyncio.wait({bot})


async def test_names_are_taken(running: Running) -> None:
    """A second one of a name is refused, until the first has left."""
    async with connect("127.0.0.1", running.port, user="ana"):
        for user, code in (("ANA", "name_taken"), ("a b", "bad_name"), (None, "bad_name")):
            with pytest.raises(NameRefused) as refused:
                await within(connect("127.0.0.1", running.port, user=user).__aenter__())
            assert refused.value.code == code
    async with connect("127.0.0.1", running.port, user="ANA") as again:
        assert again.user == "ANA"


async def test_rooms_that_are_none_do_not_keep_anybody_out(running: Running) -> None:
    """Of the rooms asked for at the start those that may be are joined, and the error is told."""
    async with connect("127.0.0.1", running.port, user="ana", rooms=["#a b", "#jogos"]) as client:
        listener = Listener(client)
        await until(lambda: "#jogos" in listener.state.talks)
        assert client.joined == ("#geral", "#jogos")


async def test_a_cut_loses_nothing(running: Running) -> None:
    """What others said meanwhile comes in order; what was said meanwhile goes out once."""
    async with (
        cutter(running.port) as way,
        connect("127.0.0.1", running.port, user="ana") as ana,
        connect(
            "127.0.0.1", way.port, user="bia", timings=unhurried(first_retry=3_600.0, last_retry=3_600.0)
        ) as bia,
    ):
        listener = Listener(bia)
        await within(bia.join("#jogos"))
        await within(ana.join("#jogos"))
        way.cut()
        await until(lambda: bia.connection is Connection.WAITING)
        sending = asyncio.create_task(bia.send("#jogos", "estou aqui?"))
        for number in range(300):
            await within(ana.send("#jogos" if number % 2 else "#geral", f"m{number}"))
        bia.retry()
        last = await within(sending)
        await until(lambda: listener.ids == list(range(1, 302)))
        assert last.id == 301
        assert running.server.core.hub.head == 301


@pytest.mark.parametrize("seed", range(4))
async def test_cuts_at_any_byte(running: Running, seed: int) -> None:
    """Two talk while the way breaks again and again: both end with the whole history, each line once."""
    each = 150
    async with (
        cutter(running.port, seed) as way,
        connect("127.0.0.1", way.port, user="ana", timings=SOON) as ana,
        connect("127.0.0.1", way.port, user="bia", timings=SOON) as bia,
    ):
        listeners = [Listener(ana), Listener(bia)]
        way.cutting = True
        way.cut()
        sends = [ana.send("#geral", f"a{number}") for number in range(each)]
        sends += [bia.send("#geral", f"b{number} " + "x" * (number * 7 % 400)) for number in range(each)]
        acknowledged = {message.id: message.body for message in await within(asyncio.gather(*sends))}
        everything = list(range(1, 2 * each + 1))
        await until(lambda: all(sorted(listener.ids) == everything for listener in listeners))
        assert way.cuts > 10
        way.cutting = False
        history = running.server.history
        assert isinstance(history, FakeHistory)
        assert {entry.id: entry.body for entry in history.entries} == acknowledged
        for start in "ab":
            own = [entry.body.split()[0] for entry in history.entries if entry.body[0] == start]
            assert own == [f"{start}{number}" for number in range(each)]
        for listener in listeners:
            lines = listener.state.talks["#geral"].lines
            assert [line.body for line in lines] == [entry.body for entry in history.entries]
            assert not any(line.changed for line in lines)
            assert listener.resets == 0


async def test_a_reader_that_stops_gets_all_of_it(running: Running) -> None:
    """Who stops iterating for thousands of messages holds nobody up and then reads every one in order."""
    count, body = 3_000, "x" * 4_000
    async with (
        connect("127.0.0.1", running.port, user="ana") as ana,
        connect("127.0.0.1", running.port, user="bia") as bia,
    ):
        await within(anext(bia))
        await within(asyncio.gather(*(ana.send("#geral", body) for _ in range(count))))
        assert "bia" in [user.name.key for user in running.server.core.hub.people if _behind(user)]
        ids: list[int] = []
        while len(ids) < count:
            event = await within(anext(bia))
            assert not isinstance(event, ConnectionChanged) or event.connection is Connection.OPEN
            if isinstance(event, m.Message):
                ids.append(event.id)
        assert ids == list(range(1, count + 1))


def _behind(user: User) -> bool:
    """Whether a session of the user reads from the history."""
    return any(isinstance(member.outbox, Outbox) and member.outbox.behind for member in user.members)


async def listen(folder: Path, port: int) -> tuple[Server, int]:
    """A server over the files in a folder, open and listening, and its port; to be stopped."""
    history = SqliteHistory(folder / "history.db")
    server = await Server(history, SqliteRegistry(folder / "registry.db"), Recorder()).__aenter__()
    (address,) = await server.listen("127.0.0.1", port)
    return server, address[1]


async def test_a_server_that_comes_back(start: Start, tmp_path: Path) -> None:
    """Over a restart the client stays who it was, and goes on where it was; a new history is said."""
    for folder in ("old", "new"):
        (tmp_path / folder).mkdir()
    server, port = await listen(tmp_path / "old", 0)
    async with connect("127.0.0.1", port, user="ana", rooms=["#jogos"], timings=SOON) as client:
        listener = Listener(client)
        first = await within(client.send("#jogos", "antes"))
        await server.stop()
        await until(lambda: client.connection is not Connection.OPEN)
        sending = asyncio.create_task(client.send("#jogos", "durante"))
        server, _ = await listen(tmp_path / "old", port)
        second = await within(sending)
        assert second.id > first.id
        assert listener.resets == 0
        await server.stop()
        await until(lambda: client.connection is not Connection.OPEN)
        client.post("#jogos", "depois")
        server, _ = await listen(tmp_path / "new", port)
        await until(lambda: not client.pending)
        await until(lambda: listener.resets == 1)
        lines = listener.state.talks["#jogos"].lines
        await until(lambda: [line.body for line in lines] == ["depois"])
        assert client.joined == ("#geral", "#jogos")
    await server.stop()
