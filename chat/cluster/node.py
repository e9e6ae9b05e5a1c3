"""What a node of a cluster keeps and shares: its connection, its copy of the history."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from chat.cluster.connection import Connection, Servers
from chat.cluster.history import StreamHistory
from chat.history.backing import Told


@asynccontextmanager
async def shared(
    servers: Servers, path: Path, *, careful: bool, told: Callable[[str], None], far: Told
) -> AsyncIterator[StreamHistory]:
    """The history that the nodes share, with this node's copy in the file `path`; see StreamHistory.

    Whoever is given it opens and closes it; the connection is there meanwhile. Raises DataRefused.
    """
    connection = Connection(servers, told)
    await connection.open()
    try:
        yield StreamHistory(path, connection, careful=careful, told=told, far=far)
    finally:
        await connection.close()
