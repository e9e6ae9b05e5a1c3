"""Names: which are allowed, which are the same, and which only look the same."""

import unicodedata
from itertools import product

import pytest
from confusable_homoglyphs.confusables import confusables_data
from hypothesis import example, given, settings
from hypothesis import strategies as st
from precis_i18n import get_profile

from chat.errors import Code
from chat.names import MAX_NAME, RESERVED, BadName, Name, fold, room_name, skeleton, user_name

# fmt: off
ORDINARY = [
    "ana", "Ana", "ANA", "bob_2", "ana.b", "ana-b", "a", "x", "1", "2024", "__proto__", "constructor",
    "prototype", "toString", "_x_", "a..b", "null", "None", "José", "Conceição", "João", "ação", "Zoë",
    "Łukasz", "Dvořák", "Müller", "straße", "İbrahim", "Åse", "Ñandú", "Ngũgĩ", "Nguyễn", "ọ̀ṣun",
    "Мария", "Ольга", "їжак", "Σίγμα", "Ελένη", "Հայկ", "דוד", "محمد", "مُحَمَّد", "محمد١٢", "علی",
    "ქეთი", "አበበ",
    "名前", "田中", "さくら子", "スーパー", "ばーば", "김철수", "李小龍", "ㄅㄆ", "मीरा", "কবির", "ਹਰਜੀਤ",
    "મીના", "ଓଡ଼ିଆ", "கண்ணன்", "తెలుగు", "ಕನ್ನಡ", "മലയാളം", "සිංහල", "นภา", "ລາວ", "བོད", "မြန်မာ",
    "ខ្មែរ", "ދިވެހި",
]
# fmt: on

REFUSED = {
    "empty": "",
    "space before": " ana",
    "space after": "ana ",
    "space within": "a b",
    "only spaces": "   ",
    "at sign": "@ana",
    "hash": "#x",
    "comma": "a,b",
    "line feed": "ana\n",
    "NUL": "ana\0",
    "escape": "ana\x1b[2J",
    "DEL": "ana\x7f",
    "C1": "ana\x9b",
    "33 characters": "x" * 33,
    "33 characters, not ASCII": "é" * 33,
    "33 characters, decomposed": "e\u0301" * 33,
    "a megabyte": "x" * 2**20,
    "a megabyte of marks": "é" + "\u0301" * 2**20,
    "emoji": "😀",
    "new emoji": "\U0001fae8",
    "keycap": "1\ufe0f\u20e3",
    "flag": "🇧🇷",
    "only underscores": "___",
    "hyphen first": "-ana",
    "dot first": ".ana",
    "dot last": "ana.",
    "hyphen last": "é-",
    "only dots": "..",
    "quote": "d'ana",
    "slash": "../ana",
    "mark first": "\u0301ana",
    "mark on a digit": "1\u0301a",
    "mark on an underscore": "_\u0301a",
    "a mark twice": "a\u0323\u0323",
    "five marks": "a\u0301\u0302\u0303\u0304\u0305\u0306",
    "dot on a dotted letter": "i\u0307brahim",
    "dot on a dotted letter with another mark": "i\u0323\u0307",
    "dot on a Cyrillic i": "\u0456\u0307",
    "Cyrillic a in a Latin name": "an\u0430",
    "Latin a in a Cyrillic name": "М\u0061рия",
    "Greek omicron in a Latin name": "j\u03bfse",
    "Hangul and Latin": "김ana",
    "Kana and Hangul": "さ김",
    "Arabic mark on a Latin letter": "a\u064b",
    "Latin mark on an Arabic letter": "د\u0301",
    "a length mark in a Latin name": "ana\u30fc",
    "a length mark alone": "\u30fc",
    "Arabic digit in a Latin name": "ana\u0661",
    "two kinds of digits": "मी1२",
    "two kinds of Arabic digits": "محمد\u0661\u06f1",
    "right to left, then left to right": "דוד1a",
    "full-width": "\uff41\uff4e\uff41",
    "half-width": "\uff71",
    "ligature": "\ufb01m",
    "longer than it looks": "\ufdfa",
    "ordinal": "1\u00aa",
    "superscript": "x\u00b2",
    "roman numeral": "\u2167",
    "mathematical": "\U0001d4b6na",
    "zero-width space": "ana\u200b",
    "zero-width joiner": "ana\u200db",
    "joiner after a virama": "क्\u200dष",
    "zero-width non-joiner": "می\u200cخواهم",
    "word joiner": "ana\u2060",
    "byte order mark": "\ufeffana",
    "soft hyphen": "ana\u00ad",
    "Hangul filler": "ana\u3164",
    "Hangul filler alone": "\u3164",
    "Hangul lead filler": "\u115f",
    "half-width filler": "\uffa0",
    "blank Braille": "ana\u2800",
    "grapheme joiner": "ana\u034f",
    "variation selector": "ana\ufe0f",
    "supplementary selector": "名\U000e0101",
    "Khmer inherent vowel": "ក\u17b4",
    "tag": "ana\U000e0041",
    "right-to-left override": "\u202eabc",
    "isolate": "\u2066abc",
    "Arabic letter mark": "ana\u061c",
    "line separator": "ana\u2028",
    "no-break space": "ana\u00a0b",
    "ideographic space": "名\u3000前",
    "middle dot": "gal·la",
    "katakana middle dot": "ア・ア",
    "okina": "Hawai\u02bbi",
    "tatweel": "محـمد",
    "private use": "\ue000",
    "unassigned": "ana\u0378",
    "noncharacter": "ana\ufffe",
    "lone surrogate": "ana\ud800",
    "Cherokee": "\u13aa\u13b3",
    "Lisu": "\ua4d0\ua4ee",
    "Coptic": "\u2c9f\u2c9f",
    "Runic": "\u16a0\u16a2",
    "old Hangul": "\u1112\u119e",
}

LATIN_NAMES = [
    "ana",
    "joao",
    "pedro",
    "luisa",
    "maria",
    "carlos",
    "helena",
    "rafaela",
    "vasco",
    "xavier",
    "bianca",
]
quick = settings(deadline=None, max_examples=200)
letters = st.characters(exclude_categories=["C", "Z", "S", "P"]) | st.sampled_from("abIil1O0-_.éşßİıſςК")
plausible = st.text(letters, min_size=1, max_size=12)


def allowed(raw: str) -> Name | None:
    """The name, or None if it is refused; nothing else may happen."""
    try:
        return user_name(raw)
    except BadName as error:
        return None if error.code is Code.BAD_NAME else pytest.fail(f"code {error.code}")


@pytest.mark.parametrize("raw", ORDINARY)
def test_ordinary_names_are_allowed(raw: str) -> None:
    """Names as people have them, in the scripts of everyday use; shown as they were typed."""
    name = user_name(raw)
    assert name.shown == unicodedata.normalize("NFC", raw)
    assert name.key == fold(raw)
    assert room_name("#" + raw) == Name("#" + name.shown, "#" + name.key, "#" + name.skeleton)


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED)
def test_what_is_no_name_is_refused(raw: str) -> None:
    """For a user with one code, for a room with the other."""
    with pytest.raises(BadName) as user:
        user_name(raw)
    with pytest.raises(BadName) as room:
        room_name("#" + raw)
    assert (user.value.code, room.value.code) == (Code.BAD_NAME, Code.BAD_ROOM)


@pytest.mark.parametrize(
    "raw", ["", "#", "geral", "@geral", " #geral", "##geral", "#a,#b", "#\u202eabc", "\uff03x"]
)
def test_a_room_begins_with_one_hash(raw: str) -> None:
    """And then there is a name."""
    with pytest.raises(BadName) as raised:
        room_name(raw)
    assert raised.value.code is Code.BAD_ROOM


def test_32_characters_are_allowed() -> None:
    """Counted in NFC, without the hash of a room; 33 are not."""
    assert len(user_name("x" * MAX_NAME).shown) == MAX_NAME
    assert len(room_name("#" + "x" * MAX_NAME).shown) == MAX_NAME + 1
    assert len(user_name("e\u0301" * MAX_NAME).shown) == MAX_NAME


def test_the_length_counts_after_folding_too() -> None:
    """A dotted capital I folds to two characters: 16 of them fill a name, 17 are too long."""
    assert len(user_name("İ" * 16).key) == 32
    assert allowed("İ" * 17) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ana", "ANA"),
        ("José", "JOSÉ"),
        ("José", "Jose\u0301"),
        ("Мария", "МАРИЯ"),
        ("Łukasz", "łUKASZ"),
        ("\u212a", "k"),  # Kelvin
        ("\u212bse", "åse"),  # Angstrom
        ("\u2126", "ω"),  # Ohm
        ("ᾈ", "ᾀ"),
    ],
)
def test_the_same_name(one: str, other: str) -> None:
    """Case and the way a letter is composed make no other name."""
    assert fold(unicodedata.normalize("NFC", one)) == fold(other)
    first, second = allowed(one), allowed(other)
    assert first is None or second is None or first.key == second.key


@pytest.mark.parametrize(
    ("one", "other"), [("ana", "aná"), ("ana", "ana1"), ("straße", "strase"), ("Σίγμα", "σίγμα1")]
)
def test_another_name(one: str, other: str) -> None:
    """An accent or a digit more is somebody else, and does not look the same either."""
    first, second = user_name(one), user_name(other)
    assert first.key != second.key
    assert first.skeleton != second.skeleton


def test_how_the_hard_letters_fold() -> None:
    """As documented: PRECIS lowers, it does not casefold; look-alikes are left to the skeleton."""
    assert fold("straße") == "straße"
    assert fold("STRASSE") == "strasse"
    assert user_name("straße").skeleton == user_name("STRASSE").skeleton
    assert fold("İ") == "i\u0307"
    assert fold("ı") == "ı"
    assert user_name("ılker").skeleton == user_name("ilker").skeleton
    with pytest.raises(ValueError, match="has_compat"):
        fold("\ufdfa")


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_nobody_speaks_as_the_server(name: str) -> None:
    """Reserved names are refused in any case, and in letters that look the same."""
    spellings = [name, name.upper(), name.title(), name.replace("m", "rn"), name.replace("i", "\u0131")]
    spellings += [name.upper().replace("I", "l"), name.upper().replace("O", "0")]
    assert [allowed(spelling) for spelling in spellings] == [None] * len(spellings)
    assert room_name("#" + name).key == "#" + name
    assert user_name(name + "x").key == name + "x"


def test_the_caller_reserves_more() -> None:
    """The server's own name, whatever it looks like; the others stay reserved and everybody else is free."""
    more = frozenset({"praça", "Chat da Ana"})
    for raw in ("praça", "PRAÇA", "prac\u0327a", "admin"):
        with pytest.raises(BadName):
            user_name(raw, more)
    assert user_name("praça").key == "praça"
    assert user_name("ana", more).key == "ana"


def test_names_of_objects_are_plain_data() -> None:
    """What means something to some language means nothing here."""
    for raw in ("constructor", "__proto__", "__class__", "NaN", "null", "DROP", "self"):
        assert user_name(raw).shown == raw


KNOWN_PAIRS = [
    ("paypal", "раураӏ"),
    ("scope", "ѕсоре"),
    ("cop", "сор"),
    ("COP", "сор"),
    ("cop", "СОР"),
    ("exo", "ехо"),
    ("ana1", "anal"),
    ("ana1", "anaI"),
    ("jo0", "joO"),
    ("maria", "rnaria"),
    ("Maria", "MarIa".replace("I", "ı")),
    ("ocean", "осеаn"),
    ("evan", "\u0435van"),
    ("app1e", "apple"),
    ("hex", "һех"),
    ("NATO", "\u039d\u0391\u03a4\u039f"),
    ("BEK", "ВЕК"),
    ("ooo", "ооо"),
    ("ooo", "οοο"),
    ("ooo", "օօօ"),
]


@pytest.mark.parametrize(("honest", "forged"), KNOWN_PAIRS)
def test_known_forgeries(honest: str, forged: str) -> None:
    """Pairs from the literature: a second one is refused, or found by its skeleton."""
    forgery = allowed(forged)
    assert forgery is None or forgery.skeleton == user_name(honest).skeleton


def forgeries() -> list[tuple[str, str]]:
    """Latin names with one letter, and with all letters, replaced by each look-alike that Unicode lists."""
    pairs = []
    for name in LATIN_NAMES:
        for letter in sorted(set(name)):
            for entry in confusables_data.get(letter, []):
                forged = entry["c"].strip("\u200e")
                if unicodedata.is_normalized(
                    "NFD", forged
                ):  # the standard's skeleton looks at decomposed text
                    pairs.append((name, name.replace(letter, forged)))
    for script in ("CYRILLIC", "GREEK", "ARMENIAN", "LATIN"):
        for name in LATIN_NAMES:
            alike = {letter: _alike(letter, script) for letter in name}
            pairs.append((name, "".join(alike[letter] for letter in name)))
    return pairs


def _alike(letter: str, script: str) -> str:
    """The first look-alike of a letter in a script, or the letter itself."""
    listed = [entry["c"] for entry in confusables_data.get(letter, [])]
    return next((char for char in listed if unicodedata.name(char[:1], "").startswith(script)), letter)


def test_every_forgery_of_unicodes_table_is_found() -> None:
    """All of more than 500 pairs are refused or share the skeleton of the name they forge."""
    pairs = forgeries()
    assert len(pairs) > 500
    missed = [
        (honest, forged)
        for honest, forged in pairs
        if (name := allowed(forged)) is not None and name.skeleton != user_name(honest).skeleton
    ]
    assert missed == []
    caught = [
        forged for honest, forged in pairs if (name := allowed(forged)) and name.key != user_name(honest).key
    ]
    assert len(caught) > 20  # single-script forgeries, which only the skeleton finds


def test_one_script_is_not_enough_and_the_skeleton_is() -> None:
    """Each pair of distinct letters of one script that Unicode calls confusable has one skeleton."""
    alphabets = (
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
        "абвгдежзийклмнопрстуфхцчшщъыьэюяіјѕҽӏ",
    )
    for alphabet in alphabets:
        for one, other in product(alphabet, repeat=2):
            listed = [entry["c"] for entry in confusables_data.get(one, [])]
            if other in listed:
                assert skeleton(one) == skeleton(other), (one, other)


def test_ascii_is_judged_as_everything_else_is() -> None:
    """The quick way for ASCII folds as PRECIS does."""
    profile = get_profile("UsernameCaseMapped")
    for first, last in product("aZ09_-.", repeat=2):
        for raw in (first, first + last, f"{first}x-.y{last}"):
            name = allowed(raw)
            if name is not None:
                assert (name.shown, name.key) == (raw, profile.enforce(raw))
            assert (name is None) == (first in "-." or raw[-1] in "-." or not any(map(str.isalnum, raw)))


def test_every_character_alone() -> None:
    """Of all characters only letters and digits are names by themselves, and none of them is invisible."""
    seen = set()
    for code in range(0x110000):
        char = chr(code)
        category = unicodedata.category(char)
        if category in ("Cn", "Co", "Cs") and code % 101:
            continue  # a million characters of no use; a hundredth of them will do
        if allowed(char) is not None:
            assert unicodedata.is_normalized("NFKC", unicodedata.normalize("NFC", char)), hex(code)
            seen.add(category)
    assert seen == {"Lu", "Ll", "Lt", "Lo", "Lm", "Nd"}


@quick
@given(plausible)
@example("İ")
@example("ﬃ")
@example("ẞß")
@example("ΑΣ")
def test_folding_is_idempotent(raw: str) -> None:
    """And what is allowed is allowed again as it is shown, as the same name."""
    name = allowed(raw)
    if name is not None:
        assert fold(name.key) == name.key
        assert user_name(name.shown) == name
        assert 1 <= len(name.shown) <= MAX_NAME
        assert 1 <= len(name.key) <= MAX_NAME


@quick
@given(st.text(max_size=40) | plausible)
def test_whatever_is_typed_is_a_name_or_refused(raw: str) -> None:
    """No other exception, and a name holds nothing but letters, marks, digits and three signs."""
    name = allowed(raw)
    if name is not None:
        kinds = {"sign" if char in "-_." else unicodedata.category(char) for char in name.shown}
        assert kinds <= {"sign", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Nd"}
        assert unicodedata.normalize("NFKC", name.shown) == name.shown
