"""What a user or a room may be called, and when two names are the same or look the same. Sans-I/O.

The alphabet is letters, marks and digits of one script, and `-_.`; the rules are those of PRECIS (RFC 8265)
and of UTS #39. Letters that only a compatibility form tells apart (fullwidth, ligatures) are no letters here.
"""

import re
import unicodedata
from functools import cache, lru_cache

from confusable_homoglyphs import categories, utils
from msgspec import Struct
from precis_i18n import get_profile

from chat.errors import Code, Refused

MAX_NAME = 32
"""Longest name in characters, without a room's `#`; typed and folded."""

RESERVED = frozenset({"server", "servidor", "system", "sistema", "admin", "administrator", "administrador"})
"""Names that would let a user speak as the server itself; nobody has them, nor one that looks like them."""

_ASCII = re.compile(r"(?=.*[A-Za-z0-9])[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")
_MAX_RAW = 4 * MAX_NAME  # typed decomposed a letter has up to four code points; more is not looked at
_MAX_MARKS = 4  # in a row: UTS #39, 5.4
_DOT, _DOTTED = "\u0307", frozenset("ijįɨʝỉịјі")  # a dot above these changes nothing: Soft_Dotted
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

    Raises UnicodeEncodeError for what PRECIS forbids in names.
    """
    if name.isascii():
        return name.lower()
    profile = get_profile("UsernameCaseMapped")
    folded: str = profile.enforce(name)
    while folded != name:  # RFC 8265 warns that one pass may not be enough
        name, folded = folded, profile.enforce(folded)
    return folded


def skeleton(name: str) -> str:
    """What a name looks like, in any case of its letters: UTS #39's skeleton, folded, and again.

    Coarser than the standard's, which lets COP and a Cyrillic word that looks like cop stand side by side.
    """
    return _prototypes(_prototypes(name).casefold())


def _judged(raw: str, code: Code) -> Name:
    try:
        shown = raw if raw.isascii() else _composed(raw)
        key = fold(shown)
    except ValueError as error:
        raise BadName(code) from error
    allowed = _ASCII.fullmatch(shown) if shown.isascii() else _allowed(shown)
    if not allowed or max(len(shown), len(key)) > MAX_NAME:
        raise BadName(code)
    return Name(shown, key, skeleton(shown))


def _composed(raw: str) -> str:
    shown = unicodedata.normalize("NFC", raw[: _MAX_RAW + 1])
    if len(raw) > _MAX_RAW or not unicodedata.is_normalized("NFKC", shown):
        raise ValueError("not in its plain form")
    return shown


def _allowed(name: str) -> bool:
    """Whether a name that PRECIS allows has our alphabet, one script, and marks where marks belong."""
    kinds = [unicodedata.category(char) for char in name]
    alphabet = all(
        kind[0] in "LM" or kind == "Nd" or char in "-_." for kind, char in zip(kinds, name, strict=True)
    )
    ends = kinds[0][0] != "M" and name[0] not in "-." and name[-1] not in "-."
    zeros = {
        ord(char) - unicodedata.decimal(char) for char, kind in zip(name, kinds, strict=True) if kind == "Nd"
    }
    return alphabet and ends and len(zeros) <= 1 and _one_script(name) and _marks_in_place(name, kinds)


def _one_script(name: str) -> bool:
    """Whether one writing system has all letters and marks of a name (`0` to `9` are everyone's)."""
    scripts = set()
    lent = []
    for char in name:
        if char in "0123456789-_.":
            continue
        shared = [owners for first, last, owners in _SHARED if first <= char <= last]
        if shared:
            lent += shared
        else:
            scripts.add(categories.alias(char))
    one = len(scripts) == 1 or any(scripts <= together for together in _TOGETHER)
    return one and scripts <= _SCRIPTS and all(scripts & owners for owners in lent)


def _marks_in_place(name: str, kinds: list[str]) -> bool:
    """Whether each mark follows a letter, few in a row, none twice, and no dot a dotted one."""
    base, run = "", ""
    for char, kind in zip(name, kinds, strict=True):
        if kind[0] != "M":
            base, run = char if kind[0] == "L" else "", ""
        elif not base or char in run or len(run) == _MAX_MARKS or (char == _DOT and base in _DOTTED):
            return False
        else:
            run += char
    return True


def _prototypes(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFD", decomposed.translate(_look_alikes()))


@cache
def _look_alikes() -> dict[int, str]:
    """Each character that looks like a prototype, and that prototype, from Unicode's confusables.

    The library's table has every pair in both directions. A prototype has many look-alikes or is longer than
    one character; where a pair is alone, either may stand for both.
    """
    raw: dict[str, list[dict[str, str]]] = utils.load("confusables.json")
    pairs = {_bare(char): [_bare(other["c"]) for other in others] for char, others in raw.items()}
    return {
        ord(char): others[0]
        for char, others in pairs.items()
        if len(char) == 1 and len(others) == 1 and (len(pairs[others[0]]), others[0]) > (1, char)
    }


def _bare(text: str) -> str:
    """A character of the table without the direction marks that its file shows right-to-left ones with."""
    return text.strip("\u200e") or text


@cache
def _taboo(reserved: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """The keys and the skeletons of names that nobody may have."""
    spellings = [spelling for name in reserved for spelling in (name, name.upper(), name.capitalize())]
    return frozenset(map(fold, spellings)), frozenset(map(skeleton, spellings))
