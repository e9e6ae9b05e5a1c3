"""How often something may happen for one key within a while. Pure."""

from collections import deque

_KEYS = 10_000
"""Keys that are remembered; the one heard of longest ago is forgotten first."""


class Throttle:
    """Counts what happened; times are those of the caller's clock, in seconds."""

    def __init__(self, most: int, window: float) -> None:
        self._noted: dict[str, deque[float]] = {}
        self.bound(most, window)

    def bound(self, most: int, window: float) -> None:
        """Allow so many from now on; what was noted stays so, as far as it was counted until now."""
        self._most = most
        self._window = window
        self._noted = {key: deque(times, maxlen=most) for key, times in self._noted.items()}

    def closed(self, key: str, now: float) -> bool:
        """Whether it has happened for this key as often as it may within the window that ends now."""
        times = self._noted.get(key)
        while times and times[0] <= now - self._window:
            times.popleft()
        return times is not None and len(times) >= self._most

    def note(self, key: str, now: float) -> None:
        """Note that it happened for a key."""
        times = self._noted.pop(key, None)
        if times is None:
            times = deque(maxlen=self._most)
        times.append(now)
        self._noted[key] = times
        if len(self._noted) > _KEYS:
            del self._noted[next(iter(self._noted))]

    def passes(self, key: str, now: float) -> bool:
        """Whether it may happen once more, which is then noted."""
        if self.closed(key, now):
            return False
        self.note(key, now)
        return True
