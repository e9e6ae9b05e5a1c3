"""How waits between tries grow, and when they start anew."""

from random import Random

from chat.client.backoff import Backoff


class Highest(Random):
    """Chance that always gives the highest it may."""

    def uniform(self, a: float, b: float) -> float:
        return b


def test_waits_double_up_to_the_most() -> None:
    """Each wait may be twice as long as the one before, never longer than the most."""
    backoff = Backoff(Highest(), first=0.5, most=60.0, settled=60.0)
    assert [backoff.next() for _ in range(10)] == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_jitter_is_full() -> None:
    """Clients that lost the same server at the same moment spread over the whole wait."""
    waits = [Backoff(Random(seed), first=8.0, most=60.0, settled=60.0).next() for seed in range(200)]
    assert min(waits) < 1.0
    assert max(waits) > 7.0


def test_only_lasting_success_starts_anew() -> None:
    """A server that accepts and closes at once is asked ever more seldom; a minute of talk forgives all."""
    backoff = Backoff(Highest(), first=0.5, most=60.0, settled=60.0)
    assert [backoff.next(lasted=59.9) for _ in range(3)] == [0.5, 1, 2]
    assert backoff.attempt == 3
    assert backoff.next(lasted=60.0) == 0.5
    assert backoff.attempt == 1


def test_a_million_tries_do_not_overflow() -> None:
    """However long a server is away, the wait is a number."""
    backoff = Backoff(Highest(), first=0.5, most=60.0, settled=60.0)
    backoff.attempt = 1_000_000
    assert backoff.next() == 60.0
