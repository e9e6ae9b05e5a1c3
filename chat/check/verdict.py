"""What a ledger proves: lost, recovered, unexpected, twice, out of order. Pure."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from msgspec import Struct

from chat.check.ledger import Attempt, Ledger, Reading

EXAMPLES = 5
"""Most examples given of one kind of fault."""


class Verdict(Struct, frozen=True, kw_only=True):
    """How many of the messages that were attempted came to what end.

    Without fault: `acknowledged`; `refused` (and stored nowhere); `unanswered` (nobody knows, and nowhere
    found); `recovered` (no acknowledgement reached the author, found nevertheless). The others are faults.
    """

    attempted: int
    acknowledged: int
    refused: int
    unanswered: int
    recovered: int
    lost_prefix: int
    """Acknowledged, but missing where it is read back: older than all that is there of its conversation."""
    lost_middle: int
    lost_postfix: int
    """The same, newer than all that is there."""
    left_out: int
    """Stored, but not shown to somebody who was to see it."""
    unexpected: int
    """Shown, but never said, said otherwise or elsewhere, refused, or none of that reader's business."""
    twice: int
    disorder: int
    examples: Mapping[str, Sequence[str]] = {}

    @property
    def lost(self) -> int:
        """Acknowledged, but missing where somebody reads it back."""
        return self.lost_prefix + self.lost_middle + self.lost_postfix

    @property
    def faults(self) -> int:
        """How much there is that must not be."""
        return self.lost + self.left_out + self.unexpected + self.twice + self.disorder


def judge(ledger: Ledger) -> Verdict:
    """The verdict on everything in a ledger."""
    places = _ids_by_place(ledger)
    gone = {reading: _missing(reading, places) for reading in ledger.readings}
    lost = {id for reading, ids in gone.items() if reading.final for id in ids if ledger.known[id].ids}
    left_out = {id for ids in gone.values() for id in ids} - lost
    found = set(ledger.known.values())
    attempts = [one for one in ledger.attempts.values() if one.tries]
    unknown = [one for one in attempts if not one.ids and not one.refused]
    ends = Counter(_end(ledger.known[id].place, id, places, lost) for id in lost)
    faults = {
        "left out": [_shown(ledger, id) for id in sorted(left_out)],
        "unexpected": _unexpected(ledger),
        "twice": _twice(ledger),
        "out of order": _disorder(ledger),
    }
    return Verdict(
        attempted=len(attempts),
        acknowledged=sum(bool(one.ids) for one in attempts),
        refused=sum(one.refused and one not in found for one in attempts),
        unanswered=sum(one not in found for one in unknown),
        recovered=sum(one in found for one in unknown),
        lost_prefix=ends["prefix"],
        lost_middle=ends["middle"],
        lost_postfix=ends["postfix"],
        left_out=len(left_out),
        unexpected=len(faults["unexpected"]),
        twice=len(faults["twice"]),
        disorder=len(faults["out of order"]),
        examples={
            kind: found[:EXAMPLES]
            for kind, found in {"lost": [_shown(ledger, id) for id in sorted(lost)], **faults}.items()
            if found
        },
    )


def _shown(ledger: Ledger, id: int) -> str:
    attempt = ledger.known[id]
    return f"{id}: {attempt.author} in {attempt.place}, {attempt.cid}"


def _ids_by_place(ledger: Ledger) -> dict[str, list[int]]:
    """The ids of everything that is known to be stored, in order, by place."""
    places: dict[str, list[int]] = {}
    for id in sorted(ledger.known):
        places.setdefault(ledger.known[id].place, []).append(id)
    return places


def _missing(reading: Reading, places: Mapping[str, Sequence[int]]) -> list[int]:
    """What a reading that came to its end ought to have, and has not."""
    if reading.until is None:
        return []
    heard = set(reading.ids)
    return [
        id
        for place in reading.places
        for ids in [places.get(place, ())]
        for id in ids[bisect_right(ids, reading.since) : bisect_right(ids, reading.until)]
        if id not in heard
    ]


def _end(place: str, id: int, places: Mapping[str, Sequence[int]], lost: Collection[int]) -> str:
    """Where in its conversation something lost would stand, by what is left of it."""
    left = [other for other in places[place] if other not in lost]
    if not left or id < left[0]:
        return "prefix"
    return "postfix" if id > left[-1] else "middle"


def _unexpected(ledger: Ledger) -> list[str]:
    refused = {id: "refused" for id, attempt in ledger.known.items() if attempt.refused}
    return [f"{id}: {why}" for id, why in sorted((ledger.strange | refused).items())]


def _twice(ledger: Ledger) -> list[str]:
    """Messages with two ids, by what was shown or acknowledged, and ids shown twice to one reader."""
    ids: dict[Attempt, list[int]] = {}
    for id, attempt in ledger.known.items():
        ids.setdefault(attempt, []).append(id)
    stored = [f"{one.author}, {one.cid}: {sorted(those)}" for one, those in ids.items() if len(those) > 1]
    shown = [
        f"{id} shown {count} times to {reading.reader}"
        for reading in ledger.readings
        for id, count in Counter(reading.ids).items()
        if count > 1
    ]
    return stored + shown


def _disorder(ledger: Ledger) -> list[str]:
    """Steps back in what a reader was shown, and ids that do not mean the same to everybody."""
    steps = [
        f"{later} after {earlier} to {reading.reader}"
        for reading in ledger.readings
        for earlier, later in pairwise(reading.ids)
        if later < earlier
    ]
    return steps + [f"{id} is two messages" for id in sorted(ledger.conflicts)]
