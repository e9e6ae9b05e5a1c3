"""A server of which a client keeps a copy, as a list; and whatever may happen between the two."""

import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import Struct

from chat.history.base import SAID, Draft, Entry, Fold, Kind
from chat.history.copy import Copy, Stretch
from chat.history.fold import text
from tests.fake_history import FakeHistory
from tests.history.told import change, draft

ROOMS = ["#a", "#b"]
TALKS = [*ROOMS, "@bia"]
Line = tuple[object, ...]


class Say(Struct, frozen=True):
    talk: str
    body: str


class Change(Struct, frozen=True):
    who: str
    kind: Kind
    body: str
    nth: int


class Tell(Struct, frozen=True):
    """The server tells the next `number` entries by itself."""

    number: int


class Enter(Struct, frozen=True):
    """The client comes, and follows these rooms from its cursor on, or if it `skips`, from the head on."""

    rooms: list[str]
    skips: bool


class Ask(Struct, frozen=True):
    """A page of the server's, before or after the `nth` message of a talk; None: the newest."""

    talk: str
    limit: int
    before: int | None = None
    after: int | None = None


class Read(Ask, frozen=True):
    """The same of the copy."""


class Restart(Struct, frozen=True):
    pass


Step = Say | Change | Tell | Enter | Ask | Read | Restart

_talks = st.sampled_from(TALKS)
_bodies = st.sampled_from(["bolo", "torta", "bolo de avião", ""])
_kinds = st.sampled_from(sorted(set(Kind) - SAID - {Kind.TOPIC}))
_nth = st.integers(0, 20)
_limits = st.integers(1, 6)


def _edged(kind: type[Ask]) -> st.SearchStrategy[Ask]:
    newest = st.builds(kind, _talks, _limits)
    return newest | st.builds(kind, _talks, _limits, _nth) | st.builds(kind, _talks, _limits, st.none(), _nth)


def _can_be(change: Change) -> bool:
    """A reaction has an emoji; one that is empty in the history was erased."""
    return bool(change.body) or change.kind not in (Kind.REACT, Kind.UNREACT)


_steps = st.one_of(
    st.builds(Say, _talks, _bodies),
    st.builds(Say, _talks, _bodies),
    st.builds(Change, st.sampled_from(["ana", "bia", "caio"]), _kinds, _bodies, _nth).filter(_can_be),
    st.builds(Tell, st.integers(1, 8)),
    st.builds(Enter, st.lists(st.sampled_from(ROOMS), max_size=2), st.booleans()),
    _edged(Ask),
    _edged(Read),
    st.just(Restart()),
)
scripts = st.lists(_steps, max_size=60)


def line(entry: Entry) -> Line:
    """What a screen shows of an entry."""
    fold = entry.fold or Fold(0)
    edited = fold.body is not None and not fold.deleted
    return entry.id, entry.kind, entry.target, entry.sender, text(entry), edited, fold.deleted, fold.reactions


def wired(entry: Entry) -> Entry:
    """An entry as it reaches a client: without whose it is, and with no body but that of now."""
    return msgspec.structs.replace(entry, owner="", author="", readers=(), body=text(entry))


class World:
    """One server, one client, one copy."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.server = FakeHistory()
        self.rooms: set[str] = set()
        self.failures: list[Exception] = []
        self.copy = self.made()

    def made(self) -> Copy:
        return Copy(self.path, failed=self.failures.append)

    async def begin(self) -> None:
        await self.copy.open()
        self.copy.reset("log", 0)

    async def end(self) -> None:
        await self.copy.close()
        assert self.failures == []

    @property
    def cursor(self) -> int:
        assert self.copy.cursor is not None
        return self.copy.cursor

    def said(self, talk: str) -> list[int]:
        return [one.id for one in self.server.entries if one.conversation == talk and one.kind in SAID]

    async def now(self, talk: str, until: int) -> dict[int, Line]:
        """The lines of a talk as they were when the history ended with an id."""
        then = FakeHistory()
        then.entries = self.server.entries[:until]
        page = await then.page(talk, limit=1_000)
        return {entry.id: line(wired(entry)) for entry in page.entries}

    def submit(self, said: Draft) -> None:
        self.server.place(msgspec.structs.replace(said, cid=f"c{len(self.server.entries)}"))

    async def say(self, step: Say) -> None:
        self.submit(draft(0, room=step.talk, body=step.body))

    async def change(self, step: Change) -> None:
        said = [entry for entry in self.server.entries if entry.kind in SAID]
        if said:
            self.submit(change(0, said[step.nth % len(said)], step.who, step.kind, step.body))

    async def tell(self, step: Tell) -> None:
        following = [*self.rooms, "@bia"]
        page = await self.server.follow(
            following, "", after=self.cursor, until=len(self.server.entries), limit=step.number
        )
        if page.entries:
            entries = [wired(entry) for entry in page.entries]
            self.copy.keep(entries, entries[-1].id)

    async def enter(self, step: Enter) -> None:
        self.rooms = set(step.rooms)
        self.copy.follow(self.rooms)
        if step.skips:
            self.copy.missed()
            self.copy.keep([], len(self.server.entries))

    def edges(self, step: Ask) -> dict[str, int]:
        """The ids of the nth messages of a talk, if it has any."""
        said = self.said(step.talk)
        edges = {"before": step.before, "after": step.after}
        return {name: said[nth % len(said)] for name, nth in edges.items() if nth is not None and said}

    async def ask(self, step: Ask) -> None:
        edges = self.edges(step)
        page = await self.server.page(step.talk, limit=step.limit, **edges)
        entries = [wired(entry) for entry in page.entries]
        live = step.talk in self.rooms or step.talk == "@bia"
        self.copy.keep_page(step.talk, entries, **edges, more=page.more, live=live)

    async def read(self, step: Read) -> None:
        edges = self.edges(step)
        page = await self.copy.page(step.talk, limit=step.limit, **edges)
        await self.check(step.talk, page, **edges)

    async def check(
        self, talk: str, page: Stretch, *, before: int | None = None, after: int | None = None
    ) -> None:
        """Nothing is left out in silence, and what is said to be so is so."""
        said = self.said(talk)
        found = [entry.id for entry in page.entries]
        assert found == [id for id in said if found and found[0] <= id <= found[-1]]
        if after is None:
            end = max(self.cursor, *found, 0) + 1 if before is None else before
            expected = [id for id in said if id < end]
            assert page.gap or found == expected[len(expected) - len(found) :]
            assert page.more or (found == expected[: len(found)] if page.gap else found == expected)
        else:
            expected = [id for id in said if id > after]
            assert page.gap or found == expected[: len(found)]
            known = [id for id in expected if id <= max(self.cursor, *found, 0)]
            assert page.more or (found == known[len(known) - len(found) :] if page.gap else found == known)
        assert page.more or found or not page.gap
        if not page.stale:
            for entry in page.entries:
                until = max(self.cursor, entry.fold.version if entry.fold else 0, entry.id)
                assert line(entry) == (await self.now(talk, until))[entry.id]

    async def restart(self, _: Restart) -> None:
        known = (self.copy.log, self.copy.cursor)
        await self.end()
        self.copy = self.made()
        await self.copy.open()
        assert (self.copy.log, self.copy.cursor) == known

    async def settle(self) -> dict[str, list[Line]]:
        """What a client shows that is there again, and asks the server wherever the copy is not sure."""
        await self.enter(Enter(ROOMS, skips=False))
        await self.tell(Tell(1_000))
        return {talk: await self.scrolled(talk) for talk in TALKS}

    async def scrolled(self, talk: str) -> list[Line]:
        lines: list[Line] = []
        before, more = None, True
        while more:
            page = await self.copy.page(talk, before=before, limit=4)
            if page.gap or page.stale:
                asked = await self.server.page(talk, before=before, limit=4)
                entries = [wired(entry) for entry in asked.entries]
                self.copy.keep_page(talk, entries, before=before, more=asked.more, live=True)
                page = await self.copy.page(talk, before=before, limit=4)
                assert not page.gap
                assert not page.stale
            lines[:0] = [line(entry) for entry in page.entries]
            before, more = (page.entries[0].id if page.entries else before), page.more
        return lines


_PLAYS: dict[type, Callable[[World, Any], Awaitable[None]]] = {
    Say: World.say,
    Change: World.change,
    Tell: World.tell,
    Enter: World.enter,
    Ask: World.ask,
    Read: World.read,
    Restart: World.restart,
}


async def play(steps: list[Step]) -> None:
    """Let it all happen; in the end the copy, with the server's help, has what the server has."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder) / "copy.db")
        await world.begin()
        for step in steps:
            await _PLAYS[type(step)](world, step)
        lines = await world.settle()
        for talk in TALKS:
            assert lines[talk] == list((await world.now(talk, len(world.server.entries))).values())
            found = await world.copy.search("bolo", conversations=[talk], limit=999)
            wanted = [one[0] for one in lines[talk] if "bolo" in str(one[4])]
            assert [entry.id for entry in found.entries] == wanted
        await world.end()
