"""The page on speed is true: its commands run, its options exist, its pictures are there."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from chat.load import arguments
from chat.load.report import as_json
from chat.load.result import Verdict
from tests import pages
from tests.load.test_trouble import RESULT
from tests.patience import PATIENCE
from tests.processes import FREELY, Launch

PAGE = (Path(arguments.__file__).with_name("PERFORMANCE.md")).read_text("utf-8")
LINES = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.S) for line in block.splitlines()]

LATE = ("NO: all of it came, but 1 message in 100 took longer", "Nothing is known: this program itself")
"""How a load ends in which nothing is wrong but the time that it took."""


def typed(line: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a line of the page as it stands, but with its files in a folder of the test's."""
    command = line.replace(".venv/bin/", f"{Path(sys.executable).parent}/")
    environ = os.environ | {"PYTHONPATH": str(pages.ROOT), "CHAT_LANG": "en"}
    return subprocess.run(
        ["sh", "-c", command], cwd=folder, capture_output=True, text=True, timeout=PATIENCE, env=environ
    )


def test_the_loads(tmp_path: Path, launch: Launch) -> None:
    """Every line with chat-load comes to an end on a server of its own, and nothing is wrong with it.

    Whether all came in time is said too, and that depends on what else these cores do.
    """
    port = launch("--port", "0", "--data", ":memory:", "--quiet", *FREELY).port()
    lines = [line for line in LINES if "/chat-load " in line]
    for line in lines:
        done = typed(line.replace("10102", str(port)).replace("--seconds 5", "--seconds 0.5"), tmp_path)
        well = done.returncode == 0 or any(sentence in done.stdout for sentence in LATE)
        assert well, (line, done.stdout, done.stderr)
    assert len(lines) == 3


def test_the_measurements(tmp_path: Path) -> None:
    """Every short line of bench and curves ends well; one reads what another has written."""
    lines = [line for line in LINES if " -m " in line]
    for line in lines:
        done = typed(f"{line} --calm 0" if "--servers" in line else line, tmp_path)
        assert done.returncode == 0, (line, done.stdout, done.stderr)
    assert len(lines) == 4


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("make ")])
def test_the_targets(line: str) -> None:
    """What the page lets make do is what the other lines do, in full."""
    make = shutil.which("make")
    assert make is not None
    done = subprocess.run(
        [make, "-n", "-C", str(pages.ROOT), *line.split()[1:]],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert "python -m tests.bench" in done.stdout


def test_every_line_is_run() -> None:
    """A line of another kind needs a test of its own."""
    assert [line for line in LINES if not re.match(r"make |\.venv/bin/(chat-load|python -m) ", line)] == []


def test_every_option_it_names() -> None:
    """No option of chat-load is named that there is not."""
    usage = arguments._parser().format_help()
    server = subprocess.run(
        [Path(sys.executable).with_name("chat-server"), "--help"], capture_output=True, text=True
    ).stdout
    named = set(re.findall(r"(--[a-z][a-z-]*)", PAGE.partition("## Side by side")[0]))
    assert {option for option in named if option not in usage and option not in server} == set()


def test_its_pictures_are_there() -> None:
    """Each picture that the page shows lies beside it."""
    shown = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", PAGE)
    assert [name for name in shown if not Path(arguments.__file__).with_name(name).exists()] == []


def test_every_member_of_the_json() -> None:
    """The table of what a program reads has each member, and no other."""
    part = PAGE.partition("### For programs")[2].partition("\n## ")[0]
    named = [name for row in re.findall(r"^\| (`.*?) \|", part, re.M) for name in re.findall(r"`(\w+)`", row)]
    assert sorted(named) == sorted(json.loads(as_json(RESULT)))
    values = set(re.findall(r"`(\w+)`:", part))
    assert values == set(get_args(Verdict))
