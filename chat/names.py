"""What a user or a room may be called, and when two names are the same or look the same. Sans-I/O.

The alphabet is letters, marks and digits of one script, and `-_.`; the rules are those of PRECIS (RFC 8265)
and of UTS #39. Letters that only a compatibility form tells apart (fullwidth, ligatures) are no letters here.
"""

import re
import unicodedata
from bisect import bisect_right
from contextlib import suppress
from functools import cache, lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from chat.errors import Code, Refused

MAX_NAME = 32
"""Longest name in characters, without a room's `#`; typed and folded."""

RESERVED = frozenset({"server", "servidor", "system", "sistema", "admin", "administrator", "administrador"})
"""Names that would let a user speak as the server itself; nobody has them, nor one that looks like them."""

_ASCII = re.compile(r"(?=.*[A-Za-z0-9])[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")
_MAX_RAW = 4 * MAX_NAME  # a letter typed in pieces has up to four; no more than so much is looked at
_MAX_MARKS = 4  # in a row: UTS #39, 5.4
_DOT = "\u0307"
_DOTTED = "ij\u0249\u0268\u029d\u03f3\u0456\u0458\u1d96"  # Soft_Dotted: no second dot is seen on these
_CACHED = 4_096

# fmt: off
_SCRIPTS = frozenset((
    "ARABIC", "ARMENIAN", "BENGALI", "BOPOMOFO", "CYRILLIC", "DEVANAGARI", "ETHIOPIC", "GEORGIAN",
    "GREEK", "GUJARATI", "GURMUKHI", "HAN", "HANGUL", "HEBREW", "HIRAGANA", "KANNADA", "KATAKANA",
    "KHMER", "LAO", "LATIN", "MALAYALAM", "MYANMAR", "ORIYA", "SINHALA", "TAMIL", "TELUGU", "THAANA",
    "THAI", "TIBETAN",
))
# fmt: on
"""The scripts in everyday use: UAX #31, table 5."""

_TOGETHER = (
    frozenset({"HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"HAN", "BOPOMOFO"}),
    frozenset({"HAN", "HANGUL"}),
)
"""Scripts that are one writing system: UTS #39, 5.1."""

_DIACRITICS = frozenset({"LATIN", "GREEK", "CYRILLIC"})
_SHARED = (
    ("\u0300", "\u036f", _DIACRITICS),
    ("\u064b", "\u0655", frozenset({"ARABIC"})),
    ("\u0670", "\u0670", frozenset({"ARABIC"})),
    ("\u30fc", "\u30fc", frozenset({"HIRAGANA", "KATAKANA"})),
)
"""Marks and letters that belong to several scripts, and to which: from Unicode's ScriptExtensions."""


class BadName(Refused):
    """What was typed is no name: its code is `bad_name`, or `bad_room` for a room."""


class Name(Struct, frozen=True):
    """A name that is allowed."""

    shown: str
    """As it was typed, in NFC."""
    key: str
    """The identity: two names with one key are the same name. Not to be judged again as a name."""
    skeleton: str
    """Two names with one skeleton look the same. For comparing only, never to be shown."""


@lru_cache(_CACHED)
def user_name(raw: str, reserved: frozenset[str] = frozenset()) -> Name:
    """The user's name that was typed; `reserved` are further names nobody may have.

    Raises BadName if it is not allowed.
    """
    name = _judged(raw, Code.BAD_NAME)
    keys, skeletons = _taboo(RESERVED | reserved if reserved else RESERVED)
    if name.key in keys or name.skeleton in skeletons:
        raise BadName(Code.BAD_NAME)
    return name


@lru_cache(_CACHED)
def room_name(raw: str) -> Name:
    """The room's name that was typed, `#` and then the alphabet of users' names. Raises BadName."""
    if raw[:1] != "#":
        raise BadName(Code.BAD_ROOM)
    name = _judged(raw[1:], Code.BAD_ROOM)
    return Name("#" + name.shown, "#" + name.key, "#" + name.skeleton)


def fold(name: str) -> str:
    """The one spelling of all that are the same name. Folding it again changes nothing.

    Raises UnicodeEncodeError for what PRECIS forbids beyond ASCII; ASCII is only lowered.
    """
    if name.isascii():
        return name.lower()
    from precis_i18n import get_profile  # here: 4 ms, and few names are not ASCII

    profile = get_profile("UsernameCaseMapped")
    folded: str = profile.enforce(name)
    while folded != name:  # RFC 8265 warns that one pass may not be enough
        name, folded = folded, profile.enforce(folded)
    return folded


@lru_cache(_CACHED)
def skeleton(name: str) -> str:
    """What a name looks like, in any case of its letters: UTS #39's skeleton, folded, and again.

    Coarser than the standard's, which lets COP and a Cyrillic word that looks like cop stand side by side.
    """
    return _prototypes(_prototypes(name).casefold())


def _judged(raw: str, code: Code) -> Name:
    if len(raw) > _MAX_RAW:
        raise BadName(code)
    shown = unicodedata.normalize("NFC", raw)
    if len(shown) > MAX_NAME:
        raise BadName(code)
    try:
        key = fold(shown)
    except ValueError as error:
        raise BadName(code) from error
    allowed = _ASCII.fullmatch(shown) if shown.isascii() else _allowed(shown)
    if not allowed or len(key) > MAX_NAME:
        raise BadName(code)
    looks = skeleton(shown)
    # One string where they are equal: a name is kept as long as its user is here.
    return Name(shown, shown if key == shown else key, shown if looks == shown else looks)


def _allowed(name: str) -> bool:
    """Whether a name that PRECIS allows keeps to our alphabet and one script, and its marks to letters."""
    kinds = ["-" if char in "-_." else unicodedata.category(char) for char in name]
    digits = [char for char, kind in zip(name, kinds, strict=True) if kind == "Nd"]
    return (
        unicodedata.is_normalized("NFKC", name)
        and all(kind[0] in "LM-" or kind == "Nd" for kind in kinds)
        and kinds[0][0] != "M"
        and not {name[0], name[-1]} & {"-", "."}
        and len({ord(digit) - unicodedata.decimal(digit) for digit in digits}) <= 1
        and _one_script(name)
        and _marks_in_place(name)
    )


def _one_script(name: str) -> bool:
    """Whether one writing system has all letters and marks of a name (`0` to `9` are everyone's)."""
    scripts: set[str] = set()
    lenders: list[frozenset[str]] = []
    for char in re.sub("[0-9._-]", "", name):
        owners = [owners for first, last, owners in _SHARED if first <= char <= last]
        lenders += owners
        if not owners:
            scripts.add(_script(char))
    one = len(scripts) == 1 or any(scripts <= together for together in _TOGETHER)
    return one and scripts <= _SCRIPTS and all(scripts & owners for owners in lenders)


def _marks_in_place(name: str) -> bool:
    """Whether marks follow letters, few in a row and none twice, and no dot stands on a dotted letter."""
    base, run = "", ""
    for char in unicodedata.normalize("NFD", name):
        kind = unicodedata.category(char)[0]
        if kind != "M":
            base, run = char if kind == "L" else "", ""
        elif not base or char in run or len(run) == _MAX_MARKS or (char == _DOT and base in _DOTTED):
            return False
        else:
            run += char
    return True


def _prototypes(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFD", decomposed.translate(_look_alikes()))


@cache
def _taboo(reserved: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """The keys and the skeletons of names that nobody may have; what cannot be a name needs no key."""
    spellings = [spelling for name in reserved for spelling in (name, name.upper(), name.capitalize())]
    keys = set()
    for spelling in spellings:
        with suppress(ValueError):
            keys.add(fold(spelling))
    return frozenset(keys), frozenset(map(skeleton, spellings))


def _data(name: str) -> Any:
    from importlib.resources import files  # here: 3 ms, and a client judges few names

    # Read here, for the library's own reader imports urllib and the network with it (50 ms).
    return msgspec.json.decode(files("confusable_homoglyphs").joinpath(name).read_bytes())


def _script(char: str) -> str:
    """The script of a character in capitals, COMMON and INHERITED among them, or UNKNOWN."""
    starts, ranges, scripts = _scripts()
    first, last, script, _ = ranges[bisect_right(starts, ord(char)) - 1]
    return scripts[script] if first <= ord(char) <= last else "UNKNOWN"


@cache
def _scripts() -> tuple[list[int], list[list[int]], list[str]]:
    """Where each range of characters starts, the ranges with the number of their script, and its name."""
    data = _data("categories.json")
    ranges = data["code_points_ranges"]
    return [first for first, *_ in ranges], ranges, data["iso_15924_aliases"]


@cache
def _look_alikes() -> dict[int, str]:
    """Each character that looks like a prototype, and that prototype, from Unicode's confusables.

    The library's table has every pair in both directions. A prototype has many look-alikes or is longer than
    one character; where a pair is alone, either may stand for both.
    """
    pairs = {
        _bare(char): [_bare(other["c"]) for other in others]
        for char, others in _data("confusables.json").items()
    }
    table = {0x4CF: "l"}  # the Cyrillic palochka: an i in the library's Unicode 15, an l in Unicode 17
    for char, (prototype, *more) in pairs.items():
        rank = (len(pairs[prototype]), len(prototype), prototype)
        if len(char) == 1 and not more and rank > (1, 1, char):
            table.setdefault(ord(char), prototype)
    return {code: prototype.translate(table) for code, prototype in table.items()}


def _bare(text: str) -> str:
    """A character of the table without the direction marks that stand around right-to-left ones."""
    return text.strip("\u200e") or text
