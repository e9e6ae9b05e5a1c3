"""Where a filter was: the last line it printed, in a small file of its own."""

import os
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from chat.errors import DataRefused
from chat.files import data_folder, lock
from chat.messages import Id

WIDTH = 256
"""Bytes of the file: one write, which takes the place of the one before whole."""


class Mark(Struct, frozen=True):
    """A place in the history named `log`: after the entry `id`."""

    log: Annotated[str, Meta(max_length=64)]
    id: Id


_decode = msgspec.json.Decoder(Mark).decode


class Bookmark:
    """A file with one mark, kept from other programs while it is open.

    A crash of this program leaves the mark before or the one after, never part of one.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, made (for its owner only) if it is not there.

        Raises DataRefused: "in_use", "unreadable", "damaged" where there is something else in it.
        """
        self._path = path
        try:
            self._file = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise DataRefused("unreadable", str(path), error.strerror or str(error)) from error
        try:
            lock(self._file, path)
            self.mark = self._load()
        except DataRefused:
            os.close(self._file)
            raise

    def save(self, mark: Mark) -> None:
        """Remember a mark. Raises DataRefused ("unreadable") where it cannot be written."""
        data = msgspec.json.encode(mark).ljust(WIDTH - 1) + b"\n"
        try:
            os.lseek(self._file, 0, os.SEEK_SET)
            os.write(self._file, data)
        except OSError as error:
            raise DataRefused("unreadable", str(self._path), error.strerror or str(error)) from error
        self.mark = mark

    def _load(self) -> Mark | None:
        """The mark in the file; None where it is empty."""
        try:
            data = os.read(self._file, WIDTH + 1)
            return _decode(data) if data else None
        except OSError as error:
            raise DataRefused("unreadable", str(self._path), error.strerror or str(error)) from error
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise DataRefused("damaged", str(self._path), str(error)) from error

    def __enter__(self) -> "Bookmark":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)


def usual(*what: object) -> Path:
    """The file for a filter with these arguments, in the user's own data folder. Raises DataRefused."""
    digest = blake2b(repr(what).encode(errors="surrogatepass"), digest_size=8).hexdigest()
    return data_folder(data_folder() / "tail") / f"{digest}.json"
