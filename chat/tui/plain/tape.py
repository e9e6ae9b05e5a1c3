"""Lines on their way out, many in one write, and how far they have got."""

import asyncio

from chat.tui.plain.bookmark import Bookmark, Mark
from chat.tui.plain.stdout import Out

ROOM = 512
"""Most lines that wait for being printed; beyond it nothing more is taken from the server."""


class Tape:
    """Prints what is `put`, in its order; what has been printed is in the bookmark, if there is one.

    `mark` is the place of the last thing put: a conversation that begins anew resumes after it.
    """

    def __init__(self, out: Out, bookmark: Bookmark | None) -> None:
        self.mark = bookmark.mark if bookmark else None
        self._out = out
        self._bookmark = bookmark
        self._lines: list[str] = []
        self._some = asyncio.Event()
        self._level = asyncio.Event()
        self._level.set()

    async def put(self, mark: Mark, line: str | None = None) -> None:
        """Let a line wait; without one only its place counts. Waits while ROOM wait; cancelled, not taken."""
        if len(self._lines) >= ROOM:
            await self.printed()
        self.mark = mark
        if line is not None:
            self._lines.append(f"{line}\n")
        self._level.clear()
        self._some.set()

    async def printed(self) -> None:
        """Wait until all that was put has been printed. Cancellation loses nothing."""
        await self._level.wait()

    async def run(self) -> None:
        """Print, for ever. Raises OSError (BrokenPipeError: nobody reads), DataRefused of the bookmark.

        Cancelled, what is being written may still be printed, with its place not kept.
        """
        while True:
            await self._some.wait()
            self._some.clear()
            lines, mark = self._lines, self.mark
            self._lines = []
            if lines:
                await self._out.write("".join(lines).encode())
            if self._bookmark is not None and mark is not None:
                self._bookmark.save(mark)
            if not self._some.is_set():
                self._level.set()
