"""A copy ends with what the server has, whatever came in whatever order, and never hides a gap."""

import os
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from chat.errors import DataRefused, StorageFailed
from chat.history import database, kept
from chat.history.base import Entry, Fold, Kind
from chat.history.copy import Copy, Stretch
from tests.history import fetched
from tests.history.fetched import line


@settings(max_examples=150, deadline=None)  # each opens files
@given(fetched.scripts)
async def test_any_order_ends_in_the_same_lines(steps: list[fetched.Step]) -> None:
    """Pages, news, absences, restarts: what is shown is right at every moment and in the end."""
    await fetched.play(steps)


@asynccontextmanager
async def copy_in(path: Path | None, most: int = 1_000) -> AsyncIterator[Copy]:
    """A copy that is open; what it could not keep is in its `failures`."""
    failures: list[Exception] = []
    copy = Copy(path, most=most, failed=failures.append)
    await copy.open()
    try:
        yield copy
    finally:
        await copy.close()
    assert failures == []


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "copy.db"


@pytest.fixture
async def copy(path: Path) -> AsyncIterator[Copy]:
    async with copy_in(path) as copy:
        copy.reset("log", 0)
        yield copy


def said(id: int, talk: str = "#a", body: str = "", fold: Fold | None = None) -> Entry:
    return Entry(id, talk, "", f"c{id}", talk, "ana", 1_000 + id, body or f"olá {id}", fold=fold)


def changed(id: int, kind: Kind, target: int, body: str = "", sender: str = "ana", talk: str = "#a") -> Entry:
    return Entry(id, talk, "", f"c{id}", talk, sender, 1_000 + id, body, kind=kind, target=target)


def ids(page: Stretch) -> list[int]:
    return [entry.id for entry in page.entries]


async def only(copy: Copy, talk: str = "#a") -> Entry:
    (entry,) = (await copy.page(talk, limit=9)).entries
    return entry


async def test_what_is_kept_comes_back(path: Path) -> None:
    """Every part of an entry is there again after a restart, with log, cursor and talks."""
    entries = [
        Entry(5, "#a", "", "c", "#A", "Ana", -3, "oi\n'\"🎂", kind=Kind.ACT, target=2),
        Entry(6, "@bia", "o", "d", "@ana", "bia", 9, "só tu", readers=("x", "y"), author="z"),
        Entry(7, "#a", "", "e", "#A", "bia", 9, "nova ordem", kind=Kind.TOPIC),
    ]
    async with copy_in(path) as copy:
        assert (copy.log, copy.cursor, copy.talks) == (None, None, {})
        copy.reset("log", 4)
        copy.keep(entries, 9)
        copy.keep_talks({"#a": '{"name": "#A"}', "#b": "b"})
        copy.drop_talk("#b")
        assert (copy.log, copy.cursor) == ("log", 9)
    async with copy_in(path) as copy:
        assert (copy.log, copy.cursor, copy.talks) == ("log", 9, {"#a": '{"name": "#A"}'})
        assert (await copy.page("#a", limit=9)).entries == entries[:1]
        assert (await copy.page("@bia", limit=9)).entries == entries[1:2]


async def test_files_are_private(path: Path, copy: Copy) -> None:
    """Nobody else can read what was said here."""
    await copy.keep([said(1)], 1)
    assert {oct(file.stat().st_mode & 0o777) for file in path.parent.iterdir()} == {"0o600"}


async def test_in_memory() -> None:
    """Without a path all is the same, and nothing is left."""
    async with copy_in(None) as copy:
        copy.reset("log", 0)
        copy.keep([said(1), said(2)], 2)
        assert ids(await copy.page("#a", limit=9)) == [1, 2]
        assert [entry.id for entry in (await copy.search("ola", limit=9)).entries] == [1, 2]


async def test_each_once(copy: Copy) -> None:
    """What comes again, by itself or in a page, makes no second line."""
    entries = [said(1), said(2)]
    for _ in range(2):
        copy.keep(entries, 2)
        copy.keep_page("#a", entries, more=False, live=True)
    copy.keep([*entries, *entries], 2)
    page = await copy.page("#a", limit=9)
    assert (page.entries, page.more, page.gap, page.stale) == (entries, False, False, False)
    assert [entry.id for entry in (await copy.search("ola", limit=9)).entries] == [1, 2]


async def test_one_cid_twice(copy: Copy) -> None:
    """A server may use a `cid` as often as it likes: what counts is the id."""
    twins = [replace(said(id), cid="same") for id in (1, 2)]
    copy.keep(twins, 2)
    assert (await copy.page("#a", limit=9)).entries == twins


async def test_what_it_had_become_is_kept(path: Path) -> None:
    """A message that comes edited, with reactions, stays so over a restart; what follows changes that."""
    fold = Fold(7, "agora", reactions={"👍": ["bia"]}, unnamed={"👍": 4})
    async with copy_in(path) as copy:
        copy.reset("log", 5)
        copy.keep_page("#a", [said(1, body="agora", fold=fold)], more=False, live=True)
    async with copy_in(path) as copy:
        assert (await only(copy)).fold == fold
        copy.keep([changed(6, Kind.EDIT, 1, "antes"), changed(8, Kind.REACT, 1, "👍", "caio")], 8)
        copy.keep([changed(9, Kind.UNREACT, 1, "👍", "zoe")], 9)
        now = Fold(9, "agora", reactions={"👍": ["bia", "caio"]}, unnamed={"👍": 3})
        assert (await only(copy)).fold == now
        assert [entry.id for entry in (await copy.search("agora", limit=9)).entries] == [1]


async def test_a_page_that_was_long_under_way(copy: Copy) -> None:
    """An older page takes back nothing; a newer one also brings what was missed between."""
    reactions = {"👍": ["bia"]}
    copy.keep([said(1), changed(5, Kind.EDIT, 1, "dois")], 5)
    copy.keep_page("#a", [said(1, body="um", fold=Fold(3, "um"))], more=False, live=True)
    assert line(await only(copy))[4] == "dois"
    copy.keep_page("#a", [said(1)], more=False, live=True)
    assert line(await only(copy))[4] == "dois"
    copy.missed()
    copy.keep([changed(9, Kind.EDIT, 1, "quatro")], 9)
    late = said(1, body="três", fold=Fold(8, "três", reactions=reactions))
    copy.keep_page("#a", [late], more=False, live=True)
    assert (await only(copy)).fold == Fold(9, "quatro", reactions=reactions)
    copy.keep_page("#a", [said(1, body="", fold=Fold(10, deleted=True))], more=False, live=True)
    now = await only(copy)
    assert (now.fold, now.body) == (Fold(10, deleted=True), "")
    assert (await copy.search("quatro", limit=9)).entries == []


async def test_a_change_before_what_it_changes(copy: Copy) -> None:
    """A change of a message that is not kept yet counts once that comes."""
    copy.keep([changed(5, Kind.EDIT, 1, "torta"), changed(6, Kind.DELETE, 2)], 6)
    copy.keep_page("#a", [said(1, body="bolo"), said(2, body="bolo")], before=5, more=False, live=True)
    one, two = (await copy.page("#a", limit=9)).entries
    assert (line(one)[4], line(two)[6]) == ("torta", True)
    assert (await copy.search("bolo", limit=9)).entries == []
    assert [entry.id for entry in (await copy.search("torta", limit=9)).entries] == [1]


async def test_what_was_damaged_is_mended(copy: Copy) -> None:
    """A damaged entry is kept as such, and replaced once it comes whole."""
    broken = Entry(1, "#a", "", "", "", "", 0, "", damaged=True)
    copy.keep([replace(broken, conversation="#a"), said(2)], 2)
    assert [entry.damaged for entry in (await copy.page("#a", limit=9)).entries] == [True, False]
    copy.keep_page("#a", [said(1), replace(broken, id=2, conversation="#a")], more=False, live=True)
    assert (await copy.page("#a", limit=9)).entries == [said(1), said(2)]
    assert [entry.id for entry in (await copy.search("ola", limit=9)).entries] == [1, 2]


async def test_what_is_no_text_is_left_out(copy: Copy) -> None:
    """A server that sends what cannot be kept spoils only that."""
    bad = [said(2, body="a\0b"), said(3, body="\ud800"), said(4, talk="#a\0"), replace(said(5), ts=2**63)]
    copy.keep([said(1), *bad, replace(said(2**63 - 2), ts=0)], 2**63 - 2)
    copy.keep_page("#a", bad, more=True, live=True)
    copy.keep_page("#a\0", bad, more=False, live=True)
    assert ids(await copy.page("#a", limit=9)) == [1, 2**63 - 2]
    assert ids(await copy.page("#a\0", limit=9)) == []


async def test_gaps(path: Path, copy: Copy) -> None:
    """What was said while nobody listened is a gap, until a page fills it; changes there make lines stale."""
    copy.follow(["#a"])
    copy.keep([said(id) for id in (1, 2, 3)], 3)
    copy.follow([])
    copy.keep([said(50, "#b")], 50)
    copy.follow(["#a"])
    copy.keep([said(id) for id in (61, 62)], 62)
    top = await copy.page("#a", limit=9)
    assert (ids(top), top.more, top.gap, top.stale) == ([61, 62], True, False, False)
    older = await copy.page("#a", before=61, limit=2)
    assert (ids(older), older.more, older.gap, older.stale) == ([2, 3], True, True, True)
    newer = await copy.page("#a", after=3, limit=9)
    assert (ids(newer), newer.more, newer.gap, newer.stale) == ([61, 62], False, True, False)
    context = await copy.around(3, 9)
    assert context is not None
    assert ([e.id for e in context.entries], context.older, context.newer) == ([1, 2, 3], True, True)
    copy.keep_page("#a", [said(3), said(59), said(60)], before=61, more=True, live=True)
    whole = await copy.page("#a", before=62, limit=9)
    assert (ids(whole), whole.more, whole.gap, whole.stale) == ([3, 59, 60, 61], True, False, False)
    oldest = await copy.page("#a", before=3, limit=9)
    assert (ids(oldest), oldest.more, oldest.gap, oldest.stale) == ([1, 2], True, False, True)
    copy.keep_page("#a", [said(1), said(2)], before=3, more=False, live=True)
    everything = await copy.page("#a", limit=9)
    assert (ids(everything), everything.more) == ([1, 2, 3, 59, 60, 61, 62], False)


async def test_a_private_talk_is_always_followed(copy: Copy) -> None:
    """Whatever rooms are left, what is said in private comes by itself."""
    copy.keep([said(1, "@bia"), said(2, "#a")], 2)
    copy.follow([])
    copy.keep([said(5, "@bia")], 5)
    page = await copy.page("@bia", limit=9)
    assert (ids(page), page.gap, page.stale) == ([1, 5], False, False)
    page = await copy.page("#a", limit=9)
    assert (ids(page), page.gap, page.stale) == ([2], True, True)


async def test_nothing_is_known(copy: Copy) -> None:
    """Of a talk that was never seen there may be anything."""
    assert await copy.page("#none", limit=9) == Stretch([], more=True, gap=True, stale=True)
    assert await copy.page("#none", after=3, limit=9) == Stretch([], more=True, gap=True, stale=True)
    assert await copy.around(7, 9) is None
    copy.keep_page("#empty", [], more=False, live=True)
    assert await copy.page("#empty", limit=9) == Stretch([], more=False, gap=False, stale=False)
    with pytest.raises(ValueError, match="not both"):
        await copy.page("#a", before=1, after=1, limit=1)


async def test_a_look_into_a_room(copy: Copy) -> None:
    """What is read of a room that is not followed is there, and known to be of then."""
    copy.keep_page("#a", [said(8), said(9)], more=True, live=False)
    page = await copy.page("#a", limit=9)
    assert (ids(page), page.more, page.gap, page.stale) == ([8, 9], True, True, True)
    copy.keep_page("#a", [said(9), said(12)], after=8, more=True, live=False)
    page = await copy.page("#a", after=8, limit=9)
    assert (ids(page), page.more, page.gap, page.stale) == ([9, 12], True, False, True)
    copy.keep_page("#a", [], after=12, more=False, live=True)
    copy.keep([], 12)
    page = await copy.page("#a", limit=9)
    assert (ids(page), page.more, page.gap, page.stale) == ([8, 9, 12], True, False, True)


async def test_what_is_still_to_come(copy: Copy) -> None:
    """A page that is ahead of what came by itself counts as far as that; the rest is kept when it comes."""
    copy.keep([said(1)], 1)
    copy.keep_page("#a", [said(9)], more=True, live=True)
    copy.keep_page("#b", [said(7, "#b"), said(8, "#b")], more=True, live=True)
    copy.keep_page("#b", [said(5, "#b")], before=7, more=True, live=True)
    page = await copy.page("#a", limit=9)
    assert (ids(page), page.more, page.gap, page.stale) == ([1], True, False, False)
    page = await copy.page("#a", before=9, limit=9)
    assert (ids(page), page.more, page.gap, page.stale) == ([1], True, True, False)
    copy.keep([said(4), said(5, "#b"), said(7, "#b")], 7)
    copy.keep([said(8, "#b"), said(9)], 9)
    page = await copy.page("#a", before=9, limit=9)
    assert (ids(page), page.more, page.gap, page.stale) == ([1, 4], True, False, False)
    page = await copy.page("#b", limit=9)
    assert (ids(page), page.more, page.gap, page.stale) == ([5, 7, 8], True, False, False)


async def test_around(copy: Copy) -> None:
    """A message is shown among its neighbours, and each side says whether it goes on."""
    copy.keep([said(id) for id in range(1, 100)], 99)
    for id, limit, expected, older, newer in (
        (50, 5, [48, 49, 50, 51, 52], True, True),
        (50, 4, [49, 50, 51, 52], True, True),
        (1, 4, [1, 2, 3], True, True),
        (99, 4, [98, 99], True, False),
        (50, 1, [50], True, True),
    ):
        context = await copy.around(id, limit)
        assert context is not None
        assert ([e.id for e in context.entries], context.older, context.newer) == (expected, older, newer)
        assert not context.stale


async def test_search(copy: Copy) -> None:
    """Words are found in all talks or in some, in pages from the newest on."""
    copy.keep([said(id, ("#a", "#b", "@bia")[id % 3], "bolo") for id in range(1, 31)], 30)
    copy.keep([said(31, "#a", "torta")], 31)
    page = await copy.search("bol", limit=4)
    assert ([entry.id for entry in page.entries], page.more) == ([27, 28, 29, 30], True)
    page = await copy.search("bolo", conversations=["@bia", "#none"], before=9, limit=4)
    assert ([entry.id for entry in page.entries], page.more) == ([2, 5, 8], False)
    for words, conversations in (("", None), ("!", None), ("bolo", []), ("bolo", ["#none"])):
        assert (await copy.search(words, conversations=conversations, limit=9)).entries == []


async def test_the_oldest_go(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more than so many entries are kept; what is gone is gone with its words, and is a gap."""
    monkeypatch.setattr(kept, "TRIM", 30)
    async with copy_in(path, most=50) as copy:
        copy.reset("log", 0)
        for start in range(1, 200, 10):
            new = [said(id, ("#a", "#b")[id % 2], f"bolo{id}") for id in range(start, start + 10)]
            copy.keep(new, start + 9)
            copy.keep([changed(1_000 + start, Kind.EDIT, start, "torta", talk="#b")], start + 9)
        page = await copy.page("#a", limit=99)
        assert len(page.entries) <= 25
        assert page.more
        lowest = page.entries[0].id
        assert ids(page) == list(range(lowest, 201, 2))
        rest = await copy.page("#a", before=lowest, limit=9)
        assert rest == Stretch([], more=True, gap=True, stale=True)
        assert len((await copy.search("bolo", limit=999)).entries) <= 50
        assert (await copy.search('"bolo1"', limit=999)).entries == []
        old = [said(id, "#a") for id in (2, 4)]
        await copy.keep_page("#a", old, before=lowest, more=False, live=True)
        assert ids(await copy.page("#a", limit=99))[-3:] == [196, 198, 200]
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT count(*) <= 50 FROM entries").fetchone() == (1,)
        assert db.execute("SELECT entries = (SELECT count(*) FROM entries) FROM state").fetchone() == (1,)


async def test_reset(path: Path, copy: Copy) -> None:
    """Of another history nothing of the one before is left, and ids begin anew."""
    copy.keep([said(1, body="bolo"), said(2, fold=Fold(3, "x"))], 3)
    copy.keep_talks({"#a": "A"})
    copy.reset("other", 0)
    assert (copy.log, copy.cursor, copy.talks) == ("other", 0, {})
    assert await copy.page("#a", limit=9) == Stretch([], more=True, gap=True, stale=True)
    assert (await copy.search("bolo", limit=9)).entries == []
    copy.keep([said(1, body="torta"), said(2)], 2)
    assert [line(entry)[4] for entry in (await copy.page("#a", limit=9)).entries] == ["torta", "olá 2"]
    async with copy_in(path.with_name("other.db")) as fresh:
        assert (fresh.log, fresh.cursor) == (None, None)


async def test_what_could_not_be_kept_is_a_gap(path: Path) -> None:
    """With the disk full the copy says so, loses what came, and shows a gap there; then it goes on."""
    failures: list[Exception] = []
    copy = Copy(path, failed=failures.append)
    await copy.open()
    copy.reset("log", 0)
    await copy.keep([said(1), said(2)], 2)
    clerk = copy._clerk
    (size,) = await clerk.ask(lambda db: db.execute("PRAGMA page_count").fetchone())
    await clerk.ask(lambda db: db.execute(f"PRAGMA max_page_count = {size + 1}").fetchone())
    with pytest.raises(StorageFailed, match="full"):
        await copy.keep([said(id, body="x" * 4_096) for id in range(3, 99)], 98)
    copy.keep([said(id, body="x" * 4_096) for id in range(100, 200)], 199)
    await copy.settled()
    assert len(failures) == 2
    await clerk.ask(lambda db: db.execute("PRAGMA max_page_count = 100000").fetchone())
    copy.keep([said(200)], 200)
    page = await copy.page("#a", limit=9)
    assert (ids(page), page.more, page.gap) == ([200], True, False)
    page = await copy.page("#a", before=200, limit=9)
    assert (ids(page), page.gap, page.stale) == ([1, 2], True, True)
    await copy.close()


def overwritten(path: Path) -> None:
    path.write_bytes(b"no database" * 999)


def cut(path: Path) -> None:
    os.truncate(path, 8_192)


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA user_version = 99")


def history(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA application_id = 1667785076")


@pytest.mark.parametrize("spoil", [overwritten, cut, newer, history])
async def test_made_anew(path: Path, spoil: Callable[[Path], None]) -> None:
    """A file of no use is replaced by an empty one: the server has everything."""
    async with copy_in(path) as copy:
        copy.reset("log", 0)
        copy.keep([said(id) for id in range(100)], 100)
    spoil(path)
    async with copy_in(path) as copy:
        assert (copy.log, copy.cursor) == (None, None)
        copy.reset("log", 0)
        copy.keep([said(1)], 1)
        assert ids(await copy.page("#a", limit=9)) == [1]


async def test_in_use(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that another program is writing is left alone."""
    async with copy_in(path) as copy:
        copy.reset("log", 0)
    monkeypatch.setattr(database, "PATIENCE", 0.01)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DataRefused) as caught:
            await Copy(path).open()
    assert caught.value.reason == "in_use"
    async with copy_in(path) as copy:
        assert copy.log == "log"


async def test_damaged_while_it_is_open(path: Path) -> None:
    """Damage that shows when it is read is an error, and the next time the copy is made anew."""
    failures: list[Exception] = []
    copy = Copy(path, failed=failures.append)
    await copy.open()
    copy.reset("log", 0)
    copy.keep([said(id) for id in range(1, 1_000)], 1_000)
    await copy.settled()
    await copy._clerk.ask(
        lambda db: db.execute("UPDATE words_data SET block = x'00ff00ff' WHERE id > 10").fetchall()
    )
    with pytest.raises(StorageFailed):
        await copy.search("ola", limit=9)
    assert ids(await copy.page("#a", limit=2)) == [998, 999]
    await copy.close()
    assert os.listdir(path.parent) == []
    async with copy_in(path) as copy:
        assert copy.log is None


async def test_all_since_an_id(copy: Copy) -> None:
    """Whatever came after an id, of any kind and conversation, in its order, so many at most."""
    copy.keep([said(1), said(2, "@bia"), changed(3, Kind.EDIT, 1, "novo"), said(4)], 4)
    assert [entry.id for entry in await copy.since(1, 10)] == [2, 3, 4]
    assert [entry.id for entry in await copy.since(0, 2)] == [1, 2]
    assert [entry.id for entry in await copy.since(4, 2)] == []
