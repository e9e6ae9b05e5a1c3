"""Who is on other nodes is in the hub as who is here: counted, named, told of, and in nobody's way."""

import itertools

import pytest

from chat.hub.elsewhere import Seen, learn, lose, seen
from chat.hub.hub import Hub
from chat.hub.people import Member, User
from chat.limits.options import Options
from chat.names import room_name, user_name

numbers = itertools.count()


class Silent:
    """An outbox of which nothing is looked at."""

    def deliver(self, frames: bytes) -> None: ...
    def say(self, frames: bytes) -> None: ...
    def awaits(self, id: int) -> bool:
        return False

    def forget(self) -> None: ...


@pytest.fixture
def hub() -> Hub:
    """A hub with one room."""
    made = Hub(Options(), 0)
    made.open_room(room_name("#geral"))
    return made


class Sitting(Member):
    """A session here, which leaves when it has to end."""

    def __init__(self, hub: Hub, user: User, *rooms: str) -> None:
        self.reasons: list[str] = []

        def end(reason: str) -> None:
            self.reasons.append(reason)
            hub.depart(self, 0.0)

        super().__init__(user, Silent(), f"s{next(numbers)}", end, "127.0.0.1")
        hub.enter(self)
        for room in rooms:
            hub.join(self, hub.rooms[room])


def guest(name: str, identity: str, since: int = 0) -> User:
    return User(user_name(name), identity, f"~{name}", since)


def told(name: str, identity: str, *rooms: str, since: int = 0) -> Seen:
    """Somebody with one session elsewhere."""
    return Seen(identity, name, since, {f"{identity}-s": "127.0.0.2"}, list(rooms))


def names(hub: Hub, room: str) -> list[str]:
    return sorted(user.name.shown for user in hub.rooms[room].users)


def test_who_is_elsewhere_is_found(hub: Hub) -> None:
    """By name, looks and identity, with the address; gone with the last session."""
    learn(hub, "b", told("Ida", "g1", "#geral"), 0.0)
    user = hub.people.named("ida")
    assert user is not None
    assert (user.name.shown, user.owner, user.hosts, user.guest) == ("Ida", "~ida", {"127.0.0.2"}, True)
    assert hub.people.resembling(user_name("lda")) is user
    assert names(hub, "#geral") == ["Ida"]
    learn(hub, "b", Seen("g1", "Ida"), 0.0)
    assert (hub.people.named("ida"), hub.people.identified("g1"), names(hub, "#geral")) == (None, None, [])


def test_who_is_here_and_elsewhere_is_one(hub: Hub) -> None:
    """Counted once, and here as long as anywhere."""
    user = User(user_name("ana"), "k1", "k1")
    member = Sitting(hub, user, "#geral")
    for node in ("b", "c"):
        learn(hub, node, told("ana", "k1", "#geral"), 0.0)
    assert len(hub.rooms["#geral"].users) == len(hub.people) == 1
    member.end("bye")
    lose(hub, "b", 0.0)
    assert names(hub, "#geral") == ["ana"]
    lose(hub, "c", 0.0)
    assert (names(hub, "#geral"), len(hub.people)) == ([], 0)


def test_a_room_that_is_known_there_first(hub: Hub) -> None:
    """Who is in it already is in it when it is opened here, from each node, and can leave."""
    for node in ("b", "c"):
        learn(hub, node, told("ana", "k1", "#sala"), 0.0)
    hub.open_room(room_name("#sala"))
    assert names(hub, "#sala") == ["ana"]
    lose(hub, "b", 0.0)
    assert names(hub, "#sala") == ["ana"]
    learn(hub, "c", told("ana", "k1"), 0.0)
    assert names(hub, "#sala") == []


@pytest.mark.parametrize(("mine", "theirs", "stays"), [(1, 2, True), (2, 1, False)])
def test_of_two_guests_the_first_stays(hub: Hub, mine: int, theirs: int, stays: bool) -> None:
    """The other is sent off by its own node; names that look alike are one."""
    member = Sitting(hub, guest("ida", "g1", mine), "#geral")
    learn(hub, "b", told("Ida", "g2", "#geral", since=theirs), 0.0)
    assert member.reasons == ([] if stays else ["name_taken"])
    found = hub.people.named("ida")
    assert found is not None
    assert found.identity == ("g1" if stays else "g2")
    learn(hub, "b", Seen("g2", "Ida"), 0.0)
    assert names(hub, "#geral") == (["ida"] if stays else [])


def test_an_owner_stays(hub: Hub) -> None:
    """Whatever guest was first."""
    member = Sitting(hub, guest("ida", "g1", 1))
    learn(hub, "b", told("Ida", "k1", since=5), 0.0)
    assert member.reasons == ["name_taken"]


def test_who_lost_has_the_name_once_the_other_is_gone(hub: Hub) -> None:
    """Two nodes' news may come in any order: what was right before is right again."""
    learn(hub, "b", told("rui", "g1", since=1), 0.0)
    learn(hub, "c", told("rui", "g2", since=2), 0.0)
    found = hub.people.named("rui")
    assert found is not None
    assert found.identity == "g1"
    learn(hub, "b", Seen("g1", "rui"), 0.0)
    found = hub.people.named("rui")
    assert found is not None
    assert found.identity == "g2"
    lose(hub, "c", 0.0)
    assert list(hub.people.everybody()) == []


def test_who_is_here_is_told_to_the_others(hub: Hub) -> None:
    """Each time a session comes, goes or changes rooms, with all its sessions and rooms."""
    moved: list[Seen] = []
    hub.moved = lambda user, due: moved.append(seen(user, due))
    user = guest("ana", "g1", 7)
    member = Sitting(hub, user, "#geral")
    assert moved[-1] == Seen("g1", "ana", 7, {member.session: "127.0.0.1"}, ["#geral"])
    hub.depart(member, 2.0)
    assert moved[-1] == Seen("g1", "ana", 7, linger=2.0)
