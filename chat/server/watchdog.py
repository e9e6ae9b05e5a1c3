"""A thread that sees when the loop does not come round any more, and says what it is doing instead."""

import asyncio
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress

LIMIT = 1.0
"""Seconds without a turn of the loop after which somebody is told, once for each standstill."""
LOOK = 0.25
"""Seconds between two looks; the loop is asked for a sign of life at each."""


class Watchdog:
    """Watches the loop of the thread that makes it, until `stop`.

    `stalled` is called in the watching thread, with LIMIT and the stack of the loop's. A process that was
    itself paused as a whole is told nothing: then the watching thread was late, too.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, stalled: Callable[[float, str], None]) -> None:
        self._loop = loop
        self._stalled = stalled
        self._watched = threading.get_ident()
        self._turned = time.monotonic()
        self._stopped = threading.Event()
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def stop(self) -> None:
        """Watch no more."""
        self._stopped.set()

    def _turn(self) -> None:
        self._turned = time.monotonic()

    def _watch(self) -> None:
        told = False
        began = time.monotonic()
        while not self._stopped.wait(LOOK):
            now = time.monotonic()
            if now - began > 2 * LOOK:  # this thread stood still as well
                self._turned = now
            stalled = now - self._turned > LIMIT
            if stalled and not told:
                self._stalled(LIMIT, self._where())
            told, began = stalled, now
            with suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(self._turn)

    def _where(self) -> str:
        frame = sys._current_frames().get(self._watched)
        return "".join(traceback.format_stack(frame)[-6:])
