"""What a screen shows after each kind of event, sensible or not."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import messages as m
from chat.client import talks
from chat.client.changes import Changes, Notice, NoticeKind
from chat.client.events import (
    ClientEvent,
    Connection,
    ConnectionChanged,
    Failed,
    Missed,
    Pending,
    Reset,
)
from chat.client.line import Status
from chat.client.state import State
from chat.client.talk import KeptTalk
from tests.client.states import NOW, shown, welcome
from tests.fakes import error, message


def test_a_welcome_opens_the_rooms(state: State) -> None:
    """After a welcome the rooms are there, the first is the lobby, limits and names are the server's."""
    assert list(state.talks) == ["#geral", "#jogos"]
    lobby = state.talks["#geral"]
    assert (lobby.name, lobby.topic, lobby.members, lobby.joined, lobby.more) == (
        "#Geral",
        "avisos",
        3,
        True,
        True,
    )
    assert lobby.people == {"ana": "Ana"}
    assert (state.lobby, state.user, state.server, state.max_body) == ("#geral", "Ana", "casa", 2_000)
    assert (state.log, state.cursor) == ("log-1", 10)


def test_a_later_welcome_tells_where_one_is_no_more(state: State) -> None:
    """A room the server does not list any more is still shown, but not joined."""
    state.apply(welcome(rooms=[m.RoomInfo("#Geral", "", 1)]), NOW)
    assert not state.talks["#jogos"].joined
    assert state.talks["#geral"].joined


def test_limits_that_cannot_be_meant_are_not_believed() -> None:
    """A server that allows no body at all is not taken at its word."""
    state = State("ana")
    state.apply(welcome(max_body=0), NOW)
    assert state.max_body == m.MAX_BODY


def test_messages_come_in_order_and_once(state: State) -> None:
    """C11: An id seen before, lower than the last, or out of order: each line is there once, by id."""
    for id in (11, 13, 12, 13, 11, 2):
        changes = state.apply(message(id, f"m{id}"), NOW)
    assert shown(state, "#geral") == [(2, "m2"), (11, "m11"), (12, "m12"), (13, "m13")]
    assert changes == Changes({"#geral"}, [])
    assert state.apply(message(13), NOW) == Changes()
    assert state.cursor == 13
    assert state.talks["#geral"].unread == 4


def test_a_message_for_a_room_never_joined_is_shown_nowhere(state: State) -> None:
    """C15: No talk opens for a room one was never in."""
    assert state.apply(message(11, to="#secreta"), NOW) == Changes()
    assert "#secreta" not in state.talks
    assert state.cursor == 11


def test_a_private_message_opens_its_talk(state: State) -> None:
    """What is said to us opens the talk with who said it; what we said, the talk with whom we said it to."""
    state.apply(message(11, to="@ana", sender="Bia"), NOW)
    state.apply(message(12, to="@Carla", sender="ana"), NOW)
    state.apply(message(13, to="@ana", sender="ANA"), NOW)
    assert {key: talk.name for key, talk in state.talks.items() if key[0] == "@"} == {
        "@bia": "@Bia",
        "@carla": "@Carla",
        "@ana": "@ana",
    }
    assert [state.talks[key].unread for key in ("@bia", "@carla", "@ana")] == [1, 0, 0]


def test_a_private_message_between_others_is_shown_nowhere(state: State) -> None:
    """C15: Neither what others say to each other nor what has no address at all makes a talk."""
    state.apply(message(11, to="@bia", sender="carla"), NOW)
    state.apply(message(12, to="bia", sender="ana"), NOW)
    state.apply(message(13, to="", sender="carla"), NOW)
    assert list(state.talks) == ["#geral", "#jogos"]


def test_a_server_cannot_open_talks_without_bound(state: State) -> None:
    """C18: However many users write privately, and rooms are said to be ours, so many talks are kept."""
    for id in range(talks.MAX_TALKS + 50):
        state.apply(message(id, to="@ana", sender=f"u{id}"), NOW)
    state.apply(m.Joined(room="#mais", users=["ana"]), NOW)
    state.apply(welcome(rooms=[m.RoomInfo(f"#r{number}", "", 1) for number in range(100)]), NOW)
    assert len(state.talks) == talks.MAX_TALKS
    state.apply(message(9_999, to="@ana", sender="u1"), NOW)
    assert state.talks["@u1"].newest == 9_999


def test_mentions_are_whole_words(state: State) -> None:
    """A line that names us counts as a mention; a longer word that contains the name does not."""
    for id, body in enumerate(("oi ANA!", "@ana, vem", "banana", "ana.", "anas"), start=11):
        state.apply(message(id, body), NOW)
    assert (state.talks["#geral"].unread, state.talks["#geral"].mentions) == (5, 3)
    state.read("#geral")
    state.read("#nenhuma")
    assert (state.talks["#geral"].unread, state.talks["#geral"].mentions) == (0, 0)


def test_what_is_pending_becomes_final(state: State) -> None:
    """A pending line stands at the end until its message comes, then at its place."""
    assert state.apply(Pending("a-1", "#geral", "oi", NOW), NOW).talks == {"#geral"}
    (line,) = state.talks["#geral"].lines
    assert (line.id, line.status, line.sender, line.ts) == (None, Status.PENDING, "Ana", NOW)
    state.apply(message(11, "antes"), NOW)
    state.apply(message(12, "oi", sender="ana", cid="a-1"), NOW)
    assert [(line.id, line.status, line.changed) for line in state.talks["#geral"].lines] == [
        (11, Status.SENT, False),
        (12, Status.SENT, False),
    ]
    assert state.talks["#geral"].unread == 1


def test_a_changed_body_is_marked(state: State) -> None:
    """C13: The server's text is shown, and marked when it is not what was sent."""
    state.pending("a-1", "#geral", "oi", NOW)
    state.apply(message(11, "OI!", sender="ana", cid="a-1"), NOW)
    (line,) = state.talks["#geral"].lines
    assert (line.body, line.changed) == ("OI!", True)


def test_an_acknowledgement_from_elsewhere_leaves_no_pending_line(state: State) -> None:
    """Should the server have put it into another talk, it is shown there and pending nowhere."""
    state.pending("a-1", "#geral", "oi", NOW)
    changes = state.apply(message(11, "oi", to="#jogos", sender="ana", cid="a-1"), NOW)
    assert shown(state, "#geral") == []
    assert shown(state, "#jogos") == [(11, "oi")]
    assert changes.talks == {"#geral", "#jogos"}


def test_acknowledgements_of_strangers_do_not_count(state: State) -> None:
    """C12: The same `cid` from somebody else is that one's message, and ours is pending still."""
    state.pending("a-1", "#geral", "oi", NOW)
    state.apply(message(11, "olá", sender="bia", cid="a-1"), NOW)
    assert shown(state, "#geral") == [(11, "olá"), (None, "oi")]


def test_what_failed_says_why(state: State) -> None:
    """A failed line stays with its code until it is discarded; a pending one cannot be."""
    state.pending("a-1", "#geral", "oi", NOW)
    state.pending("a-2", "#geral", "tudo bem?", NOW)
    assert state.apply(Failed("a-1", "storage_failed"), NOW).talks == {"#geral"}
    assert [(line.status, line.code) for line in state.talks["#geral"].lines] == [
        (Status.FAILED, "storage_failed"),
        (Status.PENDING, None),
    ]
    state.discard("a-1")
    state.discard("a-2")
    state.discard("a-3")
    assert shown(state, "#geral") == [(None, "tudo bem?")]
    assert state.apply(Failed("a-9", "x"), NOW) == Changes()


def test_pending_twice_is_one_line(state: State) -> None:
    """Showing the same `cid` again changes nothing."""
    assert state.pending("a-1", "@bia", "oi", NOW) is state.pending("a-1", "@bia", "oi", NOW)
    assert shown(state, "@bia") == [(None, "oi")]


def test_errors_are_noticed(state: State) -> None:
    """An error that answers nothing is a notice with its code."""
    assert state.apply(error("slow_down"), NOW).notices == [Notice(NoticeKind.ERROR, code="slow_down")]


def test_the_connection_is_told(state: State) -> None:
    """How the connection stands, why, and when the next try is."""
    waiting = ConnectionChanged(Connection.WAITING, "closed", attempt=3, delay=1.5)
    changes = state.apply(waiting, NOW)
    assert changes.notices == [Notice(NoticeKind.CONNECTION, code="closed")]
    assert (state.connection, state.reason, state.attempt, state.retry_at) == (
        Connection.WAITING,
        "closed",
        3,
        NOW + 1_500,
    )
    state.apply(ConnectionChanged(Connection.OPEN), NOW)
    assert (state.connection, state.reason, state.retry_at) == (Connection.OPEN, None, None)


@pytest.mark.parametrize("ts", [0, -1, 10**18, -m.MAX_ID])
def test_any_time_is_taken_and_order_stays_by_id(state: State, ts: int) -> None:
    """C27: A server's clock may say anything; lines stand by id."""
    state.apply(message(12), NOW)
    state.apply(m.Message(id=11, to="#geral", from_="bia", ts=ts, cid="c", body="b"), NOW)
    assert shown(state, "#geral") == [(11, "b"), (12, "oi")]


def test_an_event_without_a_function_changes_nothing(state: State) -> None:
    """Pongs and byes are nothing to show."""
    assert state.apply(m.ByeEvent(reason="idle"), NOW) == Changes()


def test_a_room_entered_anew_is_read_anew(state: State) -> None:
    """What was said while one was not there did not come: the lines from before would hide that."""
    state.apply(message(11), NOW)
    state.apply(m.Left(room="#geral", users=["ana"]), NOW)
    state.apply(m.Joined(room="#geral", users=["ana"]), NOW)
    assert shown(state, "#geral") == []
    assert state.talks["#geral"].more


def test_lines_are_bounded_in_all(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """C17: However many rooms are busy, so many lines are kept; the longest talks lose their oldest."""
    monkeypatch.setattr(talks, "MAX_ALL", 500)
    monkeypatch.setattr(talks, "_LOOK", 10)
    for id in range(11, 5_011):
        state.apply(message(id, to="#jogos" if id % 100 == 0 else "#geral"), NOW)
    kept = {key: [line.id for line in talk.lines] for key, talk in state.talks.items()}
    assert sum(map(len, kept.values())) <= 510
    assert len(kept["#jogos"]) == 50
    assert kept["#geral"][-1] == 5_009 or kept["#geral"][-1] == 5_010
    assert state.talks["#geral"].more


def test_reading_is_told(state: State) -> None:
    """Whoever keeps counts is told when one changes, and only then."""
    told: list[tuple[str, int, int]] = []
    state.counted = lambda talk: told.append((talk.key, talk.unread, talk.seen))
    state.apply(message(11), NOW)
    state.read("#geral")
    state.read("#geral")
    state.apply(message(12, sender="ana"), NOW)
    state.read("#geral")
    assert told == [("#geral", 1, 0), ("#geral", 0, 11), ("#geral", 0, 12)]


def test_talks_that_were_kept_are_there() -> None:
    """Before anything is heard the talks are known, the first room that one is in as the lobby."""
    state = State("ana")
    state.restore(
        [KeptTalk("@Bia", unread=2, seen=5), KeptTalk("#velha"), KeptTalk("#Geral", "avisos", joined=True)]
    )
    assert (list(state.talks), state.lobby) == (["@bia", "#velha", "#geral"], "#geral")
    assert (state.talks["@bia"].unread, state.talks["@bia"].seen) == (2, 5)
    assert (state.talks["#geral"].topic, state.talks["#geral"].joined) == ("avisos", False)


NAMES = st.sampled_from(["ana", "Bia", "#geral", "#x", "@ana", "@bia", "", "#", "@", "\u202e"]) | st.text(
    max_size=5
)
IDS = st.integers(0, 20) | st.just(m.MAX_ID)
MESSAGES = st.builds(
    m.Message,
    id=IDS,
    to=NAMES,
    from_=NAMES,
    ts=st.integers(),
    cid=st.sampled_from(["a-1", "a-2"]),
    body=st.text(),
)
REACTIONS = st.builds(
    m.Reaction, emoji=st.text(max_size=20), users=st.lists(NAMES, max_size=3), more=st.integers()
)
MESSAGES |= st.builds(
    m.Message,
    id=IDS,
    to=NAMES,
    from_=NAMES,
    ts=st.integers(),
    cid=st.just("a-3"),
    body=st.text(),
    reply=st.none() | IDS,
    act=st.booleans(),
    version=st.none() | IDS,
    edited=st.booleans(),
    deleted=st.booleans(),
    damaged=st.booleans(),
    reactions=st.lists(REACTIONS, max_size=3),
)
CHANGE = {"id": IDS, "to": NAMES, "from_": NAMES, "ts": st.integers(), "cid": st.sampled_from(["a-1", "x"])}
ROOMS = st.lists(st.builds(m.RoomInfo, name=NAMES, topic=st.text(), members=st.integers()), max_size=3)
USERS = st.lists(NAMES, max_size=4)
COUNTS = st.just(msgspec.UNSET) | st.integers()
EVENTS: st.SearchStrategy[ClientEvent] = st.one_of(
    MESSAGES,
    st.builds(
        m.Welcome,
        version=st.integers(),
        server=st.text(),
        user=NAMES,
        session=st.text(),
        log=st.sampled_from(["1", "2"]),
        head=IDS,
        rooms=ROOMS,
        max_frame=st.integers(),
        max_body=st.integers(),
        features=st.just([]),
        reset=st.booleans(),
    ),
    st.builds(m.Edited, **CHANGE, of=IDS, body=st.text()),
    st.builds(m.Deleted, **CHANGE, of=IDS),
    st.builds(m.Reacted, **CHANGE, of=IDS, emoji=st.text(max_size=20), on=st.booleans()),
    st.builds(m.Topic, **CHANGE, topic=st.text()),
    st.builds(m.Found, messages=st.lists(MESSAGES, max_size=4), more=st.booleans()),
    st.builds(m.Joined, room=NAMES, users=USERS, more=st.integers(), members=COUNTS),
    st.builds(m.Left, room=NAMES, users=USERS, more=st.integers(), members=COUNTS),
    st.builds(
        m.HistoryPage, messages=st.lists(MESSAGES, max_size=4), more=st.booleans(), room=NAMES, with_=NAMES
    ),
    st.builds(m.RoomList, rooms=ROOMS, more=st.booleans()),
    st.builds(m.Members, users=USERS, more=st.booleans(), room=NAMES),
    st.builds(Pending, cid=st.sampled_from(["a-1", "a-2"]), to=NAMES, body=st.text(), ts=st.just(NOW)),
    st.builds(Failed, cid=st.sampled_from(["a-1", "a-2"]), code=st.text()),
    st.just(Reset()),
    st.builds(Missed, count=st.integers(1)),
    st.builds(m.Error, code=st.text(), message=st.text(), cid=st.none() | st.just("a-1")),
)


@given(st.lists(EVENTS, max_size=30))
def test_nonsense_never_raises_and_order_holds(events: list[ClientEvent]) -> None:
    """C25: After any events at all, every talk's lines ascend, each id once, those without at the end."""
    state = State("ana")
    for event in events:
        changes = state.apply(event, NOW)
        assert changes.talks <= state.talks.keys()
    for talk in state.talks.values():
        placed = [line.id for line in talk.lines if line.id is not None]
        assert placed == sorted(set(placed))
        assert all(line.id is None for line in talk.lines[len(placed) :])
        assert not any(line.deleted and (line.body or line.reactions) for line in talk.lines)
        assert talk._text == sum(len(line.body) for line in talk.lines)
