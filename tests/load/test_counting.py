"""Counting by scanning bytes is right however the bytes are cut."""

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from chat.load import proc
from chat.load.counting import Histogram, Tally, Watcher, body


@given(st.integers(1, 20), st.lists(st.integers(1, 400)))
def test_cut_anywhere(count: int, cuts: list[int]) -> None:
    """In whatever pieces it comes, every message is counted once, in order."""
    stream = b"".join(b'{"body":"%s"}' % body(7, n, 0, 64).encode() for n in range(1, count + 1))
    tally, watcher, seen, place = Tally(), Watcher(), 0, 0
    for cut in [*cuts, len(stream)]:
        piece, place = stream[place : place + cut], place + cut
        tally.feed(piece)
        seen += sum(1 for _ in watcher.feed(piece, 1_000))
    tally.feed(stream[place:])
    seen += sum(1 for _ in watcher.feed(stream[place:], 1_000))
    assert (tally.received, seen, watcher.twice, watcher.disorder) == (count, count, 0, 0)


def test_doubles_and_disorder() -> None:
    """The same message again is a double, an earlier one a disorder; another sender is counted apart."""
    watcher = Watcher()
    said = [(1, 1), (1, 2), (1, 2), (2, 1), (1, 1)]
    data = "".join(body(sender, count, 0, 64) for sender, count in said).encode()
    assert list(watcher.feed(data, 5)) == [(1, 1), (1, 2), (1, 2), (2, 1), (1, 2)]
    assert (watcher.twice, watcher.disorder) == (1, 1)


@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=50))
def test_percentiles(times: list[int]) -> None:
    """A percentile is right to 1 part in 32; merged halves are the whole."""
    halves = Histogram(), Histogram()
    for place, time in enumerate(times):
        halves[place % 2].add(time)
    halves[0].merge(halves[1].counts)
    for part in (0.5, 0.99, 1.0):
        exact = sorted(times)[max(0, -(-len(times) * round(part * 100) // 100) - 1)] / 1e6
        assert exact * 31 / 32 <= halves[0].percentile(part) <= exact
    assert Histogram().percentile(0.5) == 0.0


def test_a_process_that_is_there() -> None:
    """This process has used some CPU; one that is not there, none that is known."""
    if Path("/proc/self/stat").exists():
        assert (proc.seconds(os.getpid()) or 0) > 0
    assert proc.seconds(2**22 + 1) is None
    assert proc.listener(1) is None
