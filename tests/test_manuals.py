"""The manual pages are what the tables say, can be printed, and come with the wheel."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests import manuals, pages
from tests.patience import PATIENCE

FORMATTERS = (("groff", "-man", "-Kutf8", "-Tutf8", "-ww", "-z"), ("mandoc", "-T", "lint", "-W", "warning"))
HERE = [path for lang in manuals.LANGUAGES for path in sorted((manuals.LOCALES / lang / "man1").iterdir())]


def test_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page is what `python -m tests.pages` would write, and there is one for each program."""
    written = manuals.written(monkeypatch.setenv)
    assert sorted(written) == sorted(HERE)
    assert [path for path, text in written.items() if path.read_text("utf-8") != text] == []


def test_twins() -> None:
    """The page in the other language has the same sections and the same parts."""
    for name in manuals.PAGES:
        shapes = []
        for lang in manuals.LANGUAGES:
            lines = (manuals.LOCALES / lang / "man1" / name).read_text("utf-8").splitlines()
            shapes.append(
                [line if line.startswith('.\\" ') else line.split()[0] for line in lines if line[:1] == "."]
            )
        assert shapes[0] == shapes[1]


@pytest.mark.parametrize("path", HERE, ids=lambda path: f"{path.parent.parent.name}-{path.name}")
def test_printed(path: Path) -> None:
    """The formatters that there are have nothing to complain of."""
    for command, *arguments in FORMATTERS:
        if shutil.which(command):
            done = subprocess.run(
                [command, *arguments, path], capture_output=True, text=True, timeout=PATIENCE
            )
            assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert path.read_text("utf-8").startswith(".TH CHAT")


def test_in_the_wheel(tmp_path: Path) -> None:
    """The wheel puts the pages where `man` looks, each language in its own folder."""
    source = tmp_path / "source"
    left_out = shutil.ignore_patterns(".*", "tests", "build", "*.egg-info", "__pycache__")
    shutil.copytree(pages.ROOT, source, ignore=left_out)
    build = "from setuptools import build_meta; build_meta.build_wheel('..')"
    subprocess.run(
        [sys.executable, "-c", build], cwd=source, check=True, capture_output=True, timeout=PATIENCE
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = {name.partition(".data/data/")[2] for name in zipfile.ZipFile(wheel).namelist()}
    folders = ("share/man/man1", "share/man/pt_BR/man1")
    assert {f"{folder}/{page}" for folder in folders for page in manuals.PAGES} <= names
