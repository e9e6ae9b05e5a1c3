"""How often somebody may do something: buckets that refill, one for each key. Pure."""

_KEYS = 20_000
"""Buckets that are kept; the one not drawn from for longest is full again by then, or forgotten."""


class Buckets:
    """Each holds `burst` draws and gets `rate` a second; a rate of 0: as many as anybody likes.

    Times are those of the caller's clock, in seconds.
    """

    __slots__ = ("_burst", "_filled", "_rate")

    def __init__(self, burst: int, rate: float) -> None:
        self.bound(burst, rate)
        self._filled: dict[str, float] = {}
        """When each bucket is full again."""

    def bound(self, burst: int, rate: float) -> None:
        """Hold so many from now on."""
        self._burst = float(burst)
        self._rate = rate

    def draw(self, key: str, now: float) -> float:
        """Draw once: 0.0, or, with nothing drawn, the seconds until there is something to draw."""
        if not self._rate:
            return 0.0
        full = max(self._filled.get(key, 0.0), now) + 1.0 / self._rate
        late = full - now - self._burst / self._rate
        if late > 1e-9:
            return late
        self._filled.pop(key, None)
        self._filled[key] = full  # the newest last
        if len(self._filled) > _KEYS:
            del self._filled[next(iter(self._filled))]
        return 0.0
