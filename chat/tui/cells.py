"""How wide text is on a terminal, and how it is cut and folded to fit."""

from collections.abc import Iterator
from functools import lru_cache

from wcwidth import wcwidth

Fragment = tuple[str, str]
"""A style class (or nothing) and plain text; never anything that could be read as markup."""
Row = list[Fragment]
"""One line of the screen."""
CUT = "…"
"""Stands for what did not fit; one cell wide."""


def cell(char: str) -> int:
    """The cells one character takes: 0 to 2, counted as prompt_toolkit counts them when it draws."""
    return max(0, wcwidth(char))


def width(text: str) -> int:
    """The cells that `text` (no control characters) takes on one line."""
    if text.isascii():
        return len(text)
    return sum(map(cell, text))


def clip(text: str, columns: int) -> str:
    """`text` if it fits in `columns` cells, else its beginning and a mark that something is missing."""
    if width(text) <= columns:
        return text
    kept, used = [], 0
    for char in text:
        used += cell(char)
        if used > columns - 1:
            break
        kept.append(char)
    return "".join(kept) + CUT if columns > 0 else ""


def pad(text: str, columns: int) -> str:
    """`text` clipped, or filled up with spaces, to exactly `columns` cells."""
    text = clip(text, columns)
    return text + " " * (columns - width(text))


@lru_cache(maxsize=512)
def fold(text: str, columns: int) -> tuple[str, ...]:
    """`text` as lines of at most `columns` cells, broken between words where there is a space to break at.

    A character wider than `columns` stands alone on its line. Never empty. Remembers what it has folded:
    a drawing asks for the same lines again, and a page of long ones takes milliseconds.
    """
    paragraphs = text.split("\n")
    return tuple(line for paragraph in paragraphs for line in _fold_paragraph(paragraph, columns))


def _fold_paragraph(text: str, columns: int) -> Iterator[str]:
    start, space, used = 0, -1, 0
    for place, char in enumerate(text):
        cells = cell(char)
        while used + cells > columns and place > start:
            end = place if char == " " or space <= start else space
            yield text[start:end]
            start = end + (text[end] == " ")
            used = width(text[start:place])
        if start > place:  # the space that did not fit is the break itself
            continue
        if char == " ":
            space = place
        used += cells
    yield text[start:]
