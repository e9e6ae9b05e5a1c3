"""What is under way: in order, in batches within their bounds, and failed only where that is certain."""

from itertools import count

import msgspec

from chat.cluster import batches
from chat.cluster.outgoing import Outgoing, Parcel
from chat.history.base import Failure
from tests.history.told import draft

HOLD = 12.0


def outgoing() -> Outgoing:
    """One with nothing in it, and ids 1, 2, 3."""
    numbers = count(1)
    return Outgoing(HOLD, lambda: str(next(numbers)))


def filled(number: int) -> Outgoing:
    """One with drafts that were submitted at 0, 1, 2 ... with their numbers as tickets."""
    made = outgoing()
    for one in range(number):
        made.add(draft(one), one, float(one))
    return made


def packed(made: Outgoing) -> Parcel:
    """The next batch, which there is; nothing failed."""
    parcel, failures = made.pack()
    assert parcel is not None
    assert failures == []
    return parcel


def tickets(failures: list[Failure]) -> list[object]:
    """Whose they are."""
    return [failure.ticket for failure in failures]


def test_in_order_and_within_bounds() -> None:
    """1,200 drafts are three batches of at most 500, in order; large ones are fewer to a batch."""
    made = filled(1_200)
    sizes = []
    seen = []
    while (parcel := made.pack()[0]) is not None:
        sizes.append(len(parcel.inside))
        seen += [one.ticket for one in parcel.inside]
        assert [one.cid for one in batches.decode(parcel.data).drafts] == [
            one.draft.cid for one in parcel.inside
        ]
    assert sizes == [500, 500, 200]
    assert seen == list(range(1_200))
    large = outgoing()
    for number in range(100):
        large.add(draft(number, body="x" * 4_000), number, 0.0)
    parcel = packed(large)
    assert 60 < len(parcel.inside) < 66
    assert len(parcel.data) < batches.LARGEST + 100


def test_one_that_is_larger_than_a_batch_goes_alone() -> None:
    """However long a body is, it is sent."""
    made = outgoing()
    made.add(draft(1, body="x" * batches.LARGEST), 1, 0.0)
    made.add(draft(2), 2, 0.0)
    assert [one.ticket for one in packed(made).inside] == [1]
    assert [one.ticket for one in packed(made).inside] == [2]


def test_what_was_never_sent_fails_in_time() -> None:
    """Each when its own time is over; the rest waits on."""
    made = filled(3)
    assert made.due() == HOLD
    assert tickets(made.late(HOLD - 0.1)) == []
    assert tickets(made.late(HOLD + 1.0)) == [0, 1]
    assert made.due() == HOLD + 2.0
    assert [one.ticket for one in packed(made).inside] == [2]


def test_what_is_in_doubt_does_not_fail() -> None:
    """Sent and not answered: it may be stored, and nothing is said of it until that is known."""
    made = filled(2)
    parcel = packed(made)
    assert parcel.sent() == 1
    made.add(draft(2), 2, 5.0)
    assert tickets(made.late(100.0)) == [2]
    assert made.under_way(parcel)
    made.stored(parcel.id)
    assert not made.under_way(parcel)
    assert made.late(100.0) == []
    assert [one.ticket if one else None for one in made.arrived(parcel.id)] == [0, 1]


def test_the_same_again_is_in_doubt_as_well() -> None:
    """A client that sends once more what is under way is not told that it failed."""
    made = filled(1)
    parcel = packed(made)
    parcel.sent()
    made.add(draft(0), "again", 1.0)
    assert made.late(100.0) == []
    parcel.refused(1)
    assert tickets(made.late(100.0)) == [0, "again"]


def test_what_was_refused_each_time_may_fail() -> None:
    """The rest of its batch goes on in another one, before all that came later."""
    made = filled(3)
    parcel = packed(made)
    made.add(draft(3), 3, 3.0)
    for number in (parcel.sent(), parcel.sent()):
        assert made.late(HOLD) == []
        parcel.refused(number)
    assert tickets(made.late(HOLD)) == [0]
    assert not made.under_way(parcel)
    again = packed(made)
    assert again.id != parcel.id
    assert [one.ticket for one in again.inside] == [1, 2, 3]


def test_what_is_stored_waits_as_long_as_it_takes() -> None:
    """It comes along the stream at some time; twice, it is nobody's."""
    made = filled(1)
    parcel = packed(made)
    made.stored(parcel.id)
    assert made.late(1_000.0) == []
    (one,) = made.arrived(parcel.id)
    assert one is not None
    made.reported(one)
    assert made.oldest is None
    assert made.arrived(parcel.id) == ()
    assert made.due() is None


def test_void_and_unfit_are_never_sent() -> None:
    """A right that was taken back, text that cannot be kept: each fails alone."""

    class Ticket(msgspec.Struct):
        void: bool

    made = outgoing()
    made.add(draft(1), Ticket(True), 0.0)
    made.add(msgspec.structs.replace(draft(2), body="\ud800"), 2, 0.0)
    made.add(draft(3), 3, 0.0)
    parcel, failures = made.pack()
    assert parcel is not None
    assert [one.ticket for one in parcel.inside] == [3]
    assert [(failure.draft.cid, failure.revoked, failure.final) for failure in failures] == [
        ("c1", True, False),
        ("c2", False, False),
    ]


def test_at_the_end_all_are_lost() -> None:
    """Whatever is known of them: it is final, and each is told once."""
    made = filled(3)
    packed(made).sent()
    assert [(failure.ticket, failure.final) for failure in made.lost("over")] == [
        (0, True),
        (1, True),
        (2, True),
    ]
    assert made.oldest is None
    assert made.lost("over") == []
