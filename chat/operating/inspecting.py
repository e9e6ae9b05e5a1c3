"""A history too large to be looked through before the start is looked through while the server runs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from chat.errors import DataRefused
from chat.history.base import Kept


@asynccontextmanager
async def inspecting(history: Kept, failed: Callable[[DataRefused], None]) -> AsyncIterator[None]:
    """Look through what was not; `failed` is told what is wrong. Leaving gives the rest up."""

    async def look() -> None:
        try:
            await history.inspect()
        except DataRefused as error:
            failed(error)

    task = asyncio.create_task(look())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
