"""What one user keeps on this disk of one server: a copy and what is their own, behind one lock."""

import contextlib
from collections.abc import Callable
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path

from chat.client.line import fold
from chat.client.notes import Notes
from chat.client.outbox import MemoryOutbox, Outbox, OwnOutbox
from chat.errors import DataRefused
from chat.files import data_folder, locked
from chat.history.copy import Copy
from chat.history.database import remove
from chat.history.own import Own

COPY = "copy.db"
OWN = "own.db"
_MAX_NAME = 150
"""Bytes of one part of a path; most systems take 255."""


def folder_for(host: str, port: int, user: str, data: Path | None = None) -> Path:
    """Where a user keeps what belongs to a server: a folder in `data`, by default in the user's own."""
    root = data_folder() / "client" if data is None else data
    return root / f"{_safe(host.casefold())}_{port}" / f"@{_safe(fold(user))}"


def _safe(name: str) -> str:
    """A name as part of a path: nothing in it leads elsewhere, and two names are two parts."""
    kept = "".join(char if char.isalnum() or char in "-." else f"%{ord(char):x}" for char in name)
    if len(kept.encode(errors="replace")) <= _MAX_NAME:
        return kept
    return f"{kept[:16]}%{sha256(name.encode(errors='replace')).hexdigest()[:32]}"


class Locker:
    """A folder, or None: nothing is kept. `failed` is called with a short code when something is not.

    Where the folder cannot be used everything goes on in memory, and `trouble` says why: `in_use` (another
    client of the same user has it), `damaged`, `newer_schema`, `unreadable`.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._held = ExitStack()
        self._own: Own | None = None
        self.copy: Copy | None = None
        self.notes = Notes(None)
        self.outbox: Outbox = MemoryOutbox()
        self.trouble: str | None = None
        self.failed: Callable[[str], None] = lambda code: None

    async def open(self) -> None:
        """Lock the folder and read what is in it, in about 20 ms. Cancelled, it is closed."""
        if self._folder is None:
            return
        try:
            self._held.enter_context(locked(data_folder(self._folder)))
            await self._read(self._folder)
        except DataRefused as refused:
            self.trouble = refused.reason
            await self.close()
        except BaseException:
            await self.close()
            raise

    async def _read(self, folder: Path) -> None:
        own = Own(folder / OWN, failed=self._failed)
        await own.open()
        self._own, self.notes, self.outbox = own, Notes(own), OwnOutbox(own)
        copy = Copy(folder / COPY, failed=self._failed)
        await copy.open()
        self.copy = copy

    async def close(self) -> None:
        """Keep what was given, then let go of the folder; from then on nothing is kept. Again is harmless."""
        copy, own = self.copy, self._own
        self.copy = self._own = None
        self.notes = Notes(None, self.notes)
        try:
            if copy is not None:
                await copy.close()
            if own is not None:
                await own.close()
        finally:
            self._held.close()

    def clear(self) -> None:
        """Remove the folder of somebody who was never welcomed; it must be closed."""
        if self._folder is None or self.trouble is not None:
            return
        with contextlib.suppress(OSError):  # another program's, or a file of somebody else's is in it
            for name in (COPY, OWN):
                remove(self._folder / name)
            (self._folder / "lock").unlink(missing_ok=True)
            self._folder.rmdir()
            self._folder.parent.rmdir()

    def _failed(self, error: Exception) -> None:
        self.failed("not_kept")
