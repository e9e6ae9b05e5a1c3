"""Any series of what one may do with a history, and what a plain list does with the same."""

from collections.abc import Callable

import msgspec
from hypothesis import strategies as st
from msgspec import Struct

from chat.history.base import Draft, Entry, History, Page, pair
from tests.history.told import Told, draft, private

ROOMS = ["#a", "#b", "#c"]
PEOPLE = ["ana", "eva", "rui"]


class Say(Struct, frozen=True):
    draft: Draft


class ReadPage(Struct, frozen=True):
    conversation: str
    before: int | None
    after: int | None
    limit: int


class Follow(Struct, frozen=True):
    conversations: list[str]
    reader: str
    after: int
    until: int
    limit: int


class Restart(Struct, frozen=True):
    pass


Step = Say | ReadPage | Follow | Restart

_people = st.sampled_from(PEOPLE)
_rooms = st.sampled_from(ROOMS)
_ids = st.integers(0, 60)
_limits = st.integers(1, 12)
_talks = _rooms | st.builds(pair, _people, _people)
_bodies = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=3)
_says = st.builds(
    Say,
    st.builds(draft, st.integers(0, 30), _rooms, _people, _bodies)
    | st.builds(private, st.integers(0, 30), _people, _people),
)
_pages = st.builds(ReadPage, _talks, st.none() | _ids, st.none(), _limits) | st.builds(
    ReadPage, _talks, st.none(), _ids, _limits
)
_follows = st.builds(Follow, st.lists(_rooms, max_size=4), _people, _ids, _ids, _limits)


def scripts(*, restarts: bool) -> st.SearchStrategy[list[Step]]:
    """Series of mostly saying; with or without restarts."""
    steps = _says | _says | _says | _pages | _follows
    return st.lists(steps | st.just(Restart()) if restarts else steps, max_size=120)


class Model:
    """A history as a list: nothing is durable, nothing is fast."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def append(self, said: Draft) -> Entry:
        for entry in self.entries:
            if (entry.owner, entry.cid) == (said.owner, said.cid):
                return entry
        self.entries.append(Entry(id=len(self.entries) + 1, **msgspec.structs.asdict(said)))
        return self.entries[-1]

    def page(self, asked: ReadPage) -> Page:
        found = [entry for entry in self.entries if entry.conversation == asked.conversation]
        if asked.after is not None:
            found = [entry for entry in found if entry.id > asked.after]
            return Page(found[: asked.limit], len(found) > asked.limit)
        found = [entry for entry in found if asked.before is None or entry.id < asked.before]
        return Page(found[-asked.limit :], len(found) > asked.limit)

    def follow(self, asked: Follow) -> Page:
        found = [
            entry
            for entry in self.entries
            if asked.after < entry.id <= asked.until
            and (entry.conversation in asked.conversations or asked.reader in entry.readers)
        ]
        return Page(found[: asked.limit], len(found) > asked.limit)


async def play(make: Callable[[], History], steps: list[Step]) -> None:
    """Do each step with a history and with a list, and compare all that is said and read."""
    player = _Player(make)
    await player.open()
    for step in steps:
        await _PLAYS[type(step)](player, step)
    await player.history.close()
    assert player.told.entries == player.expected
    assert [o.first for o in player.told.outcomes] == player.firsts
    assert player.told.tickets == list(range(len(player.expected)))


class _Player:
    def __init__(self, make: Callable[[], History]) -> None:
        self.make = make
        self.told = Told()
        self.model = Model()
        self.expected: list[Entry] = []
        self.firsts: list[bool] = []

    async def open(self) -> None:
        self.history = self.make()
        await self.history.open(self.told.committed, self.told.failed)
        assert self.history.head == len(self.model.entries)

    async def say(self, step: Say) -> None:
        self.history.submit(step.draft, len(self.expected))
        known = len(self.model.entries)
        self.expected.append(self.model.append(step.draft))
        self.firsts.append(len(self.model.entries) > known)

    async def page(self, step: ReadPage) -> None:
        await self.told.reports(len(self.expected))
        found = await self.history.page(
            step.conversation, before=step.before, after=step.after, limit=step.limit
        )
        assert found == self.model.page(step)

    async def follow(self, step: Follow) -> None:
        await self.told.reports(len(self.expected))
        found = await self.history.follow(
            step.conversations, step.reader, after=step.after, until=step.until, limit=step.limit
        )
        assert found == self.model.follow(step)

    async def restart(self, _: Restart) -> None:
        await self.history.close()
        await self.open()


_PLAYS = {Say: _Player.say, ReadPage: _Player.page, Follow: _Player.follow, Restart: _Player.restart}
