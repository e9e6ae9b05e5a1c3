"""The benchmark runs, and nothing is lost while it does."""

from tests.bench import measure


def test_a_short_bench_loses_nothing() -> None:
    """Fifty clients, ten of them sending for a second: everybody gets everything once, in order."""
    found = measure(clients=50, senders=10, seconds=1.0)
    assert found["sent"] > 100
    assert (found["lost"], found["twice"], found["disorder"]) == (0, 0, 0)
    assert 0 < found["p50_ms"] <= found["p99_ms"]
