"""Who owns which name: the first key, whatever happens at once, and until it is freed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chat.errors import Code, Refused
from chat.names import user_name
from chat.server import owners
from chat.server.registry import Conflict, Record, Registry
from chat.server.registry_sqlite import SqliteRegistry


@pytest.fixture
async def registry(tmp_path: Path) -> AsyncIterator[SqliteRegistry]:
    """A registry on disk."""
    made = SqliteRegistry(tmp_path / "registry.db")
    await made.open()
    yield made
    await made.close()


async def claimed(registry: Registry, name: str, key: str) -> bool:
    """Whether a key gets a name."""
    try:
        await owners.claim(registry, user_name(name), key, 1)
    except Refused as error:
        return error.code is not Code.NAME_TAKEN
    return True


async def test_the_first_owns_it_for_good(registry: SqliteRegistry, tmp_path: Path) -> None:
    """A name stays the first key's, in every spelling, after a restart too; it is shown as first typed."""
    assert await claimed(registry, "José", "k1")
    assert not await claimed(registry, "josé", "k2")
    again = SqliteRegistry(tmp_path / "registry.db")
    await again.open()
    assert await claimed(again, "JOSÉ", "k1")
    assert not await claimed(again, "José", "k2")
    assert owners.owner(again, user_name("josé")) == owners.Owner("k1", "José", 1)
    assert [owner.name for owner in owners.everybody(again)] == ["José"]
    await again.close()


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Ida", "lda"),
        ("Ida", "ida"),
        ("lda", "Ida"),
        ("rn", "m"),
        ("cop", "сор"),
        ("o0", "oO"),
    ],
)
async def test_looks_are_owned_too(registry: SqliteRegistry, name: str, other: str) -> None:
    """What looks like an owned name is owned with it, whether or not its owner is here."""
    assert await claimed(registry, name, "k1")
    assert owners.is_owned(registry, user_name(other))
    assert not await claimed(registry, other, "k2")
    assert owners.owner(registry, user_name(other)) in (None, owners.owner(registry, user_name(name)))


async def test_of_many_at_once_one_wins(registry: SqliteRegistry) -> None:
    """Of twenty keys that claim one name or its likes at the same moment exactly one gets it."""
    for round_ in range(20):
        names = [f"ana{round_}", f"Ana{round_}", f"ANA{round_}"]
        wins = await asyncio.gather(*(claimed(registry, names[n % 3], f"k{n}") for n in range(20)))
        assert wins.count(True) == 1


async def test_sessions_of_one_key_do_not_disturb_each_other(registry: SqliteRegistry) -> None:
    """One user's devices that claim at the same moment all get the name."""
    assert await asyncio.gather(*(claimed(registry, "Ida", "k1") for _ in range(10))) == [True] * 10


async def test_a_freed_name_is_anybodys(registry: SqliteRegistry) -> None:
    """Freed by any of its spellings, a name and its looks can be had again; nobody else's are touched."""
    await claimed(registry, "Ida", "k1")
    await claimed(registry, "bia", "k1")
    assert await owners.free(registry, user_name("ida"))
    assert not await owners.free(registry, user_name("ida"))
    assert not owners.is_owned(registry, user_name("lda"))
    assert await claimed(registry, "ida", "k2")
    assert not await claimed(registry, "bia", "k2")


class Late(Registry):
    """A registry of which another node is always one step ahead for one key."""

    def __init__(self, place: str, value: bytes) -> None:
        self._records: dict[str, Record] = {}
        self._ahead: tuple[str, bytes] | None = (place, value)

    async def open(self) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError

    def get(self, key: str) -> Record | None:
        return self._records.get(key)

    def items(self, prefix: str):  # type: ignore[no-untyped-def]
        return ((key, record) for key, record in sorted(self._records.items()) if key.startswith(prefix))

    async def put(self, key: str, value: bytes, revision: int) -> Record:
        if self._ahead is not None and key == self._ahead[0]:
            self._records[key] = Record(self._ahead[1], 1)
            self._ahead = None
        known = self._records.get(key)
        if (known.revision if known else 0) != revision:
            raise Conflict(key)
        self._records[key] = Record(value, revision + 1)
        return self._records[key]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("looks/ida", b'{"name":"other","key":"k2"}'),
        ("looks/lda", b'{"name":"lda","key":"k2"}'),
    ],
)
async def test_who_loses_a_race_leaves_nothing_behind(place: str, value: bytes) -> None:
    """Where another node was first with any of the looks, the rest of them are let go again."""
    late = Late(place, value)
    assert not await claimed(late, "Ida", "k1")
    assert [key for key, record in late.items("") if b'"k1"' in record.value] == []
