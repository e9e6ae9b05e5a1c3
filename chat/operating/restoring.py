"""`chat-server restore`: an archive is checked as a whole and put in the place of what is there."""

import os
import shutil
from pathlib import Path

from msgspec import Struct

from chat.files import locked, sync_folder
from chat.history import database
from chat.history.backing import Told, rename
from chat.history.schema import HISTORY as HISTORY_DESIGN
from chat.operating.archive import Manifest, unpack
from chat.operating.certificates import CERTIFICATE, KEY
from chat.operating.data import HISTORY, REGISTRY, STAGED
from chat.registry.sqlite import REGISTRY as REGISTRY_DESIGN

_OLD = "before-restore-"
_BESIDE = ("-wal", "-shm", "-journal")
_INDEX = Path(HISTORY).with_suffix(".search").name


class Restored(Struct, frozen=True):
    """What was done: what the archive said of itself; where is kept what was there, if anything."""

    manifest: Manifest
    kept: Path | None


def restore(archive: Path, data: Path, log: str, stamp: str, told: Told) -> Restored:
    """Put what an archive has into a data folder that no program uses.

    All of it is taken out and checked first, beside what is there; that is then kept in a folder of its own,
    whose name has the `stamp`. `log` is the new name of the history: with the old one a client that has seen
    what came after the backup would miss, or mix up, what is said under the same ids from now on.
    Raises DataRefused, and then nothing was changed; OSError.
    """
    with locked(data):
        staged = data / f"{STAGED}{stamp}"
        staged.mkdir(mode=0o700)
        try:
            manifest = unpack(archive, staged, told)
            database.check(staged / HISTORY, HISTORY_DESIGN)
            database.check(staged / REGISTRY, REGISTRY_DESIGN)
            rename(staged / HISTORY, log)
            names = [name for name in (CERTIFICATE, KEY, REGISTRY, HISTORY) if name in manifest.files]
            kept = _keep(data, data / f"{_OLD}{stamp}", names)
            for name in names:
                os.replace(staged / name, data / name)
            sync_folder(data)
        finally:
            shutil.rmtree(staged)
    return Restored(manifest, kept)


def _keep(data: Path, kept: Path, names: list[str]) -> Path | None:
    """Keep what is there of these names; None if that is nothing.

    The files stay where they are under both names until the new ones take their place: killed in between,
    this is done again. What belongs to a database file goes with it: SQLite would take an old log for the
    new file's.
    """
    beside = [f"{name}{end}" for name in (HISTORY, REGISTRY, _INDEX) for end in _BESIDE]
    there = [name for name in names if (data / name).exists()]
    gone = [name for name in (_INDEX, *beside) if (data / name).exists()]
    if not there and not gone:
        return None
    kept.mkdir(mode=0o700)
    for name in there:
        os.link(data / name, kept / name)
    for name in gone:
        os.replace(data / name, kept / name)
    sync_folder(kept)
    return kept
