"""Servers that lie, each in one way, for chat-check to find out: `-m tests.check.liars KIND PORT DIR`."""

import asyncio
import itertools
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

import msgspec

from chat.history.base import Committed, Draft, Entry, Failed, Failure, Outcome, Page
from chat.history.sqlite import SqliteHistory
from chat.limits.options import Options
from chat.registry.sqlite import SqliteRegistry
from chat.server.server import Server
from tests.servers import UNHURRIED, Recorder

LAG = 0.3
"""Seconds for which the hasty one has not yet written what it has acknowledged."""
EVERY = 20
"""The others lie about one entry in so many."""


class Forgetful(SqliteHistory):
    """Deduplication is off: what is sent again is stored again."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._numbers = itertools.count()

    def submit(self, draft: Draft, ticket: object = None) -> None:
        super().submit(msgspec.structs.replace(draft, owner=f"{id(self)} {next(self._numbers)}"), ticket)


class Hasty(SqliteHistory):
    """Acknowledges before the commit."""

    async def open(self, committed: Committed, failed: Failed) -> None:
        await super().open(lambda outcomes, head: None, failed)
        self._tell = committed
        self._next = self.head
        self._known: dict[tuple[str, str], Entry] = {}

    def submit(self, draft: Draft, ticket: object = None) -> None:
        loop = asyncio.get_running_loop()
        key = (draft.owner, draft.cid)
        first = key not in self._known
        if first:
            self._next += 1
            self._known[key] = Entry(id=self._next, **msgspec.structs.asdict(draft))
            loop.call_later(LAG, super().submit, draft)
        loop.call_soon(self._tell, [Outcome(self._known[key], first, ticket)], self._next)


class Muddled(SqliteHistory):
    """Shows a batch backwards."""

    async def open(self, committed: Committed, failed: Failed) -> None:
        await super().open(lambda outcomes, head: committed(outcomes[::-1], head), failed)


class Leaky(SqliteHistory):
    """Leaves out some entries whenever it is read."""

    async def page(
        self, conversation: str, *, before: int | None = None, after: int | None = None, limit: int
    ) -> Page:
        return _holed(await super().page(conversation, before=before, after=after, limit=limit))

    async def follow(
        self, conversations: Collection[str], reader: str, *, after: int, until: int, limit: int
    ) -> Page:
        return _holed(await super().follow(conversations, reader, after=after, until=until, limit=limit))


def _holed(page: Page) -> Page:
    return Page([entry for entry in page.entries if entry.id % EVERY], page.more)


class Denying(SqliteHistory):
    """Says of some entries that they could not be stored."""

    async def open(self, committed: Committed, failed: Failed) -> None:
        def told(outcomes: Sequence[Outcome], head: int) -> None:
            denied = [outcome for outcome in outcomes if not outcome.entry.id % EVERY]
            committed([outcome for outcome in outcomes if outcome.entry.id % EVERY], head)
            failed([Failure(_draft(outcome.entry), outcome.ticket, final=False) for outcome in denied])

        await super().open(told, failed)


def _draft(entry: Entry) -> Draft:
    return Draft(**{name: getattr(entry, name) for name in Draft.__struct_fields__})


LIARS: dict[str, type[SqliteHistory]] = {
    "true": SqliteHistory,
    "forgetful": Forgetful,
    "hasty": Hasty,
    "muddled": Muddled,
    "leaky": Leaky,
    "denying": Denying,
}


async def serve(kind: str, port: int, folder: Path) -> None:
    """Run a server of a kind until it is killed."""
    history = LIARS[kind](folder / "history.db")
    async with Server(
        history, SqliteRegistry(folder / "registry.db"), Recorder(), Options(**UNHURRIED)
    ) as server:
        await server.listen("127.0.0.1", port)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
