"""The law of one room, without a server: who is what, until when, and where it stands in the table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.bounds import FOREVER, Rank, RoomKind
from chat.hub.people import User
from chat.hub.rights import Kind, Role, above, place
from chat.hub.standing import Law, Standing, network
from chat.names import user_name

NOW = 1_000
ANA = User(user_name("ana"), "k1", "k1")
GUEST = User(user_name("visita"), "g1", "~visita")


def role(law: Law, who: User, *, host: str = "10.0.0.1", operator: bool = False, here: bool = True) -> Role:
    """What somebody is."""
    return law.role(who, host, NOW, operator=operator, here=here)


@pytest.mark.parametrize("kind", RoomKind)
def test_roles(kind: RoomKind) -> None:
    """Rank, presence and key decide; in a private room presence alone does not."""
    law = Law()
    law.settle(kind, 0)
    private = kind is RoomKind.PRIVATE
    assert role(law, ANA) is (Role.STRANGER if private else Role.MEMBER)
    assert role(law, GUEST) is (Role.STRANGER if private else Role.GUEST)
    assert role(law, ANA, here=False) is Role.STRANGER
    assert role(law, ANA, operator=True) is (Role.STRANGER if private else Role.OPERATOR)
    for rank, known in (
        (Rank.OWNER, Role.OWNER),
        (Rank.MODERATOR, Role.MODERATOR),
        (Rank.MEMBER, Role.MEMBER),
    ):
        law.put("k1", Standing("ana", rank))
        assert role(law, ANA, here=False) is known
        assert role(law, ANA, operator=True) is Role.OPERATOR
        assert law.owned is (rank is Rank.OWNER)
    law.put("g1", Standing("visita", Rank.MODERATOR))
    assert role(law, GUEST, here=False) is Role.GUEST


def test_bans_and_mutes() -> None:
    """By identity, by a guest's name, or by address; for good or until a time that has not come."""
    law = Law()
    for until, banned in ((NOW - 1, None), (NOW, None), (NOW + 1, NOW + 1), (FOREVER, FOREVER)):
        law.put("k1", Standing("ana", banned=until, muted=until))
        assert law.banned(ANA, "10.0.0.1", NOW) == law.muted(ANA, NOW) == banned
        assert (role(law, ANA) is Role.BANNED) == (banned is not None)
    law.put("k1", Standing("ana", banned=NOW + 5))
    law.put(network("10.0.0.1"), Standing("x", banned=NOW + 9))
    assert law.banned(ANA, "10.0.0.1", NOW) == NOW + 9
    assert law.banned(ANA, "10.0.0.2", NOW) == NOW + 5
    assert law.banned(GUEST, "::ffff:10.0.0.1", NOW) == NOW + 9
    law.put(network("10.0.0.1"), Standing("x", banned=FOREVER))
    assert law.banned(ANA, "10.0.0.1", NOW) == FOREVER
    law.put("~visita", Standing("visita", banned=FOREVER))
    assert role(law, User(user_name("visita"), "g2", "~visita"), host="") is Role.BANNED
    assert network("2001:db8::1") == network("2001:db8::2") != network("2001:db8:0:1::1")


def test_a_rank_outlives_an_address_ban() -> None:
    """Who looks after a room is not kept out by the address they share with somebody."""
    law = Law()
    law.put(network("10.0.0.1"), Standing("x", banned=FOREVER))
    law.put("k1", Standing("ana", Rank.MODERATOR))
    assert role(law, ANA) is Role.MODERATOR
    assert role(law, GUEST) is Role.BANNED


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([None, *Rank]))))
def test_owned(steps: list[tuple[str, Rank | None]]) -> None:
    """Whatever happens to the standings, a room is owned exactly while somebody is its owner."""
    law = Law()
    version = law.version
    for where, rank in steps:
        law.put(where, None if rank is None else Standing(where, rank))
        assert law.owned == any(kept.role is Rank.OWNER for kept in law.standings.values())
        assert law.version > version
        version = law.version


def test_places_in_the_table() -> None:
    """A public room is another matter where nobody owns it; others are what they are."""
    assert place(RoomKind.PUBLIC, owned=False) is Kind.OPEN
    assert place(RoomKind.PUBLIC, owned=True) is Kind.PUBLIC
    for owned in (True, False):
        assert place(RoomKind.PRIVATE, owned=owned) is Kind.PRIVATE
        assert place(RoomKind.ANNOUNCEMENT, owned=owned) is Kind.ANNOUNCEMENT


def test_ranks() -> None:
    """Each is above all below, and nobody above themselves."""
    order = [Role.OPERATOR, Role.OWNER, Role.MODERATOR, Role.MEMBER]
    for high, one in enumerate(order):
        for low, other in enumerate(order):
            assert above(one, other) is (high < low)
    assert not above(Role.MEMBER, Role.BANNED)
