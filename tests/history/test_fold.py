"""What became of a message follows from the changes alone, in one pass or in several."""

from collections.abc import Iterable

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chat.history.base import SAID, Entry, Fold, Kind
from chat.history.fold import Folding, folding, text
from chat.history.fold import folded as folded_from

_kinds = st.sampled_from(list(Kind))
_names = st.sampled_from(["ana", "bia", "caio"])
_changes = st.lists(st.tuples(_kinds, _names, st.sampled_from(["👍", "🎂", "texto"])), max_size=20)


def entry(id: int, kind: Kind = Kind.MESSAGE, sender: str = "ana", body: str = "", author: str = "") -> Entry:
    target = None if kind in SAID else 1
    return Entry(id, "#a", "", str(id), "#a", sender, 0, body, (), author, kind, target)


def changes(*made: tuple[Kind, str, str]) -> list[Entry]:
    """Changes of the message 1, by their names."""
    return [entry(id, kind, name, body) for id, (kind, name, body) in enumerate(made, 2)]


def folded(said: Entry, made: Iterable[Entry]) -> Entry:
    """An entry, as far as it is folded, with further changes."""
    return folded_from(said, folding(said.fold) if said.fold else None, made)


SAID_ONCE = entry(1, body="oi")


def test_nothing_changed() -> None:
    """What nothing changed has no fold, and says what it said."""
    assert folded(SAID_ONCE, []) == SAID_ONCE
    assert text(SAID_ONCE) == "oi"


def test_the_last_edit_counts() -> None:
    """The body is that of the last edit; the first one is kept beside it."""
    now = folded(SAID_ONCE, changes((Kind.EDIT, "ana", "olá"), (Kind.EDIT, "ana", "olá!")))
    assert (now.fold, now.body, text(now)) == (Fold(3, "olá!"), "oi", "olá!")


def test_deleted_is_said_no_more() -> None:
    """A deletion takes all: body, edits, reactions, and what comes after it."""
    made = changes((Kind.EDIT, "ana", "x"), (Kind.REACT, "bia", "👍"), (Kind.DELETE, "ana", ""))
    for more in ([], changes((Kind.EDIT, "ana", "y"), (Kind.REACT, "bia", "👍"))):
        now = folded(SAID_ONCE, made + [replace(one, id=one.id + 9) for one in more])
        assert now.fold is not None
        assert now.fold == Fold(now.fold.version, deleted=True)
        assert (now.body, text(now)) == ("", "")


def test_reactions() -> None:
    """Each person stands once with each emoji, in the order in which they came; nobody left, no emoji."""
    up, cake = "👍", "🎂"
    made = [
        (Kind.REACT, "ana", up),
        (Kind.REACT, "bia", cake),
        (Kind.REACT, "bia", up),
        (Kind.REACT, "ana", up),
        (Kind.UNREACT, "bia", cake),
        (Kind.UNREACT, "caio", up),
    ]
    now = folded(SAID_ONCE, changes(*made))
    assert now.fold == Fold(7, reactions={up: ["bia", "ana"]})
    assert text(now) == "oi"


def test_two_of_one_name() -> None:
    """Who reacted is an identity: another one of the same name takes nothing back."""
    made = [
        entry(2, Kind.REACT, "ana", "👍", author="first"),
        entry(3, Kind.UNREACT, "ana", "👍", author="second"),
        entry(4, Kind.REACT, "Ana", "👍", author="first"),
    ]
    now = folded(SAID_ONCE, made)
    assert now.fold == Fold(4, reactions={"👍": ["Ana"]})


def test_those_who_are_not_named() -> None:
    """Somebody whose name is not known is one of those who are only counted."""
    start = replace(SAID_ONCE, fold=Fold(5, reactions={"👍": ["ana"], "🎂": []}, unnamed={"👍": 1, "🎂": 1}))
    made = [
        entry(6, Kind.UNREACT, "zoe", "👍"),
        entry(7, Kind.UNREACT, "ana", "👍"),
        entry(8, Kind.UNREACT, "ana", "👍"),
        entry(9, Kind.REACT, "bia", "🎂"),
    ]
    assert folded(start, made[:1]).fold == Fold(6, reactions={"👍": ["ana"], "🎂": []}, unnamed={"🎂": 1})
    assert folded(start, made).fold == Fold(9, reactions={"🎂": ["bia"]}, unnamed={"🎂": 1})


def test_damage() -> None:
    """A damaged change is left out unless it is a deletion; what is damaged itself stays as it is."""
    broken = [replace(one, damaged=True) for one in changes((Kind.EDIT, "ana", ""), (Kind.DELETE, "ana", ""))]
    assert folded(SAID_ONCE, broken[:1]) == SAID_ONCE
    assert folded(SAID_ONCE, broken).fold == Fold(3, deleted=True)
    damaged = replace(SAID_ONCE, body="", damaged=True)
    assert folded(damaged, changes((Kind.EDIT, "ana", "x"))) == damaged


def test_a_change_is_not_changed() -> None:
    """Only what was said has a fold."""
    edit = entry(2, Kind.EDIT, body="x")
    assert folded(edit, changes((Kind.EDIT, "ana", "y"))) == edit


@given(_changes, st.integers(0, 20))
def test_in_one_pass_or_two(made: list[tuple[Kind, str, str]], cut: int) -> None:
    """Folding the rest into what is folded gives the same as folding all, also when that was kept as text."""
    every = changes(*made)
    whole = folded(SAID_ONCE, every)
    assert folded(folded(SAID_ONCE, every[:cut]), every) == whole
    assert folded(whole, every) == whole
    known = Folding()
    for change in every[:cut]:
        known.take(change)
    kept = msgspec.json.decode(msgspec.json.encode(known), type=Folding)
    assert folded_from(SAID_ONCE, kept, every[cut:]) == whole
    names = [list((one.fold or Fold(0)).reactions) for one in (whole, folded_from(SAID_ONCE, kept, every))]
    assert names[0] == names[1]
