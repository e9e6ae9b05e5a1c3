"""Registries of nodes over real nats-servers, without anything around them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from chat.cluster.connection import Connection, Servers
from chat.cluster.registry import NatsRegistry
from chat.registry.base import Listener, unheard
from tests.cluster.natses import Natses
from tests.patience import PATIENCE

BUCKET = "chat"
STREAM = f"KV_{BUCKET}"
MakeOn = Callable[..., "Node"]


class Node(NatsRegistry):
    """The registry of one node, which opens and closes its connection too."""

    def __init__(self, nats: Natses, bucket: str = BUCKET, **more: Any) -> None:
        self.connection = Connection(Servers(nats.urls))
        self.failed: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
        more = {"patience": PATIENCE} | more
        super().__init__(self.connection, bucket, len(nats.servers), self.failed.set_result, **more)

    async def open(self, applied: Listener = unheard) -> None:
        await self.connection.open()
        await super().open(applied)


@pytest.fixture
async def make_on() -> AsyncIterator[MakeOn]:
    """Make the registries of nodes on nats-servers; their connections are closed after the test."""
    async with AsyncExitStack() as stack:

        def _make(nats: Natses, **more: Any) -> Node:
            node = Node(nats, **more)
            stack.push_async_callback(node.connection.close)
            return node

        yield _make
