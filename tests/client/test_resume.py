"""What one conversation leaves to the next."""

from typing import Any

import pytest

from chat import messages as m
from chat.client.resume import Resume
from chat.framing import MAX_FRAME


def welcome(**changed: Any) -> m.Welcome:
    """A welcome of the history `log-1`, whose head is 10."""
    members: dict[str, Any] = {
        "version": 1,
        "server": "casa",
        "user": "Ana",
        "session": "secret",
        "log": "log-1",
        "head": 10,
        "rooms": [m.RoomInfo("#Geral", "", 3)],
        "max_frame": 65_536,
        "max_body": 2_000,
        "features": [],
    }
    return m.Welcome(**(members | changed))


def taken(resume: Resume, *ids: int, in_turn: bool = True) -> list[bool]:
    """Whether each id is fresh."""
    return [resume.fresh(id, in_turn=in_turn) for id in ids]


def test_the_first_hello_asks_for_nothing_past() -> None:
    """Who has seen nothing says only who and where to."""
    hello = Resume("ana", ["#jogos"], None, None).hello()
    assert (hello.version, hello.user, hello.rooms) == (1, "ana", ["#jogos"])
    assert (hello.after, hello.log, hello.session) == (None, None, None)


def test_a_later_hello_goes_on_from_there() -> None:
    """The cursor with its log, the session's secret and the rooms one is in."""
    resume = Resume("ana", [], None, None)
    assert not resume.welcomed(welcome())
    assert resume.me == "ana"
    assert taken(resume, 11, 15) == [True, True]
    resume.joined("#Jogos")
    hello = resume.hello()
    assert (hello.after, hello.log, hello.session) == (15, "log-1", "secret")
    assert hello.rooms == ["#Geral", "#Jogos"]
    resume.left("#JOGOS")
    resume.left("#x")
    assert resume.hello().rooms == ["#Geral"]


def test_a_fresh_client_begins_at_the_head() -> None:
    """Without a past, what is there already is not asked for when the connection is cut."""
    resume = Resume("ana", [], None, None)
    resume.welcomed(welcome())
    assert resume.hello().after == 10


def test_a_cursor_without_its_log_is_worth_nothing() -> None:
    """An id belongs to a history."""
    assert Resume("ana", [], 7, None).hello().after is None
    assert Resume("ana", [], 7, "log-1").hello().after == 7


def test_each_id_is_fresh_once() -> None:
    """Seen before or lower than the last: not again."""
    resume = Resume("ana", [], 10, "log-1")
    resume.welcomed(welcome())
    assert taken(resume, 11, 11, 10, 3, 14, 12) == [True, False, False, False, True, False]


def test_a_repeated_send_does_not_move_the_cursor() -> None:
    """Its answer may come before what is replayed: that is still fresh, and asked for after one more cut."""
    resume = Resume("ana", [], 10, "log-1")
    resume.welcomed(welcome(head=20))
    assert taken(resume, 20, in_turn=False) == [True]
    assert resume.hello().after == 10
    assert taken(resume, 11, 12, 20) == [True, True, False]
    assert resume.hello().after == 20
    assert taken(resume, 21, 20) == [True, False]
    assert resume.hello().after == 21


@pytest.mark.parametrize("other", [{"reset": True}, {"log": "log-2"}, {"head": 9}], ids=str)
def test_another_history_starts_at_its_head(other: dict[str, Any]) -> None:
    """Said, or plain from log or head: the cursor is of no use there, and smaller ids are fresh."""
    resume = Resume("ana", [], 10, "log-1")
    changed = {"head": 5} | other
    assert resume.welcomed(welcome(**changed))
    assert resume.cursor == changed["head"]
    assert resume.log == changed.get("log", "log-1")


def test_the_same_history_is_no_reset() -> None:
    """Nothing new, or much: the cursor stays."""
    for head in (10, 500):
        resume = Resume("ana", [], 10, "log-1")
        assert not resume.welcomed(welcome(head=head))
        assert resume.cursor == 10


def test_a_first_welcome_is_no_reset() -> None:
    """Who has seen nothing has nothing to drop."""
    assert not Resume("ana", [], None, None).welcomed(welcome(reset=True))


@pytest.mark.parametrize("limit", [0, -1, 2**63])
def test_absurd_limits_leave_our_own(limit: int) -> None:
    """No limit a server claims makes this client mute or boundless."""
    resume = Resume("ana", [], None, None)
    resume.welcomed(welcome(max_frame=limit, max_body=limit))
    assert (resume.max_frame, resume.max_body) == (MAX_FRAME, m.MAX_BODY)


def test_rooms_are_bounded() -> None:
    """A server cannot make a hello that no frame holds."""
    resume = Resume("ana", [], None, None)
    for number in range(5_000):
        resume.joined(f"#r{number}")
    rooms = resume.hello().rooms
    assert rooms is not None
    assert len(rooms) == 1_000
