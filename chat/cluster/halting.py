"""The halt of all nodes: one asks all to write nothing for a moment, and waits until each has answered."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress

from chat.cluster.connection import PASSING
from chat.cluster.peers import Halt, Halted, Saying
from chat.cluster.stillness import LONGEST, Stillness

ANSWERED = 0.3
"""Seconds in which nothing is under way any more: an acknowledgement takes some 5 ms."""

Me = tuple[str, str, int]
"""A node's name, its life, and the number of what it said last."""


class Halting:
    """This node's part in the halts of all, its own ones among them: it hears itself like the others."""

    def __init__(
        self, stillness: Stillness, me: Callable[[], Me], say: Callable[[Saying], Awaitable[None]]
    ) -> None:
        """`say` raises PASSING where it cannot be said."""
        self._stillness = stillness
        self._me = me
        self._say = say
        self._own = ""
        """The halt that this node asked for last."""
        self._waited_for: set[str] = set()
        """The lives that have not answered it."""
        self._answered = asyncio.Event()
        self._answering: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def halted(self, lives: Collection[str]) -> AsyncIterator[None]:
        """Within it nobody writes, once these have answered or ANSWERED s are over; for LONGEST s at most.

        One at a time. A node that does not hear of the beginning goes on, one that misses the end does by
        itself. Raises PASSING.
        """
        self._own, self._waited_for = secrets.token_hex(8), set(lives)
        self._answered.clear()
        try:
            await self._say(Halt(*self._me(), self._own, LONGEST))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._answered.wait(), ANSWERED)
            yield
        finally:
            with suppress(*PASSING):
                await self._say(Halt(*self._me(), self._own, 0.0))

    def hear_halt(self, said: Halt) -> None:
        """A node, or this one, asks for it, or says that it is over."""
        if said.seconds <= 0:
            self._stillness.end()
            return
        self._stillness.begin(said.seconds)
        answering = asyncio.create_task(self._answer(said.id))
        self._answering.add(answering)
        answering.add_done_callback(self._answering.discard)

    def hear_halted(self, said: Halted) -> None:
        """A node has nothing under way."""
        if said.id == self._own:
            self._waited_for.discard(said.life)
            if not self._waited_for:
                self._answered.set()

    async def close(self) -> None:
        """Answer nobody any more."""
        for task in self._answering:
            task.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)

    async def _answer(self, id: str) -> None:
        with suppress(*PASSING):
            async with asyncio.timeout(LONGEST):
                await self._stillness.reached()
            await self._say(Halted(*self._me(), id))
