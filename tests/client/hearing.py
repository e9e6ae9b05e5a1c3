"""What a client's iteration yields, for tests."""

import asyncio

from chat.client import (
    ClientEvent,
)
from chat.client import client as module
from tests.patience import PATIENCE


async def heard(client: module.Client, count: int) -> list[ClientEvent]:
    """The next events of the iteration."""
    async with asyncio.timeout(PATIENCE):
        return [await anext(client) for _ in range(count)]
