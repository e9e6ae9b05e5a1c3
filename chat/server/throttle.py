"""How often something may go wrong for one key within a while. Pure."""

from collections import deque

_KEYS = 10_000
"""Keys that are remembered; the one heard of longest ago is forgotten first."""


class Throttle:
    """Counts what went wrong; times are those of the caller's clock, in seconds."""

    def __init__(self, most: int, window: float) -> None:
        self._most = most
        self._window = window
        self._failed: dict[str, deque[float]] = {}

    def closed(self, key: str, now: float) -> bool:
        """Whether this key has failed as often as it may within the window that ends now."""
        times = self._failed.get(key)
        while times and times[0] <= now - self._window:
            times.popleft()
        return times is not None and len(times) >= self._most

    def failed(self, key: str, now: float) -> None:
        """Note that something went wrong for a key."""
        times = self._failed.pop(key, None)
        if times is None:
            times = deque(maxlen=self._most)
        times.append(now)
        self._failed[key] = times
        if len(self._failed) > _KEYS:
            del self._failed[next(iter(self._failed))]
