"""The data of one machine's server: its folder, and the history and the registry in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from chat.files import data_folder, locked, own_place
from chat.history.sqlite import SqliteHistory, Synchronous
from chat.server.registry_sqlite import SqliteRegistry

MEMORY = ":memory:"
HISTORY = "history.db"
REGISTRY = "registry.db"


class Data(NamedTuple):
    """What a server keeps, and the folder it is in: one that is gone afterwards if nothing is kept."""

    history: SqliteHistory
    registry: SqliteRegistry
    folder: Path


def place_of(folder: str | None) -> Path:
    """The folder that is meant, there or not: by default `server` in the user's own data folder."""
    return Path(folder) if folder else own_place() / "server"


def folder_of(folder: str | None) -> Path:
    """The same, made if it is not there. Raises DataRefused."""
    return data_folder(place_of(folder))


@asynccontextmanager
async def opened(folder: str | None, synchronous: Synchronous) -> AsyncIterator[Data]:
    """History and registry of a folder, which is locked meanwhile; `:memory:` keeps nothing.

    Raises DataRefused where the folder must not be used. The server opens and closes what it is given.
    """
    if folder == MEMORY:
        with TemporaryDirectory(prefix="chat-") as gone:
            yield Data(SqliteHistory(None, synchronous=synchronous), SqliteRegistry(None), Path(gone))
        return
    path = folder_of(folder)
    with locked(path):
        history = SqliteHistory(path / HISTORY, synchronous=synchronous)
        yield Data(history, SqliteRegistry(path / REGISTRY), path)
