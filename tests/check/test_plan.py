"""What the clients of a check do comes from its seed alone."""

from collections import Counter

import pytest

from chat.check.plan import FAULTS, Act, Plan, places_of, rooms_of

USERS = [f"u{number}" for number in range(7)]
ROOMS = ["#a", "#b", "#c"]


def test_a_seed_makes_it_the_same_again() -> None:
    """The same seed, the same steps; another seed or another client, others."""

    def steps(seed: int, number: int) -> list[object]:
        plan = Plan(seed, number, USERS, ROOMS, FAULTS, 40)
        return [plan.next() for _ in range(100)]

    assert steps(1, 2) == steps(1, 2)
    assert steps(1, 2) not in (steps(2, 2), steps(1, 3))


def test_every_fault_has_its_turn() -> None:
    """In a few thousand steps each fault is there, most steps are none; chance is below 1."""
    plan = Plan(4711, 0, USERS, ROOMS, FAULTS, 40)
    steps = [plan.next() for _ in range(4_000)]
    acts = Counter(step.act for step in steps)
    assert set(acts) == set(Act)
    assert acts[Act.SAY] > 3_500
    assert all(0 <= step.chance < 1 for step in steps)
    assert {step.to for step in steps} == {*plan.rooms, *(f"@{user}" for user in USERS[1:])}


def test_without_faults_there_are_none() -> None:
    """Who asks for no fault gets none; a client that is alone talks in its rooms."""
    plan = Plan(4711, 0, USERS[:1], ROOMS, [], 40)
    steps = [plan.next() for _ in range(1_000)]
    assert {step.act for step in steps} == {Act.SAY}
    assert {step.to for step in steps} == set(plan.rooms)


@pytest.mark.parametrize("rooms", [1, 2, 3, 10])
def test_everybody_is_in_some_rooms(rooms: int) -> None:
    """In two, where there are two; every room has somebody in it."""
    names = [f"#{number}" for number in range(rooms)]
    members = [rooms_of(number, names) for number in range(4 * rooms)]
    assert {len(each) for each in members} == {min(2, rooms)}
    assert {room for each in members for room in each} == set(names)


def test_places() -> None:
    """One reads one's rooms and one's own private talks, that with oneself included."""
    assert places_of("bia", ["ana", "bia", "caio"], ["#a"]) == {"#a", "@ana @bia", "@bia @bia", "@bia @caio"}
