"""A moment in which a node writes nothing to NATS, so that a stream may change hands; it ends by itself."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

LONGEST = 1.0
"""Seconds that it lasts at most, whatever is asked for: whoever is to end it may be gone."""


class Stillness:
    """Whether there is one now, and what is under way that was sent before. All calls on one event loop."""

    def __init__(self) -> None:
        self._none = asyncio.Event()
        self._none.set()
        self._nothing = asyncio.Event()
        self._nothing.set()
        self._under_way = 0
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, seconds: float) -> None:
        """From now on nothing more is to be sent, for so long at most; one that has begun lasts so long."""
        self.end()
        self._none.clear()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(min(seconds, LONGEST), self.end)

    def end(self) -> None:
        """All goes on, if anything was held."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._none.set()

    async def over(self) -> None:
        """Wait until there is none. What follows without an await is sent outside of any."""
        while not self._none.is_set():  # another one may begin before who waited for this one runs
            await self._none.wait()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Something is under way, until NATS has answered or nobody waits for that any more."""
        self._under_way += 1
        self._nothing.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._nothing.set()

    async def reached(self) -> None:
        """Wait until nothing is under way; without a stillness that may be never."""
        await self._nothing.wait()
