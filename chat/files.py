"""The folder where a program keeps its data: for its owner only, and in use by one program at a time."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from chat.errors import DataRefused

LOCK = "lock"
"""The file in a data folder that is locked while the folder is in use; it is never removed."""


def own_place() -> Path:
    """The user's own data folder of this program, there or not."""
    return platformdirs.user_data_path("chat", appauthor=False)


def data_folder(path: Path | None = None) -> Path:
    """The folder `path`, by default the user's own for this program; made with mode 0700 if it is not there.

    A folder that is there keeps its mode: it may be the user's for other things too. Raises DataRefused.
    """
    folder = path or own_place()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DataRefused("unreadable", str(folder), error.strerror or str(error)) from error
    return folder


def create(path: Path) -> None:
    """Make an empty file that only its owner can read, unless the file is there. Raises OSError."""
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep every other program out of a data folder, until it is left or the process ends in whatever way.

    Raises DataRefused: "in_use" where another has it, "unreadable" where no file can be made.
    """
    try:
        file = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise DataRefused("unreadable", str(folder), error.strerror or str(error)) from error
    try:
        lock(file, folder)
        yield
    finally:
        os.close(file)  # and with it the lock


if sys.platform == "win32":
    import msvcrt

    def lock(file: int, path: Path) -> None:
        """Lock an open file until it is closed. Raises DataRefused, as `locked`, which names `path`."""
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise DataRefused("in_use", str(path)) from error

else:
    import fcntl

    def lock(file: int, path: Path) -> None:
        """Lock an open file until it is closed. Raises DataRefused, as `locked`, which names `path`."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataRefused("in_use", str(path)) from error
        except OSError as error:  # a file system without locks
            raise DataRefused("unreadable", str(path), error.strerror or str(error)) from error
