"""A database file is made whole and private, migrated in steps, and refused untouched where it must be."""

import asyncio
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chat.errors import DataRefused
from chat.history import database, schema
from chat.history.sqlite import SqliteHistory
from chat.operating.inspecting import inspecting
from tests.history.told import Told, draft, opened
from tests.patience import PATIENCE


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.db"


@pytest.fixture
def open_umask() -> Iterator[None]:
    """The mask of a user who shares everything."""
    before = os.umask(0)
    yield
    os.umask(before)


async def fill(path: Path, number: int = 50) -> None:
    """A history that was used and closed in order."""
    async with opened(lambda: SqliteHistory(path)) as (history, told):
        for i in range(number):
            history.submit(draft(i))
        await told.reports(number)


async def refused(path: Path) -> DataRefused:
    """What opening says; that it changed nothing, neither the files nor which there are."""
    before = state(path.parent)
    told = Told()
    with pytest.raises(DataRefused) as caught:
        await SqliteHistory(path).open(told.committed, told.failed)
    assert state(path.parent) == before
    assert caught.value.path == str(path)
    return caught.value


def state(folder: Path) -> dict[str, str]:
    """Every file in a folder with its hash, but for the index of the log, which holds nothing."""
    files = [path for path in folder.iterdir() if path.is_file() and not path.name.endswith("-shm")]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def content(path: Path) -> bytes:
    return path.read_bytes()


def put(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def run(path: Path, *statements: str) -> None:
    """Change a database as no history would."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for statement in statements:
            db.execute(statement)


@pytest.mark.usefixtures("open_umask")
async def test_every_file_is_private(path: Path) -> None:
    """The database and what SQLite puts beside it have the mode 0600, whatever the mask is."""
    async with opened(lambda: SqliteHistory(path)) as (history, _):
        await history.append(draft())
        modes = {file.name: oct(file.stat().st_mode & 0o777) for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(("history.db", "history.db-wal", "history.db-shm"), "0o600")


async def test_closing_leaves_one_file(path: Path) -> None:
    """What was closed in order is one file, which can be copied."""
    await fill(path)
    assert [file.name for file in path.parent.iterdir()] == ["history.db"]


@pytest.mark.parametrize(("synchronous", "number"), [("full", 2), ("normal", 1), ("off", 0)])
def test_synchronous(path: Path, synchronous: database.Synchronous, number: int) -> None:
    """The writer syncs as asked, in a write-ahead log with the long interval between checkpoints."""
    with closing(schema.open_writer(path, synchronous)) as db:
        found = [
            db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("synchronous", "journal_mode", "wal_autocheckpoint")
        ]
    assert found == [number, "wal", 8_000]


def test_readers_cannot_write(path: Path) -> None:
    """A reader's connection refuses to change anything."""
    with (
        closing(schema.open_writer(path, "off")),
        closing(database.open_reader(path)) as reader,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        reader.execute("DELETE FROM entries")


async def test_half_made_database(path: Path) -> None:
    """What a crash left while the file was being made is no obstacle, and an empty file is a new one."""
    for end in (".new", ".new-journal", ".new-wal"):
        put(path.with_name(path.name + end), b"half of something")
    put(path, b"")
    await fill(path)
    assert [file.name for file in path.parent.iterdir()] == ["history.db"]


async def test_newer_schema(path: Path) -> None:
    """A file that a newer version wrote is refused, and stays as it is."""
    await fill(path)
    run(path, f"PRAGMA user_version = {len(schema.MIGRATIONS) + 1}")
    assert (await refused(path)).reason == "newer_schema"


async def test_newer_schema_in_the_log(path: Path, tmp_path: Path) -> None:
    """The same where the newer version was killed, and what it did is in the write-ahead log only."""
    await fill(path)
    copy = tmp_path / "copy" / "history.db"
    copy.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(f"PRAGMA user_version = {len(schema.MIGRATIONS) + 1}")
        for end in ("", "-wal"):
            put(copy.with_name(copy.name + end), content(path.with_name(path.name + end)))
    assert (await refused(copy)).reason == "newer_schema"


@pytest.mark.parametrize("noise", [1, 100, 4_096])
async def test_torn_end_of_the_log(path: Path, tmp_path: Path, noise: int) -> None:
    """A write that a power cut tore is left out; what was acknowledged before it is all there."""
    copy = tmp_path / "copy" / "history.db"
    copy.parent.mkdir()
    async with opened(lambda: SqliteHistory(path)) as (history, told):
        for i in range(50):
            await history.append(draft(i))
        put(copy, content(path))
        log = content(path.with_name("history.db-wal"))
        await history.append(draft(50))
        torn = content(path.with_name("history.db-wal"))[len(log) :]
    put(copy.with_name("history.db-wal"), log + torn[:-noise] + bytes(noise))
    async with opened(lambda: SqliteHistory(copy)) as (history, _):
        assert (await history.page("#geral", limit=99)).entries == told.entries[:50]


async def test_not_a_database(path: Path) -> None:
    """Any other file is refused."""
    put(path, b"not a database\n" * 1_000)
    assert (await refused(path)).reason == "damaged"


async def test_database_of_another_program(path: Path) -> None:
    """A sound database of something else is refused, and the detail says why."""
    run(path, "CREATE TABLE t (x)", "INSERT INTO t VALUES (1)")
    error = await refused(path)
    assert (error.reason, error.detail) == ("damaged", "not a file of this kind")


@pytest.mark.parametrize(("offset", "length"), [(0, 100), (4_096, 4_096), (36_864, 512)])
async def test_overwritten(path: Path, offset: int, length: int) -> None:
    """A header or a page that was overwritten is noticed before anything is stored into it."""
    await fill(path, 500)
    before = content(path)
    put(path, before[:offset] + bytes(length) + before[offset + length :])
    error = await refused(path)
    assert error.reason == "damaged"
    assert error.detail


async def test_cut_short(path: Path) -> None:
    """A file that lost its end is refused."""
    await fill(path, 500)
    before = content(path)
    put(path, before[: len(before) // 2])
    assert (await refused(path)).reason == "damaged"


@pytest.mark.parametrize("emptied", [False, True])
async def test_lost_but_for_its_log(path: Path, tmp_path: Path, *, emptied: bool) -> None:
    """Nothing new is made beside the log of a database that is gone: SQLite would mix the two."""
    copy = tmp_path / "copy" / "history.db"
    copy.parent.mkdir()
    async with opened(lambda: SqliteHistory(path)) as (history, _):
        await history.append(draft(0))
        put(copy.with_name("history.db-wal"), content(path.with_name("history.db-wal")))
    if emptied:
        put(copy, b"")
    assert (await refused(copy)).reason == "damaged"


async def test_a_link_to_what_is_not_there(path: Path, tmp_path: Path) -> None:
    """A history on a disk that is not mounted is not replaced by a new one."""
    os.symlink(tmp_path / "disk" / "history.db", path)
    assert (await refused(path)).reason == "unreadable"
    assert os.listdir(path.parent) == ["history.db"]


async def test_a_link(path: Path, tmp_path: Path) -> None:
    """A history may be somewhere else."""
    (tmp_path / "disk").mkdir()
    await fill(tmp_path / "disk" / "history.db")
    os.symlink(tmp_path / "disk" / "history.db", path)
    async with opened(lambda: SqliteHistory(path)) as (history, _):
        assert history.head == 50


async def test_no_folder(tmp_path: Path) -> None:
    """Where the folder is missing, or the file is a folder, the system's reason is told."""
    told = Told()
    (tmp_path / "folder.db").mkdir()
    for path in (tmp_path / "none" / "history.db", tmp_path / "folder.db"):
        with pytest.raises(DataRefused) as caught:
            await SqliteHistory(path).open(told.committed, told.failed)
        assert (caught.value.reason, caught.value.path) == ("unreadable", str(path))
        assert caught.value.detail


async def test_in_use(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that another program is writing is refused."""
    await fill(path)
    monkeypatch.setattr(database, "PATIENCE", 0.01)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        told = Told()
        with pytest.raises(DataRefused) as caught:
            await SqliteHistory(path).open(told.committed, told.failed)
    assert caught.value.reason == "in_use"


def test_migrations_are_steps() -> None:
    """Each migration runs once, in its own transaction; one that fails leaves the version before it."""

    def first(db: sqlite3.Connection) -> None:
        db.execute("CREATE TABLE first (x)")

    def second(db: sqlite3.Connection) -> None:
        db.execute("CREATE TABLE second (x)")

    def broken(db: sqlite3.Connection) -> None:
        db.execute("CREATE TABLE half (x)")
        raise ZeroDivisionError

    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        database.migrate(db, (first,))
        with pytest.raises(ZeroDivisionError):
            database.migrate(db, (first, second, broken))
        assert db.execute("PRAGMA user_version").fetchone() == (2,)
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert tables == {"first", "second"}
        database.migrate(db, (first, second))


def test_a_quick_look(path: Path) -> None:
    """What is not looked at thoroughly is opened all the same, damaged inside as it is."""
    with closing(schema.open_writer(path, "off")) as db:
        db.executemany("INSERT INTO keys (name) VALUES (?)", [(f"name {i}",) for i in range(10_000)])
    before = content(path)
    put(path, before[:-4_096] + bytes(4_096))
    with pytest.raises(DataRefused):
        database.check(path, schema.HISTORY)
    database.check(path, schema.HISTORY, thorough=False)


def test_removing_takes_everything(path: Path) -> None:
    """A database is gone with all that stands beside it; what is not there is no obstacle."""
    with closing(schema.open_writer(path, "off")) as db:
        db.execute("INSERT INTO keys (name) VALUES ('name')")
        assert len(os.listdir(path.parent)) == 3
        database.remove(path)
    assert os.listdir(path.parent) == []
    database.remove(path)


async def test_a_large_file_is_looked_through_meanwhile(tmp_path: Path) -> None:
    """Beyond a size it opens at once; the damage is found beside everything else, and names the file."""
    path = tmp_path / "history.db"
    async with opened(lambda: SqliteHistory(path)) as (history, told):
        for number in range(500):
            history.submit(draft(number, body="x" * 500))
        await told.reports(500)
    data = bytearray(path.read_bytes())
    place = data.index(b"x" * 400) // 4_096 * 4_096
    data[place : place + 4_096] = b"\xa5" * 4_096
    path.write_bytes(data)
    with pytest.raises(DataRefused):
        await SqliteHistory(path).open(lambda *_: None, lambda *_: None)
    async with opened(lambda: SqliteHistory(path, at_once=4_096)) as (history, _):
        assert isinstance(history, SqliteHistory)
        found: list[DataRefused] = []
        async with asyncio.timeout(PATIENCE), inspecting(history, found.append):
            while not found:  # noqa: ASYNC110
                await asyncio.sleep(0)
        assert (found[0].reason, found[0].path) == ("damaged", str(path))
        async with inspecting(history, found.append):
            pass
