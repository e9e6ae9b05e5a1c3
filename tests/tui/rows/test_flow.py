"""Text in several styles, folded and cut."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat.tui.rows import cells
from chat.tui.rows.flow import clipped, folded, padded, plain

rows = st.lists(
    st.tuples(
        st.sampled_from(["", "class:a", "class:b"]), st.text(st.sampled_from("ab 好é\u0301"), max_size=20)
    ),
    max_size=6,
)


def styled(parts):
    """Each character with its style, without spaces."""
    return [(style, char) for row in parts for style, text in row for char in text if char != " "]


@given(rows, st.integers(2, 20), st.booleans())
def test_folding_keeps_styles(row, columns, words):
    """No row is too wide, and every character is there, in its style and order."""
    parts = folded(row, columns, words=words)
    assert all(cells.width(plain(part)) <= columns for part in parts)
    assert styled(parts) == styled([row])
    if not words:
        assert "".join(map(plain, parts)) == plain(row)


@given(rows, st.integers(0, 30))
@example([("", "好a")], 2)
def test_clipping_and_padding(row, columns):
    """A clipped row fits and begins as it did; a padded one fills its columns exactly, two cells or more."""
    cut = clipped(row, columns)
    assert cells.width(plain(cut)) <= columns
    if columns >= 2:
        assert cells.width(plain(padded(row, columns))) == columns
    if cells.width(plain(row)) <= columns:
        assert plain(cut) == plain(row)


@pytest.mark.parametrize(
    ("row", "columns", "words", "parts"),
    [
        ([], 5, True, [""]),
        ([("", "um dois")], 4, True, ["um", "dois"]),
        ([("", "um "), ("class:a", "dois")], 4, True, ["um", "dois"]),
        ([("", "  x = 1")], 4, False, ["  x ", "= 1"]),
        ([("", "a 你好吗")], 5, True, ["a 你", "好吗"]),
    ],
)
def test_folding(row, columns, words, parts):
    """Words stay whole, code keeps its spaces, wide letters need none."""
    assert [plain(part) for part in folded(row, columns, words=words)] == parts
