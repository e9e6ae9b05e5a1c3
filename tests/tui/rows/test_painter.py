"""What begins with an item: days, news, authors, numbers."""

from datetime import UTC

from chat.client.state import Line
from chat.tui.desk.view import Anchor, Note
from chat.tui.rows import render
from tests.tui.sheets import DAY, MINUTE, NOON, picture, said, seen


def test_groups():
    """An author is named once for what is said in one breath, and anew after a note, a day, another."""
    lines = [
        said(1, "um"),
        said(2, "dois", ts=NOON + MINUTE),
        said(3, "três", sender="caio"),
        said(4, "4", ts=NOON),
    ]
    state, view = seen(*lines, notes=[Note("olhe", NOON, 1)])
    assert picture(state, view)[1:] == [
        "12:00 bia: um",
        "12:00 * olhe",
        "12:01 bia: dois",
        "12:00 caio: três",
        "12:00 bia: 4",
    ]
    state, view = seen(*(said(id, f"{id}", ts=NOON + id * MINUTE) for id in range(1, 9)))
    rows = picture(state, view)[1:]
    assert rows == ["12:01 bia: 1", *(f"    · {id}" for id in range(2, 9))]


def test_the_first_in_a_window_is_named():
    """Whoever spoke before, the first line that is seen says whose it is."""
    state, view = seen(*(said(id, f"{id}") for id in range(1, 40)))
    rows = picture(state, view, height=5)
    assert rows == ["12:00 bia: 35", *(f"    · {id}" for id in range(36, 40))]
    view.anchor = Anchor(state.talks["#geral"].lines[20])
    assert picture(state, view, height=5)[0] == "12:00 bia: 18"


def test_where_reading_stopped():
    """Before the first line that is newer than the last one read stands a line; notes do not count."""
    lines = [said(id, f"{id}", ts=NOON + id * MINUTE) for id in (3, 5, 7)]
    state, view = seen(*lines, notes=[Note("olhe", NOON, 3)])
    for mark, row in ((None, None), (2, 1), (3, 3), (4, 3), (5, 4), (7, None)):
        view.mark = mark
        rows = picture(state, view)
        assert [place for place, text in enumerate(rows) if " novas " in text] == (
            [] if row is None else [row]
        ), mark


def test_a_damaged_line_has_no_day():
    """What was damaged has no time: it begins no day, and the next line does not begin its own again."""
    broken = Line("", "", "", 0, "", id=2, damaged=True)
    state, view = seen(said(1, "um"), broken, said(3, "dois"), said(4, "três", ts=NOON + DAY))
    assert ["novembro" in row for row in picture(state, view, width=70)] == [
        True,
        False,
        False,
        False,
        True,
        False,
    ]


def test_counting():
    """Lines are counted upwards from one, notes are not; what came later, or has no id, has no number."""
    pending = Line("p", "#geral", "ana", NOON, "espera")
    state, view = seen(
        said(1, "a"), said(2, "b"), said(3, "c"), said(4, "d"), pending, notes=[Note("olhe", NOON, 2)]
    )
    view.counted = 3
    assert [row[:6].strip() for row in picture(state, view)[1:]] == ["3", "2", "12:00", "1", "", ""]


def test_what_is_under_the_mouse():
    """Each row belongs to the item that is drawn in it, wherever one has scrolled to."""
    lines = [said(id, f"linha {id}\nainda", ts=NOON + id * 6 * MINUTE) for id in range(1, 9)]
    state, view = seen(*lines)
    for anchor in (None, Anchor(lines[5], 1)):
        view.anchor = anchor
        rows, _ = render.messages(state, view, 40, 6, UTC)
        for y, row in enumerate(rows[:5]):
            item = render.item_at(state, view, y, (40, 6), UTC)
            text = "".join(text for _, text in row)
            assert item.body.split("\n")["ainda" in text] in text
    assert render.item_at(*seen(), 3, (40, 6), UTC) is None
    assert render.item_at(*seen(said(1, "oi")), 0, (40, 6), UTC) is None


def test_showing_a_line():
    """The window moves as little as it must for an item to be seen; one that is seen moves nothing."""
    lines = [said(id, f"linha {id}", ts=NOON + id * 6 * MINUTE) for id in range(1, 40)]
    state, view = seen(*lines)
    size = (40, 6)
    for wanted in (38, 20, 21, 24, 25, 10, 0, 38):
        view.anchor = render.revealed(state, view, lines[wanted], size, UTC)
        assert any(row.endswith(f"linha {wanted + 1}") for row in picture(state, view, height=6)), wanted
        assert render.revealed(state, view, lines[wanted], size, UTC) == view.anchor
    assert view.anchor is None
    assert render.revealed(state, view, said(99, "sumiu"), size, UTC) is None
