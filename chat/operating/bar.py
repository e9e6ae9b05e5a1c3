"""How far a command is, drawn on a terminal over and over in one line; elsewhere nothing."""

import sys
import time
from types import TracebackType
from typing import Self, TextIO

WIDTH = 30
"""Characters of the bar."""
PAUSE = 0.1
"""Seconds between two drawings, at least."""


class Bar:
    """Called with how much is done and how much there is; leaves nothing behind at the end."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out if out is not None else sys.stderr
        self._draws = self._out.isatty()
        self._next = 0.0

    def __call__(self, done: int, whole: int) -> None:
        now = time.monotonic()
        if self._draws and whole and now >= self._next:
            self._next = now + PAUSE
            part = min(1.0, done / whole)
            full = round(part * WIDTH)
            print(
                f"\r\x1b[K[{'#' * full}{'.' * (WIDTH - full)}] {part:.0%}", end="", file=self._out, flush=True
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._draws:
            print("\r\x1b[K", end="", file=self._out, flush=True)
