"""What is told between the lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.tui.desk.view import Crowd, Note, View
from chat.tui.rows import cells
from chat.tui.rows.flow import plain
from chat.tui.rows.notes import crowd, note_rows
from tests.tui.sheets import NOON, picture, said, seen, sheet


@pytest.mark.parametrize(
    ("people", "room", "told"),
    [
        (Crowd(came=("bia",)), 40, "bia entrou"),
        (Crowd(came=("bia", "caio"), went=("zé",)), 40, "bia e caio entraram, zé saiu"),
        (Crowd(came=("a1", "b1", "c1"), went=("d1", "e1")), 40, "a1, b1 e c1 entraram, d1 e e1 saíram"),
        (Crowd(came=("a1", "b1", "c1"), went=("d1", "e1")), 35, "3 entraram, 2 saíram"),
        (Crowd(came=("ana",) * 1, more_came=99), 40, "ana e mais 99 entraram"),
        (Crowd(came=("x" * 30,), more_came=4), 20, "5 entraram"),
        (Crowd(more_went=1), 20, "1 saiu"),
    ],
)
def test_a_crowd(people, room, told):
    """As many names as fit in a row; where none fits, numbers."""
    assert crowd(people, room) == told


names = st.lists(st.sampled_from(["bia", "caio", "zé", "好好"]), max_size=4, unique=True).map(tuple)
crowds = st.lists(st.builds(Crowd, names, names), min_size=1, max_size=6)


@given(crowds, st.integers(30, 80))
def test_it_fits(many, room):
    """Whoever comes and goes, there is something to tell, in one row."""
    both = many[0]
    for other in many[1:]:
        both = both.joined(other)
    assert cells.width(crowd(both, room)) <= room
    assert len(set(both.came)) == len(both.came)


def come(view, *, came=(), went=(), after=1):
    view.note("#geral", Note("x", NOON, after, crowd=Crowd(came=came, went=went)))


def test_crowds_join():
    """Comings and goings with nothing between them are one note; who only passed through is not told of."""
    view = View(current="#geral")
    come(view, came=("bia",))
    come(view, came=("caio",))
    come(view, went=("bia", "zé"))
    (note,) = view.notes["#geral"]
    assert note.crowd == Crowd(came=("caio",), went=("zé",))
    come(view, came=("zé",))
    come(view, went=("caio",))
    assert view.notes["#geral"][0].crowd == Crowd(went=("caio",))
    come(view, came=("bia",), after=2)
    view.note("#geral", Note("outra coisa", NOON, 2))
    come(view, came=("zé",), after=2)
    assert [note.after for note in view.notes["#geral"]] == [1, 2, 2, 2]


def test_hushed():
    """Where nobody wants to see them, comings and goings are not shown; other notes are."""
    state, view = seen(said(1, "oi"), notes=[Note("olhe", NOON, 1)])
    come(view, came=("zé",))
    assert picture(state, view)[-2:] == ["12:00 * olhe", "12:00 * zé entrou"]
    view.hushed.add("#geral")
    assert picture(state, view)[-2:] == ["12:00 bia: oi", "12:00 * olhe"]


def test_a_note_of_many_lines():
    """All lines of a note stand behind its time, and its text is made safe."""
    state, view = seen()
    rows = note_rows(Note("um\ndois\x1b[2J", NOON, 0, "error"), sheet(state, view))
    assert [plain(row) for row in rows] == ["12:00 * um", "      dois␛[2J"]
    assert rows[1][-1][0] == "class:error"
