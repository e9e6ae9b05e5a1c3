"""A configuration file of any of our programs: read, and what is wrong with it in one sentence each."""

import re
from pathlib import Path
from typing import Any

import platformdirs
from msgspec import Struct

from chat.text import Kind, safe
from chat.words import mark, t

MOST = 1_000_000
"""Longest file read, in bytes; longer is no configuration."""


class Wrong(Struct, frozen=True):
    """Something in the file that is not as it should be: where, and why as a msgid. `line` 0: not known."""

    path: Path
    line: int
    entry: str
    reason: str
    allowed: str = ""

    def sentence(self) -> str:
        """It in the user's language."""
        place = t("{file}, line {n}", file=self.path, n=self.line) if self.line else str(self.path)
        entry = f" {self.entry}:" if self.entry else ""
        return safe(f"{place}:{entry} {t(self.reason, allowed=self.allowed)}", Kind.LINE)


class BadFile(Exception):
    """A file that cannot be used; `wrong` says why."""

    def __init__(self, wrong: Wrong) -> None:
        super().__init__(wrong.reason)
        self.wrong = wrong


class BadEntry(ValueError):
    """An entry with a value that it cannot have: why, as a msgid, and what it could be."""

    def __init__(self, reason: str, allowed: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.allowed = allowed


def place(name: str) -> Path:
    """Where a file of this name is looked for."""
    return platformdirs.user_config_path("chat", appauthor=False) / name


def read(path: Path) -> tuple[str, dict[str, Any]]:
    """The text of a file and what it says. Raises FileNotFoundError, BadFile."""
    try:
        with path.open("rb") as file:
            text = file.read(MOST).decode()
        return text, _parsed(text)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise BadFile(Wrong(path, 0, "", mark("it cannot be read"))) from error
    except (ValueError, RecursionError) as error:  # not TOML, or not UTF-8
        found = re.search(r"line (\d+)", str(error))
        raise BadFile(Wrong(path, int(found[1]) if found else 0, "", mark("this is not TOML"))) from error


def _parsed(text: str) -> dict[str, Any]:
    import tomllib  # here: 3 ms of a client's start, and most people have no such file

    return tomllib.loads(text)


def line_of(text: str, name: str) -> int:
    """The line in which an entry begins, 0 if it is written in a way that is not found."""
    pattern = re.compile(rf"\s*(\[\s*)?[\"']?{re.escape(name)}[\"']?\s*[\].=]")
    lines = (number for number, line in enumerate(text.splitlines(), 1) if pattern.match(line))
    return next(lines, 0)
