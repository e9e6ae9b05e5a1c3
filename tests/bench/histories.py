"""A history that grows to a size, by its own functions, and what reading and writing takes there."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from random import Random

from chat.history.base import Draft, Failure, Outcome
from chat.history.sqlite import SqliteHistory
from chat.operating.data import HISTORY
from tests.client.filled import WORDS

ROOMS, PEOPLE = 100, 300
RARE, SELDOM = "derradeira", 100_000
"""A word that is said once in so many messages."""
COMMON = "bolo"
STEP = 10_000
"""Messages handed over at once while it is filled."""
TIMES = 30
"""How often each question is asked; the median counts."""
BURST = 5_000
PAGE = 100
BEHIND = 1_000
"""Messages that somebody has missed who comes back."""


class Filled:
    """The history in a server's data folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / HISTORY
        self._chance = Random(1)
        self._bodies = [
            " ".join(self._chance.choices(WORDS, k=self._chance.randint(2, 20))) for _ in range(997)
        ]
        self.size = 0

    async def grow(self, size: int, until: float) -> None:
        """Add messages up to `size`, words indexed, or until that moment of the monotonic clock."""
        async with _Open(self._path, durable=False) as history:
            while self.size < size and time.monotonic() < until:
                self._say(history, min(STEP, size - self.size))
                await history.settled()
                await history.search(RARE, [room(0)], "", before=None, limit=1)  # waits for the index

    def _say(self, history: SqliteHistory, count: int) -> None:
        for number in range(self.size + 1, self.size + count + 1):
            body = RARE if number % SELDOM == 0 else self._bodies[number % len(self._bodies)]
            person, place = f"pessoa{number % PEOPLE}", room(number % ROOMS)
            cid, ts = f"{number // PEOPLE}", 1_795_216_610_000 + number * 1_000
            history.submit(Draft(place, f"@{person}", cid, place, person, ts, body, author=f"@{person}"))
        self.size += count

    async def measured(self) -> dict[str, float]:
        """What it takes now: each figure by its name."""
        async with _Open(self._path, durable=True) as history:
            rooms = [room(number) for number in range(10)]
            await history.search(RARE, rooms, "", before=None, limit=1)  # opens the index
            head = history.head

            def old() -> int:
                return self._chance.randint(1, max(1, head))

            asked: dict[str, Callable[[], Awaitable[object]]] = {
                "newest page, ms": lambda: history.page(room(1), limit=PAGE),
                "old page, ms": lambda: history.page(room(1), before=old(), limit=PAGE),
                "catching up, ms": lambda: history.follow(
                    rooms, "", after=max(0, head - BEHIND), until=head, limit=PAGE
                ),
                "search, ms": lambda: history.search(COMMON, rooms, "", before=None, limit=PAGE),
                "rare word, ms": lambda: history.search(RARE, rooms, "", before=None, limit=PAGE),
            }
            found = {name: await _median(ask) for name, ask in asked.items()}
            return found | await self._appends(history)

    async def _appends(self, history: SqliteHistory) -> dict[str, float]:
        began = time.perf_counter()
        self._say(history, BURST)
        await history.settled()
        return {"messages/s": BURST / (time.perf_counter() - began)}

    def megabytes(self) -> float:
        """What it takes on the disk, its index of words included."""
        return sum(path.stat().st_size for path in self._path.parent.glob("history.*")) / 2**20


class _Open:
    """The history of a file, open; raises RuntimeError at the end for what it could not keep."""

    def __init__(self, path: Path, *, durable: bool) -> None:
        self._history = SqliteHistory(path, synchronous="full" if durable else "off")
        self._failures: list[Failure] = []

    async def __aenter__(self) -> SqliteHistory:
        await self._history.open(self._committed, self._failures.extend)
        return self._history

    async def __aexit__(self, *_: object) -> None:
        await self._history.close()
        if self._failures:
            raise RuntimeError(self._failures[0].reason)

    def _committed(self, outcomes: Sequence[Outcome], head: int) -> None:
        """Nobody listens here."""


def room(number: int) -> str:
    """The name of a room."""
    return f"#sala-{number}"


async def _median(ask: Callable[[], Awaitable[object]]) -> float:
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - began) * 1e3)
        await asyncio.sleep(0)
    return statistics.median(took)
