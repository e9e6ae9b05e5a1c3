"""Places, numbers and times of a command line: what is read, and what is refused."""

import argparse
from collections.abc import Callable

import pytest

from chat.quantities import amount, place, some, whole


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("localhost:7000", ("localhost", 7000)),
        ("localhost", ("localhost", 10_101)),
        ("[::1]:7000", ("::1", 7000)),
        ("[::1]", ("::1", 10_101)),
        ("::1", ("::1", 10_101)),
        ("192.0.2.1:1", ("192.0.2.1", 1)),
    ],
)
def test_places(text: str, read: tuple[str, int]) -> None:
    """A host with its port, which may be left out; an IPv6 address with a port stands in brackets."""
    assert place(text) == read


@pytest.mark.parametrize(
    ("reads", "text", "read"),
    [(whole(1), "1", 1), (whole(0), "0", 0), (amount, "0.5", 0.5), (amount, "7", 7.0), (some, "0.1", 0.1)],
)
def test_numbers(reads: Callable[[str], float], text: str, read: float) -> None:
    """From the lowest on."""
    assert reads(text) == read


@pytest.mark.parametrize(
    ("reads", "text"),
    [
        (place, ":7000"),
        (place, "localhost:0"),
        (place, "localhost:x"),
        (whole(1), "0"),
        (whole(1), "1.5"),
        (whole(1), "+1"),
        (whole(1), "٣"),
        (whole(1), "99999999999"),
        (amount, "x"),
        (amount, "-1"),
        (amount, "nan"),
        (amount, "inf"),
        (some, "0"),
        (some, "nan"),
    ],
)
def test_what_is_refused(reads: Callable[[str], object], text: str) -> None:
    """The sentence names what was said."""
    with pytest.raises(argparse.ArgumentTypeError, match=text.lstrip("+").rpartition(":")[2] or text):
        reads(text)
