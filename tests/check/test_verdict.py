"""The verdict finds each fault, where it is, and none where there is none."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import messages as m
from chat.check.ledger import Attempt, Ledger, Reading, place_of
from chat.check.verdict import Verdict, judge

USERS = ["ana", "bia", "caio"]
PLACES = ["#a", "#b", "@ana @bia", "@bia @bia"]
READERS = {"ana": frozenset(PLACES[:3]), "bia": frozenset(PLACES), "caio": frozenset(PLACES[:2])}


def message(attempt: Attempt, id: int, **other: str) -> m.Message:
    """An attempt as a server shows it."""
    mine = f"@{attempt.author}"
    talk = attempt.place.split()
    to = talk[0] if len(talk) == 1 else next((name for name in talk if name != mine), mine)
    said = {"to": to, "from_": attempt.author, "cid": attempt.cid, "body": attempt.body} | other
    return m.Message(id=id, ts=0, **said)


def said(ledger: Ledger, author: str, place: str) -> Attempt:
    """A new attempt that was sent once."""
    cid = f"{author}{len(ledger.attempts)}"
    attempt = ledger.attempt(author, cid, place, f"body of {cid}")
    attempt.tries = 1
    return attempt


def reading(ledger: Ledger, reader: str, final: bool = True) -> Reading:
    """A reading of all that is known, as it ought to be."""
    made = Reading(reader, READERS[reader], since=0, final=final)
    for id in sorted(ledger.known):
        if ledger.known[id].place in made.places:
            ledger.hear(made, message(ledger.known[id], id))
    made.until = max(ledger.known, default=0)
    ledger.readings.append(made)
    return made


def whole(choices: list[int], acknowledged: bool = True) -> Ledger:
    """A ledger without fault: places chosen by number, each message with an id of its own."""
    ledger = Ledger(USERS)
    for number, choice in enumerate(choices, 1):
        place = PLACES[choice % len(PLACES)]
        author = next(user for user in sorted(USERS, reverse=bool(choice % 2)) if place in READERS[user])
        attempt = said(ledger, author, place)
        if acknowledged:
            ledger.acknowledge(attempt, 10 * number)
    for reader in READERS:
        reading(ledger, reader)
    return ledger


def counts(verdict: Verdict) -> dict[str, int]:
    """The faults that there are."""
    names = ("lost_prefix", "lost_middle", "lost_postfix", "left_out", "unexpected", "twice", "disorder")
    return {name: getattr(verdict, name) for name in names if getattr(verdict, name)}


conversations = st.lists(st.integers(0, 7), min_size=1, max_size=40)


@given(conversations)
def test_what_is_right_has_no_fault(choices: list[int]) -> None:
    """Everybody read everything in order: every attempt is acknowledged, nothing is a fault."""
    verdict = judge(whole(choices))
    assert (verdict.attempted, verdict.acknowledged, verdict.faults) == (len(choices), len(choices), 0)
    assert verdict.examples == {}


def _lose(ledger: Ledger, id: int) -> None:
    for one in ledger.readings:
        one.ids = [other for other in one.ids if other != id]


def _show_twice(ledger: Ledger, id: int) -> None:
    one = next(one for one in ledger.readings if id in one.ids)
    one.ids.insert(one.ids.index(id), id)


def _store_twice(ledger: Ledger, id: int) -> None:
    attempt = ledger.known[id]
    for one in ledger.readings:
        if attempt.place in one.places:
            ledger.hear(one, message(attempt, 100_000))


def _never_said(ledger: Ledger, id: int) -> None:
    ledger.hear(ledger.readings[0], message(ledger.known[id], 100_000, cid="nobody's"))


def _change(ledger: Ledger, id: int) -> None:
    ledger.hear(ledger.readings[0], message(ledger.known[id], 100_000, body="other words"))


def _refuse(ledger: Ledger, id: int) -> None:
    ledger.known[id].refusals = ledger.known[id].tries


def _give_another_id(ledger: Ledger, id: int) -> None:
    ledger.acknowledge(said(ledger, "ana", "#a"), id)


@given(conversations, st.data())
@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (_lose, "lost"),
        (_show_twice, "twice"),
        (_store_twice, "twice"),
        (_never_said, "unexpected"),
        (_change, "unexpected"),
        (_refuse, "unexpected"),
        (_give_another_id, "disorder"),
    ],
)
def test_one_fault_is_one_fault(
    spoil: Callable[[Ledger, int], None], fault: str, choices: list[int], data: st.DataObject
) -> None:
    """Whatever is spoilt, and wherever, is found and called by its name; the rest is not blamed."""
    ledger = whole(choices)
    spoil(ledger, data.draw(st.sampled_from(sorted(ledger.known))))
    verdict = judge(ledger)
    assert getattr(verdict, fault) == verdict.faults == 1


@given(st.lists(st.just(0), min_size=2, max_size=20), st.randoms())
def test_every_step_back_is_disorder(choices: list[int], chance: Random) -> None:
    """Two neighbours exchanged are one step back."""
    ledger = whole(choices)
    ids = ledger.readings[0].ids
    place = chance.randrange(len(ids) - 1)
    ids[place], ids[place + 1] = ids[place + 1], ids[place]
    assert counts(judge(ledger)) == {"disorder": 1}


@pytest.mark.parametrize(
    ("gone", "found"),
    [
        ({10}, {"lost_prefix": 1}),
        ({30, 40}, {"lost_middle": 2}),
        ({50}, {"lost_postfix": 1}),
        ({10, 20, 30, 40, 50}, {"lost_prefix": 5}),
    ],
)
def test_where_something_lost_would_stand(gone: set[int], found: dict[str, int]) -> None:
    """Older than all that is left, newer, or between."""
    ledger = whole([0, 0, 0, 0, 0])
    for id in gone:
        _lose(ledger, id)
    assert counts(judge(ledger)) == found


@given(conversations, st.integers(0))
def test_a_hole_in_what_was_heard_live(choices: list[int], which: int) -> None:
    """What is there when it is read back was not lost, but left out for whoever did not hear it live."""
    ledger = whole(choices)
    live = reading(ledger, "bia", final=False)
    del live.ids[which % len(live.ids)]
    assert counts(judge(ledger)) == {"left_out": 1}


def test_a_reading_without_end_misses_nothing() -> None:
    """Who was not heard to the end may lack what came last; what it has must be in order."""
    ledger = whole([0, 0, 0])
    ledger.readings[0].until = None
    ledger.readings[0].ids = [20, 10]
    assert counts(judge(ledger)) == {"disorder": 1}


def test_what_is_read_above_the_end_is_not_missing() -> None:
    """A reading answers only for what lies between its beginning and its end."""
    ledger = whole([0, 0, 0])
    one = ledger.readings[0]
    one.since, one.until, one.ids = 10, 20, [20]
    assert judge(ledger).faults == 0


def test_the_four_ends_without_fault() -> None:
    """Acknowledged, recovered, unanswered, refused: each is counted where it belongs."""
    ledger = Ledger(USERS)
    acknowledged, recovered, _, refused = (said(ledger, "ana", "#a") for _ in range(4))
    never = ledger.attempt("ana", "never sent", "#a", "body")
    ledger.acknowledge(acknowledged, 1)
    refused.refusals = 1
    one = Reading("bia", READERS["bia"], since=0, final=True, until=2)
    ledger.readings.append(one)
    for id, attempt in ((1, acknowledged), (2, recovered)):
        ledger.hear(one, message(attempt, id))
    verdict = judge(ledger)
    assert (verdict.attempted, never.tries) == (4, 0)
    ends = (verdict.acknowledged, verdict.recovered, verdict.unanswered, verdict.refused)
    assert (ends, verdict.faults) == ((1, 1, 1, 1), 0)


def test_what_is_none_of_a_readers_business() -> None:
    """A private message shown to a third is unexpected, whoever said it."""
    ledger = whole([2])
    ledger.hear(next(one for one in ledger.readings if one.reader == "caio"), message(ledger.known[10], 10))
    verdict = judge(ledger)
    assert counts(verdict) == {"unexpected": 1}
    assert verdict.examples["unexpected"] == ["10: shown to caio"]


def test_strangers_are_passed_over() -> None:
    """What others say in a room while it is checked is no part of it."""
    ledger = whole([0])
    ledger.hear(ledger.readings[0], m.Message(id=5, to="#a", from_="dora", ts=0, cid="x", body="oi"))
    assert judge(ledger).faults == 0


@pytest.mark.parametrize(
    ("to", "author", "place"),
    [
        ("#a", "ana", "#a"),
        ("@bia", "ana", "@ana @bia"),
        ("@ana", "bia", "@ana @bia"),
        ("@ana", "ana", "@ana @ana"),
    ],
)
def test_the_place_of_a_message(to: str, author: str, place: str) -> None:
    """A private talk is one place, whichever of the two says something."""
    assert place_of(to, author) == place
