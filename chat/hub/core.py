"""What every session of one server works with."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from chat.history.base import History
from chat.hub.bus import Alone, Bus
from chat.hub.hub import Hub
from chat.limits.buckets import Buckets
from chat.limits.counters import Counters
from chat.limits.gate import Gate
from chat.limits.options import FIXED, Options
from chat.limits.throttle import Throttle
from chat.registry.base import Registry


class Console(Protocol):
    """Where the operator reads what happens; everything a peer chose is made safe there."""

    def connected(self, address: str) -> None:
        """Somebody has connected."""

    def entered(self, user: str, address: str, *, guest: bool) -> None:
        """A session was welcomed under a name."""

    def gone(self, user: str, address: str, reason: str) -> None:
        """A session ended; `user` is empty if it was never welcomed."""

    def refused(self, address: str, code: str) -> None:
        """A connection was ended for what it sent."""

    def turned_away(self, address: str, limit: str) -> None:
        """A bound was in the way of a connection; called at most once per 10 s for one address."""

    def crowded(self, limit: str) -> None:
        """Nobody is accepted for a while because of a bound; called at most once per 10 s for each."""

    def stalled(self, seconds: float, where: str) -> None:
        """The loop has not come round for so long; `where` it is. Called from another thread."""

    def failed(self, what: str, error: BaseException) -> None:
        """Something in the server failed."""


class Core:
    """The parts a session needs, and the clocks and chance it is given."""

    def __init__(
        self,
        options: Options,
        history: History,
        registry: Registry,
        console: Console,
        secret: bytes,
        *,
        clock: Callable[[], float],
        now: Callable[[], int],
        new_id: Callable[[], str],
        broken: asyncio.Event,
        chance: Callable[[int], bytes],
        bus: Bus | None = None,
    ) -> None:
        self.options = options
        self.history = history
        self.registry = registry
        self.console = console
        self.secret = secret
        """The key that signs session secrets."""
        self.clock = clock
        """Seconds on a clock that never jumps."""
        self.now = now
        """Milliseconds since 1970, UTC."""
        self.new_id = new_id
        """A new random id of 64 bits, as hexadecimal text."""
        self.chance = chance
        """So many random bytes."""
        self.failures = Throttle(options.failed_proofs, options.failed_window)
        """Proofs refused, by address."""
        self.counters = Counters()
        self.gate = Gate(options, self.counters)
        self.sends = Buckets(options.send_burst, options.send_rate)
        """Messages, by the scope of `cid`s."""
        self.joins = Buckets(options.join_burst, options.join_rate)
        self.makes = Buckets(options.make_burst, options.make_rate)
        self.hub = Hub(options, history.head)
        self.bus = bus or Alone()
        self.stopping = False
        """Nothing more is taken in."""
        self.broken = broken
        """Set when the disk failed for good, or it is not known any more who was told what."""
        self._tasks: set[asyncio.Task[None]] = set()

    def reconfigure(self, options: Options) -> None:
        """Go by other options from now on, but for those that are FIXED."""
        for name in set(options.__struct_fields__) - FIXED:
            setattr(self.options, name, getattr(options, name))
        self.failures.bound(options.failed_proofs, options.failed_window)
        self.gate.new.bound(options.new_per_address, options.new_window)
        self.sends.bound(options.send_burst, options.send_rate)
        self.joins.bound(options.join_burst, options.join_rate)
        self.makes.bound(options.make_burst, options.make_rate)

    def spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run work beside a session; whoever spawns it sees to its exceptions and cancels it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
