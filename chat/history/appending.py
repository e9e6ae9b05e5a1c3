"""Those who wait in `append` for what becomes of their draft."""

import asyncio
from collections.abc import Sequence

from chat.errors import StorageFailed
from chat.history.base import Entry, Failure, Outcome


class _Append:
    """The ticket of an `append`: who waits for the entry."""

    __slots__ = ("waiter",)

    def __init__(self, waiter: "asyncio.Future[Entry]") -> None:
        self.waiter = waiter


class Appending:
    """The tickets of a history's appends, which it passes on with whatever it reports."""

    def __init__(self) -> None:
        self._count = 0

    def ticket(self) -> _Append:
        """A ticket to submit one draft with; its `waiter` is what to await, and raises StorageFailed."""
        self._count += 1
        return _Append(asyncio.get_running_loop().create_future())

    def settle(self, outcomes: Sequence[Outcome], failures: Sequence[Failure]) -> None:
        """Wake those who wait; they go on after the batch was handed on."""
        if not self._count:
            return
        for outcome in outcomes:
            if type(outcome.ticket) is _Append:
                self._count -= 1
                if not outcome.ticket.waiter.done():
                    outcome.ticket.waiter.set_result(outcome.entry)
        for failure in failures:
            if type(failure.ticket) is _Append:
                self._count -= 1
                if not failure.ticket.waiter.done():
                    failed = StorageFailed(failure.reason, final=failure.final)
                    failure.ticket.waiter.set_exception(failed)
