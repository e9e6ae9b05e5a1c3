"""What all clients of one check share: where, who, how much, and when to stop and wait for each other."""

import asyncio
from collections.abc import Sequence
from itertools import cycle

from msgspec import Struct

from chat.check.ledger import Ledger
from chat.check.plan import FAULTS, Act

CLIENTS_AT_ONCE = 50
"""Clients that say hello at the same time."""


class Settings(Struct, frozen=True, kw_only=True):
    """What a check is to do; times in seconds, `size` in bytes of a body."""

    host: str
    port: int
    others: Sequence[tuple[str, int]] = ()
    """More servers of the same history: each connection is made to the next of all of them."""
    clients: int = 20
    rooms: int = 5
    rate: float = 200.0
    """Messages a second of all clients together; 0: as fast as they are acknowledged."""
    seconds: float = 10.0
    count: int = 0
    """Messages after which to stop; 0: it is a matter of time alone."""
    size: int = 64
    window: int = 8
    """Messages of one client that may wait for their acknowledgement."""
    seed: int = 0
    faults: Sequence[Act] = FAULTS
    often: int = 40
    """One message in so many goes with a fault."""
    patience: float = 60.0
    """How long a server may be away, and what is not acknowledged may be said again at the end."""
    stall: float = 10.0
    """How long nothing may be acknowledged before another connection is tried."""
    command: str = ""
    """A command that starts the server, to be kept running."""
    kills: int = 0
    """How often what `command` started is killed under load; then that ends the check, not the time."""


class Scene:
    """The shared state of one check."""

    def __init__(self, settings: Settings, run: str) -> None:
        self.settings = settings
        self.users = [f"c{run}-{number}" for number in range(settings.clients)]
        self.rooms = [f"#c{run}-{number}" for number in range(settings.rooms)]
        self.ledger = Ledger(self.users)
        self._places = cycle([(settings.host, settings.port), *settings.others])
        self.opening = asyncio.Semaphore(CLIENTS_AT_ONCE)
        self.connections = 0
        """Connections that were welcomed."""
        self.cuts = 0
        """Connections that were lost or broken."""
        self.log: str | None = None
        self.replaced = False
        """Whether the server came back with another history."""
        self.over = asyncio.Event()
        """Set when nothing new is to be said."""
        self._stopped_at = 0.0
        self._arrived: dict[str, set[str]] = {}
        self._together: dict[str, asyncio.Event] = {}

    def place(self) -> tuple[str, int]:
        """Where the next connection is to be made."""
        return next(self._places)

    def stop(self) -> None:
        """Say nothing new; what waits is said to its end, then everything is read back."""
        if not self.over.is_set():
            self._stopped_at = asyncio.get_running_loop().time()
            self.over.set()

    def patience_left(self) -> float:
        """Seconds for which it is still worth while to say again what is not acknowledged."""
        return self._stopped_at + self.settings.patience - asyncio.get_running_loop().time()

    def attempted(self) -> None:
        """Note that a message was said; the last of those wanted ends it."""
        if (
            self.settings.count
            and not self.settings.kills
            and len(self.ledger.attempts) >= self.settings.count
        ):
            self.stop()

    def welcomed(self, log: str) -> None:
        """Note a welcome, and whose history it is of."""
        self.connections += 1
        self.replaced |= self.log not in (None, log)
        self.log = log

    async def meet(self, where: str, user: str) -> None:
        """Wait until every client has come to this point; one that comes again has been here already."""
        self._arrived.setdefault(where, set()).add(user)
        if len(self._arrived[where]) == len(self.users):
            self.met(where).set()
        await self.met(where).wait()

    def met(self, where: str) -> asyncio.Event:
        """Set once every client has come to this point."""
        return self._together.setdefault(where, asyncio.Event())
