"""Each draft of a node is reported once, and who waits for that goes on; without a stream around it."""

import asyncio

import pytest

from chat.cluster.outgoing import Pending
from chat.cluster.submitting import Submitter
from chat.errors import StorageFailed
from chat.history.base import Entry, Failure, Outcome
from chat.history.rows import place
from tests.fakes import until
from tests.history.told import Told, draft
from tests.patience import PATIENCE


def opened(hold: float = PATIENCE) -> tuple[Submitter, Told]:
    """One that tells from now on, and what it tells."""
    submitter, told = Submitter(hold), Told()
    submitter.open(told.committed, told.failed)
    return submitter, told


def stored(submitter: Submitter, number: int) -> list[Outcome]:
    """The next batch of a submitter as it comes back along the stream, its first id `number`."""
    parcel, failures = submitter.outgoing.pack()
    assert parcel is not None
    assert failures == []
    entries = [place(one.draft, id) for id, one in enumerate(parcel.inside, number)]
    tickets = submitter.outgoing.arrived(parcel.id)
    return [Outcome(entry, True, ticket) for entry, ticket in zip(entries, tickets, strict=True)]


async def test_what_is_stored_is_reported_with_its_ticket() -> None:
    """Among what other nodes submitted, in the order of all; and to nobody once more."""
    submitter, told = opened()
    submitter.submit(draft(1), "mine")
    others = Outcome(place(draft(2, owner="rui"), 1), True, None)
    submitter.applied([others, *stored(submitter, 2)], 2)
    assert [(one.entry.id, one.ticket) for one in told.outcomes] == [(1, None), (2, "mine")]
    submitter.lose("over")
    assert told.failures == []
    submitter.stop()


async def test_settled_waits_for_what_was_there() -> None:
    """Not for what is submitted after the question; with nothing under way it returns at once."""
    submitter, _ = opened()
    await asyncio.wait_for(submitter.settled(), PATIENCE)
    submitter.submit(draft(1), "early")
    settling = asyncio.ensure_future(submitter.settled())
    await asyncio.sleep(0)
    first = stored(submitter, 1)
    submitter.submit(draft(2), "later")
    assert not settling.done()
    submitter.applied(first, 1)
    await asyncio.wait_for(settling, PATIENCE)
    submitter.stop()


async def test_what_is_late_fails_by_itself() -> None:
    """And again for what is submitted when the clock had nothing to look at any more."""
    submitter, told = opened(hold=0.01)
    for number in range(2):
        submitter.submit(draft(number), number)
        await until(lambda number=number: [one.ticket for one in told.failures] == [*range(number + 1)])
    assert not any(one.final for one in told.failures)
    submitter.stop()


async def test_what_no_node_can_keep_fails_with_its_own_ticket() -> None:
    """What other nodes submitted is theirs to report."""
    submitter, told = opened()
    submitter.submit(draft(1), "mine")
    (own,) = stored(submitter, 1)
    assert type(own.ticket) is Pending
    submitter.unfit([Failure(draft(2), None, False, "no text"), Failure(draft(1), own.ticket, False, "no")])
    assert [(one.ticket, one.reason) for one in told.failures] == [("mine", "no")]
    submitter.stop()


async def test_who_appends_hears_of_both() -> None:
    """The entry, or why there is none; a refusal comes after the sender has gone on."""
    submitter, told = opened()
    good, bad = submitter.appending.ticket(), submitter.appending.ticket()
    submitter.submit(draft(1), good)
    submitter.refuse(draft(2), bad, "no disk", final=True)
    assert told.failures == []
    submitter.applied(stored(submitter, 1), 1)
    entry = await asyncio.wait_for(good.waiter, PATIENCE)
    assert isinstance(entry, Entry)
    with pytest.raises(StorageFailed, match="no disk") as failed:
        await asyncio.wait_for(bad.waiter, PATIENCE)
    assert failed.value.final
    submitter.stop()
