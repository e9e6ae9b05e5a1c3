"""Widths, cuts and folds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.utils import get_cwidth

from chat.tui.rows import cells

shown = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=60)


@given(shown)
def test_width_is_the_renderers(text):
    """What we count is what prompt_toolkit will draw, for any text."""
    assert cells.width(text) == get_cwidth(text)


@given(shown, st.integers(0, 30))
def test_clip_fits(text, columns):
    """A clipped text never takes more than its columns, and one that fits is left alone."""
    cut = cells.clip(text, columns)
    assert cells.width(cut) <= columns
    assert cut == text or cells.width(text) > columns


@given(shown, st.integers(2, 30))
def test_pad_fills(text, columns):
    """A padded text takes exactly its columns."""
    assert cells.width(cells.pad(text, columns)) == columns


@given(st.text(st.sampled_from("ab 好é\n\u0301"), max_size=80), st.integers(2, 12))
def test_fold_keeps_everything(text, columns):
    """No line is too wide, and nothing but the spaces at the breaks is lost."""
    lines = cells.fold(text, columns)
    assert all(cells.width(line) <= columns for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "").replace("\n", "")


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        ("\u0301 aa好", 3, ["\u0301 aa", "好"]),
        ("", 5, [""]),
        ("oi, gente", 20, ["oi, gente"]),
        ("oi, gente", 5, ["oi,", "gente"]),
        ("oi, gente", 3, ["oi,", "gen", "te"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("a\n\nb", 3, ["a", "", "b"]),
        ("  um dois", 6, ["  um", "dois"]),
        ("你好吗", 4, ["你好", "吗"]),
        ("你好吗", 5, ["你好", "吗"]),
    ],
)
def test_fold(text, columns, lines):
    """Words stay whole where they can, long ones are cut, line breaks are kept."""
    assert list(cells.fold(text, columns)) == lines
