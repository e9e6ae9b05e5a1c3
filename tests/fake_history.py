"""A history in memory whose commits a test can hold back and release, or let fail."""

import asyncio
from collections.abc import Collection

import msgspec

from chat.history.base import Committed, Draft, Entry, Failed, Failure, History, Outcome, Page


class FakeHistory(History):
    """Commits at the next turn of the loop, unless `held`; then when `release` is called."""

    def __init__(self) -> None:
        self.log = "fake"
        self.head = 0
        self.held = False
        self.failing = False
        self.reading: asyncio.Event | None = None
        """Set it to an event to hold reads back until it is set."""
        self.entries: list[Entry] = []
        self._waiting: list[tuple[Draft, object]] = []

    async def open(self, committed: Committed, failed: Failed) -> None:
        self._committed, self._failed = committed, failed

    async def close(self) -> None:
        self.release()

    def submit(self, draft: Draft, ticket: object = None) -> None:
        self._waiting.append((draft, ticket))
        if not self.held and len(self._waiting) == 1:
            asyncio.get_running_loop().call_soon(self.release)

    def release(self) -> None:
        """Commit what waits as one batch."""
        batch, self._waiting = self._waiting, []
        if not batch:
            return
        if self.failing:
            self._failed([Failure(draft, ticket, final=False) for draft, ticket in batch])
            return
        outcomes = [self._place(draft, ticket) for draft, ticket in batch]
        self.head = len(self.entries)
        self._committed(outcomes, self.head)

    def _place(self, draft: Draft, ticket: object) -> Outcome:
        for entry in self.entries:
            if (entry.owner, entry.cid) == (draft.owner, draft.cid):
                return Outcome(entry, False, ticket)
        entry = Entry(id=len(self.entries) + 1, **msgspec.structs.asdict(draft))
        self.entries.append(entry)
        return Outcome(entry, True, ticket)

    async def append(self, draft: Draft) -> Entry:
        raise NotImplementedError

    async def page(
        self, conversation: str, *, before: int | None = None, after: int | None = None, limit: int
    ) -> Page:
        found = [entry for entry in self.entries if entry.conversation == conversation]
        if after is not None:
            found = [entry for entry in found if entry.id > after]
            return Page(found[:limit], len(found) > limit)
        if before is not None:
            found = [entry for entry in found if entry.id < before]
        return Page(found[-limit:], len(found) > limit)

    async def follow(
        self, conversations: Collection[str], reader: str, *, after: int, until: int, limit: int
    ) -> Page:
        wanted = set(conversations)
        found = [
            entry
            for entry in self.entries
            if after < entry.id <= until and (entry.conversation in wanted or reader in entry.readers)
        ]
        if self.reading is not None:
            await self.reading.wait()
        return Page(found[:limit], len(found) > limit)
