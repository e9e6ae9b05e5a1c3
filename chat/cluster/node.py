"""What a node of a cluster keeps and shares: its connection, the history, the registry, the bus."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from chat.cluster import stream
from chat.cluster.bus import NatsBus
from chat.cluster.connection import Connection, Servers
from chat.cluster.history import START, StreamHistory
from chat.cluster.registry import NatsRegistry
from chat.errors import DataRefused
from chat.history.backing import Told

BUCKET = "chat"
BUS = f"{stream.NAME}.bus"


class Settings(Struct, frozen=True):
    """Which servers, what this node is called, and whether a power cut or a lost disk may cost anything."""

    servers: Servers
    name: str
    careful: bool = True


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
        history = StreamHistory(path, connection, careful=settings.careful, told=told, far=far)

        def failed(error: Exception) -> None:
            if not isinstance(error, DataRefused):
                error = DataRefused("bucket_lost", BUCKET, str(error))
            history.refuse(error)

        registry = NatsRegistry(connection, BUCKET, min(stream.COPIES, size), failed)
        bus = NatsBus(connection, BUS, settings.name, [stream.NAME, f"KV_{BUCKET}"])
        yield Shared(history, registry, bus)


async def looked_at(connection: Connection, *, careful: bool) -> int:
    """How many nats-servers there are. Raises DataRefused: none, or if `careful`, none to be trusted."""
    try:
        async with asyncio.timeout(START):
            return await connection.during(partial(stream.look, careful=careful))
    except TimeoutError:
        raise DataRefused("no_nats", connection.shown, connection.reason) from None
