"""What the page of the gates tells people to type is there."""

import re
from pathlib import Path

from tests.server.inputs.table import ROWS
from tests.torture.table import wanted

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "chat" / "check" / "RELIABILITY.md").read_text("utf-8")


def test_commands() -> None:
    """Every fault, test file and target that is named exists, and each gate has said something."""
    rows = re.findall(r"^\| (\d+) \| (.+) \| (.+) \| (.+) \|$", PAGE, re.M)
    assert [int(number) for number, *_ in rows] == list(range(1, 13))
    faults = [name for row in rows for name in re.findall(r"\bF\d+\b", row[2])]
    assert len(wanted(faults)) == len(faults) >= 9
    for path in re.findall(r"tests/[\w/]+\.(?:py|txt)", PAGE):
        assert (ROOT / path).exists(), path
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M)
    assert set(re.findall(r"`make ([a-z]+)`", PAGE)) <= set(targets)


def test_every_bad_input_has_its_tests() -> None:
    """Rows 1 to 82 are there; each names a test that exists, or says why there is none; the tables agree."""
    rows = re.findall(r"^\| (\d[\d, -]*) \| ([^|]+) \| ([^|]+) \|$", PAGE, re.M)
    found = {number for numbers, *_ in rows for number in _numbers(numbers)}
    assert found == set(range(1, 83))
    for numbers, _, where in rows:
        for path, test in re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", where):
            source = (ROOT / path).read_text("utf-8")
            assert not test or re.search(rf"^ *(async )?def {test}\(", source, re.M), (path, test)
        for row in _numbers(numbers) if "tests/server/inputs/" in where else ():
            assert row in ROWS, row
    assert {row for numbers, _, where in rows if "inputs/" in where for row in _numbers(numbers)} == set(ROWS)


def _numbers(text: str) -> list[int]:
    """The numbers that are meant by `1-3, 5`."""
    spans = [[int(end) for end in part.split("-")] for part in text.split(", ")]
    return [number for span in spans for number in range(span[0], span[-1] + 1)]
