"""What a command is: its names in both languages, what it needs, what it does."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from chat.tui.desk.desk import Desk
from chat.words import PORTUGUESE, spoken, t

Run = Callable[[Desk, str], Awaitable[None]]


class Misused(Exception):
    """A command was given what it cannot use: how it is written is told."""


class Command(NamedTuple):
    """`names` begin with the Portuguese and the English one; `argument` and `help` are msgids."""

    names: tuple[str, ...]
    argument: str
    help: str
    run: Run

    @property
    def name(self) -> str:
        """What it is called in the language in use."""
        return self.names[0 if spoken() == PORTUGUESE else 1]

    @property
    def usage(self) -> str:
        """How it is written."""
        return f"{self.name} {t(self.argument)}" if self.argument else self.name


def first(argument: str) -> tuple[str, str]:
    """The first word of what follows a command, and the rest."""
    word, rest = [*argument.split(maxsplit=1), "", ""][:2]
    return word, rest


def numbered(argument: str) -> tuple[int, str]:
    """The number that an argument begins with, counted from the newest message, and the rest; 0: none."""
    word, rest = first(argument)
    return (int(word), rest) if word.isascii() and word.isdigit() and len(word) < 6 else (0, argument)


def room_name(word: str) -> str:
    """A word as a room's name, with its `#`; empty if there is none."""
    return word if not word or word.startswith("#") else f"#{word}"
