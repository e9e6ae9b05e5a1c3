"""`chat-server backup`: the data of a folder, in use or not, becomes one archive."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from chat.errors import DataRefused
from chat.files import locked
from chat.history import database
from chat.history.backing import Facts, Told, back_up_file, facts
from chat.history.base import Kept
from chat.history.schema import HISTORY as HISTORY_DESIGN
from chat.operating.admin import Ask, ask
from chat.operating.archive import pack
from chat.operating.certificates import CERTIFICATE, KEY
from chat.operating.data import HISTORY, REGISTRY, STAGED
from chat.registry.base import Kept as Registry
from chat.registry.sqlite import REGISTRY as REGISTRY_DESIGN


class NotSaved(Exception):
    """The server that runs there could not do it; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def named(now: int) -> str:
    """What an archive of a moment (ms since 1970, UTC) is called."""
    return f"chat-{datetime.fromtimestamp(now / 1_000, UTC):%Y%m%dT%H%M%SZ}.tar"


def save(data: Path, to: Path, now: int, told: Told) -> Facts:
    """Make the archive `to` of the data in a folder.

    Where a server runs there, it makes the copies, from the connection that writes; else this takes the
    folder's lock. Raises DataRefused, NotSaved, and OSError where there is no room or no such place.
    """
    if not (data / HISTORY).exists():
        raise DataRefused("no_history", str(data))
    _want_room(data, to)
    staged = data / f"{STAGED}{os.urandom(8).hex()}"
    try:
        _stage(data, staged, told)
        found = facts(staged / HISTORY)
        own = {name: data / name for name in (CERTIFICATE, KEY) if (data / name).exists()}
        copies = {name: staged / name for name in (HISTORY, REGISTRY)}
        pack(copies | own, to, now, found.log, found.head, told)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return found


async def stage(history: Kept, registry: Registry, staged: Path, told: Told) -> None:
    """Copy both to a new folder while they are in use. Raises StorageFailed, OSError.

    The history first: whoever is in it, and whichever room, is then in the registry too.
    """
    await asyncio.to_thread(staged.mkdir, mode=0o700)
    await history.back_up(staged / HISTORY, told)
    await registry.back_up(staged / REGISTRY)


def _stage(data: Path, staged: Path, told: Told) -> None:
    with free(data) as is_free:
        if is_free:
            staged.mkdir(mode=0o700)
            for name, design in ((HISTORY, HISTORY_DESIGN), (REGISTRY, REGISTRY_DESIGN)):
                database.check(data / name, design)
                back_up_file(data / name, staged / name, told)
            return
    answer = asyncio.run(ask(data, Ask("stage", staged.name), told))
    if answer.error:
        raise NotSaved(answer.error)


@contextmanager
def free(data: Path) -> Iterator[bool]:
    """Whether no program uses a folder; if so, none will as long as this lasts. Raises DataRefused."""
    try:
        lock = locked(data)
        lock.__enter__()
    except DataRefused as error:
        if error.reason != "in_use":
            raise
        yield False
        return
    try:
        yield True
    finally:
        lock.__exit__(None, None, None)


def _want_room(data: Path, to: Path) -> None:
    """Raise OSError where a copy does not fit the data folder, or the archive its own."""
    size = sum((data / name).stat().st_size for name in (HISTORY, REGISTRY) if (data / name).exists())
    wal = data / f"{HISTORY}-wal"
    size += wal.stat().st_size if wal.exists() else 0
    twice = 1 + (os.stat(data).st_dev == os.stat(to.parent).st_dev)
    for folder, needed in ((data, size * twice), (to.parent, size)):
        if shutil.disk_usage(folder).free < needed:
            raise OSError(28, os.strerror(28), str(folder))
