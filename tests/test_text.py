"""Text: what a body may hold, and that nothing from outside drives a terminal."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wcwidth import wcwidth

from chat.errors import Code
from chat.text import (
    MAX_JOINS,
    MAX_MARKS,
    REPLACED,
    TAB,
    Kind,
    body_fault,
    emoji_fault,
    isolated,
    safe,
    topic_fault,
)

EVERYTHING = range(0x110000)
ASSIGNED = [
    *range(0x40000),
    *range(0x40000, 0xE0000, 61),
    *range(0xE0000, 0xE1000),
    *range(0xE1000, 0x110000, 61),
]
"""All characters of the planes in use, and some of the others: a fifth of everything, for what takes long."""
OTHERS = sorted(set(EVERYTHING) - set(ASSIGNED))
"""Of the planes for later and for private use, those that are not among them."""
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
ATTACHED = "\u200c\u200d\ufe0e\ufe0f\u180b\U000e0101"

UNCHANGED = {
    "ASCII": "oi, gente! <b>it's</b> 100% \\x1b[2J {} `rm -rf` $HOME",
    "Portuguese": "não é “só” ação… às 8h — R$ 10,00 ™",
    "decomposed": "na\u0303o e\u0301",
    "Russian": "Привет, как дела?",
    "Greek": "Γειά σου Κόσμε",
    "Hebrew": "שלום עולם",
    "Arabic": "السَّلَامُ عَلَيْكُمْ 123",
    "Persian": "می\u200cخواهم",
    "Hindi": "नमस्ते क्\u200dष",
    "Bengali": "র\u200d্য",
    "Thai": "สวัสดี",
    "Japanese": "こんにちは、世界！　ﾊﾟ",
    "Korean": "안녕하세요",
    "Korean, decomposed": "\u1112\u1161\u11ab",
    "Han with a selector": "葛\U000e0100",
    "Mongolian": "ᠮᠣᠩ\u180bᠭᠣᠯ",
    "emoji": "😀 🎉 ❤ ☕ ⌚",
    "emoji style": "❤\ufe0f ☕\ufe0e",
    "flag": "🇧🇷🇵🇹",
    "keycap": "1\ufe0f\u20e3 #\ufe0f\u20e3",
    "skin tone": "👍🏽",
    "family": "👨\u200d👩\u200d👧\u200d👦",
    "astronaut": "👩🏽\u200d🚀",
    "couple": "🧑🏻\u200d❤\ufe0f\u200d💋\u200d🧑🏿",
    "rainbow flag": "🏳\ufe0f\u200d🌈",
    "heart on fire": "❤\ufe0f\u200d🔥",
    "shaking head": "🙂\u200d↔\ufe0f",
    "flag of England": "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "emoji younger than Python": "\U0001fae8 \U0001f6d8\u200d\U0001fac8",
    "mathematics": "∀x∈ℝ: x²≥0",
    "private use": "\ue0b0",
    "box": "┌─┐│█▒",
}

CHANGED = {
    "clear screen": ("\x1b[2J", "␛[2J"),
    "title": ("\x1b]0;evil\x07", "␛]0;evil␇"),
    "clipboard": ("\x1b]52;c;ZXZpbA==\x1b\\", "␛]52;c;ZXZpbA==␛\\"),
    "C1 CSI": ("\x9b2J", "\ufffd2J"),
    "C1 OSC": ("\x9d0;evil\x9c", "\ufffd0;evil\ufffd"),
    "NUL, BEL, BS, CR, DEL": ("\0\a\b\r\x7f", "␀␇␈␍␡"),
    "raw text of prompt_toolkit": ("\x01\x1b[2J\x02", "␁␛[2J␂"),
    "right-to-left override": ("gpj.\u202eexe", "gpj.\ufffdexe"),
    "isolates": ("\u2066a\u2069", "\ufffda\ufffd"),
    "marks of direction": ("\u200ea\u200fb\u061c", "\ufffda\ufffdb\ufffd"),
    "separators": ("a\u2028b\u2029c", "a↵b↵c"),
    "zero-width space": ("a\u200bb", "ab"),
    "invisible operators": ("a\u2060\u2061\u2062\u2063\u2064b", "ab"),
    "byte order mark": ("\ufeffa", "a"),
    "soft hyphen": ("a\u00adb", "ab"),
    "Hangul fillers": ("\u3164a\u115f\u1160\uffa0", "a"),
    "grapheme joiner": ("a\u034fb", "ab"),
    "deprecated controls": ("\u206aa\u206f", "a"),
    "annotation": ("\ufff9a\ufffab\ufffb", "ab"),
    "lone tags": ("a\U000e0041\U000e0042\U000e007f", "a"),
    "tags on a letter": ("x\U000e0067\U000e0062\U000e0065\U000e007f", "x"),
    "an endless flag": ("🏴" + "\U000e0061" * 9 + "\U000e007f", "🏴"),
    "a flag without an end": ("🏴\U000e0067\U000e0062\U000e0065", "🏴"),
    "lone surrogate": ("a\ud800", "a\ufffd"),
    "noncharacter": ("\ufffe\U0010ffff", "\ufffd\ufffd"),
    "lone joiner": ("\u200d", ""),
    "joiner at the end": ("a\u200d", "a"),
    "joiner at a space": ("a\u200d b", "a b"),
    "joiner of digits": ("1\u200d2", "12"),
    "two joiners": ("a\u200d\u200db", "a\u200db"),
    "many joiners": (
        "👩" + "\u200d👩" * 20,
        "👩" + "\u200d👩" * MAX_JOINS + "👩" + "\u200d👩" * MAX_JOINS + "👩\u200d👩\u200d👩",
    ),
    "mark first": ("\u0301a", "a"),
    "mark after a space": ("a \u0301b", "a b"),
    "nine marks": ("a" + "\u0301" * 9, "a" + "\u0301" * MAX_MARKS),
    "4,000 marks": ("a" + "\u0301" * 4000 + "b", "a" + "\u0301" * MAX_MARKS + "b"),
    "Hangul vowels without end": ("\u1112" + "\u1161" * 100, "\u1112" + "\u1161" * MAX_MARKS),
    "selector first": ("\ufe0fa", "a"),
    "selector after a space": (" \ufe0fa", " a"),
    "two selectors": ("❤\ufe0f\ufe0f", "❤\ufe0f"),
    "selector after a mark": ("a\u0301\ufe0f", "a\u0301"),
    "selector after a joiner": ("a\u200d\ufe0fb", "a\u200db"),
}
BY_KIND = [
    ("a\tb", {Kind.NAME: "a␣b", Kind.LINE: "a b", Kind.BLOCK: "a    b"}),
    ("a\nb", {Kind.NAME: "a↵b", Kind.LINE: "a↵b", Kind.BLOCK: "a\nb"}),
    ("a b", {Kind.NAME: "a␣b", Kind.LINE: "a b", Kind.BLOCK: "a b"}),
    (
        "a\u00a0b\u3000c\u2800",
        {Kind.NAME: "a␣b␣c␣", Kind.LINE: "a\u00a0b\u3000c\u2800", Kind.BLOCK: "a\u00a0b\u3000c\u2800"},
    ),
    ("\n[10:32] <admin> oi", {Kind.NAME: "↵[10:32]␣<admin>␣oi", Kind.LINE: "↵[10:32] <admin> oi"}),
    ("a\u200db", {Kind.NAME: "ab", Kind.LINE: "a\u200db"}),
    ("❤\ufe0f", {Kind.NAME: "❤", Kind.LINE: "❤\ufe0f"}),
    (UNCHANGED["flag of England"], {Kind.NAME: "🏴"}),
    ("José.Мария-名前_1", dict.fromkeys(Kind, "José.Мария-名前_1")),
]

nasty = st.text(
    st.characters()
    | st.sampled_from(
        BIDI
        + ATTACHED
        + "\0\t\n\r\x1b\x7f\x9b\u2028\u034f\u0301\u0e31 a1é字👩🏽🏳🏴\u1161\U000e0061\U000e007f"
    ),
    max_size=40,
)
quick = settings(deadline=None, max_examples=300)


def is_control(char: str) -> bool:
    """Whether a character may never reach a terminal, besides the line feed of a block."""
    return unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or char in BIDI


@pytest.mark.parametrize("text", UNCHANGED.values(), ids=UNCHANGED)
@pytest.mark.parametrize("kind", [Kind.LINE, Kind.BLOCK])
def test_what_people_write_is_shown_as_it_is(text: str, kind: Kind) -> None:
    """Every script, every kind of emoji, also after something that has to be changed."""
    assert safe(text, kind) == text
    assert safe("\u200b" + text, kind) == text


@pytest.mark.parametrize(("text", "shown"), CHANGED.values(), ids=CHANGED)
@pytest.mark.parametrize("kind", [Kind.LINE, Kind.BLOCK])
def test_what_drives_a_terminal_is_seen_or_dropped(text: str, shown: str, kind: Kind) -> None:
    """Controls become visible, the invisible goes."""
    assert safe(text, kind) == shown


@pytest.mark.parametrize(("text", "shown"), BY_KIND)
def test_spaces_and_lines_by_kind(text: str, shown: dict[Kind, str]) -> None:
    """A name has no space, a line no end, a block keeps its lines."""
    assert {kind: safe(text, kind) for kind in shown} == shown


def test_every_character_alone() -> None:
    """One by one: no control, nothing that shows nothing or stands on what was there before, no growth."""
    for code in ASSIGNED:
        char = chr(code)
        shown = safe(char, Kind.LINE)
        assert len(shown) <= 1, hex(code)
        if shown != char:
            assert shown in ("", " ", "↵", "\ufffd") or shown == chr(0x2400 + min(code, 0x21)), hex(code)
        if shown:
            assert not is_control(shown), hex(code)
            assert wcwidth(shown) > 0, hex(code)


def test_every_other_character() -> None:
    """Those of the planes that are not in use, in one text: each is shown, but for what is no character."""
    text = "".join(map(chr, OTHERS))
    shown = "".join(REPLACED if code & 0xFFFE == 0xFFFE else chr(code) for code in OTHERS)
    assert safe(f"x{text}y", Kind.BLOCK) == f"x{shown}y"
    assert set(map(wcwidth, shown)) == {1}


@pytest.mark.parametrize("kind", Kind)
def test_every_character_between_letters(kind: Kind) -> None:
    """All of them in one text: each is shown or goes, and its neighbours stay."""
    text = "".join(f"x{chr(code)}y" for code in ASSIGNED)
    shown = safe(text, kind)
    assert len(shown) <= len(text) + TAB
    assert shown.count("x") == shown.count("y") == len(ASSIGNED) + 1
    characters = set(shown)
    assert set(filter(is_control, characters)) == ({"\n"} if kind is Kind.BLOCK else set())
    invisible = {char for char in characters if unicodedata.category(char) == "Cf" and wcwidth(char) == 0}
    assert invisible == (set() if kind is Kind.NAME else {"\u200c", "\u200d"})


def test_every_character_twice() -> None:
    """Each pair on its own line: the lines stay apart, none begins with what stands on another character."""
    lines = safe("\n".join(chr(code) * 2 for code in ASSIGNED if code != 10), Kind.BLOCK).split("\n")
    assert len(lines) == len(ASSIGNED) - 1
    assert max(map(len, lines)) == 2 * TAB
    assert not any(map(is_control, set().union(*lines)))
    assert all(wcwidth(line[0]) > 0 for line in lines if line)


@quick
@given(nasty, st.sampled_from(Kind))
def test_safe_text_stays_as_it_is(text: str, kind: Kind) -> None:
    """Once safe, always safe; bounded; without any control."""
    shown = safe(text, kind)
    assert safe(shown, kind) == shown
    assert len(shown) <= TAB * len(text)
    assert not any(is_control(char) and not (char == "\n" and kind is Kind.BLOCK) for char in shown)
    assert shown == "" or shown[0] == "\n" or wcwidth(shown[0]) > 0


@quick
@given(nasty)
def test_few_marks_on_each_character(text: str) -> None:
    """Nowhere more than eight in a row, whatever stands between them."""
    run = 0
    for char in safe(text, Kind.BLOCK):
        if wcwidth(char) == 0 or unicodedata.category(char)[0] == "M":
            run += char not in ATTACHED
        else:
            run = 0
        assert run <= MAX_MARKS


@quick
@given(st.lists(nasty.map(lambda text: text.replace("\n", "")), max_size=4))
def test_a_block_is_its_lines(lines: list[str]) -> None:
    """No line does anything to another."""
    assert safe("\n".join(lines), Kind.BLOCK) == "\n".join(safe(line, Kind.BLOCK) for line in lines)


@quick
@given(nasty)
def test_a_name_shows_all_it_has(text: str) -> None:
    """No space, no joiner, no selector: what is between two names is never part of one."""
    shown = safe(text, Kind.NAME)
    assert not any(char.isspace() or char in ATTACHED for char in shown)


def test_direction_is_kept_within_a_field() -> None:
    """A field with letters written right to left is wrapped, any other stays as it is."""
    assert isolated("ana") == "ana"
    assert isolated("ação 名前 123") == "ação 名前 123"
    for field in ("דוד", "a דוד b", "محمد", "٣"):
        assert isolated(field) == f"\u2068{field}\u2069"
        assert safe(isolated(field), Kind.LINE) == f"\ufffd{field}\ufffd"


ALLOWED = [
    "oi",
    "ação",
    "a\nb\tc",
    "\n\n  x",
    "0",
    "\u0301a",
    "😀",
    "\U0001fae8",
    "字",
    "\u202eabc\u2066",
    "\u2028x",
    "a\U000e0041",
    "x\u200b",
    "<b>%s{}\\",
    "'); DROP TABLE entry--",
    "x" * 4096,
    "é" * 2048,
    "😀" * 1024,
    "字" * 1365,
    "a" + "\u0301" * 2047,
]
EMPTY = [
    "",
    " ",
    " \n\t ",
    "\u00a0\u3000\u2003",
    "\u200b",
    "\u200b\u200d\ufeff\u2060",
    "\u0301",
    "\u0301\u0302 \u0303",
    "\ufe0f",
    "\U000e0041\U000e007f",
    "\u3164",
    "\u115f\u1160\uffa0",
    "\u2800",
    "\u034f",
    "\u00ad",
    "\u202e\u2066\u200f",
    "\u2028",
    "\u180e",
]
TOO_LONG = [
    "x" * 4097,
    "é" * 2048 + "x",
    "😀" * 4096,
    "😀" * 1025,
    "a" + "\u0301" * 4000,
    "\ud800" * 4096,
    "\0" * 5000,
]
FORBIDDEN = [chr(code) for code in range(32) if code not in (9, 10)]
FORBIDDEN += [chr(code) for code in range(0x7F, 0xA0)]
FORBIDDEN += ["\ud800", "\udbff", "\udc00", "\udfff", "\ufdd0", "\ufdef"]
FORBIDDEN += [chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)]


@pytest.mark.parametrize("body", ALLOWED, ids=ascii)
def test_a_body_may_hold_what_is_seen(body: str) -> None:
    """Up to the bound in bytes; what it may do to a screen is the reader's to prevent."""
    assert body_fault(body, 4096) is None


@pytest.mark.parametrize("body", EMPTY, ids=ascii)
def test_a_body_that_shows_nothing_is_empty(body: str) -> None:
    """Spaces, marks without a letter, and what is invisible."""
    assert body_fault(body, 4096) is Code.BODY_EMPTY


@pytest.mark.parametrize("body", TOO_LONG, ids=lambda body: f"{body[:2]!a} {len(body)}")
def test_the_length_of_a_body_is_in_bytes(body: str) -> None:
    """One byte more than the bound is too long, however few characters there are."""
    assert body_fault(body, 4096) is Code.BODY_TOO_LONG


@pytest.mark.parametrize("char", FORBIDDEN, ids=ascii)
def test_controls_are_no_message(char: str) -> None:
    """Alone and anywhere in an ASCII body or another."""
    assert [body_fault(body, 4096) for body in (char, f"a{char}b", f"é{char}", f"{char}字")] == [
        Code.BAD_MESSAGE
    ] * 4


def test_every_character_in_a_body() -> None:
    """The forbidden are exactly those; beside a letter everything else is allowed."""
    forbidden = set(FORBIDDEN) | {chr(code) for code in (*range(0xD800, 0xE000), *range(0xFDD0, 0xFDF0))}
    for code in EVERYTHING:
        expected = Code.BAD_MESSAGE if chr(code) in forbidden else None
        assert body_fault(f"x{chr(code)}", 64) is expected, hex(code)


@quick
@given(nasty, st.integers(1, 80))
def test_a_body_that_is_allowed_shows_something(body: str, bound: int) -> None:
    """It fits its bound, holds no control, and something of it is left on a screen."""
    if body_fault(body, bound) is None:
        assert len(body.encode()) <= bound
        assert safe(body, Kind.LINE).strip(" ↵") or "↵" in body


@pytest.mark.parametrize(
    ("topic", "fault"),
    [("", None), ("provas na sexta", None), ("a\nb", Code.BAD_MESSAGE), ("a\x1b[2J", Code.BAD_MESSAGE)],
)
def test_a_topic_is_one_line(topic: str, fault: Code | None) -> None:
    """A topic may be empty, and holds neither controls nor a second line."""
    assert topic_fault(topic) is fault


@pytest.mark.parametrize(
    ("emoji", "fault"),
    [
        ("👍🏽", None),
        ("ok", None),
        ("", Code.BODY_EMPTY),
        ("\u200b", Code.BODY_EMPTY),
        ("a b", Code.BAD_MESSAGE),
        ("\x1b", Code.BAD_MESSAGE),
        ("a" * 65, Code.BODY_TOO_LONG),
    ],
    ids=ascii,
)
def test_a_reaction_is_one_word_that_is_seen(emoji: str, fault: Code | None) -> None:
    """A reaction is at most 64 bytes, with no space in it, and shows something."""
    assert emoji_fault(emoji) is fault
