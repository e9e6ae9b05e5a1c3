"""A history in memory whose commits a test can hold back and release, or let fail."""

import asyncio
import re
import unicodedata
from collections.abc import Collection

import msgspec

from chat.history.base import (
    SAID,
    Committed,
    Draft,
    Entry,
    Failed,
    Failure,
    Fold,
    History,
    Kind,
    Outcome,
    Page,
)


class FakeHistory(History):
    """Commits at the next turn of the loop, unless `held`; then when `release` is called."""

    def __init__(self) -> None:
        self.log = "fake"
        self.head = 0
        self.held = False
        self.failing = False
        self.reading: asyncio.Event | None = None
        """Set it to an event to hold reads back until it is set."""
        self.readers = 0
        """How many reads have begun."""
        self.entries: list[Entry] = []
        self._placed: dict[tuple[str, str], Entry] = {}
        self._waiting: list[tuple[Draft, object]] = []

    async def open(self, committed: Committed, failed: Failed) -> None:
        self._committed, self._failed = committed, failed

    async def close(self) -> None:
        self.release()

    def submit(self, draft: Draft, ticket: object = None) -> None:
        if not self._waiting:
            self._released = asyncio.Event()
        self._waiting.append((draft, ticket))
        if not self.held and len(self._waiting) == 1:
            asyncio.get_running_loop().call_soon(self.release)

    def release(self) -> None:
        """Commit what waits as one batch."""
        batch, self._waiting = self._waiting, []
        if not batch:
            return
        self._released.set()  # who waits for it goes on in a later turn
        if self.failing:
            self._failed([Failure(draft, ticket, final=False) for draft, ticket in batch])
            return
        void = [one for one in batch if getattr(one[1], "void", False)]
        batch = [one for one in batch if one not in void]
        outcomes = [self.place(draft, ticket) for draft, ticket in batch]
        self.head = len(self.entries)
        if outcomes:
            self._committed(outcomes, self.head)
        if void:
            self._failed([Failure(draft, ticket, final=False, revoked=True) for draft, ticket in void])

    def place(self, draft: Draft, ticket: object = None) -> Outcome:
        """Commit one draft at once, and tell nobody."""
        entry = Entry(id=len(self.entries) + 1, **msgspec.structs.asdict(draft))
        placed = self._placed.setdefault((draft.owner, draft.cid), entry)
        if placed is entry:
            self.entries.append(entry)
        return Outcome(placed, placed is entry, ticket)

    async def settled(self) -> None:
        if self._waiting:
            await self._released.wait()

    async def append(self, draft: Draft) -> Entry:
        raise NotImplementedError

    async def reach(self, id: int) -> None:
        """At once: nobody else appends, so `head` is the truth."""

    async def page(
        self, conversation: str, *, before: int | None = None, after: int | None = None, limit: int
    ) -> Page:
        found = [
            entry
            for entry in self._folded(self.entries)
            if entry.conversation == conversation and entry.kind in SAID
        ]
        if after is not None:
            found = [entry for entry in found if entry.id > after]
            await self._read()
            return Page(found[:limit], len(found) > limit)
        if before is not None:
            found = [entry for entry in found if entry.id < before]
        await self._read()
        return Page(found[-limit:], len(found) > limit)

    async def find(self, id: int) -> Entry | None:
        return next((entry for entry in self._folded(self.entries) if entry.id == id), None)

    async def search(
        self, words: str, conversations: Collection[str], reader: str, *, before: int | None, limit: int
    ) -> Page:
        found = [
            entry
            for entry in self._folded(self.entries)
            if (entry.conversation in conversations or reader in entry.readers)
            and entry.kind in SAID
            and (before is None or entry.id < before)
            and holds(_body(entry), words)
        ]
        await self._read()
        return Page(found[-limit:], len(found) > limit)

    def _folded(self, entries: list[Entry]) -> list[Entry]:
        changes: dict[int | None, list[Entry]] = {}
        for entry in self.entries:
            if entry.target is not None and entry.kind not in SAID:
                changes.setdefault(entry.target, []).append(entry)
        return [self._now(entry, changes) for entry in entries]

    def _now(self, entry: Entry, changes: dict[int | None, list[Entry]]) -> Entry:
        if entry.kind in SAID:
            return self._fold(entry, changes.get(entry.id, []))
        others = changes.get(entry.target, [])
        taken_back = entry.kind is Kind.EDIT and any(one.kind is Kind.DELETE for one in others)
        return msgspec.structs.replace(entry, body="") if taken_back else entry

    def _fold(self, entry: Entry, changes: list[Entry]) -> Entry:
        """What became of an entry, by the plainest possible reading of the rules."""
        if not changes:
            return entry
        if any(one.kind is Kind.DELETE for one in changes):
            return msgspec.structs.replace(entry, fold=Fold(changes[-1].id, deleted=True), body="")
        edits = [one.body for one in changes if one.kind is Kind.EDIT]
        reacted: dict[str, list[tuple[str, str]]] = {}
        for one in changes:
            who = (one.author or one.sender, one.sender)
            those = reacted.setdefault(one.body, []) if one.kind in (Kind.REACT, Kind.UNREACT) else []
            those[:] = [other for other in those if other[0] != who[0]]
            if one.kind is Kind.REACT and one.body:  # without one it is of somebody who was erased
                those.append(who)
        reactions = {emoji: [name for _, name in those] for emoji, those in reacted.items() if those}
        fold = Fold(changes[-1].id, edits[-1] if edits else None, reactions=reactions)
        return msgspec.structs.replace(entry, fold=fold)

    async def follow(
        self, conversations: Collection[str], reader: str, *, after: int, until: int, limit: int
    ) -> Page:
        wanted = set(conversations)
        found = [
            entry
            for entry in self.entries[max(after, 0) : until]
            if entry.conversation in wanted or reader in entry.readers
        ]
        page = Page(self._folded(found[:limit]), len(found) > limit)
        await self._read()
        return page

    async def _read(self) -> None:
        """What was found is there; whoever asked gets it once reading is not held any more."""
        self.readers += 1
        if self.reading is not None:
            await self.reading.wait()


_WORD = re.compile(r"[^\W_]+")


def holds(text: str, words: str) -> bool:
    """Whether a text has all the words, by the beginnings of its own; one letter is a whole word."""
    said = _WORD.findall(_folded_text(text))
    asked = _WORD.findall(_folded_text(words))
    return bool(asked) and all(
        any(one == word or (len(word) > 1 and one.startswith(word)) for one in said) for word in asked
    )


def _folded_text(text: str) -> str:
    apart = unicodedata.normalize("NFD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _body(entry: Entry) -> str:
    return entry.fold.body if entry.fold is not None and entry.fold.body is not None else entry.body
