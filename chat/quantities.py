"""What a command line may say of places, numbers and times; each function raises ArgumentTypeError."""

import argparse
from collections.abc import Callable

from chat.usage import DEFAULT_PORT, port
from chat.words import t

MOST = 10**9


def place(text: str) -> tuple[str, int]:
    """`HOST:PORT`, `[IPv6]:PORT`, or a host alone."""
    host, colon, number = text.rpartition(":")
    if not colon or "]" in number or (":" in host and not host.startswith("[")):
        host, number = text, str(DEFAULT_PORT)
    if not host:
        raise argparse.ArgumentTypeError(t("{text} is not HOST:PORT", text=repr(text)))
    return host.strip("[]"), port(number)


def places(text: str) -> list[tuple[str, int]]:
    """One or several such places, with commas between."""
    return [place(part.strip()) for part in text.split(",")]


def whole(lowest: int) -> Callable[[str], int]:
    """What reads a whole number of at least `lowest`."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and lowest <= int(text) <= MOST):
            sentence = t("{text} is not a number of {lowest} or more", text=repr(text), lowest=lowest)
            raise argparse.ArgumentTypeError(sentence)
        return int(text)

    return read


def amount(text: str) -> float:
    """A number of 0 or more, of seconds or a second."""
    number = _number(text)
    if not 0 <= number <= MOST:
        sentence = t("{text} is not a number of {lowest} or more", text=repr(text), lowest=0)
        raise argparse.ArgumentTypeError(sentence)
    return number


def some(text: str) -> float:
    """A number above 0, of seconds."""
    number = _number(text)
    if not 0 < number <= MOST:
        raise argparse.ArgumentTypeError(t("{text} is not a number above 0", text=repr(text)))
    return number


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0
