"""Every way in which a server may harm a client, by its number, has a test that names it."""

import re
from pathlib import Path

ELSEWHERE = {
    "what is shown": {1, 2, 3, 4, 5, 6, 7, 24, 26},
    "certificates and proofs": {20, 21},
}
"""Rows that belong to what draws, and to who a server and a user are."""
ROWS = set(range(1, 29))


def test_the_rows_of_the_library_are_tested() -> None:
    """The docstrings of these tests name each row that a library can do something about."""
    named = {
        int(number)
        for path in Path(__file__).parent.glob("test_*.py")
        for number in re.findall(r'^    """C(\d+): ', path.read_text("utf-8"), re.M)
    }
    assert named == ROWS - set().union(*ELSEWHERE.values())
