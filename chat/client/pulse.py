"""When a client asks whether the server is still there, and when it takes it for gone. Sans-I/O."""

from math import inf
from random import Random

from msgspec import Struct


class Timings(Struct, frozen=True):
    """How long a client waits for what, in seconds."""

    connect: float = 10.0
    """For one address to accept."""
    welcome: float = 10.0
    """For the welcome, after the connection is there."""
    quiet: float = 20.0
    """With nothing heard for so long (less a jitter of up to half) the client asks."""
    answer: float = 20.0
    """With nothing heard for so long after asking, the server is gone: noticed within 40 s, promised 60."""
    frame: float = 20.0
    """For a frame once begun to be whole."""
    first_retry: float = 0.5
    last_retry: float = 60.0
    settled: float = 60.0
    """A conversation that lasted so long is a success: the next wait starts at `first_retry` again."""


class Pulse:
    """The deadlines of one connection. `now` is in seconds on a clock that never goes back."""

    def __init__(self, timings: Timings, rng: Random, now: float) -> None:
        self._timings = timings
        self._rng = rng
        self._opening = now + timings.welcome
        self._ask = inf
        self._answer = inf
        self._frame = inf

    def welcomed(self, now: float) -> None:
        """The conversation is open: from here on silence counts."""
        self._opening = inf
        self.heard(now)

    def heard(self, now: float) -> None:
        """Bytes came."""
        if self._opening == inf:
            self._ask = now + self._timings.quiet * self._rng.uniform(0.5, 1.0)
            self._answer = inf

    def unfinished(self, began: float | None) -> None:
        """The frame that is not whole yet began then; None: there is none."""
        self._frame = inf if began is None else began + self._timings.frame

    def held(self) -> None:
        """Nothing is read for now, so nothing can be heard: silence does not count until `heard`."""
        self._ask = self._answer = self._frame = inf

    def asks(self, now: float) -> bool:
        """Whether to ask now; then the answer is waited for."""
        if now < self._ask:
            return False
        self._ask = inf
        self._answer = now + self._timings.answer
        return True

    def gone(self, now: float) -> str | None:
        """Why the server is taken for gone (`no_welcome`, `no_answer`, `frame_timeout`), or None."""
        deadlines = {"no_welcome": self._opening, "frame_timeout": self._frame, "no_answer": self._answer}
        return next((reason for reason, deadline in deadlines.items() if now >= deadline), None)

    def wait(self, now: float) -> float:
        """Seconds until the next look; a deadline set meanwhile is never earlier than half of `quiet`."""
        nearest = min(self._opening, self._ask, self._answer, self._frame, now + self._timings.quiet / 2)
        return max(0.0, nearest - now)
