"""Who is where, as a screen shows it after each event: those who come, go, come back, and what they are."""

from chat import messages as m
from chat.client.changes import Changes, Notice, NoticeKind
from chat.client.state import State
from tests.client.states import NOW, welcome


def test_joined_and_left_are_noticed(state: State) -> None:
    """Who comes and goes is known by name and counted, by the server's count if it gives one."""
    changes = state.apply(m.Joined(room="#geral", users=["Bia", "Carla"], more=5, members=10), NOW)
    assert changes.notices == [Notice(NoticeKind.JOINED, "#geral", ("Bia", "Carla"), 5)]
    talk = state.talks["#geral"]
    assert (talk.people, talk.members) == ({"ana": "Ana", "bia": "Bia", "carla": "Carla"}, 10)
    changes = state.apply(m.Left(room="#GERAL", users=["bia"], more=1), NOW)
    assert changes.notices == [Notice(NoticeKind.LEFT, "#geral", ("bia",), 1)]
    assert (talk.people, talk.members) == ({"ana": "Ana"}, 8)  # one of the others has gone too
    state.apply(m.Joined(room="#geral", users=["dora"]), NOW)
    assert talk.members == 9
    again = state.apply(m.Joined(room="#geral", users=["Dora", "eva"], members=10), NOW)
    assert again.notices == [Notice(NoticeKind.JOINED, "#geral", ("eva",))]
    assert state.apply(m.Joined(room="#geral", users=["dora"]), NOW).notices == []
    assert talk.members == 10
    state.apply(m.Left(room="#geral", users=["dora"], members=4), NOW)
    assert talk.members == 4


def test_who_was_there_before_a_cut_does_not_come_in(state: State) -> None:
    """After a cut those who were there are back without a word, for a minute; others come in as ever."""
    joined = m.Joined(room="#geral", users=["bia", "Caio"], members=3)
    assert state.apply(joined, NOW).notices != []
    state.apply(welcome(), NOW + 1_000)
    assert state.talks["#geral"].people == {"ana": "Ana"}
    back = state.apply(m.Joined(room="#geral", users=["bia", "duda"], members=3), NOW + 2_000)
    assert back.notices == [Notice(NoticeKind.JOINED, "#geral", ("duda",))]
    assert state.talks["#geral"].returned == {"bia"}
    assert state.talks["#geral"].people.keys() == {"ana", "bia", "duda"}
    again = m.Joined(room="#geral", users=["caio"], members=4)
    assert state.apply(again, NOW + 62_000).notices == [Notice(NoticeKind.JOINED, "#geral", ("caio",))]
    assert state.talks["#geral"].returned == frozenset()


def test_a_crowd_that_is_back(state: State) -> None:
    """Of many who come back not all are named: those unnamed are taken for the same; members are counted."""
    state.apply(m.Joined(room="#geral", users=["bia"], more=40, members=42), NOW)
    state.apply(welcome(), NOW + 1_000)
    assert state.apply(m.Joined(room="#geral", users=["bia"], more=40), NOW + 2_000).notices == []
    assert state.talks["#geral"].members == 3 + 41


def test_guests_are_known_as_such(state: State) -> None:
    """Who has no key is a guest, until somebody of that name has one."""
    talk = state.talks["#geral"]
    state.apply(m.Joined(room="#geral", users=["Bia", "Caio"], guests=["Caio"]), NOW)
    assert talk.guests == {"caio"}
    state.apply(m.Members(room="#geral", users=["ana", "bia", "caio"], guests=["bia"], more=False), NOW)
    assert talk.guests == {"bia"}


def test_what_people_are_and_what_the_room_is(state: State) -> None:
    """Roles, guests, kind and slow mode are known as they are told, and forgotten with the people."""
    talk = state.talks["#geral"]
    state.apply(
        m.Members(room="#geral", users=["ana", "Bia", "x"], more=False, guests=["x"], roles={"Bia": "owner"}),
        NOW,
    )
    assert (talk.guests, talk.roles) == ({"x"}, {"bia": "owner"})
    state.apply(m.Left(room="#geral", users=["x"]), NOW)
    assert talk.guests == set()
    assert state.apply(
        m.Moderated(room="#geral", by="Bia", did="role", user="Ana", what="owner"), NOW
    ).notices == [Notice(NoticeKind.MODERATED, "#geral", ("Bia", "Ana"), code="role", text="owner")]
    assert (talk.roles, talk.role) == ({"ana": "owner", "bia": "moderator"}, "owner")
    state.apply(m.Moderated(room="#geral", by="Ana", did="role", user="BIA", what="member"), NOW)
    assert talk.roles == {"ana": "owner"}
    for did, what in (("kind", "private"), ("slow", "9"), ("slow", "x"), ("slow", "9" * 40), ("fly", "")):
        state.apply(m.Moderated(room="#geral", by="Ana", did=did, what=what), NOW)
    assert (talk.kind, talk.slow) == ("private", 0)
    state.apply(m.RoomList(rooms=[m.RoomInfo("#geral", "", 3, "announcement", 5, "moderator")]), NOW)
    assert (talk.kind, talk.slow, talk.role) == ("announcement", 5, "moderator")
    assert state.apply(m.Moderated(room="#x", by="Ana", did="kick", user="b"), NOW) == Changes()
    state.apply(m.Left(room="#geral", users=["ana"], why="kicked", by="Bia"), NOW)
    assert (talk.people, talk.roles) == ({}, {})


def test_joining_and_leaving_oneself(state: State) -> None:
    """A room entered becomes a talk with its topic; once left it is shown, without people."""
    state.apply(m.Joined(room="#Música", users=["ana"], members=2, topic="sons"), NOW)
    talk = state.talks["#música"]
    assert (talk.name, talk.topic, talk.joined) == ("#Música", "sons", True)
    state.apply(m.Left(room="#música", users=["Ana"]), NOW)
    assert (talk.joined, talk.people) == (False, {})


def test_who_comes_into_a_room_never_joined_is_not_noticed(state: State) -> None:
    """Notices of rooms that are not ours are left out."""
    assert state.apply(m.Joined(room="#x", users=["bia"]), NOW) == Changes()
    assert state.apply(m.Left(room="#x", users=["bia"]), NOW) == Changes()


def test_people_are_named_in_pages(state: State) -> None:
    """The first page replaces, the next ones add, and who left in between is not named by them."""
    talk = state.talks["#geral"]
    state.apply(m.Joined(room="#geral", users=["velho"]), NOW)
    state.apply(m.Members(room="#geral", users=["ana", "bia"], more=True), NOW)
    state.apply(m.Left(room="#geral", users=["bia"]), NOW)
    state.apply(m.Members(room="#geral", users=["carla"], more=False), NOW)
    assert list(talk.people) == ["ana", "carla"]
    assert talk.members == 2
    state.apply(m.Members(room="#geral", users=["ana"], more=False), NOW)
    assert list(talk.people) == ["ana"]
    assert state.apply(m.Members(users=["x"], more=False), NOW) == Changes()
    assert state.apply(m.Members(room="#x", users=["x"], more=False), NOW) == Changes()


def test_a_list_of_rooms_tells_about_ours(state: State) -> None:
    """Topics and counts of rooms we have are taken; others do not become talks."""
    changes = state.apply(m.RoomList(rooms=[m.RoomInfo("#jogos", "xadrez", 7), m.RoomInfo("#x", "", 1)]), NOW)
    assert changes.talks == {"#jogos"}
    assert (state.talks["#jogos"].topic, state.talks["#jogos"].members) == ("xadrez", 7)
    assert "#x" not in state.talks
