"""What was submitted on this node and is not reported yet: queued, under way, or stored. Sans-I/O."""

from collections import deque
from collections.abc import Callable, Sequence
from itertools import count
from typing import NamedTuple

from msgspec import Raw

from chat.cluster import batches
from chat.history.base import Draft, Failure
from chat.history.rows import place, storable

LATE = "NATS has not acknowledged it in time"


class Pending:
    """A submitted draft, until when it may wait, and whether NATS has it, so that it waits all the same."""

    __slots__ = ("deadline", "draft", "number", "stored", "ticket")

    def __init__(self, draft: Draft, ticket: object, number: int, deadline: float) -> None:
        self.draft = draft
        self.ticket = ticket
        self.number = number
        self.deadline = deadline
        self.stored = False


class Parcel(NamedTuple):
    """A batch on its way: the bytes, under a random id that stays the same however often it is sent."""

    id: str
    data: bytes
    inside: Sequence[Pending]


class Outgoing:
    """All of them in the order of their submission. Times are seconds of one clock."""

    def __init__(self, hold: float, new_id: Callable[[], str]) -> None:
        """A draft that is not stored `hold` seconds after it was submitted fails."""
        self._hold = hold
        self._new_id = new_id
        self._numbers = count(1)
        self._queue: deque[Pending] = deque()
        self._unreported: dict[int, Pending] = {}
        self._parcels: dict[str, Parcel] = {}

    def add(self, draft: Draft, ticket: object, now: float) -> int:
        """Queue a draft; its number, higher than all before."""
        one = Pending(draft, ticket, next(self._numbers), now + self._hold)
        self._queue.append(one)
        self._unreported[one.number] = one
        return one.number

    @property
    def oldest(self) -> Pending | None:
        """The first that was submitted of those that are not reported."""
        return next(iter(self._unreported.values()), None)

    def pack(self) -> tuple[Parcel | None, list[Failure]]:
        """As much of the queue as one batch holds, and what of it is not to be stored, reported herewith."""
        inside: list[Pending] = []
        rows: list[Raw] = []
        failures: list[Failure] = []
        size = 0
        while self._queue and len(inside) < batches.MOST:
            one = self._queue[0]
            failure = _unfit(one)
            if one.number not in self._unreported or failure is not None:
                self._queue.popleft()
                failures += [failure] if self._unreported.pop(one.number, None) and failure else []
                continue
            row = batches.row(one.draft)
            size += len(bytes(row))
            if inside and size > batches.LARGEST:
                break
            inside.append(self._queue.popleft())
            rows.append(row)
        if not inside:
            return None, failures
        id = self._new_id()
        parcel = self._parcels[id] = Parcel(id, batches.encode(id, rows), inside)
        return parcel, failures

    def stored(self, id: str) -> Sequence[Pending | None]:
        """NATS has the batch of this id: what is in it, unless it was told to have failed, fails no more."""
        parcel = self._parcels.get(id)
        if parcel is None:
            return ()
        for one in parcel.inside:
            one.stored = True
        return [one if one.number in self._unreported else None for one in parcel.inside]

    def arrived(self, id: str) -> Sequence[Pending | None]:
        """The same, now that the batch has come along the stream: it may come again, and is nobody's then."""
        found = self.stored(id)
        self._parcels.pop(id, None)
        return found

    def reported(self, one: Pending) -> None:
        """Its sender was told what became of it."""
        self._unreported.pop(one.number, None)

    def under_way(self, parcel: Parcel) -> bool:
        """Whether a batch is to be sent (again): NATS is not known to have it, and somebody waits for it.

        One that nobody waits for any more is forgotten: should it come along the stream, it is nobody's.
        """
        if parcel.id not in self._parcels or parcel.inside[0].stored:
            return False
        wanted = any(one.number in self._unreported for one in parcel.inside)
        if not wanted:
            del self._parcels[parcel.id]
        return wanted

    def late(self, now: float) -> list[Failure]:
        """Those whose time is over, reported herewith."""
        found = []
        for one in self._unreported.values():
            if one.deadline > now:
                break
            if not one.stored:
                found.append(one)
        return self._fail(found, LATE, final=False)

    def lost(self, reason: str) -> list[Failure]:
        """All there are, reported herewith: this node can tell nobody any more what became of them."""
        return self._fail(list(self._unreported.values()), reason, final=True)

    def due(self) -> float | None:
        """When the next one that is not stored is late; None: there is none."""
        return next((one.deadline for one in self._unreported.values() if not one.stored), None)

    def _fail(self, found: Sequence[Pending], reason: str, *, final: bool) -> list[Failure]:
        for one in found:
            del self._unreported[one.number]
        return [Failure(one.draft, one.ticket, final, reason) for one in found]


def _unfit(one: Pending) -> Failure | None:
    """Why a draft is not to be stored at all: its ticket is void by now, or it is no text."""
    if getattr(one.ticket, "void", False):
        return Failure(one.draft, one.ticket, False, "revoked", revoked=True)
    if not storable(place(one.draft, 0)):
        return Failure(one.draft, one.ticket, False, "it cannot be kept as text")
    return None
