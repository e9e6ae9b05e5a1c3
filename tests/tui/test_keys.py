"""The table of keys: everything in it is real."""

import pytest
from prompt_toolkit.key_binding.key_bindings import _parse_key
from prompt_toolkit.keys import ALL_KEYS

from chat.tui.app import Screen
from chat.tui.keys import KEYS, key_lines
from chat.tui.stage import Stage


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.action)
def test_each_action_exists(key):
    """Each action is something that the screen or the stage does."""
    assert callable(getattr(Screen, key.action, None) or getattr(Stage, key.action))


def test_no_key_twice():
    """Each key starts one action only, and is one that terminals send."""
    names = [keys for key in KEYS for keys in key.keys]
    assert len(names) == len(set(names))
    pressed = [_parse_key(name) for keys in names for name in keys.split()]
    assert all(len(name) == 1 or name in ALL_KEYS for name in pressed)


def test_help_has_them_all():
    """The help names each key with what it does."""
    assert key_lines()[0] == "Enter — envia o que está escrito"
    assert len(key_lines()) == len(KEYS)
