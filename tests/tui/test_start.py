"""The installed client is there at once: what waits until its first screen is drawn, and how soon that is."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.client.first_paint import DRAWING, filled, painted, running

HEAVY = {
    "cryptography": "only a proof asked for by a server needs it",
    "precis_i18n": "names that are not ASCII are rare",
    "confusable_homoglyphs": "only a new name is judged",
    "tomllib": "most people have no configuration file",
    "encodings.idna": "most hosts have an ASCII name",
    "importlib.metadata": "the version is in the program",
    "importlib.resources": "the catalogues are files beside it",
    "email": "comes with urllib.request and importlib.metadata",
    "http": "the same",
    "pygments": "nothing is coloured by it",
    "babel": "dates are laid out by the catalogues",
    "uvloop": "one connection needs no faster loop",
    "multiprocessing": "there is one process",
    "chat.server": "a wall",
    "chat.certificate": "only an encrypted connection has one",
    "chat.tui.plain.send": "a program of its own",
    "chat.tui.plain.tail": "a program of its own",
    "chat.tui.plain.line": "instead of the screen",
}
"""What the first screen does not need, and why."""
MOST = 1.7
"""Times that a start to the newest message may take, of what `import prompt_toolkit.application` takes alone.

Measured on two shared cores: 1.2 to 1.3. It was 2.0 with these imports, the garbage collector at work, and a
screen without messages drawn first.
"""
LEAST, TRIES = 3, 15


def is_in(module: str, package: str) -> bool:
    """Whether a module is a package or inside it."""
    return f"{module}.".startswith(f"{package}.")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which 1,000 rooms are kept."""
    folder = tmp_path_factory.mktemp("data")
    filled(folder, 1_000, 5_000)
    return folder


def test_nothing_heavy_is_imported_for_the_first_screen(data: Path, tmp_path: Path) -> None:
    """Of the modules imported until the newest message is drawn, none is one that can wait."""
    painted(data, options=("-X", "importtime"), errors=tmp_path / "imports")
    lines = (tmp_path / "imports").read_text().splitlines()
    modules = {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}
    assert {"chat.tui.screen.full", "prompt_toolkit.application", "sqlite3"} <= modules
    assert [module for module in sorted(modules) if any(is_in(module, heavy) for heavy in HEAVY)] == []


def test_the_first_screen_is_there_at_once(data: Path) -> None:
    """From the start to the newest message it takes little longer than to import what draws, best by best."""
    drawing, paint = [], []
    for _ in range(TRIES):
        drawing.append(running(DRAWING)(data).clock)
        paint.append(painted(data).clock)
        if len(paint) >= LEAST and min(paint) < MOST * min(drawing):
            break
    assert min(paint) < MOST * min(drawing)


def test_a_filter_needs_no_screen() -> None:
    """`send`, `tail` and linear mode are imported without the library that draws, in half the time."""
    modules = "chat.tui.cli, chat.tui.plain.send, chat.tui.plain.tail, chat.tui.plain.line"
    code = f"import sys, {modules}; print('prompt_toolkit' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
