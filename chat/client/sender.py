"""Which items of the outbox go out now: in order, so many at once as the server takes. Sans-I/O."""

from random import Random

from chat.client.backoff import Backoff
from chat.client.outbox import Item, Outbox

WINDOW = 32
"""Most sends under way at once; a line of 4 KiB bodies then stays below one send buffer of 128 KiB."""

LONGEST = 30.0
"""Longest pause after a `slow_down`, in seconds, whatever the server asks for."""
JITTER = 0.05
"""What is added to a pause that the server asks for, at most: a server waits two seconds for it."""


class Sender:
    """Follows what is under way on the present connection.

    After `slow_down` it pauses, then goes one at a time and widens by one with each acknowledgement, so
    that what was refused goes before what was said later. So it does after a cut with sends under way: a
    path that breaks at every large burst still takes one line each time.
    """

    def __init__(self, outbox: Outbox, rng: Random) -> None:
        self._outbox = outbox
        self._rng = rng
        self._backoff = Backoff(rng, first=1.0, most=LONGEST, settled=60.0)
        self._under_way: set[str] = set()
        self._repeated = {item.cid for item in outbox}
        self._window = WINDOW
        self._paused = False

    def opened(self) -> None:
        """A connection has come: nothing is under way on it, and what was under way may have arrived."""
        self._window = 1 if self._under_way else WINDOW
        self._repeated |= self._under_way
        self._under_way.clear()
        self._paused = False

    def due(self) -> list[Item]:
        """The items to be sent now; they are under way from then on."""
        items: list[Item] = []
        if self._paused:
            return items
        for item in self._outbox:
            if len(self._under_way) >= self._window:
                break
            if item.cid not in self._under_way:
                self._under_way.add(item.cid)
                items.append(item)
        return items

    def repeated(self, cid: str) -> bool:
        """Whether an item may have reached the server on an earlier connection."""
        return cid in self._repeated

    def acknowledged(self, cid: str) -> None:
        """An item has arrived: there may be room for the next."""
        self.failed(cid)
        self._window = min(self._window + 1, WINDOW)
        self._backoff.reset()

    def failed(self, cid: str) -> None:
        """An item is settled without success."""
        self._under_way.discard(cid)
        self._repeated.discard(cid)

    def slowed(self, cid: str, wait: float = 0.0) -> float | None:
        """The server wants this item later: seconds until `resume`, None if that is under way already.

        `wait` is what the server asks for, 0 if it does not say.
        """
        self._under_way.discard(cid)
        if self._paused:
            return None
        self._paused = True
        self._window = 1
        if not wait:
            return self._backoff.next()
        return min(wait, LONGEST) + self._rng.uniform(0, JITTER)

    def resume(self) -> None:
        """The pause is over."""
        self._paused = False
