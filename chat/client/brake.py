"""What holds up reading from the server: things come faster than they can be put away."""

import asyncio
from typing import Protocol


class Brake(Protocol):
    """Something that may hold up reading."""

    @property
    def calm(self) -> bool:
        """Whether more may be read from the server."""
        ...

    async def room(self) -> None:
        """Wait until more may be read from the server."""
        ...


class Backlog:
    """Counts what is under way to a place that may be slow; more than `most` of it holds up reading."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting = 0
        self._calm = asyncio.Event()
        self._calm.set()

    def add(self, work: asyncio.Future[None], weight: int) -> None:
        """Something is under way until this is done, well or not."""
        self._note(weight)
        work.add_done_callback(lambda _: self._note(-weight))

    @property
    def calm(self) -> bool:
        """Whether more may be read from the server."""
        return self._calm.is_set()

    async def room(self) -> None:
        """Wait until more may be read from the server."""
        await self._calm.wait()

    def _note(self, weight: int) -> None:
        self._waiting += weight
        if self._waiting <= self._most:
            self._calm.set()
        else:
            self._calm.clear()
