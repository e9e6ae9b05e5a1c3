"""Pages of older lines in what a screen shows: joined to what is there, marked where something is missing."""

import pytest

from chat import messages as m
from chat.client.changes import Changes, Notice, NoticeKind
from chat.client.events import (
    ClientEvent,
    Missed,
    PageHere,
    Reset,
)
from chat.client.state import State
from tests.client.states import NOW, shown, welcome
from tests.fakes import message


def test_a_page_joins_without_counting_as_unread(state: State) -> None:
    """Older lines are read as history, and acknowledge what they contain of ours."""
    state.apply(message(20), NOW)
    state.pending("a-1", "#geral", "oi", NOW)
    page = m.HistoryPage(
        room="#geral", messages=[message(3, "m3"), message(4, "olá", sender="ana", cid="a-1")], more=True
    )
    assert state.apply(page, NOW).talks == {"#geral"}
    assert shown(state, "#geral") == [(3, "m3"), (4, "olá"), (20, "oi")]
    assert state.talks["#geral"].lines[1].changed
    assert state.talks["#geral"].unread == 1
    state.apply(m.HistoryPage(room="#geral", messages=[], more=False), NOW)
    assert not state.talks["#geral"].more


@pytest.mark.parametrize("with_", ["Bia", "@bia"])
def test_a_private_page_finds_its_talk(state: State, with_: str) -> None:
    """The other one of a private talk may be named with or without its sign."""
    state.open("@bia")
    state.apply(m.HistoryPage(with_=with_, messages=[message(3, to="@ana")], more=False), NOW)
    assert shown(state, "@bia") == [(3, "oi")]


def test_a_page_of_no_talk_of_ours_changes_nothing(state: State) -> None:
    """Pages about nothing, or about a room we never opened, are left out."""
    assert state.apply(m.HistoryPage(messages=[message(3)], more=True), NOW) == Changes()
    assert state.apply(m.HistoryPage(room="#x", messages=[message(3, to="#x")], more=True), NOW) == Changes()


@pytest.mark.parametrize("event", [Reset(), welcome(reset=True, log="log-2", head=3)])
def test_another_history_drops_the_lines_and_keeps_what_waits(state: State, event: ClientEvent) -> None:
    """When the history was replaced the lines go, smaller ids count again, pending lines stay."""
    state.apply(message(50), NOW)
    state.pending("a-1", "#geral", "oi", NOW)
    assert state.apply(event, NOW).talks == {"#geral", "#jogos"}
    assert shown(state, "#geral") == [(None, "oi")]
    assert (state.talks["#geral"].unread, state.talks["#geral"].more) == (0, True)
    state.apply(message(2), NOW)
    assert shown(state, "#geral") == [(2, "oi"), (None, "oi")]
    assert state.cursor in (2, 3)


def test_missed_events_leave_no_gap(state: State) -> None:
    """Where events were dropped the lines go, to be read again, but unread ones stay counted."""
    state.apply(message(50), NOW)
    changes = state.apply(Missed(7), NOW)
    assert changes.notices == [Notice(NoticeKind.MISSED, more=7)]
    assert shown(state, "#geral") == []
    assert (state.talks["#geral"].unread, state.talks["#geral"].more) == (1, True)


def test_a_page_with_a_gap_is_marked(state: State) -> None:
    """What the copy has beyond a gap stands above a mark; the next welcome drops it, to be read anew."""
    state.apply(message(20), NOW)
    here = PageHere(room="#geral", messages=[message(3), message(4)], more=True, gap=True)
    assert state.apply(here, NOW).talks == {"#geral"}
    assert [(line.id, line.gap) for line in state.talks["#geral"].lines] == [
        (3, False),
        (4, False),
        (20, True),
    ]
    state.apply(welcome(), NOW)
    assert shown(state, "#geral") == [(20, "oi")]
