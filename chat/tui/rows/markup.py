"""The small part of Markdown that chats use, read into styled text. Pure.

Written here because a chat is not a document: CommonMark makes one line of two, a new list of "3. yes", a
heading of "#room", and hides what it takes for HTML. What would remain of a library is this file. It reads
a text once, in time that grows with its length only.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple


class Span(NamedTuple):
    """Text in one style; `url` where it leads to an address."""

    text: str
    style: str = ""
    url: str = ""


class Paragraph(NamedTuple):
    """A line of a text; `depth` counts the quotes it stands in, `code` is a line of a block."""

    spans: tuple[Span, ...]
    depth: int = 0
    code: bool = False


STYLES = {
    "*": "class:emphasis",
    "_": "class:emphasis",
    "**": "class:strong",
    "***": "class:strong class:emphasis",
    "~~": "class:struck",
}
MAX_DEPTH = 3
_FENCE = "```"
_RUN = re.compile(r"\*+|_+|~+|`+")
_QUOTE = re.compile(rf"(?:> ?){{1,{MAX_DEPTH}}}")
_ADDRESS = re.compile(
    r"\[(?P<name>[^\[\]\n]{1,200})\]\((?P<url>https?://[^\s()<>\"]+)\)"
    r"|(?<![\w/])https?://[^\s<>\"`]+"
)
_SPECIAL = re.compile(r"[*_~`>]|://")
_AFTER = ".,;:!?'*~"
"""What stands after an address rather than in it."""


@lru_cache(maxsize=128)  # more than a screen has lines; a text may have 64 KiB
def read(text: str) -> tuple[Paragraph, ...]:
    """A text (made safe before) as paragraphs; never empty."""
    return tuple(_paragraphs(text)) or (Paragraph((Span(text.replace("\n", " ")),)),)


def links(text: str) -> list[str]:
    """The addresses in a text, in the order they stand there."""
    return [span.url for paragraph in read(text) for span in paragraph.spans if span.url]


def _paragraphs(text: str) -> Iterator[Paragraph]:
    coding = False
    for line in text.split("\n"):
        if line.startswith(_FENCE) and (coding or "`" not in line[len(_FENCE) :]):
            coding = not coding
        elif coding:
            yield Paragraph((Span(line, "class:code"),), code=True)
        elif _SPECIAL.search(line) is None:
            yield Paragraph((Span(line),))
        else:
            marks = _QUOTE.match(line)
            depth = marks[0].count(">") if marks else 0
            yield Paragraph(tuple(_spans(line[marks.end() :] if marks else line)), depth)


class Piece(NamedTuple):
    """A stretch of a line that is shown as `span`; a mark, which is not shown, has none."""

    start: int
    end: int
    span: Span | None = None


def _spans(line: str) -> Iterator[Span]:
    """The spans of a line that is not in a block: code, addresses, and what is between pairs of marks."""
    atoms = list(_atoms(line))
    opening, closing = _pairs(line, atoms)
    styles: list[str] = []
    place = 0
    for piece in sorted([*atoms, *opening, *closing], key=lambda piece: piece.start):
        if piece.start > place:
            yield Span(line[place : piece.start], " ".join(styles))
        if piece.span is not None:
            yield piece.span._replace(style=" ".join([*styles, piece.span.style]))
        elif piece in opening:
            styles.append(STYLES[line[piece.start : piece.end]])
        else:
            styles.pop()
        place = piece.end
    if place < len(line):
        yield Span(line[place:], " ".join(styles))


def _pairs(line: str, atoms: list[Piece]) -> tuple[set[Piece], set[Piece]]:
    """The marks that open and those that close, nested or beside each other, never crossed."""
    opened: dict[str, Piece] = {}
    opening, closing = set(), set()
    for piece in _marks(line, atoms):
        mark = line[piece.start : piece.end]
        before, after = line[piece.start - 1 : piece.start], line[piece.end : piece.end + 1]
        if mark in opened and before.strip() and not after.isalnum():
            opening.add(opened[mark])
            closing.add(piece)
            opened = {other: start for other, start in opened.items() if start < opened[mark]}
        elif after.strip() and not before.isalnum():
            opened.pop(mark, None)
            opened[mark] = piece
    return opening, closing


def _marks(line: str, atoms: list[Piece]) -> Iterator[Piece]:
    """The marks of a line that are not in code or an address."""
    place = 0
    for atom in [*atoms, Piece(len(line), len(line))]:
        for found in _RUN.finditer(line, place, atom.start):
            if found[0] in STYLES:
                yield Piece(*found.span())
        place = atom.end


def _atoms(line: str) -> Iterator[Piece]:
    """Code and addresses, in which nothing else is looked for."""
    place = 0
    for start, end, ticks in [*_code(line), (len(line), len(line), 0)]:
        for found in _ADDRESS.finditer(line, place, start):
            span = _link(found)
            whole = found["url"] is not None
            yield Piece(found.start(), found.end() if whole else found.start() + len(span.text), span)
        if ticks:
            yield Piece(start, end, Span(line[start + ticks : end - ticks], "class:code"))
        place = end


def _code(line: str) -> Iterator[tuple[int, int, int]]:
    """Where code begins and ends, between two runs of as many backticks; and how many."""
    runs = [run for run in _RUN.finditer(line) if run[0][0] == "`"]
    following: dict[str, list[re.Match[str]]] = {}
    for run in reversed(runs):
        following.setdefault(run[0], []).append(run)
    end = 0
    for run in runs:
        following[run[0]].pop()
        if run.start() >= end and following[run[0]]:
            end = following[run[0]][-1].end()
            yield run.start(), end, len(run[0])


def _link(found: re.Match[str]) -> Span:
    """An address; one with a name that looks like another address is shown as it was written."""
    name, url = found["name"], found["url"]
    if url is None:
        url = _trimmed(found[0])
        return Span(url, "class:link", url)
    honest = "/" not in name and "." not in name.strip(".")
    return Span(name if honest else found[0], "class:link", url)


def _trimmed(url: str) -> str:
    """An address without what follows it in a sentence, or the bracket that it stands in."""
    spare = {")": url.count(")") - url.count("("), "]": url.count("]") - url.count("[")}
    end = len(url)
    while end and (url[end - 1] in _AFTER or spare.get(url[end - 1], 0) > 0):
        spare[url[end - 1]] = spare.get(url[end - 1], 0) - 1
        end -= 1
    return url[:end]
