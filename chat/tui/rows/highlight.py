"""Words that stand out in a text: who is mentioned, what was searched for. Pure."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache

from chat.tui.rows.cells import Row

Spans = Iterable[tuple[int, int]]
Finder = Callable[[str], Spans]
"""Where the words stand in a text."""

_WORD = re.compile(r"\w+")


@lru_cache(maxsize=64)
def mentions(words: tuple[str, ...]) -> Finder:
    """Finds names and keywords, whole, whatever their case."""
    either = "|".join(re.escape(word) for word in words if word)
    if not either:
        return lambda text: ()
    pattern = re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE)
    return lambda text: (found.span() for found in pattern.finditer(text))


@lru_cache(maxsize=64)
def searched(query: str) -> Finder:
    """Finds what begins with a word of a query, whatever its case and accents, as the search itself does."""
    starts = tuple(_WORD.findall(_bare(query)))
    if not starts:
        return lambda text: ()
    return lambda text: (found.span() for found in _WORD.finditer(text) if _bare(found[0]).startswith(starts))


@lru_cache(maxsize=1_024)
def _bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(char for char in decomposed if unicodedata.category(char) != "Mn")


def highlighted(row: Row, find: Finder, style: str) -> Row:
    """The row with a style added to what is found in it."""
    marked: Row = []
    for own, text in row:
        place = 0
        for start, end in find(text):
            marked += [(own, text[place:start]), (f"{own} {style}".strip(), text[start:end])]
            place = end
        marked.append((own, text[place:]))
    return [fragment for fragment in marked if fragment[1]]
