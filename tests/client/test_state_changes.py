"""What becomes of lines on a screen when they are changed, answered, taken back or marked."""

from typing import Any

import pytest

from chat import messages as m
from chat.client import talks
from chat.client.changes import Changes, Notice, NoticeKind
from chat.client.events import (
    Pending,
)
from chat.client.state import State
from tests.client.states import NOW, shown
from tests.fakes import message


def edited(id: int, of: int, body: str = "nova", **changed: Any) -> m.Edited:
    """A line was said in other words."""
    return m.Edited(
        **{"id": id, "to": "#geral", "from_": "bia", "ts": 1, "cid": "e"} | changed, of=of, body=body
    )


def test_changes_change_their_line(state: State) -> None:
    """An edit, a reaction and a deletion are shown on the line that they are about; the cursor goes along."""
    state.apply(message(11, "oi"), NOW)
    assert state.apply(edited(12, 11), NOW) == Changes({"#geral"})
    (line,) = state.talks["#geral"].lines
    assert (line.body, line.edited, line.version, state.cursor) == ("nova", True, 12, 12)
    reacted = m.Reacted(id=13, to="#geral", from_="Carla", ts=1, cid="r", of=11, emoji="👍")
    assert state.apply(reacted, NOW).talks == {"#geral"}
    assert line.reactions == [m.Reaction("👍", ["Carla"])]
    assert state.apply(reacted, NOW) == Changes()
    state.apply(m.Deleted(id=14, to="#geral", from_="bia", ts=1, cid="d", of=11), NOW)
    assert (line.body, line.deleted, line.edited, line.reactions, line.version) == ("", True, False, [], 14)
    assert state.talks["#geral"].unread == 1
    assert state.line(11) == (state.talks["#geral"], line)
    assert state.line(12) is None


def test_a_change_is_found_wherever_its_line_is(state: State) -> None:
    """Private changes come to the private talk, and one whose address is another's to where its line is."""
    state.apply(message(11, "oi", to="@ana", sender="Bia"), NOW)
    state.apply(edited(12, 11, to="@ana", from_="Bia"), NOW)
    state.apply(message(13, "oi", to="#jogos"), NOW)
    assert state.apply(edited(14, 13), NOW).talks == {"#jogos"}
    assert shown(state, "@bia") == [(11, "nova")]
    assert shown(state, "#jogos") == [(13, "nova")]


def test_a_change_may_come_before_its_line(state: State) -> None:
    """A page that was read before a change and arrives after it does not hide the change."""
    state.apply(edited(20, 5), NOW)
    state.apply(m.HistoryPage(room="#geral", messages=[message(5), message(6)], more=False), NOW)
    assert shown(state, "#geral") == [(5, "nova"), (6, "oi")]
    newer = m.HistoryPage(room="#geral", messages=[message(5, "mais nova")], more=False)
    newer.messages[0].version, newer.messages[0].edited = 30, True
    state.apply(newer, NOW)
    assert shown(state, "#geral") == [(5, "mais nova"), (6, "oi")]
    state.apply(m.HistoryPage(room="#geral", messages=[message(5)], more=False), NOW)
    assert shown(state, "#geral") == [(5, "mais nova"), (6, "oi")]


def test_changes_of_what_never_comes_are_bounded(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many lines a server says were changed, so many are remembered."""
    monkeypatch.setattr(talks, "MAX_EARLY", 3)
    for of in range(100, 110):
        for id in range(1_000):
            state.apply(edited(id, of), NOW)
    assert list(state._early) == [107, 108, 109]
    assert sum(map(len, state._early.values())) < 1_000


def test_ones_own_change_does_not_move_the_cursor(state: State) -> None:
    """It may be the answer to one that was sent twice, before its turn; what comes in its turn moves it."""
    state.apply(edited(50, 11, from_="ana"), NOW)
    assert state.cursor == 10
    state.apply(edited(12, 11), NOW)
    assert state.cursor == 12


def test_a_topic_is_shown_and_noticed(state: State) -> None:
    """The latest topic of a room counts, in whatever order they come; rooms that are not ours have none."""

    def topic(id: int, text: str, to: str = "#geral") -> m.Topic:
        return m.Topic(id=id, to=to, from_="Bia", ts=1, cid="t", topic=text)

    changes = state.apply(topic(12, "festa"), NOW)
    assert changes == Changes({"#geral"}, [Notice(NoticeKind.TOPIC, "#geral", ("Bia",), text="festa")])
    assert state.apply(topic(11, "velho"), NOW) == Changes()
    assert state.apply(topic(13, "x", "#x"), NOW) == Changes()
    assert (state.talks["#geral"].topic, state.cursor) == ("festa", 13)


def test_keywords_are_mentions(state: State) -> None:
    """Words of one's own count as the name does, whatever their case; what one says oneself does not."""
    state.keywords = ["bolo de cenoura", " ", "C++"]
    said = ["um Bolo de Cenoura", "bolo", "gosto de c++", "ana", "c"]
    for id, body in enumerate(said, start=11):
        state.apply(message(id, body), NOW)
    state.apply(message(20, "ana, bolo de cenoura", sender="ana"), NOW)
    assert [line.mention for line in state.talks["#geral"].lines] == [True, False, True, True, False, False]
    assert (state.talks["#geral"].mentions, state.keywords) == (3, ("bolo de cenoura", "C++"))
    state.apply(edited(30, 12, "olha, ana"), NOW)
    assert state.talks["#geral"].lines[1].mention
    state.apply(m.HistoryPage(room="#geral", messages=[message(5, "oi Ana")], more=False), NOW)
    assert state.talks["#geral"].lines[0].mention


def test_what_was_taken_back_is_not_unread(state: State) -> None:
    """A message that comes deleted has nothing to be read."""
    gone = message(11, "ana")
    gone.deleted, gone.version = True, 12
    state.apply(gone, NOW)
    assert (state.talks["#geral"].unread, state.talks["#geral"].mentions) == (0, 0)
    assert state.talks["#geral"].lines[0].deleted


def test_what_is_pending_shows_what_it_answers(state: State) -> None:
    """A reply, and what is done rather than said, is shown as such before it is acknowledged."""
    state.apply(Pending("a-1", "#geral", "acena", NOW, reply=3, act=True), NOW)
    (line,) = state.talks["#geral"].lines
    assert (line.reply, line.act) == (3, True)
