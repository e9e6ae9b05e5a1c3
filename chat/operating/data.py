"""The data of one machine's server: its folder, and the history and the registry in it."""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from chat.errors import DataRefused
from chat.files import data_folder, locked, own_place
from chat.history.base import Kept
from chat.history.database import check
from chat.history.schema import HISTORY as HISTORY_DESIGN
from chat.history.schema import copied_from
from chat.history.sqlite import SqliteHistory, Synchronous
from chat.hub.bus import Bus
from chat.registry.base import Kept as Registry
from chat.registry.sqlite import REGISTRY as REGISTRY_DESIGN
from chat.registry.sqlite import SqliteRegistry

MEMORY = ":memory:"
HISTORY = "history.db"
REGISTRY = "registry.db"
STAGED = "staged-"
"""What the name of a folder begins with that is of no use any more once its program has ended."""


class Data(NamedTuple):
    """What a server keeps, and the folder it is in: one that is gone afterwards if nothing is kept."""

    history: Kept
    registry: Registry
    folder: Path
    bus: Bus | None = None


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
    with held(folder) as path:
        if (path / HISTORY).exists() and copied_from(path / HISTORY) is not None:
            raise DataRefused("a_copy", str(path))
        history = SqliteHistory(path / HISTORY, synchronous=synchronous)
        yield Data(history, SqliteRegistry(path / REGISTRY), path)


@contextmanager
def held(folder: str | None) -> Iterator[Path]:
    """A folder for this program alone, with nothing in it that could not be opened. Raises DataRefused."""
    path = folder_of(folder)
    with locked(path):
        for left in path.glob(f"{STAGED}*"):
            shutil.rmtree(left, ignore_errors=True)
        for name, design in ((HISTORY, HISTORY_DESIGN), (REGISTRY, REGISTRY_DESIGN)):
            if (path / name).exists() and (path / name).stat().st_size:
                check(path / name, design, thorough=False)  # both, before either is opened and changed
        yield path
