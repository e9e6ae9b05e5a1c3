"""What is a user's own is there again, in its order, whatever happened to the program."""

import asyncio
import os
import random
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chat.errors import DataRefused, StorageFailed
from chat.history import own as owns
from chat.history.base import Kind
from chat.history.own import Item, Own
from tests.patience import PATIENCE


@asynccontextmanager
async def own_in(path: Path | None) -> AsyncIterator[Own]:
    failures: list[Exception] = []
    own = Own(path, failed=failures.append)
    await own.open()
    try:
        yield own
    finally:
        await own.close()
    assert failures == []


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "own.db"


ITEMS = [
    Item("1", "#geral", "oi\n'\"🎂\0", -3),
    Item("2", "@bia", "acena", 5, Kind.ACT, target=7),
    Item("3", "#geral", "oi!", 6, Kind.EDIT, target=2**63 - 1),
    Item("4", "#geral", "", 7, Kind.DELETE, target=9),
    Item("5", "#geral", "👍", 8, Kind.UNREACT, target=9, code="not_allowed"),
]


async def test_everything_comes_back(path: Path) -> None:
    """Items in their order with all their parts, drafts and lines are there after a restart."""
    async with own_in(path) as own:
        assert (own.outbox, own.drafts, own.lines) == ({}, {}, [])
        for item in ITEMS:
            own.put(item)
        own.draft("#geral", "meio dit")
        own.draft("@bia", "x")
        own.draft("@bia", "")
        own.typed("/ajuda")
        own.typed("oi")
        own.setting("theme", "dark")
        own.setting("session", "s\udcff")
        own.setting("theme", None)
        own.setting("none", None)
    for _ in range(2):
        async with own_in(path) as own:
            assert list(own.outbox.values()) == ITEMS
            assert list(own.outbox) == ["1", "2", "3", "4", "5"]
            assert own.drafts == {"#geral": "meio dit"}
            assert own.lines == ["/ajuda", "oi"]
            assert own.settings == {"session": "s?"}


async def test_an_item_keeps_its_place(path: Path) -> None:
    """What is put again changes where it stands; what is dropped and put again stands last."""
    async with own_in(path) as own:
        for item in ITEMS:
            own.put(item)
        refused = replace(ITEMS[1], code="slow_down")
        own.put(refused)
        own.drop("1")
        own.put(ITEMS[0])
        own.drop("none")
        expected = [refused, *ITEMS[2:], ITEMS[0]]
        assert list(own.outbox.values()) == expected
    async with own_in(path) as own:
        assert list(own.outbox.values()) == expected


_steps = st.lists(
    st.tuples(st.sampled_from(["put", "drop", "draft", "typed", "restart"]), st.integers(0, 5)), max_size=40
)


@settings(max_examples=40, deadline=None)
@given(_steps)
async def test_the_file_is_what_is_in_memory(tmp_path_factory: pytest.TempPathFactory, steps: list) -> None:
    """Whatever is put, dropped and written, what is read back is what was there."""
    path = tmp_path_factory.mktemp("own") / "own.db"
    own = Own(path)
    await own.open()
    for turn, (what, number) in enumerate([*steps, ("restart", 0)]):
        if what == "put":
            own.put(Item(f"c{number}", "#a", f"{turn}", turn))
        elif what == "drop":
            own.drop(f"c{number}")
        elif what == "draft":
            own.draft(f"#{number}", f"{turn}" if turn % 3 else "")
        elif what == "typed":
            own.typed(f"{turn}")
        else:
            await own.close()
            again = Own(path)
            await again.open()
            assert list(again.outbox.values()) == list(own.outbox.values())
            assert (again.drafts, again.lines) == (own.drafts, own.lines)
            own = again
    await own.close()


async def test_lines_have_a_bound(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what was typed so many lines are kept, the newest."""
    monkeypatch.setattr(owns, "MAX_LINES", 10)
    async with own_in(path) as own:
        for number in range(25):
            own.typed(f"linha {number}")
        expected = [f"linha {number}" for number in range(15, 25)]
        assert own.lines == expected
    async with own_in(path) as own:
        assert own.lines == expected
        own.typed("mais")
    async with own_in(path) as own:
        assert own.lines == [*expected[1:], "mais"]


async def test_what_is_no_text(path: Path) -> None:
    """What a terminal gives that is no text is kept with question marks; an item that is none is refused."""
    async with own_in(path) as own:
        own.draft("#a", "meio \udcff")
        own.typed("\udcff")
        with pytest.raises(ValueError, match="surrogates"):
            own.put(Item("1", "#a", "\udcff", 0))
        assert own.outbox == {}
    async with own_in(path) as own:
        assert (own.drafts, own.lines) == ({"#a": "meio ?"}, ["?"])


async def test_private_and_durable(path: Path) -> None:
    """The files are their owner's only, and each change is on the disk before its future is done."""
    async with own_in(path) as own:
        await own.put(ITEMS[0])
        assert {oct(file.stat().st_mode & 0o777) for file in path.parent.iterdir()} == {"0o600"}
        (level,) = await own._clerk.ask(lambda db: db.execute("PRAGMA synchronous").fetchone())
        assert level == 2
    assert os.listdir(path.parent) == ["own.db"]


async def test_in_memory() -> None:
    """Without a path all is the same, and nothing is left."""
    async with own_in(None) as own:
        await own.put(ITEMS[0])
        assert list(own.outbox) == ["1"]


async def test_many_at_once(path: Path) -> None:
    """A thousand items are a few transactions, not a thousand."""
    async with own_in(path) as own:
        commits = 0

        def count(statement: str) -> None:
            nonlocal commits
            commits += statement == "COMMIT"

        await own._clerk.ask(lambda db: db.set_trace_callback(count))
        for number in range(1_000):
            own.put(Item(f"c{number}", "#a", "olá", number))
        await own.settled()
        assert commits < 50


async def test_a_full_disk(path: Path) -> None:
    """What cannot be kept is told, and is there all the same as long as the program runs."""
    failures: list[Exception] = []
    own = Own(path, failed=failures.append)
    await own.open()
    (size,) = await own._clerk.ask(lambda db: db.execute("PRAGMA page_count").fetchone())
    await own._clerk.ask(lambda db: db.execute(f"PRAGMA max_page_count = {size + 1}").fetchone())
    with pytest.raises(StorageFailed, match="full"):
        await own.put(Item("1", "#a", "x" * 9_999, 0))
    own.put(Item("2", "#a", "x" * 9_999, 0))
    await own.settled()
    assert [str(failure) for failure in failures] == ["database or disk is full"] * 2
    assert list(own.outbox) == ["1", "2"]
    await own.put(Item("3", "#a", "x", 0))
    await own.close()
    async with own_in(path) as again:
        assert list(again.outbox) == ["3"]


def damage(path: Path) -> None:
    path.write_bytes(content(path)[:4_096] + bytes(8_192))


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA user_version = 99")


def content(path: Path) -> bytes:
    return path.read_bytes()


@pytest.mark.parametrize(("spoil", "reason"), [(damage, "damaged"), (newer, "newer_schema")])
async def test_refused(path: Path, spoil: Callable[[Path], None], reason: str) -> None:
    """A file that cannot be read is never replaced: nobody else has what is in it."""
    async with own_in(path) as own:
        own.put(ITEMS[0])
    spoil(path)
    before = content(path)
    with pytest.raises(DataRefused) as caught:
        await Own(path).open()
    assert caught.value.reason == reason
    assert content(path) == before


async def killed(path: Path, first: int, lines: int) -> list[list[str]]:
    """Let a program use a file until it said so many lines; kill it; all that it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.history.owner", str(path), str(first), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    said = []
    async with asyncio.timeout(PATIENCE):
        for _ in range(lines):
            said.append(await process.stdout.readline())
        process.kill()
        said += (await process.stdout.read()).splitlines(keepends=True)
        await process.wait()
    return [line.decode().split() for line in said if line.endswith(b"\n")]


async def test_kill(path: Path) -> None:
    """Killed at any moment: what was put and not dropped is there in its order, what was dropped is not."""
    chance = random.Random(4711)
    put: list[str] = []
    perhaps: set[str] = set()
    for turn in range(4):
        said = await killed(path, turn * 1_000_000, chance.randrange(1, 300))
        numbers = {what: [number for kind, number in said if kind == what] for what, _ in said}
        put += [f"c{number}" for number in numbers["put"] if number not in numbers.get("dropping", [])]
        dropped = {f"c{number}" for number in numbers.get("dropped", [])}
        perhaps |= {f"c{number}" for number in numbers.get("dropping", [])} - dropped
        async with own_in(path) as own:
            assert [cid for cid in own.outbox if cid in put] == put
            assert not dropped & own.outbox.keys()
            unsaid = own.outbox.keys() - set(put) - perhaps
            assert len(unsaid) <= 5 * (turn + 1)  # kept, and killed before it could say so
            if "draft" in numbers:
                assert int(own.drafts["#geral"].split()[1]) >= int(numbers["draft"][-1])
