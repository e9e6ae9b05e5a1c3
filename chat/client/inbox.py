"""The events that wait for whoever iterates over a client, within bounds."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from chat.client.events import ClientEvent, Missed

MARK = 512
"""With so many events waiting, nothing more is read from the server until some are taken."""
LIMIT = 4_096
"""Most events kept; beyond it the older half is dropped and a Missed stands in its place."""


class Inbox:
    """A queue with one taker, which may be slow, absent, or waiting for an answer itself.

    A slow taker holds up reading, so the server marks the session as behind and nothing is lost. Reading
    is never held up while somebody waits for an answer or an acknowledgement, which could not come
    otherwise, nor before the first event was ever taken; then LIMIT is the bound.
    """

    def __init__(self) -> None:
        self._events: deque[ClientEvent] = deque()
        self._some = asyncio.Event()
        self._calm = asyncio.Event()
        self._calm.set()
        self._urgent = 0
        self._taken = False
        self._closed = False

    def put(self, event: ClientEvent) -> None:
        """Let an event wait. Never waits itself."""
        self._events.append(event)
        if len(self._events) > LIMIT:
            self._drop()
        self._note()

    async def take(self) -> ClientEvent | None:
        """The next event; None once the inbox is closed and empty. Cancellation loses none."""
        self._taken = True
        while not self._events:
            if self._closed:
                return None
            self._some.clear()
            await self._some.wait()
        event = self._events.popleft()
        self._note()
        return event

    @property
    def calm(self) -> bool:
        """Whether more may be read from the server."""
        return self._calm.is_set()

    async def room(self) -> None:
        """Wait until more may be read from the server."""
        await self._calm.wait()

    @contextmanager
    def urgent(self) -> Iterator[None]:
        """While this lasts somebody waits for what the server says: reading is not held up."""
        self._urgent += 1
        self._note()
        try:
            yield
        finally:
            self._urgent -= 1
            self._note()

    def close(self) -> None:
        """Nothing comes any more; what waits can still be taken."""
        self._closed = True
        self._note()

    def _note(self) -> None:
        if self._events or self._closed:
            self._some.set()
        if self._urgent or not self._taken or self._closed or len(self._events) <= MARK:
            self._calm.set()
        else:
            self._calm.clear()

    def _drop(self) -> None:
        dropped = [self._events.popleft() for _ in range(LIMIT // 2)]
        count = sum(event.count if type(event) is Missed else 1 for event in dropped)
        self._events.appendleft(Missed(count))
