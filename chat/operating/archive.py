"""A backup as one file: a tar of databases and certificates, and last the manifest it is checked by."""

import hashlib
import os
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import IO, Annotated

import msgspec
from msgspec import Meta, Struct

from chat.errors import DataRefused
from chat.files import create, sync_folder
from chat.history.backing import Told
from chat.messages import MAX_ID
from chat.operating.certificates import CERTIFICATE, KEY
from chat.operating.data import HISTORY, REGISTRY

FORMAT = 1
MANIFEST = "manifest.json"
FILES = (HISTORY, REGISTRY, CERTIFICATE, KEY)
"""What may be in it; the first two always are."""
_PIECE = 2**20
_LARGEST_MANIFEST = 2**16
_LATEST = 253_402_300_799_999
"""The last moment that has a date, of the year 9999."""


class File(Struct, frozen=True):
    """What a file in the archive must be: its size in bytes and its SHA-256 in hexadecimal digits."""

    size: int
    sha256: str


class Manifest(Struct, frozen=True):
    """What the archive says of itself. `made` is ms since 1970, UTC; `log` and `head` are the history's."""

    format: int
    made: Annotated[int, Meta(ge=0, le=_LATEST)]
    log: str
    head: Annotated[int, Meta(ge=0, le=MAX_ID)]
    files: dict[str, File]


@contextmanager
def appearing(path: Path) -> Iterator[IO[bytes]]:
    """A file to write that has its name only once it is whole and on the disk; 0600. Raises OSError.

    Meanwhile it ends in `.new`; where anything is raised inside it is gone.
    """
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    create(new)
    try:
        with new.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
        sync_folder(path.parent)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def pack(files: Mapping[str, Path], to: Path, made: int, log: str, head: int, told: Told) -> None:
    """Write the archive `to`, in a place where nothing is until it is whole. Raises OSError."""
    whole = sum(path.stat().st_size for path in files.values())
    known: dict[str, File] = {}
    with appearing(to) as out, tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, path in files.items():
            before = sum(file.size for file in known.values())
            with path.open("rb") as source:
                counted = _Counted(source, partial(_told_more, told, before, whole))
                tar.addfile(_member(name, path.stat().st_size, made), counted)
            known[name] = File(counted.size, counted.sum.hexdigest())
        manifest = msgspec.json.format(msgspec.json.encode(Manifest(FORMAT, made, log, head, known)))
        tar.addfile(_member(MANIFEST, len(manifest), made), BytesIO(manifest))


def unpack(archive: Path, folder: Path, told: Told) -> Manifest:
    """Take the files out into an empty folder, each as the manifest says it must be, and on the disk.

    Raises DataRefused ("unreadable"; "not_whole": it is no archive, or not all of one; "newer_archive").
    """
    try:
        return _unpack(archive, folder, told)
    except (tarfile.TarError, msgspec.MsgspecError, EOFError, UnicodeDecodeError) as error:
        raise DataRefused("not_whole", str(archive), str(error)) from error
    except OSError as error:
        raise DataRefused("unreadable", str(archive), error.strerror or str(error)) from error


def _unpack(archive: Path, folder: Path, told: Told) -> Manifest:
    whole, found, said = archive.stat().st_size, dict[str, File](), b""
    with archive.open("rb") as raw, tarfile.open(fileobj=raw, mode="r:") as tar:
        for member in tar:
            source = tar.extractfile(member)
            if source is None or member.name not in (*FILES, MANIFEST) or member.name in found:
                raise DataRefused("not_whole", str(archive), member.name)
            if member.name == MANIFEST:
                said = source.read(_LARGEST_MANIFEST)
            else:
                found[member.name] = _take_out(source, folder / member.name, lambda: told(raw.tell(), whole))
    if not said:
        raise DataRefused("not_whole", str(archive), MANIFEST)
    if msgspec.json.decode(said, type=_Format).format > FORMAT:
        raise DataRefused("newer_archive", str(archive))
    manifest = msgspec.json.decode(said, type=Manifest)
    for name in manifest.files.keys() | found.keys() | {HISTORY, REGISTRY}:
        if name not in found or manifest.files.get(name) != found[name]:
            raise DataRefused("not_whole", str(archive), name)
    return manifest


class _Format(Struct):
    """The one member that every version of the manifest has."""

    format: int


def _take_out(source: IO[bytes], path: Path, told: Callable[[], None]) -> File:
    create(path)
    with path.open("wb") as file:
        counted = _Counted(source, lambda done: told())
        while data := counted.read(_PIECE):
            file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return File(counted.size, counted.sum.hexdigest())


class _Counted:
    """A file that is read through here, which is counted and summed."""

    def __init__(self, source: IO[bytes], told: Callable[[int], None]) -> None:
        self._source = source
        self._told = told
        self.size = 0
        self.sum = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        data = self._source.read(size)
        self.size += len(data)
        self.sum.update(data)
        self._told(self.size)
        return data


def _told_more(told: Told, before: int, whole: int, done: int) -> None:
    told(before + done, whole)


def _member(name: str, size: int, made: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o600, made // 1_000
    return member
