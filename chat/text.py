"""What a body may hold, and what text from outside may do to a terminal: nothing. Sans-I/O.

`safe` is the one function at every sink (screen, log, title, file, line door). Characters come in families
that are written here as ranges of regular expressions; the families are Unicode's own.
"""

import re
import unicodedata
from collections.abc import Callable
from enum import Enum
from functools import cache

from wcwidth import wcwidth

from chat.errors import Code

MAX_MARKS = 8
"""Most combining marks that one character keeps."""
MAX_JOINS = 8
"""Most joiners in one cluster; the longest emoji in use has 3."""
TAB = 4
"""Spaces that a tab becomes in a block; `safe` makes no text longer than so many times what it was."""
REPLACED, SPACE, NEWLINE = "\ufffd", "\u2423", "\u21b5"
"""The visible marks for what is not shown: a control, a space in a name, the end of a line."""

_CHARACTERS = "\t\n -~\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd" + "".join(
    f"{chr(plane)}-{chr(plane + 0xFFFD)}" for plane in range(0x10000, 0x110000, 0x10000)
)
"""All but controls, surrogates and noncharacters, the unassigned too: there are the emoji of next year."""
_IGNORABLE = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e001f\U000e0080-\U000e00ff\U000e01f0-\U000e0fff"
)
"""Default_Ignorable_Code_Point but for the next four families, and other formatting that shows nothing."""
_JOINERS = "\u200c\u200d"
_SELECTORS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_TAGS = "\U000e0020-\U000e007f"
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_ORDINARY = (
    "!-~\xa1-\xac\xae-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2190-\u27ff"
    "\u3041-\u3096\u30a1-\u30ff\u4e00-\u9fff\uac00-\ud7a3\U0001f000-\U0001faff"
)
"""Most of what people write, each seen and standing for itself; only this is quick."""


def _late(pattern: str) -> Callable[[], re.Pattern[str]]:
    """A pattern that is compiled when it is first asked for: families this wide take 1 to 7 ms each."""
    return cache(lambda: re.compile(pattern))


_ordinary_first = _late(f"[{_ORDINARY}]")
_allowed = _late(f"[{_CHARACTERS}]*")
_unseen = _late(f"[\\s\u2800{_IGNORABLE}{_JOINERS}{_SELECTORS}{_TAGS}{_BIDI}]")


def body_fault(body: str, max_body: int) -> Code | None:
    """Why a body may not be said, or None if it may.

    BODY_TOO_LONG above `max_body` bytes of UTF-8; BAD_MESSAGE for controls other than LF and TAB, for
    surrogates and noncharacters; BODY_EMPTY if nothing of it would be seen.
    """
    if len(body) * 4 > max_body and len(body.encode(errors="surrogatepass")) > max_body:
        return Code.BODY_TOO_LONG
    if not (body.isprintable() or _allowed().fullmatch(body)):
        return Code.BAD_MESSAGE
    if "!" <= body < "\x7f" or _ordinary_first().match(body) or any(map(_seen, body)):
        return None
    return Code.BODY_EMPTY


def topic_fault(topic: str) -> Code | None:
    """Why a topic may not be set, or None if it may: at most one line, possibly empty, without controls."""
    return None if _allowed().fullmatch(topic) and "\n" not in topic else Code.BAD_MESSAGE


def emoji_fault(emoji: str) -> Code | None:
    """Why something may not be a reaction, or None if it may: one word that is seen, at most 64 bytes."""
    if any(char.isspace() for char in emoji):
        return Code.BAD_MESSAGE
    return body_fault(emoji, 64)


def _seen(char: str) -> bool:
    return _unseen().match(char) is None and unicodedata.category(char)[0] != "M"


class Kind(Enum):
    """Where a text is shown."""

    NAME = "name"  # users and rooms: no space and nothing invisible
    LINE = "line"  # one line
    BLOCK = "block"  # its line feeds are kept


_UNTOUCHED = {
    Kind.NAME: _late(f"[{_ORDINARY}]*"),
    Kind.LINE: _late(f"[{_ORDINARY} ]*"),
    Kind.BLOCK: _late(f"[{_ORDINARY} \n]*"),
}
_PICTURES = {code: chr(0x2400 + code) for code in range(32)} | {
    0x7F: "\u2421",
    0x2028: NEWLINE,
    0x2029: NEWLINE,
}
_TABLES = {
    Kind.NAME: _PICTURES | {9: SPACE, 10: NEWLINE},
    Kind.LINE: _PICTURES | {9: " ", 10: NEWLINE},
    Kind.BLOCK: _PICTURES | {9: " " * TAB, 10: "\n"},
}
_replaced = _late(f"[^{_CHARACTERS}]|[{_BIDI}]")
# Flags of regions (England) end in tags; any other tags can only hide a text.
_dropped = _late(
    f"(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{{3,6}}\U000e007f)|[{_TAGS}{_IGNORABLE}]"
)
_BLANK = re.compile(r"[\s\u2800]")
_attached = _late(f"[{_JOINERS}{_SELECTORS}{_TAGS}]")


def _each(family: str) -> frozenset[str]:
    """The characters of a family, for loops: looked up five times as fast as matched."""
    ranges = re.findall("(.)-(.)|(.)", family)
    return frozenset(
        chr(code) for first, last, one in ranges for code in range(ord(first or one), ord(last or one) + 1)
    )


_EACH_SELECTOR = _each(_SELECTORS)
_EACH_ATTACHED = _each(_JOINERS + _SELECTORS + _TAGS)


def safe(text: str, kind: Kind) -> str:
    """What may be shown of a text that came from outside. Made safe again, it does not change.

    Controls, direction controls and what is no character become visible marks; what shows nothing is dropped,
    but for joiners, selectors and tags where they make letters and emoji; marks beyond MAX_MARKS are dropped.
    """
    if _is_latin(text, kind) or _UNTOUCHED[kind]().fullmatch(text):
        return text
    text = _replaced().sub(REPLACED, text.translate(_TABLES[kind]))
    text = _dropped().sub(r"\1", text)
    if kind is Kind.NAME:
        text = _BLANK.sub(SPACE, _attached().sub("", text))
    return _joined(_based(text))


def _is_latin(text: str, kind: Kind) -> bool:
    """Whether a text has nothing but Latin letters, digits and signs: most have, and need no pattern."""
    return (
        text.isprintable()
        and (text.isascii() or max(text) < "\u0300")
        and (kind is not Kind.NAME or " " not in text)
    )


def _based(text: str) -> str:
    """The text without marks and selectors that have no base to stand on, or too many companions.

    Joiners and tags count as marks here: they have no width either.
    """
    kept: list[str] = []
    marks = MAX_MARKS  # where there is no base, as many as there may be
    for char in text:
        if char in _EACH_SELECTOR:
            if marks or kept[-1] in _EACH_ATTACHED:
                continue
        elif _is_mark(char):
            if marks == MAX_MARKS:
                continue
            marks += 1
        else:
            marks = MAX_MARKS if char.isspace() else 0
        kept.append(char)
    return "".join(kept)


def _is_mark(char: str) -> bool:
    """Whether a character stands on the one before it, as also Hangul's vowels and younger marks do."""
    return char > "\u02ff" and (unicodedata.category(char)[0] == "M" or wcwidth(char) == 0)


def _joined(text: str) -> str:
    """The text without joiners that do not stand between two letters or emoji, or make a cluster too long."""
    if "\u200c" not in text and "\u200d" not in text:
        return text
    kept: list[str] = []
    joins = 0
    for char, following in zip(text, text[1:] + " ", strict=True):
        before = kept[-1] if kept else " "
        if char in _JOINERS:
            if joins == MAX_JOINS or not (_joins(before) and _joins(following)):
                continue
            joins += 1
        elif before not in _JOINERS and not _extends(char):
            joins = 0
        kept.append(char)
    return "".join(kept)


def _joins(char: str) -> bool:
    """Whether a joiner may stand beside a character: a letter, a mark on one, an emoji (also a newer one)."""
    category = unicodedata.category(char)
    return category[0] in "LM" or category == "So" or (char > "\u2000" and category in ("Sm", "Sk", "Cn"))


def _extends(char: str) -> bool:
    """Whether a character belongs to the cluster that stands before it: a mark, a selector, a skin tone."""
    return _is_mark(char) or "\U0001f3fb" <= char <= "\U0001f3ff"


def isolated(text: str) -> str:
    """A field that `safe` has made, so wrapped that letters written right to left do not move its neighbours.

    For the last step before a terminal that orders directions itself. Only a text with such letters is
    wrapped (in FSI and PDI, two characters of no width): a terminal that cannot order them may show the two.
    """
    if text.isascii() or not any(unicodedata.bidirectional(char) in ("R", "AL", "AN") for char in text):
        return text
    return f"\u2068{text}\u2069"
