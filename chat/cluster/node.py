"""What a node of a cluster keeps and shares: its connection, the history, the registry, the bus."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct

from chat.cluster import stream
from chat.cluster.bus import NatsBus
from chat.cluster.connection import START, Connection, Servers
from chat.cluster.history import StreamHistory
from chat.cluster.registry import NatsRegistry
from chat.errors import DataRefused
from chat.history.backing import Told
from chat.history.base import Committed, Failed
from chat.registry.base import Conflict

BUCKET = "chat"
BUS = f"{stream.NAME}.bus"
LOG = "server/log"
"""Where the registry has the name of the history that it goes with."""


class Settings(Struct, frozen=True):
    """Which servers, what this node is called, and whether a power cut or a lost disk may cost anything."""

    servers: Servers
    name: str
    careful: bool = True


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

    async def _bind(self) -> None:
        """See to it that this is the registry's history, the first one it ever had."""
        await self._registry.caught_up()
        if self.head and next(self._registry.items(""), None) is None:
            raise DataRefused("registry_lost", self._registry.stream)
        while (found := self._registry.get(LOG)) is None:
            with suppress(Conflict):  # another node is as far
                await self._registry.put(LOG, self.log.encode(), 0)
        if found.value != self.log.encode():
            raise DataRefused("other_registry", self._registry.stream)


class Shared(NamedTuple):
    """What the server is given, which opens and closes it."""

    history: StreamHistory
    registry: NatsRegistry
    bus: NatsBus


@asynccontextmanager
async def connected(servers: Servers, told: Callable[[str], None]) -> AsyncIterator[Connection]:
    """A connection that is there, or about to come back. Raises DataRefused for what TLS refuses."""
    connection = Connection(servers, told)
    await connection.open()
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def shared(
    settings: Settings, path: Path, told: Callable[[str], None], far: Told
) -> AsyncIterator[Shared]:
    """History, registry and bus over one connection, with this node's copy of the history in the file `path`.

    Raises DataRefused: nobody to be found, or nobody to be trusted. `told` and `far` as for StreamHistory.
    """
    async with connected(settings.servers, told) as connection:
        size = await looked_at(connection, careful=settings.careful)

        def failed(error: Exception) -> None:
            if not isinstance(error, DataRefused):
                error = DataRefused("bucket_lost", BUCKET, str(error))
            history.refuse(error)

        registry = NatsRegistry(connection, BUCKET, min(stream.COPIES, size) or 1, failed)
        history = Bound(path, connection, registry, careful=settings.careful, told=told, far=far)
        bus = NatsBus(connection, BUS, settings.name, [stream.NAME, registry.stream])
        yield Shared(history, registry, bus)


async def looked_at(connection: Connection, *, careful: bool) -> int:
    """How many nats-servers there are. Raises DataRefused: none, or if `careful`, none to be trusted."""
    try:
        async with asyncio.timeout(START):
            return await connection.during(partial(stream.look, careful=careful))
    except TimeoutError:
        raise connection.absent() from None
