"""The server's heartbeat: a look at every connection once a second, and the notices that are due.

One loop for all, not a timer for each: 10,000 idle connections then cost no timers and no tasks of their own.
"""

import asyncio
from collections.abc import Collection

from chat import messages as m
from chat.hub.core import Core
from chat.hub.seat import Seat
from chat.limits.counters import Limit
from chat.protocol import State

LOOK = 1.0
"""Seconds between two looks at a connection: what a deadline may be late by."""
LATE = 1.0
"""Seconds by which the loop may be late. Beyond, it was the server that stood still (a paused machine, a busy
disk): what has come meanwhile is read before anybody is judged."""

_REASONS = {Limit.HELLO_DEADLINE: "hello_timeout", Limit.FRAME_DEADLINE: "frame_timeout"}
"""What is said to whoever is past a deadline."""


class Pulse:
    """Watches the connections of one server."""

    def __init__(self, core: Core, seats: Collection[Seat]) -> None:
        self._core = core
        self._seats = seats

    async def run(self) -> None:
        """Go on until cancelled."""
        looked = self._core.clock()
        while True:
            due = self._core.clock() + self._core.options.notice_interval
            await asyncio.sleep(self._core.options.notice_interval)
            now = self._core.clock()
            if now - due > LATE:
                looked = now
            self._core.hub.notices.tell(now)
            if now - looked >= LOOK:
                looked = now
                self.look(now)

    def look(self, now: float) -> None:
        """Judge every connection by the clock."""
        for seat in list(self._seats):
            if seat.link.closing:
                continue
            seat.progress.look(seat.link.written, seat.link.untaken, now)
            if now - seat.progress.taken_at > self._core.options.stuck_after:
                self._core.counters.count(Limit.STUCK)
                seat.abandon("stuck")
                continue
            overdue = self._overdue(seat, now)
            if overdue is not None:
                self._core.counters.count(overdue)
                seat.end(_REASONS[overdue])
            elif self._is_quiet(seat, now):
                seat.answer(m.PingEvent())

    def _overdue(self, seat: Seat, now: float) -> Limit | None:
        options, began = self._core.options, seat.link.frame_began
        patience = options.name_deadline if seat.link.plain else options.hello_deadline
        if not seat.welcomed and now - seat.since > patience:
            return Limit.HELLO_DEADLINE
        if began is not None and now - began > options.frame_deadline:
            return Limit.FRAME_DEADLINE
        return None

    def _is_quiet(self, seat: Seat, now: float) -> bool:
        quiet = now - seat.progress.written_at > self._core.options.heartbeat
        return quiet and seat.link.protocol.state is State.OPEN and not seat.link.plain
