"""What a client keeps on the disk, and does where the disk or what is on it is not as it should be."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from chat import messages as m
from chat.client import (
    Connection,
    PageHere,
    Reset,
    Unkept,
    connect,
)
from chat.history import database
from tests.client.conftest import Dial
from tests.client.kept import read_some, settle, taken
from tests.fakes import Caller, FakeServer, message, until, within


async def test_another_history_drops_the_copy_and_keeps_the_outbox(
    server: FakeServer, dial: Dial, folder: Path
) -> None:
    """C16: a history of another name with smaller ids; what waits is sent into it, nothing else is left."""
    await read_some(server, dial, folder, message(50), message(51))
    server.greeting = Caller.cut
    async with dial(folder=folder, offline=True) as client:
        client.post("#geral", "oi")
    server.greeting = lambda caller: caller.welcome(log="log-2", head=3, reset=True)
    async with dial(folder=folder, offline=True) as client:
        while (caller := await server.accept()).link.closing:
            pass
        assert (await caller.hear(m.Send)).body == "oi"
        events = await taken(client, m.Welcome)
        assert isinstance(events[-2], Reset)
        caller.say(message(4))
        await taken(client, m.Message)
        await settle(client)
        caller.cut()
        await until(lambda: client.connection is not Connection.OPEN)
        page = await client.history("#geral")
        assert [one.id for one in page.messages] == [4]
        assert (client.cursor, client.make_state().log) == (4, "log-2")


async def test_a_second_client_works_in_memory(server: FakeServer, dial: Dial, folder: Path) -> None:
    """While one has the folder another of the same user goes on without it, and says so."""
    async with dial(folder=folder) as first, dial(folder=folder) as second:
        assert (first.kept, second.kept) == (True, False)
        assert await within(anext(second)) == Unkept("in_use")
        second.notes.typed("/ajuda")
        assert second.notes.lines == ["/ajuda"]
        await server.accept()
        caller = await server.accept()
        second.post("#geral", "oi")
        caller.acknowledge(await caller.hear(m.Send), 1)
        await until(lambda: not second.pending)


@pytest.mark.parametrize(("name", "code"), [("own.db", "damaged"), ("own.db", "newer_schema")])
async def test_a_file_that_must_not_be_touched(
    server: FakeServer, dial: Dial, folder: Path, name: str, code: str
) -> None:
    """What nobody else has is never replaced: the client goes on in memory, and says why."""
    await read_some(server, dial, folder, message(11))
    file = folder / name
    if code == "damaged":
        file.write_bytes(b"nothing of ours")
    else:
        with sqlite3.connect(file) as db:
            db.execute("PRAGMA user_version = 99")
        db.close()
    before = file.read_bytes()
    async with dial(folder=folder, offline=True) as client:
        await server.accept()
        assert await within(anext(client)) == Unkept(code)
        assert not client.kept
    assert file.read_bytes() == before


async def test_a_disk_that_fails_is_told_once(
    server: FakeServer, dial: Dial, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C28: on a full disk the client goes on with what it has in memory, and says so, once."""
    real = database.transaction

    def full(db: sqlite3.Connection) -> Any:
        raise sqlite3.OperationalError("database or disk is full")

    async with dial(folder=folder) as client:
        caller = await server.accept()
        await taken(client, m.Welcome)
        await settle(client)
        monkeypatch.setattr("chat.history.clerk.transaction", full)
        client.notes.draft("#geral", "meio dito")
        events = await taken(client, Unkept)
        for id in (11, 12):
            caller.say(message(id))
            events += await taken(client, m.Message)
            client._keeper.flush()
        cid = client.post("#geral", "oi")
        caller.acknowledge(await caller.hear(m.Send), 13)
        events += await taken(client, m.Message)
        assert [event for event in events if isinstance(event, Unkept)] == [Unkept("not_kept")]
        assert client.notes.drafts == {"#geral": "meio dito"}
        assert cid not in [item.cid for item in client.pending]
        monkeypatch.setattr("chat.history.clerk.transaction", real)


async def test_the_copy_is_bounded(server: FakeServer, dial: Dial, folder: Path) -> None:
    """C28: however much a server says, so many entries are kept."""
    async with dial(folder=folder) as client:
        caller = await server.accept()
        assert client._keeper.copy is not None
        client._keeper.copy._most = 1_000
        for id in range(1, 5_001, 100):
            caller.say(*(message(one) for one in range(id, id + 100)))
        await until(lambda: client.cursor == 5_000)
        await settle(client)
        page = await client._keeper.copy.since(0, 10_000)
        assert 1_000 <= len(page) <= 3_000
        assert page[-1].id == 5_000


async def test_notes_are_there_the_next_time(server: FakeServer, dial: Dial, folder: Path) -> None:
    """Drafts, what was typed and settings; after the end of the client they can still be read."""
    async with dial(folder=folder) as client:
        client.notes.draft("#geral", "meio dito")
        client.notes.typed("oi")
        client.notes.setting("theme", "dark")
        client.notes.setting("talk", "#geral")
        client.notes.setting("talk", None)
    assert client.notes.drafts == {"#geral": "meio dito"}
    async with dial(folder=folder) as client:
        notes = client.notes
        assert (notes.drafts, notes.lines) == ({"#geral": "meio dito"}, ["oi"])
        assert (notes.settings["theme"], notes.settings.get("talk")) == ("dark", None)


async def test_the_talk_that_was_open_is_read_first(server: FakeServer, dial: Dial, folder: Path) -> None:
    """Its lines are there before anything is heard."""
    await read_some(server, dial, folder, message(11), message(12, to="@ana"))
    async with dial(folder=folder) as client:
        client.notes.setting("talk", "@bia")
        client._keeper.talk("@bia")
    async with dial(folder=folder) as client:
        page = (await taken(client, PageHere))[-1]
        assert isinstance(page, PageHere)
        assert [one.id for one in page.messages] == [12]


async def test_wrong_use_is_refused(folder: Path) -> None:
    """A folder has its own cursor and outbox."""
    with pytest.raises(ValueError, match="folder"):
        connect("127.0.0.1", user="ana", folder=folder, after=5)


async def test_a_cancelled_opening_lets_go_of_the_folder(
    server: FakeServer, dial: Dial, folder: Path
) -> None:
    """Whoever does not want to wait any more can come back at once."""
    server.greeting = lambda caller: None
    opening = asyncio.create_task(dial(folder=folder).__aenter__())
    await server.accept()
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    server.greeting = Caller.welcome
    async with dial(folder=folder) as client:
        assert client.kept
