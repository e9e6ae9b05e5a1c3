"""The server is still what makes it fast."""

import pytest

from tests.bench.guard import BOUNDS, Bound, costs

FINE = {"one by one": 10.0, "batches": 0.5, "in memory": 0.4, "encrypted": 0.8}
SLOW = {
    "batches lost": (FINE | {"batches": 5.0, "in memory": 5.0, "encrypted": 5.0}, "one by one"),
    "durability dear": (FINE | {"in memory": 0.1}, "in memory"),
    "a record for each message": (FINE | {"encrypted": 5.0}, "encrypted"),
}


def test_the_guard() -> None:
    """A batch is worth its name, durability and encryption cost little beside it: by the server's CPU."""
    found = costs()
    assert [bound.broken(found) for bound in BOUNDS] == [""] * len(BOUNDS), found


@pytest.mark.parametrize(("found", "named"), SLOW.values(), ids=SLOW)
def test_it_can_fail(found: dict[str, float], named: str) -> None:
    """Costs as they would be without one of the three break one bound, which says so."""
    (broken,) = [said for bound in BOUNDS if (said := bound.broken(found))]
    assert named in broken
    assert [bound.broken(FINE) for bound in BOUNDS] == [""] * len(BOUNDS)
    assert Bound("one by one", "batches", most=1.0).broken(FINE)
