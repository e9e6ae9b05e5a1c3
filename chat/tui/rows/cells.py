"""How wide text is on a terminal, and how it is cut and folded to fit. Pure."""

import re
from collections.abc import Iterator
from functools import lru_cache

from wcwidth import wcwidth

from chat.text import Kind, safe

Fragment = tuple[str, str]
"""A style class (or nothing) and plain text; never anything that could be read as markup."""
Row = list[Fragment]
"""One line of the screen."""
CUT = "…"
"""Stands for what did not fit; one cell wide."""
GLIMPSE = 40
"""Cells of a message that is quoted."""

# Terminals disagree on how wide these are, and one cell too many shifts the rest of the row, whoever's it is
# (matterhorn#785, weechat#1350): selectors of presentation, what joins emoji, skin colours, letters of flags.
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0020-\U000e007f\U000e0100-\U000e01ef]")
_JOINED = re.compile(
    "(?<=[\u2000-\u2bff\u3030-\u303d\U0001f000-\U0001faff])(?:\u200d|[\U0001f3fb-\U0001f3ff])+"
)
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]")


def shown(text: str, kind: Kind) -> str:
    """What is drawn of a text from outside: safe, and as wide on every terminal as it is counted here.

    An emoji of several comes apart into them, skin has no colour, and a flag is the letters of its country.
    """
    return _shown(text, kind)


@lru_cache(maxsize=512)
def _shown(text: str, kind: Kind) -> str:
    text = safe(text, kind).replace("\xa0", " ")
    if text.isascii():
        return text
    text = _JOINED.sub("", _SELECTORS.sub("", text))
    return _FLAG.sub(lambda letter: chr(ord(letter[0]) - 0x1F1E6 + ord("A")), text)


@lru_cache(maxsize=4_096)
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


def glimpse(text: str) -> str:
    """The beginning of a message, made safe, to recognise it by."""
    return clip(safe(text, Kind.LINE), GLIMPSE)


def pad(text: str, columns: int) -> str:
    """`text` clipped, or filled up with spaces, to exactly `columns` cells."""
    text = clip(text, columns)
    return text + " " * (columns - width(text))


@lru_cache(maxsize=512)
def fold(text: str, columns: int) -> tuple[str, ...]:
    """`text` as lines of at most `columns` cells, broken between words where there is a space to break at.

    A character wider than `columns` stands alone on its line. Never empty.
    """
    paragraphs = text.split("\n")
    return tuple(part[start:end] for part in paragraphs for start, end in breaks(part, columns))


def breaks(text: str, columns: int, *, words: bool = True) -> Iterator[tuple[int, int]]:
    """Where the lines of a paragraph begin and end; what is between them are the spaces it is broken at.

    Before a wide character a line may always end: such scripts have no spaces. Without `words` every
    line is filled and nothing is left out.
    """
    start = used = 0
    end, resume = -1, 0  # the last place where the line may end, and where the next one would begin
    for place, char in enumerate(text):
        cells = cell(char)
        if words and (char == " " or cells == 2):
            end, resume = place, place + (char == " ")
        while used + cells > columns and place > start:
            if end <= start:
                end = resume = place
            yield start, end
            start = resume
            used = width(text[start:place])
        if start > place:  # the space that did not fit is the break itself
            continue
        used += cells
    yield start, len(text)
