"""A copy of a database that is in use, made from the connection that writes it."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from chat.files import create
from chat.history.database import connect, look, refusing
from chat.history.schema import head_of, log_of, rename_log

STEP = 64
"""Pages of 4 KiB copied at once, in about 0.3 ms: so long a commit may have to wait."""

Told = Callable[[int, int], None]
"""Called with how much is done and how much there is, in any one unit; may raise to give up."""


def _nothing(*_: object) -> None:
    pass


def back_up(
    db: sqlite3.Connection, path: Path, told: Told = _nothing, breathe: Callable[[], None] = _nothing
) -> None:
    """Make a copy of the database `db` in the new file `path`, which is whole when this returns.

    `breathe` is called between two steps and may write to `db`: what it changes is in the copy too. Only so:
    what another connection wrote would begin the copy anew. It is not on the disk yet (no fsync). Raises
    sqlite3.Error, OSError, and what `told` and `breathe` raise; the file is then no database.
    """
    create(path)

    def stepped(status: int, remaining: int, pages: int) -> None:
        told(pages - remaining, pages)
        breathe()

    with closing(connect(path, "rw")) as copy:
        copy.execute("PRAGMA synchronous = OFF")
        copy.execute("PRAGMA journal_mode = OFF")
        db.backup(copy, pages=STEP, progress=stepped)


def back_up_file(path: Path, to: Path, told: Told = _nothing) -> None:
    """Copy a database that no program has open to the new file `to`. Raises DataRefused, OSError."""
    with look(path) as db:
        back_up(db, to, told)


class Facts(NamedTuple):
    """What a history is, at a glance."""

    log: str
    head: int


def facts(path: Path) -> Facts:
    """Read from a history that no program has open. Raises DataRefused."""
    with look(path) as db:
        return Facts(log_of(db), head_of(db))


def rename(path: Path, log: str) -> None:
    """Give a history that no program has open another name, durably. Raises DataRefused."""
    with refusing(path), closing(connect(path, "rw")) as db:
        db.execute("PRAGMA synchronous = FULL")
        rename_log(db, log)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
