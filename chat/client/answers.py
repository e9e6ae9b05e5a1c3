"""Who waits for which answer, matched by `ref`."""

import asyncio
from typing import TypeVar, cast

from chat import messages as m
from chat.client.errors import Disconnected, Refused

Answer = TypeVar("Answer", bound=m.Event)
Outcome = m.Event | Refused | Disconnected


class Waiter:
    """One request under way: what was asked, and the kind of event that answers it.

    `quiet`: whoever asked is the only one to be told the answer. `live`: see Keeper.page.
    """

    __slots__ = ("kind", "live", "outcome", "quiet", "request")

    def __init__(self, request: m.Request, kind: type[m.Event], *, quiet: bool, live: bool) -> None:
        self.request = request
        self.kind = kind
        self.quiet = quiet
        self.live = live
        self.outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    def settle(self, outcome: Outcome) -> None:
        if not self.outcome.done():  # the asker may have been cancelled
            self.outcome.set_result(outcome)


class Answers:
    """The requests of one client that are under way."""

    def __init__(self) -> None:
        self._waiters: dict[str, Waiter] = {}
        self._count = 0

    def expect(
        self, request: m.Request, kind: type[m.Event], *, quiet: bool = False, live: bool = False
    ) -> Waiter:
        """Give a request its `ref` and remember who asked."""
        self._count += 1
        request.ref = f"r{self._count}"
        waiter = self._waiters[request.ref] = Waiter(request, kind, quiet=quiet, live=live)
        return waiter

    async def outcome(self, waiter: Waiter, kind: type[Answer]) -> Answer:
        """Wait for the answer. Raises Refused or Disconnected. Cancelled, the answer is ignored."""
        try:
            outcome = await waiter.outcome
        finally:
            self._waiters.pop(waiter.request.ref or "", None)
        if isinstance(outcome, Exception):
            raise outcome
        return cast(Answer, outcome)

    def answer(self, event: m.Event) -> Waiter | None:
        """Hand an answer over; returns what it answers, None if nobody waits for such a one."""
        waiter = self._waiters.get(event.ref) if event.ref is not None else None
        if waiter is None or type(event) is not waiter.kind:
            return None
        waiter.settle(event)
        return waiter

    def refuse(self, ref: str, refused: Refused) -> bool:
        """Tell the asker that the request was refused; False if nobody waits."""
        waiter = self._waiters.get(ref)
        if waiter is not None:
            waiter.settle(refused)
        return waiter is not None

    def lost(self, reason: str) -> None:
        """No answer will come any more."""
        for waiter in self._waiters.values():
            waiter.settle(Disconnected(reason))
