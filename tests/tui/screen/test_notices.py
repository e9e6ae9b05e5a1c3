"""The sequences that make a terminal show a notice on the desktop."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.tui.screen.notices import LONGEST, number, sequence


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({"TERM": "xterm-kitty"}, "99"),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, "99"),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, "777"),
        ({"TERM": "rxvt-unicode"}, "777"),
        ({"TERM": "foot"}, "777"),
        ({"TERM_PROGRAM": "WezTerm"}, "777"),
        ({"TERM_PROGRAM": "iTerm.app"}, "9"),
        ({}, "9"),
    ],
)
def test_which_sequence(environ, wanted):
    """Each terminal gets the one that it knows."""
    assert number(environ) == wanted


def test_sequences():
    """Title and text stand where the terminal looks for them."""
    assert sequence("9", "#geral bia", "oi") == "\x1b]9;chat: #geral bia: oi\x1b\\"
    assert sequence("777", "bia", "oi; tchau") == "\x1b]777;notify;bia;oi, tchau\x1b\\"
    assert sequence("99", "bia", "oi") == "\x1b]99;i=chat:d=0;bia\x1b\\\x1b]99;i=chat:d=1:p=body;oi\x1b\\"


@given(st.sampled_from(["9", "777", "99"]), st.text(), st.text())
def test_no_text_ends_a_sequence(wanted, title, text):
    """Whatever a message holds, the sequence goes on to its own end and has its own length."""
    made = sequence(wanted, title, text)
    controls = [char for char in made if ord(char) < 32 or 127 <= ord(char) < 160]
    assert controls == ["\x1b"] * (4 if wanted == "99" else 2)
    assert len(made) < 40 + 9 * 2 * LONGEST
