"""The data of one machine's server: its folder, and the history and the registry in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from chat.files import data_folder, locked
from chat.history.sqlite import SqliteHistory, Synchronous
from chat.server.registry_sqlite import SqliteRegistry

MEMORY = ":memory:"
HISTORY = "history.db"
REGISTRY = "registry.db"


@asynccontextmanager
async def opened(
    folder: str | None, synchronous: Synchronous
) -> AsyncIterator[tuple[SqliteHistory, SqliteRegistry]]:
    """History and registry of a folder, which is locked meanwhile; `:memory:` keeps nothing.

    None is the folder `server` in the user's own data folder. Raises DataRefused where the folder must
    not be used. The server opens and closes what it is given.
    """
    if folder == MEMORY:
        yield SqliteHistory(None, synchronous=synchronous), SqliteRegistry(None)
        return
    path = data_folder(Path(folder) if folder else data_folder() / "server")
    with locked(path):
        yield SqliteHistory(path / HISTORY, synchronous=synchronous), SqliteRegistry(path / REGISTRY)
