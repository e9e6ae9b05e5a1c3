"""The data of one machine's server: its folder, the history and the registry in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chat.history.sqlite import SqliteHistory, Synchronous
from chat.server.registry_sqlite import SqliteRegistry

MEMORY = ":memory:"


@asynccontextmanager
async def opened(
    folder: str | None, synchronous: Synchronous
) -> AsyncIterator[tuple[SqliteHistory, SqliteRegistry]]:
    """History and registry of a folder (None: the user's own), locked while in use; `:memory:` keeps nothing.

    Raises DataRefused where the folder must not be used.
    """
