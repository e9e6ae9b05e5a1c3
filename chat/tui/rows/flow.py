"""Text in several styles, cut and folded into rows of a given width. Pure."""

import re
from functools import lru_cache

from chat.text import isolated
from chat.tui.rows.cells import CUT, Row, breaks, width

Fragments = tuple[tuple[str, str], ...]
"""A row that can be remembered."""
_LEFTWARD = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]")
"""Where the letters are that are written right to left: nearly all rows have none, and are done with."""


def plain(row: Row) -> str:
    """The text of a row without its styles."""
    return "".join(text for _, text in row)


def folded(row: Row, columns: int, *, words: bool = True) -> list[Row]:
    """A paragraph as rows of at most `columns` cells; see `cells.breaks`. Never empty."""
    return [list(part) for part in _folded(tuple(row), max(columns, 1), words)]


@lru_cache(maxsize=512)
def _folded(row: Fragments, columns: int, words: bool) -> tuple[Row, ...]:
    """Remembered: a drawing asks for the same again, and a page of long paragraphs takes milliseconds."""
    text = plain(list(row))
    if text.isascii() and len(text) <= columns:
        return (list(row),)
    edges = [(0, "")]
    for style, part in row:
        edges[-1] = (edges[-1][0], style)
        edges.append((edges[-1][0] + len(part), ""))
    return tuple(_ordered(part) for part in _sliced(text, edges, list(breaks(text, columns, words=words))))


def _sliced(text: str, edges: list[tuple[int, str]], spans: list[tuple[int, int]]) -> list[Row]:
    """The spans of a text in their styles: `edges` say where each style begins, the last where none does."""
    rows: list[Row] = []
    index = 0
    for start, end in spans:
        row: Row = []
        while index < len(edges) - 1 and edges[index + 1][0] <= start:
            index += 1
        here = index
        while start < end:
            stop = min(end, edges[here + 1][0])
            row.append((edges[here][1], text[start:stop]))
            start, here = stop, here + 1
        rows.append([fragment for fragment in row if fragment[1]])
    return rows


def _ordered(row: Row) -> Row:
    """The row, so wrapped that letters written right to left in it do not move what stands beside it."""
    text = plain(row)
    if _LEFTWARD.search(text) is None:
        return row
    wrapped = isolated(text)
    return row if wrapped == text else [("", wrapped[0]), *row, ("", wrapped[-1])]


def clipped(row: Row, columns: int) -> Row:
    """As much of a row as fits, with a mark where something is missing."""
    if width(plain(row)) <= columns:
        return _ordered(row)
    whole, *_ = _folded(tuple(row), max(columns - 1, 1), False)
    if width(plain(whole)) >= columns:  # a wide character where there is one column
        whole = []
    return [*whole, ("", CUT)] if columns > 0 else []


def padded(row: Row, columns: int, style: str = "") -> Row:
    """A row clipped, or filled up with spaces, to exactly `columns` cells."""
    row = clipped(row, columns)
    rest = columns - width(plain(row))
    return [*row, (style, " " * rest)] if rest else row
