"""Join and leave notices: folded, bounded, late for who was only cut off."""

from typing import Any

from chat.framing import HEADER_SIZE
from chat.hub.notices import Notices
from chat.hub.people import Member, Room, User
from chat.limits.options import Options
from chat.names import room_name, user_name
from tests.peer import Peer, json
from tests.servers import Start


class Ear:
    """An outbox that keeps what it is told."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []

    def deliver(self, frames: bytes) -> None:
        raise AssertionError("a notice is not in the history")

    def say(self, frames: bytes) -> None:
        self.heard.append(json.loads(frames[HEADER_SIZE:]))

    def awaits(self, id: int) -> bool:
        return False


def _someone(name: str) -> tuple[Member, Ear]:
    ear = Ear()
    return Member(User(user_name(name), name, name), ear, name, lambda reason: None), ear


def _room(*names: str) -> tuple[Room, list[Member], list[Ear]]:
    room = Room(room_name("#aula").key, "#aula")
    people = [_someone(name) for name in names]
    for member, _ in people:
        room.add(member)
    return room, [member for member, _ in people], [ear for _, ear in people]


def test_many_are_told_in_one_notice() -> None:
    """Those who came since the last notice are named together; nobody is told of itself."""
    room, (ana, bia, _), ears = _room("ana", "bia", "caio")
    notices = Notices(Options())
    notices.joined(room, ana.user)
    notices.joined(room, bia.user)
    notices.tell(0.0)
    said = {"type": "joined", "room": "#aula", "members": 3}
    assert [ear.heard for ear in ears] == [
        [said | {"users": ["bia"]}],
        [said | {"users": ["ana"]}],
        [said | {"users": ["ana", "bia"]}],
    ]


def test_alone_in_a_notice_one_hears_nothing() -> None:
    """The only one who came is not told."""
    room, (ana,), (ear,) = _room("ana")
    notices = Notices(Options())
    notices.joined(room, ana.user)
    notices.tell(0.0)
    assert ear.heard == []


def test_a_room_is_told_a_few_times_a_second() -> None:
    """After a notice a room hears the next one only when its interval is over; larger rooms wait longer."""
    room, (ana, bia), (ear, _) = _room("ana", "bia")
    notices = Notices(Options(notice_interval=0.5, notice_rate=1.0))
    notices.joined(room, bia.user)
    notices.tell(10.0)
    notices.left(room, bia.user, 10.0)
    notices.tell(11.9)
    assert [said["type"] for said in ear.heard] == ["joined"]
    notices.tell(12.0)
    assert [said["type"] for said in ear.heard] == ["joined", "left"]
    assert ana.user.name.shown == "ana"


def test_all_rooms_together_are_told_so_often() -> None:
    """What one room was told takes its time from the others, which hear the same a little later."""
    (one, (_, bia), (ear, _)), (other, (_, caio), (late, _)) = _room("ana", "bia"), _room("eva", "caio")
    notices = Notices(Options(notice_interval=0.0, notice_total=4.0))
    notices.joined(one, bia.user)
    notices.tell(10.0)
    notices.joined(other, caio.user)
    notices.tell(10.4)
    assert ([said["users"] for said in ear.heard], late.heard) == ([["bia"]], [])
    notices.tell(10.5)
    assert [said["users"] for said in late.heard] == [["caio"]]


def test_who_comes_back_in_time_has_not_left() -> None:
    """A `left` that lingers is dropped when its user returns."""
    room, (ana, bia), (ear, _) = _room("ana", "bia")
    notices = Notices(Options())
    notices.left(room, bia.user, 2.0)
    notices.tell(1.0)
    notices.joined(room, bia.user)
    notices.tell(3.0)
    assert [said["type"] for said in ear.heard] == ["joined"]
    assert ana.rooms == {"#aula": room}


def test_a_notice_names_so_many_and_counts_the_rest() -> None:
    """Names beyond the bound are counted in `more`."""
    names = [f"u{number}" for number in range(8)]
    room, members, ears = _room("ana", *names)
    notices = Notices(Options(notice_names=5))
    for member in members[1:]:
        notices.joined(room, member.user)
    notices.tell(0.0)
    assert ears[0].heard == [{"type": "joined", "room": "#aula", "users": names[:5], "more": 3, "members": 9}]
    assert ears[-1].heard == ears[0].heard


async def test_a_cut_is_told_late_and_a_return_is_no_leaving(start: Start) -> None:
    """Who is cut off and comes back within the linger never left, for the others."""
    running = await start(linger=60.0, notice_interval=0.01)
    ana, bia = await Peer.hello(running.port, "ana"), await Peer.hello(running.port, "bia")
    bia.reset()
    back = await Peer.hello(running.port, "bia", session=bia.welcome["session"])
    await back.send("#geral", "de volta", "1")
    await ana.expect("message")
    assert all(said["type"] != "left" for said in ana.heard)
