"""Counting messages by scanning bytes, and how long they took, as a histogram. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

END = b"|chat-load"
"""What every body ends with: so long that it is found in a third of the time that two bytes take."""
MARKER = re.compile(rb"~~(\d+)\.(\d+)\.(\d+)~~")
"""In each body: the sender's number, its count, and when it was sent, in ns of a clock all share."""
TAIL = 80
"""Bytes at the end of what came that may be the beginning of a marker."""
ANSWER = 512
"""Bytes within which an answer that refuses something says why."""
FINE = 5
"""Bits of a latency that are kept: a percentile is right to 1 part in 32."""


def body(sender: int, count: int, ns: int, size: int) -> str:
    """What is said: a marker, filled up to `size` bytes."""
    return f"~~{sender}.{count}.{ns}~~".ljust(size - len(END), "x") + END.decode()


class Tally:
    """How many messages came on one connection, whatever they are wrapped in."""

    __slots__ = ("_rest", "received")

    def __init__(self) -> None:
        self.received = 0
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """Count what these bytes complete."""
        odd = len(END) - 1
        self.received += data.count(END) + (self._rest + data[:odd]).count(END)
        self._rest = data[-odd:] if len(data) >= odd else (self._rest + data)[-odd:]


class Watcher:
    """Reads every marker on one connection: order, doubles, and latency."""

    def __init__(self) -> None:
        self.latencies = Histogram()
        self.twice = 0
        self.disorder = 0
        self._last: dict[int, int] = {}
        self._rest = b""

    def feed(self, data: bytes, now: int) -> Iterator[tuple[int, int]]:
        """Take in bytes that came at `now`; yields of each message its sender and the highest of its."""
        data = self._rest + data
        end = 0
        for found in MARKER.finditer(data):
            end = found.end()
            sender, count, sent = map(int, found.groups())
            last = self._last.get(sender, 0)
            self.twice += count == last
            self.disorder += count < last
            self._last[sender] = max(count, last)
            self.latencies.add(now - sent)
            yield sender, max(count, last)
        self._rest = data[max(end, len(data) - TAIL) :]


def reason(found: re.Match[bytes]) -> str:
    """What the one group that matched says."""
    return found[found.lastindex or 0].decode(errors="replace")


class Refusals:
    """Reads on one connection why something was refused: `why` finds it where `sign` is."""

    def __init__(self, sign: bytes, why: re.Pattern[bytes]) -> None:
        self._sign = sign
        self._why = why
        self._rest = b""

    def feed(self, data: bytes) -> Sequence[str]:
        """The reasons that these bytes complete."""
        end, found = 0, []
        if self._sign in data or self._sign in self._rest + data[: len(self._sign)]:
            data = self._rest + data
            for one in self._why.finditer(data):
                end = one.end()
                found.append(reason(one))
        elif len(data) < ANSWER:
            data = self._rest + data
        self._rest = data[max(end, len(data) - ANSWER) :]
        return found


class Histogram:
    """Times in ns, each to 1 part in 32."""

    def __init__(self, counts: dict[int, int] | None = None) -> None:
        self.counts = Counter(counts or {})

    def add(self, ns: int) -> None:
        """Note one."""
        shift = max(0, ns.bit_length() - FINE - 1)
        self.counts[(shift << 8) | (max(ns, 0) >> shift)] += 1

    def merge(self, counts: dict[int, int]) -> None:
        """Note all of another."""
        self.counts.update(counts)

    def percentile(self, part: float) -> float:
        """The time in ms that `part` (0 to 1) of them did not exceed; 0 if there is none."""
        left = part * self.counts.total()
        for key in sorted(self.counts):
            left -= self.counts[key]
            if left <= 0:
                return float((key & 0xFF) << (key >> 8)) / 1e6
        return 0.0
