"""How often something may go wrong: so often within the window, and then not until it is over."""

from hypothesis import given
from hypothesis import strategies as st

from chat.limits.throttle import Throttle


@given(st.lists(st.integers(0, 40), max_size=40), st.integers(1, 5), st.integers(1, 30))
def test_closed_exactly_as_long_as_it_should(gaps: list[int], most: int, window: int) -> None:
    """At every moment: closed if so many failures are younger than the window."""
    throttle, now, failed = Throttle(most, float(window)), 0, list[int]()
    for gap in gaps:
        now += gap
        closed = sum(now - window < moment for moment in failed) >= most
        assert throttle.closed("a", float(now)) == closed
        assert not throttle.closed("b", float(now))
        if not closed:
            throttle.note("a", float(now))
            failed.append(now)


def test_it_forgets_the_oldest_of_many() -> None:
    """What it remembers is bounded, whoever fails."""
    throttle = Throttle(1, 60.0)
    for number in range(10_001):
        throttle.note(str(number), 0.0)
    assert not throttle.closed("0", 0.0)
    assert throttle.closed("1", 0.0)
    assert throttle.closed("10000", 0.0)


def test_another_bound() -> None:
    """A bound that changes holds for what was noted before."""
    throttle = Throttle(2, 10.0)
    assert [throttle.passes("a", 0.0) for _ in range(3)] == [True, True, False]
    throttle.bound(3, 10.0)
    assert [throttle.passes("a", 1.0) for _ in range(2)] == [True, False]
    throttle.bound(1, 5.0)
    assert [throttle.passes("a", now) for now in (5.5, 6.5)] == [False, True]
