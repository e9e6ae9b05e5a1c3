"""`chat-server export` and `import`: all of a server, a person's or a room's part, as lines of JSON."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

from chat import proof
from chat.errors import DataRefused
from chat.files import locked, sync_folder
from chat.history.backing import Told
from chat.history.base import Entry
from chat.history.carrying import Refusal, Source, Target, Wanted
from chat.history.rows import MOST
from chat.history.schema import copied_from
from chat.names import Name
from chat.operating import lines
from chat.operating.data import HISTORY, REGISTRY, STAGED
from chat.registry import owners
from chat.registry.base import Deed, Reading, Record
from chat.registry.sqlite import read_records, write_records


class BadLine(Exception):
    """A line that cannot be imported: its number, from 1, and why, as a short code."""

    def __init__(self, number: int, why: str) -> None:
        super().__init__(f"line {number}: {why}")
        self.number = number
        self.why = why


def scopes(registry: Reading, name: Name) -> list[str]:
    """How the history calls a person: the guest of that name, and the identity that owns it."""
    found = owners.owner(registry, name)
    return [f"~{name.key}"] + ([proof.identity(found.key, name.key)] if found is not None else [])


def export(
    data: Path, out: IO[bytes], told: Told, *, user: Name | None = None, room: Name | None = None
) -> int:
    """Write the lines of all that a server keeps, or of one person or room; how many entries there were.

    Whether a server runs there or not. Raises DataRefused, and OSError where it cannot be written.
    """
    if not (data / HISTORY).exists():
        raise DataRefused("no_history", str(data))
    if copied_from(data / HISTORY) is not None:
        raise DataRefused("a_copy", str(data))
    registry = read_records(data / REGISTRY)
    part = _part(registry, user, room)
    with closing(Source(data / HISTORY)) as source:
        out.write(_line(lines.Header(log=source.log, head=source.head, floor=source.floor, of=part.of)))
        records = [lines.record(key, kept) for key, kept in registry.items("") if part.has(key, kept)]
        deeds = [lines.done(deed) for deed in registry.deeds if part.about(deed)]
        out.writelines([_line(line) for line in records])
        out.writelines([_line(line) for line in deeds])
        count = 0
        for page in source.entries(part.wanted):
            out.write(b"".join([_line(lines.said(entry)) for entry in page]))
            count += len(page)
            told(page[-1].id, source.head)
        out.write(_line(lines.End(records=len(records), entries=count, deeds=len(deeds))))
    return count


class _Part(NamedTuple):
    """What is exported: what it is called, which entries (None: all), whether a record or a deed is in it."""

    of: str
    wanted: Wanted | None
    has: Callable[[str, Record], bool]
    about: Callable[[Deed], bool]


def _part(registry: Reading, user: Name | None, room: Name | None) -> _Part:
    if room is not None:
        return _Part(
            room.shown,
            Wanted(conversations=[room.key]),
            lambda key, kept: key == f"room/{room.key}" or key.startswith(f"standing/{room.key}/"),
            lambda deed: deed.scope == room.key,
        )
    if user is None:
        return _Part("all", None, lambda key, kept: True, lambda deed: True)
    found = owners.owner(registry, user)
    known = scopes(registry, user)

    def has(key: str, kept: Record) -> bool:
        """Whatever table it is of: named after them, or about their key."""
        about = key.endswith(f"/{user.key}") or any(scope in key for scope in known)
        return about or (found is not None and found.key.encode() in kept.value)

    return _Part(f"@{user.shown}", Wanted(people=known), has, lambda deed: user.shown in (deed.by, deed.whom))


def _line(line: lines.Line) -> bytes:
    return lines.encode(line) + b"\n"


def bring(data: Path, source: IO[bytes], log: str, told: Told) -> int:
    """Make the data of a server of an export, in a folder that has none; how many entries there were.

    `log` is the name of the new history: clients fetch anew what they have. Nothing is there until all
    lines were good. Raises BadLine, DataRefused ("not_empty"), OSError.
    """
    with locked(data):
        if (data / HISTORY).exists() or (data / REGISTRY).exists():
            raise DataRefused("not_empty", str(data))
        staged = data / f"{STAGED}{log}"
        staged.mkdir(mode=0o700)
        try:
            count = _Import(staged, log, told).run(source)
            for name in (REGISTRY, HISTORY):
                os.replace(staged / name, data / name)
            sync_folder(data)
        finally:
            shutil.rmtree(staged)
    return count


class _Import:
    """One import on its way: a header, records, entries, an end, and nothing behind it."""

    def __init__(self, staged: Path, log: str, told: Told) -> None:
        self._staged = staged
        self._log = log
        self._told = told
        self._number = 0
        self._ended = False
        self._records: dict[str, Record] = {}
        self._deeds: list[Deed] = []
        self._waiting: list[Entry] = []
        self._count = 0

    def run(self, source: IO[bytes]) -> int:
        """Take in all lines. Raises BadLine."""
        read = self._lines(source)
        header = next(read, None)
        if not isinstance(header, lines.Header):
            raise BadLine(1, "header")
        if header.format > lines.FORMAT:
            raise BadLine(1, "newer")
        if not 0 <= header.floor <= header.head:
            raise BadLine(1, "header")
        with closing(Target(self._staged / HISTORY, self._log, header.floor)) as target:
            for line in read:
                self._take(line, target)
            self._flush(target, self._number)
        if not self._ended:
            raise BadLine(self._number, "cut")
        write_records(self._staged / REGISTRY, self._records, self._deeds)
        return self._count

    def _lines(self, source: IO[bytes]) -> Iterator[lines.Line]:
        size = os.fstat(source.fileno()).st_size
        done = 0
        while data := source.readline(lines.LONGEST):
            self._number += 1
            done += len(data)
            try:
                yield lines.decode(data)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                raise BadLine(self._number, "line" if self._number > 1 else "header") from None
            if self._number % MOST == 0:
                self._told(done, size)

    def _take(self, line: lines.Line, target: Target) -> None:
        if self._ended:
            raise BadLine(self._number, "after_end")
        try:
            if isinstance(line, lines.Said):
                self._waiting.append(lines.entry(line))
            elif isinstance(line, lines.Kept | lines.Done):
                self._keep(line)
            elif isinstance(line, lines.End):
                self._end(line, target)
            else:
                raise BadLine(self._number, "header")
        except ValueError:
            raise BadLine(self._number, "line") from None
        if len(self._waiting) == MOST:
            self._flush(target, self._number + 1)

    def _keep(self, line: lines.Kept | lines.Done) -> None:
        """Records, each once, and deeds stand before the first entry."""
        if self._waiting or self._count:
            raise BadLine(self._number, "order")
        if isinstance(line, lines.Done):
            self._deeds.append(lines.deed(line))
        elif line.key in self._records:
            raise BadLine(self._number, "order")
        else:
            self._records[line.key] = lines.kept(line)

    def _end(self, end: lines.End, target: Target) -> None:
        self._flush(target, self._number)
        if (end.records, end.entries, end.deeds) != (len(self._records), self._count, len(self._deeds)):
            raise BadLine(self._number, "count")
        self._ended = True

    def _flush(self, target: Target, next_line: int) -> None:
        """Put what waits, of which the last stands in the line before `next_line`."""
        first = next_line - len(self._waiting)
        try:
            target.put(self._waiting)
        except Refusal as refusal:
            raise BadLine(first + refusal.place, refusal.why) from None
        self._count += len(self._waiting)
        self._waiting = []
