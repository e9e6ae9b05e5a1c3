"""Any series of what one may do with a history, and what a plain list does with the same."""

from collections.abc import Awaitable, Callable
from typing import Any

from hypothesis import strategies as st
from msgspec import Struct

from chat.history.base import SAID, Draft, Entry, History, Kind, pair
from tests.fake_history import FakeHistory
from tests.history.told import Told, change, draft, private

ROOMS = ["#a", "#b", "#c"]
PEOPLE = ["ana", "eva", "rui"]


class Say(Struct, frozen=True):
    draft: Draft


class Change(Struct, frozen=True):
    """What `who` does to the `nth` of what was said so far."""

    number: int
    who: str
    kind: Kind
    body: str
    nth: int


class Find(Struct, frozen=True):
    id: int


class Search(Struct, frozen=True):
    words: str
    conversations: list[str]
    reader: str
    before: int | None
    limit: int


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


Step = Say | Change | Find | Search | ReadPage | Follow | Restart

_people = st.sampled_from(PEOPLE)
_rooms = st.sampled_from(ROOMS)
_ids = st.integers(0, 60)
_limits = st.integers(1, 12)
_talks = _rooms | st.builds(pair, _people, _people)
_bodies = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=3)
_words = st.lists(st.sampled_from(["bolo", "Bolos", "AVIÃO", "aviar", "a", "o", "às"]), max_size=3).map(
    " ".join
)
_says = st.builds(
    Say,
    st.builds(draft, st.integers(0, 30), _rooms, _people, _bodies | _words)
    | st.builds(private, st.integers(0, 30), _people, _people, _words),
)
_CHANGES = sorted(set(Kind) - SAID - {Kind.TOPIC})
_changes = st.builds(
    Change, st.integers(31, 60), _people, st.sampled_from(_CHANGES), _words | _bodies, st.integers(0, 30)
)
_asked = st.sampled_from(["bolo", "bol", "avia", "aviao", "a", "bolo a", "as", "o av", "", "!", "é"])
_searches = st.builds(Search, _asked, st.lists(_rooms, max_size=3), _people, st.none() | _ids, _limits)
_pages = st.builds(ReadPage, _talks, st.none() | _ids, st.none(), _limits) | st.builds(
    ReadPage, _talks, st.none(), _ids, _limits
)
_follows = st.builds(Follow, st.lists(_rooms, max_size=4), _people, _ids, _ids, _limits)


def scripts(*, restarts: bool) -> st.SearchStrategy[list[Step]]:
    """Series of mostly saying; with or without restarts."""
    steps = _says | _says | _changes | _changes | _pages | _follows | st.builds(Find, _ids) | _searches
    return st.lists(steps | st.just(Restart()) if restarts else steps, max_size=120)


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
        self.model = FakeHistory()
        self.expected: list[Entry] = []
        self.firsts: list[bool] = []

    async def open(self) -> None:
        self.history = self.make()
        await self.history.open(self.told.committed, self.told.failed)
        assert self.history.head == len(self.model.entries)

    async def say(self, step: Say) -> None:
        self.submit(step.draft)

    async def change(self, step: Change) -> None:
        said = [entry for entry in self.model.entries if entry.kind in SAID]
        if said:
            target = said[step.nth % len(said)]
            self.submit(change(step.number, target, step.who, step.kind, step.body))

    def submit(self, said: Draft) -> None:
        self.history.submit(said, len(self.expected))
        outcome = self.model.place(said)
        self.expected.append(outcome.entry)
        self.firsts.append(outcome.first)

    async def read(self, step: ReadPage | Follow | Find | Search) -> None:
        await self.told.reports(len(self.expected))
        assert await _READS[type(step)](self.history, step) == await _READS[type(step)](self.model, step)

    async def restart(self, _: Restart) -> None:
        await self.history.close()
        await self.open()


async def _page(history: History, step: ReadPage) -> object:
    return await history.page(step.conversation, before=step.before, after=step.after, limit=step.limit)


async def _follow(history: History, step: Follow) -> object:
    return await history.follow(
        step.conversations, step.reader, after=step.after, until=step.until, limit=step.limit
    )


async def _find(history: History, step: Find) -> object:
    return await history.find(step.id)


async def _search(history: History, step: Search) -> object:
    return await history.search(
        step.words, step.conversations, step.reader, before=step.before, limit=step.limit
    )


_READS: dict[type, Callable[[History, Any], Awaitable[object]]] = {
    ReadPage: _page,
    Follow: _follow,
    Find: _find,
    Search: _search,
}
_PLAYS: dict[type, Callable[[_Player, Any], Awaitable[None]]] = {
    Say: _Player.say,
    Change: _Player.change,
    Restart: _Player.restart,
    **dict.fromkeys(_READS, _Player.read),
}
