"""The table of keys: everything in it is real, and a person may wish for other keys."""

import pytest
from prompt_toolkit.keys import ALL_KEYS

from chat import words
from chat.tui.desk.keys import KEYS, Mode, Unbound, bound, key_lines, pressed, shown
from chat.tui.screen.app import Screen
from chat.tui.screen.composer import Composer
from chat.tui.screen.lists import Lists
from chat.tui.screen.moving import Moving
from chat.tui.screen.selection import Selection
from chat.tui.screen.stage import Stage

PARTS = (Stage, Composer, Selection, Lists, Moving, Screen)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.action)
def test_each_action_exists(key):
    """Each action is something that one part of the screen does, and no other."""
    assert len([part for part in PARTS if callable(getattr(part, key.action, None))]) >= 1


def test_no_key_twice():
    """In each mode each key starts one action only, and is one that terminals send."""
    starts = [(pressed(keys), mode) for key in KEYS for keys in key.keys for mode in key.modes]
    assert len(starts) == len(set(starts))
    assert all(len(name) == 1 or name in ALL_KEYS for names, _ in starts for name in names)


def test_every_mode_can_be_left():
    """In each mode a key goes back, and Ctrl-C does so too."""
    for mode in Mode:
        actions = {key.action for key in KEYS if mode in key.modes}
        assert "interrupt" in actions
        assert actions & {"cancel", "unselect", "shut", "no"}


@pytest.mark.parametrize(
    ("wish", "names"),
    [
        ("Enter", ("c-m",)),
        ("Tab", ("c-i",)),
        ("Shift-Tab", ("s-tab",)),
        ("Ctrl-K", ("c-k",)),
        ("ctrl-end", ("c-end",)),
        ("Alt-Enter", ("escape", "c-m")),
        ("Alt-A", ("escape", "a")),
        ("Ctrl-X Ctrl-E", ("c-x", "c-e")),
        ("Ctrl-Shift-Up", ("c-s-up",)),
        ("PgUp", ("pageup",)),
        ("F12", ("f12",)),
        ("k", ("k",)),
        ("K", ("K",)),
        ("+", ("+",)),
        ("Space", (" ",)),
    ],
)
def test_names_of_keys(wish, names):
    """Keys are written as people call them."""
    assert pressed(wish) == names


@pytest.mark.parametrize("wish", ["", " ", "Ctrl-", "Ctrl-Ñ", "Hyper-X", "F25", "Ctrl-Enterprise"])
def test_no_such_key(wish):
    """What no terminal sends is refused."""
    with pytest.raises(Unbound):
        pressed(wish)


def test_wishes():
    """A key that is wished for is taken from the action that had it, where both can be done."""
    keys, refused = bound({"switch": ["Ctrl-F", "Alt-K"], "search": ["Alt-F"]})
    assert refused == []
    assert [key.keys for key in keys if key.action in ("switch", "search")] == [
        ("Ctrl-F", "Alt-K"),
        ("Alt-F",),
    ]
    keys, refused = bound({"next_talk": ["Up"]})
    assert refused == []
    held = {key.action: key.keys for key in keys}
    assert (held["up"], held["select_up"], held["list_up"]) == ((), ("k",), ("Up", "Ctrl-P"))


def test_vain_wishes():
    """Wishes for nothing that there is are named, with the reason, and the others count."""
    keys, refused = bound({"switch": ["Ctrl-Ñ", "F5"], "fly": ["F6"], "search": ["F5"]})
    assert [(problem.wish, problem.reason) for problem in refused] == [
        ("Ctrl-Ñ", "no terminal has that key"),
        ("F5", "another action has that key already"),
        ("fly", "there is no such action"),
    ]
    assert shown(keys, "switch") == "F5"
    assert shown(keys, "search") == ""


def test_help_has_them_all():
    """The help names each key with what it does, in both languages; one without a key is left out."""
    assert key_lines()[0] == "Enter — envia o que está escrito"
    assert len(key_lines()) == len(KEYS)
    words.use(words.ENGLISH)
    assert key_lines()[0] == "Enter — send what is written"
    assert len(key_lines(bound({"help": []})[0])) == len(KEYS) - 1
