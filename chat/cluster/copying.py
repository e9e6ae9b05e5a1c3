"""This node's copy of the history: whether the file that is there is one, and of the stream that is there."""

import os
from contextlib import closing
from pathlib import Path

from chat.cluster.stream import Found
from chat.errors import DataRefused
from chat.history import database
from chat.history.carrying import Target
from chat.history.schema import HISTORY, STREAM, forget, log_of, note, noted

APPLIED = "applied"
"""Up to which message of the stream the copy has everything; it may have more."""


def prepare(path: Path, name: str, found: Found | None) -> int:
    """Make the copy if there is none; after which message of the stream it goes on.

    `found` is None where the stream is still to be made. Raises DataRefused with nothing changed where what
    is there is no copy, or not one of this stream, or of more of it than there is.
    """
    far = _far(path, name, found) if path.exists() else 0
    if found is None:
        return far
    if found.last < far or (found.last and found.first > far + 1):
        raise DataRefused("stream_lost", name, f"{found.first} to {found.last}, and {far} here")
    if not path.exists():
        _make(path, name, found)
    return far


def release(path: Path) -> None:
    """Make a history of one machine of a copy that nobody has open. Raises DataRefused."""
    with database.refusing(path), closing(database.connect(path, "rw")) as db:
        for name in (STREAM, APPLIED):
            forget(db, name)


def _far(path: Path, name: str, found: Found | None) -> int:
    database.check(path, HISTORY, thorough=False)
    with database.look(path) as db:
        if noted(db, STREAM) is None:
            raise DataRefused("no_copy", str(path))
        if found is None:
            raise DataRefused("stream_gone", name)
        if noted(db, STREAM) != name or log_of(db) != found.log:
            raise DataRefused("other_stream", str(path))
        return int(noted(db, APPLIED) or 0)


def _make(path: Path, name: str, found: Found) -> None:
    """Under another name, so that nobody finds one that does not know yet what it is."""
    new = path.with_name(f"{path.name}.copy")
    database.remove(new)
    with closing(Target(new, found.log, found.floor)):
        pass
    with database.refusing(new), closing(database.connect(new, "rw")) as db:
        note(db, STREAM, name)
    os.replace(new, path)
