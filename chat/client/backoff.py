"""How long to wait before the next try: full jitter, growing until a success has lasted. Sans-I/O."""

from random import Random

SOON = 4.0
"""Longest wait in seconds for a server that is being started anew: 5 s after its start everybody is back."""


class Backoff:
    """Waits between 0 and `first`, `2 * first`, `4 * first`, ... `most` seconds.

    The growth starts anew only after a success that lasted `settled` seconds: reset on mere success,
    a client looped for twelve hours against a server that accepted and closed at once.
    """

    def __init__(self, rng: Random, *, first: float, most: float, settled: float) -> None:
        self._rng = rng
        self._first = first
        self._most = most
        self._settled = settled
        self.attempt = 0
        """Tries since the last lasting success."""

    def next(self, lasted: float = 0.0, *, soon: bool = False) -> float:
        """Seconds to wait, after a success that lasted so many seconds (0: none).

        `soon`: what is waited for is expected back at any moment: then SOON is the most.
        """
        if lasted >= self._settled:
            self.reset()
        highest = self._first
        for _ in range(self.attempt):
            if highest >= self._most:
                break
            highest *= 2
        self.attempt += 1
        return self._rng.uniform(0, min(highest, SOON if soon else self._most, self._most))

    def reset(self) -> None:
        """Start the growth anew."""
        self.attempt = 0
