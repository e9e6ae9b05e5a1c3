"""SqliteRegistry keeps what a registry promises; older versions are read, newer ones refused."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from chat.errors import DataRefused, StorageFailed
from chat.history.database import Design
from chat.names import user_name
from chat.registry import owners
from chat.registry import sqlite as registry_sqlite
from chat.registry.base import Change
from chat.registry.sqlite import REGISTRY, SqliteRegistry
from tests.registry.conformance import Conformance, Make

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a registry is to be."""
    return tmp_path / "registry.db"


@pytest.fixture
async def registry(path: Path) -> AsyncIterator[SqliteRegistry]:
    """A registry on disk."""
    made = SqliteRegistry(path)
    await made.open()
    yield made
    await made.close()


@pytest.fixture(params=[1, 2])
def version(request: pytest.FixtureRequest) -> int:
    """An older version."""
    found: int = request.param
    return found


@pytest.fixture
def old(path: Path, version: int) -> Path:
    """A registry as an older version left it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript((FIXTURES / f"registry-{version}.sql").read_text("utf-8"))
        db.execute("PRAGMA journal_mode = WAL")
    return path


class TestFile(Conformance):
    @pytest.fixture
    def make(self, path: Path) -> Make:
        return lambda: SqliteRegistry(path, deeds=3)


async def test_a_full_disk_changes_nothing(registry: SqliteRegistry) -> None:
    """What cannot be stored is told, and is not in memory; the next change is made."""
    await registry._run(
        lambda: registry._database and registry._database.execute("PRAGMA max_page_count = 8")
    )
    with pytest.raises(StorageFailed) as failed:
        await registry.change([Change("a", b"1", 0), Change("b", bytes(100_000), 0)])
    assert not failed.value.final
    assert list(registry.items("")) == []
    await registry.put("a", b"1", 0)


async def test_an_older_version_is_brought_on(old: Path, version: int) -> None:
    """Names, rooms, deeds and secret of the older file are what they were; what was let go is gone."""
    records = {key for key, _ in registry_sqlite.read_records(old).items("")}
    assert {"room/#aula", "room/#geral", "server/secret"} <= records
    registry = SqliteRegistry(old)
    await registry.open()
    assert owners.owner(registry, user_name("ida")) == owners.Owner("k1", "Ida", 1_795_216_610_380)
    assert not owners.is_owned(registry, user_name("bia"))
    secret = registry.get("server/secret")
    assert secret is not None
    assert secret.value == bytes(range(32))
    assert [key for key, _ in registry.items("room/")] == ["room/#aula", "room/#geral"]
    assert [deed.did for deed in await registry.deeds("#geral", None, 10)] == ["kick"] * (version - 1)
    await registry.close()
    with closing(sqlite3.connect(old)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (len(REGISTRY.migrations),)


async def test_a_migration_is_made_as_a_whole(
    old: Path, version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that fails half way leaves the older version as it was, to be brought on at the next start."""

    def half(db: sqlite3.Connection) -> None:
        REGISTRY.migrations[version](db)
        raise sqlite3.OperationalError("half way")

    before = _content(old)
    monkeypatch.setattr(registry_sqlite, "REGISTRY", Design(0, (*REGISTRY.migrations[:version], half)))
    with pytest.raises(DataRefused):
        await SqliteRegistry(old).open()
    assert _content(old) == before
    monkeypatch.undo()
    registry = SqliteRegistry(old)
    await registry.open()
    assert owners.owner(registry, user_name("ida")) is not None
    await registry.close()


async def test_a_newer_version_is_refused_untouched(old: Path) -> None:
    """What a newer version wrote is not opened, and not a byte of it is changed."""
    with closing(sqlite3.connect(old)) as db:
        db.execute(f"PRAGMA user_version = {len(REGISTRY.migrations) + 1}")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = _bytes(old)
    with pytest.raises(DataRefused) as refused:
        await SqliteRegistry(old).open()
    assert refused.value.reason == "newer_schema"
    assert _bytes(old) == before


def _content(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as db:
        return list(db.iterdump())


def _bytes(path: Path) -> bytes:
    return path.read_bytes()


@pytest.mark.parametrize(
    "damage",
    ["value = x'FF'", "value = CAST('a' AS TEXT)", "key = CAST(x'FF' AS TEXT)", "key = 'b'", "revision = 7"],
)
async def test_what_changed_on_the_disk_is_refused(registry: SqliteRegistry, path: Path, damage: str) -> None:
    """Whatever is another than was kept, the file is named and not used."""
    await registry.put("a", b"1", 0)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(f"UPDATE records SET {damage}")
    with pytest.raises(DataRefused) as refused:
        await SqliteRegistry(path).open()
    assert (refused.value.reason, refused.value.path) == ("damaged", str(path))
