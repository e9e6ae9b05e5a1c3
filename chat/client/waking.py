"""A deadline that the standing still of this machine does not use up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

LOOK = 0.5
"""Seconds between two looks at the clock; a look that is later than that was kept from looking."""


class _Watch:
    """Moves a deadline by what the looks at the clock are late."""

    def __init__(self, deadline: asyncio.Timeout, every: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._deadline = deadline
        self._every = every
        self._next()

    def _next(self) -> None:
        self._due = self._loop.time() + self._every
        self._handle = self._loop.call_at(self._due, self._look)

    def _look(self) -> None:
        late, when = self._loop.time() - self._due, self._deadline.when()
        if late > self._every and when is not None and not self._deadline.expired():
            self._deadline.reschedule(when + late)
        self._next()

    def over(self) -> None:
        self._handle.cancel()


@asynccontextmanager
async def waking(seconds: float, every: float = LOOK) -> AsyncIterator[None]:
    """TimeoutError once the body has had so many `seconds` in which this program could run.

    A machine that is paused, or whose processor others take, answers nobody (measured: 12 s for the 0.08 s
    that the system's authorities take to read); that says nothing about the server it talks to.
    """
    async with asyncio.timeout(seconds) as deadline:
        watch = _Watch(deadline, every)
        try:
            yield
        finally:
            watch.over()
