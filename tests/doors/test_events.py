"""What a plain peer is told: the right lines, and never one that another user has forged."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import messages as m
from chat.doors.events import told
from chat.doors.talk import Talk
from chat.text import Kind, safe
from tests.fakes import message


def seated(user: str = "ana", room: str = "#geral") -> Talk:
    talk = Talk("t")
    talk.user, talk.lobby, talk.room = user, "#geral", room
    return talk


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (message(1, "oi"), "<bia> oi"),
        (message(1, "oi", to="#aula"), "[#aula] <bia> oi"),
        (message(1, "psiu", to="@ana"), "(private) <bia> psiu"),
        (message(1, "oi", sender="ana"), ""),
        (message(1, "psiu", to="@bia", sender="ana"), ""),
        (message(1, "lembrar", to="@ana", sender="ana"), "(private) <ana> lembrar"),
        (message(1, "um\ndois\n\ntrês"), "<bia> um\n    dois\n    \n    três"),
        (message(1, "\x1b[2J\x1b]0;x\x07"), "<bia> ␛[2J␛]0;x␇"),
        (m.Joined(room="#geral", users=["bia"]), "bia came into #geral."),
        (m.Joined(room="#geral", users=["bia", "caio"], more=3), "bia, caio and 3 more came into #geral."),
        (m.Joined(room="#geral", users=[], more=3), ""),
        (m.Left(room="#geral", users=["bia", "caio"]), "bia and caio went out of #geral."),
        (m.Left(room="#geral", users=[], more=1), ""),
        (m.Members(room="#geral", users=["ana", "bia"], more=False), "2 people in #geral: ana, bia"),
        (m.Members(room="#geral", users=["ana"], more=True), "1 person in #geral: ana\n(and more)"),
        (
            m.RoomList(rooms=[m.RoomInfo("#a", "", 1), m.RoomInfo("#b", "pão\n", 2)], more=True),
            "Rooms:\n#a (1 person)\n#b (2 people) — pão↵\n(and more)",
        ),
        (m.ByeEvent(reason="shutting_down"), "Disconnected: the server is shutting down."),
        (
            m.Error(code="no_such_user", message="x", cid="1"),
            "Not sent: there is nobody of that name here; see who is with /who.",
        ),
        (
            m.Error(code="not_allowed", message="x"),
            "That did not work: that is not allowed here; ask whoever runs the room or the server.",
        ),
        (
            m.Error(code="not_allowed", message="x", why="announcement"),
            "That did not work: in this room only its moderators speak; answer in another.",
        ),
        (m.Left(room="#aula", users=["ana"], why="kicked", by="bia"), "You were sent out of #aula by bia."),
        (m.Left(room="#aula", users=["ana"]), "ana went out of #aula."),
        (
            m.Moderated(room="#aula", by="bia", did="mute", user="caio", what="60"),
            "#aula: bia muted caio for 1 minute.",
        ),
        (
            m.Stale(),
            "The server is cut off from the others it belongs to: what is shown may be old.",
        ),
        (m.Stale(on=False), "The server hears the others again: nothing is missing."),
        (m.PingEvent(), ""),
        (m.PongEvent(), ""),
        (m.Challenge(nonce="x", server="chat"), ""),
    ],
    ids=repr,
)
def test_events_in_words(event: m.Event, line: str) -> None:
    """Each event becomes the lines for it, or nothing."""
    assert told(seated(), event) == (f"{line}\n" if line else "")


def test_the_answer_to_a_join_moves_what_is_written() -> None:
    """The room one goes into is where lines go; out of it they go to the lobby again."""
    talk = seated()
    answer = told(talk, m.Joined(room="#aula", users=["ana"], topic="prova\x07", ref="1"))
    assert answer == "What you write goes to #aula now. prova␇\n"
    assert talk.room == "#aula"
    assert told(talk, m.Joined(room="#outra", users=["bia"])) == "bia came into #outra.\n"
    assert told(talk, m.Left(room="#outra", users=["ana"], ref="1")) == "What you write goes to #aula now.\n"
    assert talk.room == "#aula"
    assert told(talk, m.Left(room="#aula", users=["ana"], ref="1")) == "What you write goes to #geral now.\n"
    assert talk.room == "#geral"


HOSTILE = st.text() | st.text(
    st.sampled_from("a \n\t\r\x1b\x9b\x00\x7f\u2028\u202e\u200d<>()[]*"), max_size=40
)


@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_nothing_drives_a_terminal_or_forges_a_line(one: str, two: str, three: str, four: str) -> None:
    """No string whatever makes an event raise, write a control, or begin a line of its own."""
    for event, lines in (
        (message(1, one, to=two, sender=three), None),
        (m.Joined(room=one, users=[two, three], more=1), 1),
        (m.Left(room=one, users=[two]), 1),
        (m.Joined(room=one, users=[two], topic=three, ref="1"), 1),
        (m.Members(room=one, users=[two, three, four], more=False), 1),
        (m.RoomList(rooms=[m.RoomInfo(one, two, 1)]), 2),
        (m.ByeEvent(reason=one), 1),
        (m.Error(code=two, message=three, cid=four), 1),
    ):
        said = told(seated("zé"), msgspec.json.decode(msgspec.json.encode(event), type=type(event)))
        first, *rest = said.removesuffix("\n").split("\n")
        assert all(line == safe(line, Kind.LINE) for line in (first, *rest))
        assert lines in (None, 1 + len(rest))
        assert lines is not None or all(line.startswith("    ") for line in rest)


def test_who_is_sent_out_writes_to_the_lobby() -> None:
    """What is written next goes to no room that one is not in any more."""
    talk = seated(room="#aula")
    told(talk, m.Left(room="#aula", users=["ana"], why="banned", by="bia"))
    assert talk.room == "#geral"
