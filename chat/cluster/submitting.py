"""What was submitted on this node, reported to its submitter as soon as it is certain what became of it."""

import asyncio
import secrets
from collections.abc import Sequence

from chat.cluster.outgoing import Outgoing, Pending
from chat.history.appending import Appending
from chat.history.base import Committed, Draft, Failed, Failure, Outcome

AGAIN = 0.25
"""Seconds between two looks at what is late: whether it still may be stored changes with every answer."""


class Submitter:
    """Reports each draft once, as stored or as failed, and wakes who waits for that."""

    def __init__(self, hold: float) -> None:
        """A draft that is certainly not stored `hold` seconds after it was submitted fails."""
        self.outgoing = Outgoing(hold, lambda: secrets.token_hex(16))
        """What is not reported yet."""
        self.appending = Appending()
        self._settling: list[tuple[int, asyncio.Future[None]]] = []
        """Who waits until all that was submitted up to a number is reported."""
        self._last = 0
        self._timer: asyncio.TimerHandle | None = None

    def open(self, committed: Committed, failed: Failed) -> None:
        """These two are told, on the loop that runs now."""
        self._committed, self._failed = committed, failed
        self._loop = asyncio.get_running_loop()

    def stop(self) -> None:
        """Look no more for what is late."""
        if self._timer is not None:
            self._timer.cancel()

    def submit(self, draft: Draft, ticket: object) -> None:
        """Queue a draft."""
        self._last = self.outgoing.add(draft, ticket, self._loop.time())
        if self._timer is None:
            self._arm()

    def refuse(self, draft: Draft, ticket: object, reason: str, *, final: bool) -> None:
        """Report a draft as failed that is not even queued; not before its sender goes on."""
        self._loop.call_soon(self.fail, [Failure(draft, ticket, final, reason)])

    async def settled(self) -> None:
        """Wait until all that was submitted so far is reported."""
        if self.outgoing.oldest is not None:
            waiter: asyncio.Future[None] = self._loop.create_future()
            self._settling.append((self._last, waiter))
            await waiter

    def applied(self, outcomes: Sequence[Outcome], head: int) -> None:
        """The copy has more, of this node or of others; who waited for it is told with everybody."""
        outcomes = [self._own(outcome) for outcome in outcomes]
        self._committed(outcomes, head)  # before all else: whatever fails then, no batch is passed over
        self.appending.settle(outcomes, ())
        self._settle()

    def unfit(self, failures: Sequence[Failure]) -> None:
        """What no node can keep; this one looks before it sends."""
        own = []
        for failure in failures:
            if type(failure.ticket) is Pending:
                self.outgoing.reported(failure.ticket)
                own.append(Failure(failure.draft, failure.ticket.ticket, failure.final, failure.reason))
        self.fail(own)

    def fail(self, failures: Sequence[Failure]) -> None:
        """Report what has left the queue as failed."""
        if failures:
            self.appending.settle((), failures)
            self._failed(failures)
        self._settle()

    def lose(self, reason: str) -> None:
        """Report all as failed: this node can tell nobody any more what became of them."""
        self.fail(self.outgoing.lost(reason))

    def _own(self, outcome: Outcome) -> Outcome:
        pending = outcome.ticket
        if type(pending) is not Pending:
            return outcome
        self.outgoing.reported(pending)
        return Outcome(outcome.entry, outcome.first, pending.ticket)

    def _arm(self) -> None:
        due, soon = self.outgoing.due(), self._loop.time() + AGAIN
        self._timer = self._loop.call_at(max(due, soon), self._expire) if due is not None else None

    def _expire(self) -> None:
        self.fail(self.outgoing.late(self._loop.time()))
        self._arm()

    def _settle(self) -> None:
        """Wake those for whom all that was submitted before is reported."""
        if not self._settling:
            return
        oldest = self.outgoing.oldest
        still = []
        for number, waiter in self._settling:
            if oldest is not None and oldest.number <= number:
                still.append((number, waiter))
            elif not waiter.done():
                waiter.set_result(None)
        self._settling = still
