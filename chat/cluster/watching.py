"""Whether the stream is still the one that this node follows, and how long ago that was certain."""

import asyncio
from collections.abc import Callable

from nats.aio.client import Client

from chat.cluster import stream
from chat.errors import DataRefused

LOOK = 2.0
"""Seconds between two looks."""
PATIENCE = 1.0
"""Seconds for an answer. What is asked in an election is never answered: waiting 5 s for it, as nats-py does,
people were told after an election of 7 s that the server is cut off (measured)."""
TIMES = 3
"""So many looks in a row must find it changed: who has just lost the lead may still answer with what was."""


class Watch:
    """Asks who leads the stream how far it is; only who has a majority behind it answers for long."""

    def __init__(
        self, name: str, log: str, hold: float, applied: Callable[[], int], told: Callable[[bool], None]
    ) -> None:
        """`told` is called whenever it has not been certain for `hold` seconds, and when it is again."""
        self._name = name
        self._log = log
        self._hold = hold
        self._applied = applied
        self._told = told
        self._was = 0
        self._wrong = 0
        self._timer: asyncio.TimerHandle | None = None
        self.stale = False
        self.led = True
        """Whether somebody led the stream, at the last look."""
        self.last = 0
        """The last message of the stream, at the last look."""

    def start(self) -> None:
        """It is certain now."""
        self._timer = asyncio.get_running_loop().call_later(self._hold, self._set, True)

    def stop(self) -> None:
        """Tell nothing more."""
        if self._timer is not None:
            self._timer.cancel()

    async def run(self, client: Client) -> None:
        """Look for ever. Raises DataRefused once it is not the stream any more."""
        while True:
            applied = self._applied()
            found = await stream.find(client, self._name, PATIENCE)
            self._judge(found, applied)
            self.led = found is None or found.led
            if self.led and not self._wrong and applied >= self._was:
                self.stop()
                self._set(False)
                self.start()
            self._was = self.last = found.last if found is not None else 0
            await asyncio.sleep(LOOK)

    def _judge(self, found: stream.Found | None, applied: int) -> None:
        if found is not None and found.log == self._log and found.last >= applied:
            self._wrong = 0
            return
        self._wrong += 1
        if self._wrong < TIMES:
            return
        if found is None:
            raise DataRefused("stream_gone", self._name)
        if found.log != self._log:
            raise DataRefused("stream_replaced", self._name)
        raise DataRefused("stream_lost", self._name, f"{found.first} to {found.last}, and {applied} here")

    def _set(self, stale: bool) -> None:
        if stale != self.stale:
            self.stale = stale
            self._told(stale)
