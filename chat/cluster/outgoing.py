"""What was submitted on this node and is not reported yet: queued, under way, or stored. Sans-I/O."""

from collections import deque
from collections.abc import Callable, Sequence
from itertools import count

from msgspec import Raw

from chat.cluster import batches
from chat.history.base import Draft, Failure
from chat.history.rows import place, storable

LATE = "NATS has not acknowledged it in time"


class Parcel:
    """A batch on its way: the bytes, under a random id that stays the same however often it is sent."""

    def __init__(self, id: str, data: bytes, inside: "Sequence[Pending]") -> None:
        self.id = id
        self.data = data
        self.inside = inside
        self.tries = 0
        self._unanswered: set[int] = set()

    @property
    def doubtful(self) -> bool:
        """NATS may have it, or get it yet: of some time that it was sent nobody knows that it was refused."""
        return bool(self._unanswered)

    def sent(self) -> int:
        """It is sent (once more); the number of this try."""
        self.tries += 1
        self._unanswered.add(self.tries)
        return self.tries

    def refused(self, number: int) -> None:
        """That try has certainly not stored it."""
        self._unanswered.discard(number)


class Pending:
    """A submitted draft, until when it may wait, and what is known of it."""

    __slots__ = ("deadline", "draft", "number", "parcel", "stored", "ticket")

    def __init__(self, draft: Draft, ticket: object, number: int, deadline: float) -> None:
        self.draft = draft
        self.ticket = ticket
        self.number = number
        self.deadline = deadline
        self.parcel: Parcel | None = None
        """The batch it is in, or one with the same (owner, cid) in it that is under way."""
        self.stored = False

    @property
    def name(self) -> tuple[str, str]:
        """What there is one entry of."""
        return self.draft.owner, self.draft.cid

    @property
    def may_fail(self) -> bool:
        """Whether it is certain that it is not stored, and will not be."""
        return not self.stored and (self.parcel is None or not self.parcel.doubtful)


class Outgoing:
    """All of them in the order of their submission. Times are seconds of one clock.

    A draft that is said to have failed must not appear later: so it fails only as long as no batch with it
    was sent, or NATS has refused each of them. Of what is in doubt nothing is said until that is over.
    """

    def __init__(self, hold: float, new_id: Callable[[], str]) -> None:
        """A draft that is certainly not stored `hold` seconds after it was submitted fails."""
        self._hold = hold
        self._new_id = new_id
        self._numbers = count(1)
        self._queue: deque[Pending] = deque()
        self._unreported: dict[int, Pending] = {}
        self._parcels: dict[str, Parcel] = {}
        self._names: dict[tuple[str, str], Parcel] = {}
        """Of what is in batches that are not known to be stored."""

    def add(self, draft: Draft, ticket: object, now: float) -> int:
        """Queue a draft; its number, higher than all before."""
        one = Pending(draft, ticket, next(self._numbers), now + self._hold)
        one.parcel = self._names.get(one.name)
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
        return (self._parcel(inside, rows) if inside else None), failures

    def _parcel(self, inside: Sequence[Pending], rows: Sequence[Raw]) -> Parcel:
        id = self._new_id()
        parcel = self._parcels[id] = Parcel(id, batches.encode(id, rows), inside)
        for one in inside:
            one.parcel = parcel
            self._names[one.name] = parcel
        return parcel

    def stored(self, id: str) -> Sequence[Pending | None]:
        """NATS has the batch of this id: what is in it, None for what is reported, does not fail any more."""
        parcel = self._parcels.get(id)
        if parcel is None:
            return ()
        for one in parcel.inside:
            one.stored = True
            self._names.pop(one.name, None)
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
        """Whether a batch is to be sent (again): NATS is not known to have it, and it was not unpacked."""
        return parcel.id in self._parcels and not parcel.inside[0].stored

    def late(self, now: float) -> list[Failure]:
        """Those whose time is over and who may fail, reported herewith; what was packed with them waits."""
        found = []
        for one in self._unreported.values():
            if one.deadline > now:
                break
            if one.may_fail:
                found.append(one)
        failures = self._fail(found, LATE, final=False)
        for parcel in {one.parcel.id: one.parcel for one in found if one.parcel is not None}.values():
            self._unpack(parcel)
        return failures

    def lost(self, reason: str) -> list[Failure]:
        """All there are, reported herewith: this node can tell nobody any more what became of them."""
        return self._fail(list(self._unreported.values()), reason, final=True)

    def due(self) -> float | None:
        """When the first one that is not stored is late; None: there is none."""
        return next((one.deadline for one in self._unreported.values() if not one.stored), None)

    def _unpack(self, parcel: Parcel) -> None:
        """Certainly nobody has it, and not all of it is to be sent any more: the rest goes to the front."""
        if self._parcels.pop(parcel.id, None) is None:
            return
        for one in reversed(parcel.inside):
            self._names.pop(one.name, None)
            one.parcel = None
            if one.number in self._unreported:
                self._queue.appendleft(one)

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
