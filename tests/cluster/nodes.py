"""Nodes without a server around them: a connection, a copy of the stream, and what it told."""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from nats.aio.client import Client

from chat.cluster.connection import Connection, Servers, ended
from chat.cluster.history import StreamHistory
from chat.history.base import Entry
from tests.cluster.natses import Natses
from tests.history.told import Told, draft
from tests.patience import PATIENCE


class Node:
    """One node of several: its own connection and copy of the stream, and what it was told."""

    def __init__(self, nats: Natses, path: Path, urls: Sequence[str] | None = None, **options: Any) -> None:
        self.path = path
        self.connection = Connection(Servers(urls or nats.urls))
        self.history = StreamHistory(path, self.connection, **{"careful": False} | options)
        self.told = Told()

    async def __aenter__(self) -> "Node":
        await self.connection.open()
        try:
            await self.history.open(self.told.committed, self.told.failed)
        except BaseException:
            await self.connection.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.history.close()
        await self.connection.close()

    async def lost(self) -> None:
        """Until the connection that there is is no more."""
        gone = asyncio.Event()

        async def work(client: Client) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                gone.set()

        working = asyncio.create_task(self.connection.during(work))
        await gone.wait()
        await ended(working)

    async def has(self, head: int) -> list[Entry]:
        """All entries, once there are so many."""
        async with asyncio.timeout(PATIENCE):
            while self.history.head < head:
                await self.told.reports(len(self.told.tickets) + 1)
        page = await self.history.follow(ROOMS, "", after=0, until=head, limit=10**6)
        return list(page.entries)


ROOMS = ["#geral", *(f"#{number}" for number in range(5))]


async def talk(node: Node, who: str, numbers: Iterable[int]) -> None:
    """Say one line after the other, each once the one before it is stored."""
    for number in numbers:
        await node.history.append(draft(number, room=f"#{number % 5}", owner=who))
