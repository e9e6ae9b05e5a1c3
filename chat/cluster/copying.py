"""This node's copy of the history: whether the file that is there is one, and of the stream that is there."""

import os
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from chat.cluster.stream import Found
from chat.errors import DataRefused
from chat.history import database
from chat.history.carrying import Target
from chat.history.schema import HISTORY, STREAM, forget, log_of, note, noted

APPLIED = "applied"
"""Up to which message of the stream the copy has everything, a Place; it may have more."""


class Place(NamedTuple):
    """A message of the stream: its number, and the id of the batch in it (empty: not known)."""

    seq: int
    id: str = ""

    @property
    def noted(self) -> str:
        """As it is written down."""
        return f"{self.seq} {self.id}".strip()


def prepare(path: Path, name: str, found: Found | None) -> Place:
    """Make the copy if there is none; after which message of the stream it goes on.

    `found` is None where the stream is still to be made. Raises DataRefused with nothing changed where what
    is there is no copy, or not one of this stream, or of more of it than there is.
    """
    far = _far(path, name, found) if path.exists() else Place(0)
    if found is None:
        return far
    if found.last < far.seq or (found.last and found.first > far.seq + 1):
        raise DataRefused("stream_lost", name, f"{found.first} to {found.last}, and {far.seq} here")
    if not path.exists():
        _make(path, name, found)
    return far


def release(path: Path) -> None:
    """Make a history of one machine of a copy that nobody has open. Raises DataRefused."""
    with database.refusing(path), closing(database.connect(path, "rw")) as db:
        for name in (STREAM, APPLIED):
            forget(db, name)


def _far(path: Path, name: str, found: Found | None) -> Place:
    database.check(path, HISTORY, thorough=False)
    with database.look(path) as db:
        if noted(db, STREAM) is None:
            raise DataRefused("no_copy", str(path))
        if found is None:
            raise DataRefused("stream_gone", name)
        if noted(db, STREAM) != name or log_of(db) != found.log:
            raise DataRefused("other_stream", str(path))
        seq, _, id = (noted(db, APPLIED) or "0").partition(" ")
        return Place(int(seq), id)


def _make(path: Path, name: str, found: Found) -> None:
    """Under another name, so that nobody finds one that does not know yet what it is."""
    new = path.with_name(f"{path.name}.copy")
    database.remove(new)
    with closing(Target(new, found.log, found.floor)):
        pass
    with database.refusing(new), closing(database.connect(new, "rw")) as db:
        note(db, STREAM, name)
    os.replace(new, path)
