"""Who owns which name: the first key, whatever happens at once, and until it is freed."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from chat.names import user_name
from chat.registry import owners
from chat.registry.base import Change, Conflict, Deed, Listener, Record, Registry, unheard
from chat.registry.sqlite import SqliteRegistry
from tests.registry.conformance import claimed


@pytest.fixture
async def registry(tmp_path: Path) -> AsyncIterator[SqliteRegistry]:
    """A registry on disk."""
    made = SqliteRegistry(tmp_path / "registry.db")
    await made.open()
    yield made
    await made.close()


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

    def __init__(self, place: str, ahead: dict[str, bytes]) -> None:
        self._records: dict[str, Record] = {}
        self._ahead: tuple[str, dict[str, bytes]] | None = (place, ahead)

    async def open(self, applied: Listener = unheard) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError

    def get(self, key: str) -> Record | None:
        return self._records.get(key)

    def items(self, prefix: str):  # type: ignore[no-untyped-def]
        return ((key, record) for key, record in sorted(self._records.items()) if key.startswith(prefix))

    async def change(self, changes: Sequence[Change], deed: Deed | None = None) -> None:
        if self._ahead is not None and self._ahead[0] in {change.key for change in changes}:
            self._records |= {key: Record(value, 1) for key, value in self._ahead[1].items()}
            self._ahead = None
        if any(self.revision(change.key) != change.revision for change in changes):
            raise Conflict
        self._records |= {change.key: Record(change.value, change.revision + 1) for change in changes}

    async def deeds(self, scope: str, before: int | None, limit: int) -> list[Deed]:
        raise NotImplementedError

    async def erase(self, name: str) -> None:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("looks/ida", "other"),
        ("looks/lda", "lda"),
    ],
)
async def test_who_loses_a_race_leaves_nothing_behind(place: str, name: str) -> None:
    """Where another node was first with any of the looks, none of them is taken, nor the name."""
    ahead = {
        place: f'{{"name":"{name}","key":"k2"}}',
        f"name/{name}": f'{{"key":"k2","name":"{name}","since":1}}',
    }
    late = Late(place, {key: value.encode() for key, value in ahead.items()})
    assert not await claimed(late, "Ida", "k1")
    assert [key for key, record in late.items("") if b'"k1"' in record.value] == []


async def test_a_look_that_was_left_behind_is_free(registry: SqliteRegistry) -> None:
    """Looks that an earlier version took for a name which it was killed before it could give are nobody's."""
    await registry.put("looks/ida", b'{"name":"ida","key":"k2"}', 0)
    await registry.put("looks/lda", b'{"name":"ida","key":"k2"}', 0)
    assert not owners.is_owned(registry, user_name("ida"))
    assert await claimed(registry, "Ida", "k1")
    assert not await claimed(registry, "ida", "k2")


async def test_killed_while_it_claims(tmp_path: Path) -> None:
    """A process killed at any step of a claim leaves the name with all its looks, or nothing of it."""
    path = tmp_path / "killed.db"
    for allowed in range(12):
        script = _CLAIM.format(path=path, key=f"k{allowed}", allowed=allowed)
        dying = await asyncio.create_subprocess_exec(sys.executable, "-c", script)
        assert await dying.wait() in (0, 9)
        made = SqliteRegistry(path)
        await made.open()
        kept = [key for key, _ in made.items("")]
        assert kept in ([], ["looks/ida", "looks/lda", "name/ida"])
        await made.close()
        if kept:
            return
    raise AssertionError("it was never given")


_CLAIM = """
import asyncio, os, sqlite3
from pathlib import Path
from chat.names import user_name
from chat.registry import owners, sqlite as registry_sqlite
left = [{allowed}]
class Dying(sqlite3.Connection):
    def _step(self):
        left[0] -= 1
        if left[0] < 0:
            os._exit(9)
    def executemany(self, *given):
        self._step()
        return super().executemany(*given)
    def execute(self, statement, *given):
        if statement.startswith(("BEGIN", "COMMIT", "INSERT")):
            self._step()
        return super().execute(statement, *given)
async def claim():
    made = registry_sqlite.SqliteRegistry(Path("{path}"))
    await made.open()
    await made._run(made._close)
    made._database = sqlite3.connect("{path}", isolation_level=None, check_same_thread=False, factory=Dying)
    await owners.claim(made, user_name("Ida"), "{key}", 1)
asyncio.run(claim())
os._exit(0)
"""
