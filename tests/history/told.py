"""What a history told: outcomes, failures and heads in order, and waiting for them with a deadline."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import msgspec

from chat.history.base import Draft, Entry, Failure, History, Kind, Outcome, pair
from tests.patience import PATIENCE


class Told:
    """The two callbacks of a history, as lists."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self.batches: list[int] = []
        self.heads: list[int] = []
        self.failures: list[Failure] = []
        self._changed = asyncio.Event()

    def committed(self, outcomes: Sequence[Outcome], head: int) -> None:
        self.outcomes += outcomes
        self.batches.append(len(outcomes))
        self.heads.append(head)
        self._changed.set()

    def failed(self, failures: Sequence[Failure]) -> None:
        self.failures += failures
        self._changed.set()

    @property
    def tickets(self) -> list[object]:
        """Every ticket that was reported, one way or the other."""
        return [report.ticket for report in (*self.outcomes, *self.failures)]

    @property
    def entries(self) -> list[Entry]:
        return [outcome.entry for outcome in self.outcomes]

    async def reports(self, number: int) -> None:
        """Until so many drafts were reported."""
        async with asyncio.timeout(PATIENCE):
            while len(self.outcomes) + len(self.failures) < number:
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def opened(make: Callable[[], History]) -> AsyncIterator[tuple[History, Told]]:
    """A history that is open, and what it tells."""
    told = Told()
    history = make()
    await history.open(told.committed, told.failed)
    try:
        yield history, told
    finally:
        await history.close()


def draft(number: int = 0, room: str = "#geral", owner: str = "ana", body: str | None = None) -> Draft:
    """What `owner` says in a room as `cid` c<number>."""
    return Draft(
        conversation=room,
        owner=owner,
        cid=f"c{number}",
        to=room,
        sender=owner,
        ts=1_795_216_610_380 + number,
        body=f"olá {number}" if body is None else body,
    )


def change(number: int, target: Entry, who: str, kind: Kind, body: str = "") -> Draft:
    """What somebody, by the identity id-<who>, does to what was said."""
    said = draft(number, owner=who, body="" if kind is Kind.DELETE else body)
    return msgspec.structs.replace(
        said,
        conversation=target.conversation,
        to=target.to,
        readers=target.readers,
        author=f"id-{who}",
        kind=kind,
        target=target.id,
    )


def private(number: int, sender: str, other: str, body: str | None = None) -> Draft:
    """What one identity says to another, or to itself."""
    said = draft(number, owner=sender, body=body)
    readers = (sender, other)
    return msgspec.structs.replace(said, conversation=pair(sender, other), to=f"@{other}", readers=readers)
