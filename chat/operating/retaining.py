"""How long a server keeps what was said: by days, by number, or for ever."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from msgspec import Struct

from chat.errors import StorageFailed
from chat.history.base import Kept
from chat.history.sqlite import SqliteHistory

PAUSE = 60.0
"""Seconds between two looks at what is to go."""


class Keep(Struct, frozen=True):
    """What is kept: entries of the last `days`, and the newest `messages` that were said; None: all."""

    days: int | None = None
    messages: int | None = None


async def retain(history: SqliteHistory, keep: Keep, now: int) -> None:
    """Remove what is kept no longer at a time in ms since 1970. Raises StorageFailed; go on another time."""
    goal = await history.surplus(now, keep.days, keep.messages)
    if goal > history.floor:
        await history.remove(goal)


@asynccontextmanager
async def retaining(
    history: Kept, keep: Keep, now: Callable[[], int], failed: Callable[[str, Exception], None]
) -> AsyncIterator[None]:
    """Keep no more than that as long as this lasts; of what other machines have too nothing is removed."""
    if keep == Keep() or not isinstance(history, SqliteHistory):
        yield
        return
    task = asyncio.create_task(_for_ever(history, keep, now, failed))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _for_ever(
    history: SqliteHistory, keep: Keep, now: Callable[[], int], failed: Callable[[str, Exception], None]
) -> None:
    while True:
        try:
            await retain(history, keep, now())
        except StorageFailed as error:
            failed("retention", error)
        await asyncio.sleep(PAUSE)
