"""Nodes of one community in this process: each a server with a connection of its own to real nats-servers."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from chat.cluster.bus import NatsBus
from chat.cluster.connection import Connection, Servers
from chat.cluster.history import StreamHistory
from chat.cluster.registry import NatsRegistry
from chat.limits.options import Options
from chat.server.server import Server
from tests.cluster.natses import Natses
from tests.servers import UNHURRIED, Recorder, Running

BEAT, PATIENCE = 0.2, 120.0
"""Seconds between a node's signs of life, and of silence after which it is gone."""


class Node(Running):
    """One node that listens."""

    def __init__(self, server: Server, port: int, console: Recorder, connection: Connection) -> None:
        super().__init__(server, port, console)
        self.connection = connection

    async def report(self) -> list[str]:
        """What `admin cluster` says."""
        return await self.server.core.bus.report()


StartNode = Callable[..., Awaitable[Node]]


@pytest.fixture
async def start_node(tmp_path: Path) -> AsyncIterator[StartNode]:
    """Start nodes over nats-servers; each is stopped after the test, and must not have failed inside."""
    async with AsyncExitStack() as stack:
        started: list[Node] = []

        async def _start(
            nats: Natses,
            *,
            beat: float = BEAT,
            patience: float = PATIENCE,
            streams: Sequence[str] = ("KV_chat",),
            **options: Any,
        ) -> Node:
            console, name = Recorder(), f"node-{len(started)}"
            connection = Connection(Servers(nats.urls))
            failed = partial(console.failed, "registry")
            await connection.open()
            stack.push_async_callback(connection.close)
            server = Server(
                StreamHistory(tmp_path / f"{name}.db", connection, careful=False),
                NatsRegistry(connection, "chat", len(nats.servers), failed, patience=PATIENCE),
                console,
                Options(**UNHURRIED | {"linger": 0.2} | options),
                bus=NatsBus(connection, "chat.bus", name, streams, beat=beat, patience=patience),
            )
            await stack.enter_async_context(server)
            (address,) = await server.listen("127.0.0.1", 0)
            started.append(Node(server, address[1], console, connection))
            return started[-1]

        yield _start
    assert [failure for node in started for failure in node.failures] == []
