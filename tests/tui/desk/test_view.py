"""Which talks are listed, and the way from one to the next."""

import pytest

from chat.client.state import State
from chat.tui.desk.view import MAX_NOTES, Note, View, listed, next_talk, next_unread


@pytest.fixture
def talks():
    """Three rooms, of which one was left, and a private talk."""
    state = State("ana")
    for name in ("#redes", "@bia", "#geral", "#antiga"):
        state.open(name).joined = name in ("#redes", "#geral")
    return state.talks


def test_listed(talks):
    """Rooms one is in come first, then people; a room that was left only while it is open or has news."""
    assert listed(talks, View(current="#geral")) == ["#geral", "#redes", "@bia"]
    assert "#antiga" in listed(talks, View(current="#antiga"))
    talks["#antiga"].unread = 1
    assert "#antiga" in listed(talks, View(current="#geral"))


def test_closed_until_news(talks):
    """A closed talk is off the list until something is said in it, or it is opened again."""
    view = View(current="#geral", closed={"@bia"})
    assert "@bia" not in listed(talks, view)
    talks["@bia"].unread = 1
    assert "@bia" in listed(talks, view)
    talks["@bia"].unread = 0
    view.show("@bia")
    view.show("#geral")
    assert "@bia" in listed(talks, view)


def test_round_and_round(talks):
    """Next and previous go through the list and begin anew at its end."""
    assert next_talk(talks, View(current="@bia"), 1) == "#geral"
    assert next_talk(talks, View(current="#geral"), -1) == "@bia"
    assert next_talk(talks, View(current="sumiu"), 1) == "#geral"
    assert next_talk({}, View(current=""), 1) == ""


def test_next_unread(talks):
    """The next with news after the open one, mentions before all."""
    view = View(current="#redes")
    assert next_unread(talks, view) == "#redes"
    talks["#geral"].unread = 1
    talks["@bia"].unread = 1
    assert next_unread(talks, view) == "@bia"
    talks["#geral"].mentions = 1
    assert next_unread(talks, view) == "#geral"


def test_notes_are_bounded():
    """Of many notes the newest are kept; those told before there was a talk go to the first."""
    view = View()
    for number in range(MAX_NOTES + 5):
        view.note("", Note(str(number), 0, 0))
    view.show("#geral")
    assert [note.text for note in view.notes["#geral"]][::199] == ["5", "204"]
    assert "" not in view.notes


def test_another_history():
    """When ids begin anew, old notes stand before everything that comes."""
    view = View(current="#geral", head=900)
    view.note("#geral", Note("antes", 0, 900))
    view.forget(0)
    assert (view.head, view.notes["#geral"][0].after) == (0, 0)
