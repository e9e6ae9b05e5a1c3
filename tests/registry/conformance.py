"""What anything that calls itself a registry must pass; a subclass says how one is made."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from chat.errors import Code, Refused
from chat.names import user_name
from chat.registry import owners
from chat.registry.base import GONE, Applied, Change, Conflict, Deed, Registry

Make = Callable[[], Registry]
"""Each call gives one more registry over the same records."""
STRANGE = (
    "room/#a b",
    "name/joão",
    "standing/#a/=127.0.0.1",
    "x*>",
    ".",
    "a..b",
    "$%",
    "=3D",
    " ",
    "\U0001f600",
)


class Heard:
    """A listener that keeps what it hears."""

    def __init__(self) -> None:
        self.changes: list[Applied] = []

    def __call__(self, applied: Applied) -> None:
        self.changes.append(applied)

    @property
    def values(self) -> list[list[tuple[str, bytes | None]]]:
        """Of each change, each key with its value from then on."""
        return [
            sorted((key, None if record is None else record.value) for key, record in change.records)
            for change in self.changes
        ]


@asynccontextmanager
async def opened(make: Make, heard: Heard | None = None) -> AsyncIterator[Registry]:
    """A registry that is open."""
    registry = make()
    await registry.open(heard or Heard())
    try:
        yield registry
    finally:
        await registry.close()


def kept(registry: Registry, prefix: str = "") -> list[tuple[str, bytes]]:
    """All keys with a prefix and their values, in the order in which they are read."""
    return [(key, record.value) for key, record in registry.items(prefix)]


async def claimed(registry: Registry, name: str, key: str) -> bool:
    """Whether a key gets a name."""
    try:
        await owners.claim(registry, user_name(name), key, 1)
    except Refused as error:
        return error.code is not Code.NAME_TAKEN
    return True


class Conformance:
    """Every registry. A subclass has the fixture `make`, which keeps three deeds of one scope."""

    @pytest.fixture
    def make(self) -> Make:
        raise NotImplementedError

    @pytest.fixture
    async def registry(self, make: Make) -> AsyncIterator[Registry]:
        async with opened(make) as registry:
            yield registry

    async def test_new_is_empty(self, registry: Registry) -> None:
        """A new registry has no records and no deeds."""
        assert registry.get("a") is None
        assert registry.revision("a") == 0
        assert kept(registry) == []
        assert await registry.deeds("#geral", None, 10) == []

    async def test_what_is_put_is_kept(self, make: Make) -> None:
        """A record is read at once, and is there when the registry is opened again, at the same revision."""
        async with opened(make) as registry:
            record = await registry.put("a", b"1", 0)
            assert registry.get("a") == record
            assert record.value == b"1"
        async with opened(make) as registry:
            assert registry.get("a") == record

    async def test_every_change_has_a_higher_revision(self, registry: Registry) -> None:
        """A key that changes is at a higher revision each time."""
        first = await registry.put("a", b"1", 0)
        second = await registry.put("a", b"2", first.revision)
        assert 0 < first.revision < second.revision

    async def test_all_of_a_change_or_none(self, make: Make) -> None:
        """Where one key is at another revision nothing is changed, in memory or where it is kept."""
        deed = Deed("#geral", 1, "ana", "kick")
        async with opened(make) as registry:
            await registry.put("a", b"1", 0)
            with pytest.raises(Conflict):
                await registry.change([Change("b", b"2", 0), Change("a", b"2", 0)], deed)
            await registry.change([Change("b", b"2", 0), registry.changed("a", b"3")], deed)
        async with opened(make) as again:
            assert kept(again) == [("a", b"3"), ("b", b"2")]
            assert len(await again.deeds("#geral", None, 10)) == 1

    async def test_nothing_to_change(self, registry: Registry) -> None:
        """No change at all is made as any other."""
        await registry.change([])
        assert kept(registry) == []

    async def test_a_key_that_comes_back_is_at_a_new_revision(self, registry: Registry) -> None:
        """Who looked at a key before it went and came back meets a conflict."""
        before = (await registry.put("a", b"1", 0)).revision
        await registry.change([registry.changed("a", GONE)])
        assert registry.get("a") is None
        await registry.put("a", b"2", 0)
        with pytest.raises(Conflict):
            await registry.put("a", b"3", before)

    async def test_what_is_gone_stays_gone(self, make: Make) -> None:
        """A key that was taken away is not there when the registry is opened again, and may come back."""
        async with opened(make) as registry:
            await registry.put("a", b"1", 0)
            await registry.change([registry.changed("a", GONE)])
        async with opened(make) as again:
            assert (again.get("a"), kept(again)) == (None, [])
            await again.put("a", b"2", 0)
            assert kept(again) == [("a", b"2")]

    async def test_any_key_and_any_value(self, make: Make) -> None:
        """Keys are any text, values any bytes; they come back as they were, by prefix and in order."""
        value = bytes(range(256))
        async with opened(make) as registry:
            await registry.change([Change(key, value, 0) for key in STRANGE])
            with pytest.raises(Conflict):
                await registry.put(STRANGE[1], b"x", 0)
        async with opened(make) as again:
            assert kept(again) == [(key, value) for key in sorted(STRANGE)]
            assert kept(again, "room/#a") == [("room/#a b", value)]

    async def test_whoever_listens_hears_of_every_change(self, make: Make) -> None:
        """In order, before `change` returns: what each key is from then on, and the deed."""
        heard, deed = Heard(), Deed("#geral", 1, "ana", "kick", "bia")
        async with opened(make, heard) as registry:
            await registry.put("a", b"1", 0)
            assert heard.values == [[("a", b"1")]]
            await registry.change([registry.changed("a", GONE), Change("b", b"2", 0)], deed)
            with pytest.raises(Conflict):
                await registry.put("b", b"3", 0)
            await registry.change([], deed)
        assert heard.values == [[("a", b"1")], [("a", None), ("b", b"2")], []]
        assert [change.mine for change in heard.changes] == [True] * 3
        deeds = [change.deed for change in heard.changes]
        assert [deed and (deed.by, deed.did, deed.whom) for deed in deeds] == [
            None,
            *[("ana", "kick", "bia")] * 2,
        ]

    async def test_deeds_in_pages(self, registry: Registry) -> None:
        """Deeds are read by their scope, newest page first, each in the order in which they were done."""
        for number in range(4):
            scope = "#geral" if number != 2 else "#aula b"
            await registry.change([], Deed(scope, number, "ana", "mute", "bia", "60"))
        page = await registry.deeds("#geral", None, 2)
        assert [deed.at for deed in page] == [1, 3]
        assert page[0].number < page[1].number
        assert [deed.at for deed in await registry.deeds("#geral", page[0].number, 10)] == [0]
        assert [deed.at for deed in await registry.deeds("#aula b", None, 10)] == [2]
        assert await registry.deeds("#nenhuma", None, 10) == []

    async def test_old_deeds_go(self, registry: Registry) -> None:
        """Of one scope so many deeds are kept, the newest; those of others stay."""
        for number in range(5):
            for scope in ("#geral", "#aula") if number == 0 else ("#geral",):
                await registry.change([], Deed(scope, number, "ana", "kick"))
        assert [deed.at for deed in await registry.deeds("#geral", None, 10)] == [2, 3, 4]
        assert [deed.at for deed in await registry.deeds("#aula", None, 10)] == [0]

    async def test_what_somebody_wrote_is_erased(self, make: Make) -> None:
        """Of the deeds of one person those are emptied that have words of their own."""
        async with opened(make) as registry:
            for by, did, what in (("Ana", "topic", "x"), ("ana", "kick", ""), ("bia", "topic", "y")):
                await registry.change([], Deed("#a", 1, by, did, what=what))
            await registry.erase("ana")
        async with opened(make) as again:
            deeds = await again.deeds("#a", None, 10)
            assert [(deed.by, deed.did, deed.what) for deed in deeds] == [
                ("Ana", "topic", ""),
                ("ana", "kick", ""),
                ("bia", "topic", "y"),
            ]
            await again.change([], Deed("#a", 1, "ana", "kick"))  # the log goes on after it

    async def test_what_was_cancelled_is_made_or_not(self, make: Make) -> None:
        """Whoever asked for a change may be gone before it is made: memory is what is kept all the same."""
        async with opened(make) as registry:
            changing = asyncio.ensure_future(registry.put("a", b"1", 0))
            await asyncio.sleep(0)
            changing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await changing
            await registry.put("b", b"1", 0)  # after it, as changes are made one by one
            memory = kept(registry)
        async with opened(make) as again:
            assert kept(again) == memory

    async def test_of_many_changes_at_once_one_is_made(self, registry: Registry) -> None:
        """Of those who change one key from the same revision one does, and the others meet a conflict."""
        for _ in range(5):
            revision = registry.revision("a")
            made = await asyncio.gather(
                *(registry.put("a", b"%d" % n, revision) for n in range(8)), return_exceptions=True
            )
            lost = [one for one in made if isinstance(one, Conflict)]
            assert len(lost) == 7
            assert registry.revision("a") > revision

    async def test_of_many_claims_at_once_one_wins(self, registry: Registry) -> None:
        """Of keys that claim one name or its likes at the same moment exactly one gets it."""
        for round_ in range(5):
            names = [f"ana{round_}", f"Ana{round_}", f"ANA{round_}"]
            wins = await asyncio.gather(*(claimed(registry, names[n % 3], f"k{n}") for n in range(9)))
            assert wins.count(True) == 1
