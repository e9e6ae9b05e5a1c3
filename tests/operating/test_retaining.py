"""What is kept no longer goes, the oldest first; ids go on, and nobody is told half a story."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chat.errors import StorageFailed
from chat.history import retention
from chat.history.base import Draft, Kind
from chat.history.sqlite import SqliteHistory
from chat.operating.retaining import Keep, retain, retaining
from tests.fake_history import FakeHistory
from tests.history.told import Told, change, draft, opened
from tests.patience import PATIENCE
from tests.peer import Peer
from tests.processes import Launch
from tests.server.folders import filled
from tests.servers import Start
from tests.torture.bench import Wire

NOW = 1_795_216_610_380


@pytest.fixture
async def history(tmp_path: Path) -> AsyncIterator[SqliteHistory]:
    """One with 450 entries, each an hour younger than the one before; the last is of now."""
    path = tmp_path / "history.db"
    async with opened(lambda: SqliteHistory(path)) as (made, told):
        for number in range(450):
            made.submit(aged(number, 449 - number))
        await told.reports(450)
        assert isinstance(made, SqliteHistory)
        yield made


def aged(number: int, hours: int) -> Draft:
    """Something said so many hours ago."""
    return Draft("#geral", "~ana", f"c{number}", "#geral", "ana", NOW - hours * 3_600_000, f"word {number}")


async def ids(history: SqliteHistory) -> list[int]:
    """What a room has."""
    return [entry.id for entry in (await history.page("#geral", limit=1_000)).entries]


@pytest.mark.parametrize(
    ("keep", "left"),
    [
        (Keep(), 450),
        (Keep(days=2), 49),
        (Keep(messages=100), 100),
        (Keep(days=2, messages=100), 49),
        (Keep(days=100, messages=451), 450),
    ],
)
async def test_what_is_kept(history: SqliteHistory, keep: Keep, left: int) -> None:
    """The entries of so many days and so many messages, whichever are fewer."""
    await retain(history, keep, NOW)
    assert await ids(history) == list(range(451 - left, 451))
    assert history.floor == 450 - left


async def test_all_of_them(history: SqliteHistory, tmp_path: Path) -> None:
    """Where all are removed the head stays and no id is given twice, after a restart either."""
    await retain(history, Keep(days=1), NOW + 10 * retention.DAY)
    assert (history.floor, history.head, await ids(history)) == (450, 450, [])
    await history.close()
    async with opened(lambda: SqliteHistory(tmp_path / "history.db")) as (again, _):
        assert (again.head, again.floor) == (450, 450)
        assert (await again.append(draft(7))).id == 451
    await history.open(lambda *_: None, lambda *_: None)


async def test_in_small_steps(history: SqliteHistory) -> None:
    """What is said meanwhile is stored between two steps, and removing is not waited for."""
    removing = asyncio.ensure_future(retain(history, Keep(messages=10), NOW))
    async with asyncio.timeout(PATIENCE):
        while history.floor == 0:  # noqa: ASYNC110
            await asyncio.sleep(0)
        entry = await history.append(draft(1, owner="bia"))
        floor = history.floor
        await removing
    assert floor < history.floor
    assert await ids(history) == [*range(441, 451), entry.id]


async def test_changes_and_words_go_too(history: SqliteHistory) -> None:
    """A change to what is gone changes nothing; a search finds what is there; a `cid` may come again."""
    (first,) = (await history.page("#geral", after=0, limit=1)).entries
    await history.append(change(1, first, "ana", Kind.EDIT, "changed"))
    assert len((await history.search("word", ["#geral"], "", before=None, limit=500)).entries) == 449
    await retain(history, Keep(messages=100), NOW)
    assert await history.find(1) is None
    assert len((await history.search("word", ["#geral"], "", before=None, limit=500)).entries) == 100
    assert (await history.append(aged(400, 0))).id == 401
    assert (await history.append(aged(0, 0))).id == 452


async def test_the_future_is_old(history: SqliteHistory) -> None:
    """What a wrong clock put ten years ahead does not keep what comes after it for ever."""
    await history.append(aged(450, -87_600))
    await history.append(aged(451, 0))
    await retain(history, Keep(days=1), NOW + 3 * retention.DAY)
    assert await ids(history) == []


async def test_a_client_that_was_away(start: Start, history: SqliteHistory) -> None:
    """One that has seen less than what is gone is told to begin anew; one that has not goes on."""
    await history.close()
    running = await start(history)
    await retain(history, Keep(messages=50), NOW)
    away = await Peer.hello(running.port, "bia", after=399, log=history.log)
    assert away.welcome["reset"] is True
    here = await Peer.hello(running.port, "caio", after=400, log=history.log)
    assert "reset" not in here.welcome
    assert (await here.expect("message"))["id"] == 401
    here.say(type="history", room="#geral", before=405)
    page = await here.expect("history")
    assert ([message["id"] for message in page["messages"]], page["more"]) == ([401, 402, 403, 404], False)


async def test_one_who_is_behind(start: Start) -> None:
    """Where what a session was to read next is removed it is sent off, and told `reset` next time."""
    history = FakeHistory()
    running = await start(history)
    ana = await Peer.hello(running.port, "ana")
    for number in range(5):
        await ana.send("#geral", f"{number}", f"{number}")
    history.reading = asyncio.Event()
    bia = await Peer.hello(running.port, "bia", after=1, log=history.log)
    history.floor = 3
    history.reading.set()
    assert (await bia.expect("bye"))["reason"] == "missed"
    again = await Peer.hello(running.port, "bia", after=1, log=history.log)
    assert again.welcome["reset"] is True


async def test_asked_for(launch: Launch, tmp_path: Path) -> None:
    """Started with --keep-messages a server removes what is over."""
    await filled(tmp_path, [draft(number) for number in range(20)])
    server = launch("--port", "0", "--data", str(tmp_path), "--keep-messages", "5", "--keep", "100000")
    with Wire(server.port(), "ana") as ana:
        async with asyncio.timeout(PATIENCE):
            while len(ana.everything()) > 5:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert [message["id"] for message in ana.everything()] == [16, 17, 18, 19, 20]
        assert ana.send("#geral", "goes on", "1")["id"] == 21


async def test_as_long_as_the_server_runs(history: SqliteHistory) -> None:
    """It looks by itself; what goes wrong is told, and nothing runs where all is kept."""
    told: asyncio.Queue[str] = asyncio.Queue()

    def failed(what: str, error: Exception) -> None:
        assert isinstance(error, StorageFailed)
        told.put_nowait(what)

    async with retaining(history, Keep(), lambda: NOW, failed):
        assert len(await ids(history)) == 450
    async with retaining(history, Keep(messages=1), lambda: NOW, failed), asyncio.timeout(PATIENCE):
        while history.floor < 449:  # noqa: ASYNC110
            await asyncio.sleep(0)
    await history.close()
    async with retaining(history, Keep(messages=1), lambda: NOW, failed), asyncio.timeout(PATIENCE):
        assert await told.get() == "retention"
    await history.open(Told().committed, Told().failed)
