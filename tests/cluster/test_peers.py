"""Other nodes as they let themselves be heard: nothing missed goes unnoticed, who is silent is gone."""

import msgspec
import pytest

from chat.cluster import peers
from chat.cluster.peers import Asking, Beat, Ending, Halt, Halted, News, Parting, Peers, Whole
from chat.hub.elsewhere import Seen


class Learner:
    """Keeps who is where."""

    def __init__(self) -> None:
        self.there: dict[str, set[str]] = {}
        self.lost: list[tuple[str, float]] = []

    def learn(self, life: str, seen: Seen) -> None:
        there = self.there.setdefault(life, set())
        (there.add if seen.sessions else there.discard)(seen.identity)

    def lose(self, life: str, linger: float) -> None:
        self.there.pop(life, None)
        self.lost.append((life, linger))


def here(*identities: str) -> list[Seen]:
    """Somebody with a session."""
    return [Seen(identity, identity, sessions={f"s-{identity}": "::1"}) for identity in identities]


@pytest.fixture
def learner() -> Learner:
    return Learner()


@pytest.fixture
def known(learner: Learner) -> Peers:
    """The other nodes of `me`, of which `b` has said its whole."""
    made = Peers("me", learner)
    assert made.hear(Beat("b", "b1", 4), 0.0)
    assert not made.hear(Whole("b", "b1", 5, here("ana", "bia"), True, True), 0.0)
    return made


def test_who_is_met_is_asked_for_its_whole(known: Peers, learner: Learner) -> None:
    """Then all its news is known; a beat with the right number asks for nothing."""
    assert learner.there == {"b1": {"ana", "bia"}}
    assert not known.hear(News("b", "b1", 6, [Seen("ana", "ana"), *here("caio")]), 1.0)
    assert learner.there == {"b1": {"bia", "caio"}}
    assert not known.hear(Beat("b", "b1", 6), 2.0)
    assert known.known["b1"].level


@pytest.mark.parametrize(
    "said", [News("b", "b1", 7, here("caio")), Beat("b", "b1", 6), Whole("b", "b1", 7, [], False, True)]
)
def test_what_was_missed_is_asked_for(known: Peers, learner: Learner, said: peers.Saying) -> None:
    """A number too many: what is known stays until the whole is heard, which mends it."""
    assert known.hear(said, 1.0)
    assert learner.there == {"b1": {"ana", "bia"}}
    assert not known.hear(Whole("b", "b1", 9, here("bia"), True, False), 1.0)
    assert learner.there == {"b1": {"ana", "bia"}}
    assert not known.hear(Whole("b", "b1", 10, here("davi"), False, True), 1.0)
    assert learner.there == {"b1": {"bia", "davi"}}


def test_news_before_the_whole_means_nothing(learner: Learner) -> None:
    """Of a node that was just met only the whole counts."""
    known = Peers("me", learner)
    assert known.hear(News("b", "b1", 1, here("ana")), 0.0)
    assert learner.there == {}


def test_who_is_silent_is_gone(known: Peers, learner: Learner) -> None:
    """After its time, not before; whatever it says is a sign of life."""
    known.look(7.0, 7.0)
    assert learner.lost == []
    known.hear(Asking("b", "b1", 5), 7.0)
    known.look(14.0, 7.0)
    assert learner.lost == []
    known.look(14.5, 7.0)
    assert learner.lost == [("b1", 0.0)]
    assert known.hear(Beat("b", "b1", 5), 15.0)  # it was only slow: its whole is asked for


def test_silence_that_nobody_could_hear_does_not_count(known: Peers, learner: Learner) -> None:
    """While this node was cut off nobody is judged."""
    known.forgive(100.0)
    known.look(106.0, 7.0)
    assert learner.lost == []


def test_who_parts_is_gone_at_once(known: Peers, learner: Learner) -> None:
    """For as long as it says nobody need be told; a parting of nobody known changes nothing."""
    known.hear(Parting("b", "b1", 5, 2.0), 1.0)
    known.hear(Parting("c", "c1", 5, 2.0), 1.0)
    assert learner.lost == [("b1", 2.0)]


def test_who_is_started_anew_is_not_there_twice(known: Peers, learner: Learner) -> None:
    """A node with another life takes the place of the old one."""
    assert known.hear(Beat("b", "b2", 0), 1.0)
    assert learner.lost == [("b1", 0.0)]
    assert set(known.known) == {"b2"}


def test_two_of_one_name_are_both_there(known: Peers, learner: Learner) -> None:
    """Two nodes of one machine are called the same unless told otherwise: neither drives the other out."""
    known.hear(Beat("b", "b2", 0), 1.0)
    assert not known.hear(Whole("b", "b2", 1, here("caio"), True, True), 1.0)
    assert known.hear(Beat("b", "b1", 5), 1.5)
    assert not known.hear(Whole("b", "b1", 6, here("ana"), True, True), 1.5)
    assert learner.lost == [("b1", 0.0)]
    assert not known.hear(Beat("b", "b2", 1), 2.0)
    assert not known.hear(Beat("b", "b1", 6), 2.0)
    assert learner.there == {"b1": {"ana"}, "b2": {"caio"}}
    assert known.hear(Beat("b", "b3", 0), 3.0)
    assert set(known.known) == {"b1", "b2", "b3"}


def test_one_does_not_hear_oneself(known: Peers, learner: Learner) -> None:
    """What this node says itself is nothing new, and who has sessions ended, or a halt, need not be known."""
    assert not known.hear(News("me", "me", 1, here("x")), 1.0)
    assert not known.hear(Ending("d", "d1", 1, ["s"], "replaced"), 1.0)
    assert not known.hear(Halt("e", "e1", 1, "h", 1.0), 1.0)
    assert not known.hear(Halted("b", "b1", 9, "h"), 1.0)
    assert set(known.known) == {"b1"}


def test_a_whole_is_said_in_parts() -> None:
    """Nobody is left out, no part is too large, the first and the last are named, numbers go on."""
    everybody = here(*(f"user-{n}" for n in range(50)))
    parts = list(peers.parts(everybody, 500))
    assert [seen for part in parts for seen in part] == everybody
    assert max(len(peers.encode(News("b", "b1", 1, part))) for part in parts) < 600
    assert list(peers.parts([])) == [[]]
    (only,) = peers.whole("b", "b1", 7, everybody)
    assert (only.number, only.first, only.last) == (8, True, True)


def test_what_is_said_can_be_read() -> None:
    """Everything is read as it was said; what another version says is no message of this one."""
    for said in (
        News("b", "b1", 1, here("ana")),
        Whole("b", "b1", 1, [], True, False),
        Parting("b", "b1", 1, 0.5),
        Ending("b", "b1", 1, ["s"], "kicked"),
        Asking("b", "b1", 1),
        Halt("b", "b1", 1, "h", 1.0),
        Halted("b", "b1", 1, "h"),
    ):
        assert peers.decode(peers.encode(said)) == said
    with pytest.raises(msgspec.MsgspecError):
        peers.decode(b'{"is":"typing","node":"b","life":"b1","number":1}')
