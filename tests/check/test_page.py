"""What the page of the gates tells people to type is there."""

import re
from pathlib import Path

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
