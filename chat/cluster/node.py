"""What a node of a cluster shares with the others: the history, the registry that goes with it, the bus."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from chat.cluster import stream
from chat.cluster.bus import NatsBus
from chat.cluster.connection import Connection, Servers
from chat.cluster.history import StreamHistory
from chat.cluster.registry import NatsRegistry
from chat.errors import DataRefused
from chat.history.backing import Told
from chat.history.base import Committed, Failed
from chat.registry.base import Conflict

_LOG = "server/log"
"""Which history the registry goes with."""


class Shared(NamedTuple):
    """Whoever is given these opens the registry first, and closes them all."""

    history: StreamHistory
    registry: NatsRegistry
    bus: NatsBus


class Bound(StreamHistory):
    """A history with the registry that goes with it, which is open by then: the law of its private rooms.

    Read by the law of an empty registry, all that was said in them would be everybody's.
    """

    def __init__(self, path: Path, connection: Connection, registry: NatsRegistry, **options: Any) -> None:
        super().__init__(path, connection, **options)
        self._registry = registry

    async def open(self, committed: Committed, failed: Failed) -> None:
        await super().open(committed, failed)
        try:
            await self._bind()
        except BaseException:
            await self.close()
            raise

    async def inspect(self) -> None:
        """Wait until either cannot be followed any more. Raises DataRefused."""
        waits = [asyncio.ensure_future(super().inspect()), asyncio.ensure_future(self._registry.inspect())]
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            done.pop().result()
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _bind(self) -> None:
        """See to it that this is the registry's history, the first one it ever had."""
        empty = next(self._registry.items(""), None) is None
        if self.head and empty:
            raise DataRefused("registry_lost", self._registry.stream)
        while (found := self._registry.get(_LOG)) is None:
            try:
                await self._registry.put(_LOG, self.log.encode(), 0)
            except Conflict:
                continue
        if found.value != self.log.encode():
            raise DataRefused("other_registry", self._registry.stream)


@asynccontextmanager
async def shared(
    servers: Servers, path: Path, node: str, *, careful: bool, told: Callable[[str], None], far: Told
) -> AsyncIterator[Shared]:
    """What the nodes share, with this node's copy of the history in the file `path`; see StreamHistory.

    `node` is what this one is called. The connection is there meanwhile. Raises DataRefused.
    """
    connection = Connection(servers, told)
    await connection.open()
    registry = NatsRegistry(connection, f"{stream.NAME}-registry", careful=careful)
    try:
        yield Shared(
            Bound(path, connection, registry, careful=careful, told=told, far=far),
            registry,
            NatsBus(connection, f"{stream.NAME}.bus", node, [stream.NAME, registry.stream]),
        )
    finally:
        await connection.close()
