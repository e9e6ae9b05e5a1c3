"""Who may connect: so many at once and so many anew from one address, whoever else comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.limits.counters import Counters, Limit
from chat.limits.gate import Gate, Visit, block, is_local
from chat.limits.options import Options


def gate(**options: int | bool | None) -> tuple[Gate, Counters]:
    """A gate with options of the test's own, and what it counts."""
    counters = Counters()
    return Gate(Options(**options), counters), counters  # type: ignore[arg-type]


def enter(gate: Gate, address: str, now: float = 0.0, *, private: bool = False) -> Visit:
    """Somebody who is let in."""
    found = gate.knock(address, now, private=private)
    assert isinstance(found, Visit)
    return found


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("127.0.0.1", True),
        ("127.255.0.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:192.0.2.1", False),
        ("192.0.2.1", False),
        ("10.0.0.1", False),
        ("0.0.0.0", False),
        ("fe80::1%eth0", False),
        ("2001:db8::1", False),
        ("", False),
    ],
)
def test_whose_address_is_this_machines(address: str, local: bool) -> None:
    """Loopback in any spelling, and nothing else."""
    assert is_local(address) is local


@pytest.mark.parametrize(
    ("address", "taken_for"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_what_is_taken_for_one_peer(address: str, taken_for: str) -> None:
    """One address of IPv4 however it is written, a /64 of IPv6."""
    assert block(address) == taken_for


def test_so_many_at_once() -> None:
    """The seventeenth is refused until one of the sixteen goes; a neighbour is not concerned."""
    doors, counters = gate()
    visits = [enter(doors, "192.0.2.1") for _ in range(16)]
    assert doors.knock("::ffff:192.0.2.1", 0.0, private=False) is Limit.CONNECTIONS_PER_ADDRESS
    enter(doors, "192.0.2.2")
    visits.pop().over()
    enter(doors, "192.0.2.1")
    assert counters[Limit.CONNECTIONS_PER_ADDRESS] == 1


def test_so_many_in_a_64() -> None:
    """Whoever has a whole /64 of IPv6 has one allowance for it."""
    doors, _ = gate()
    for number in range(16):
        enter(doors, f"2001:db8::{number}")
    assert doors.knock("2001:db8::ffff", 0.0, private=False) is Limit.CONNECTIONS_PER_ADDRESS
    enter(doors, "2001:db8:0:1::")


def test_so_many_anew() -> None:
    """The thirty-third within ten minutes is refused though the others have gone, and not after them."""
    doors, counters = gate()
    for number in range(32):
        enter(doors, "192.0.2.1", float(number)).over()
    assert doors.knock("192.0.2.1", 599.9, private=False) is Limit.NEW_PER_ADDRESS
    enter(doors, "192.0.2.2", 599.9)
    enter(doors, "192.0.2.1", 600.0)
    assert counters[Limit.NEW_PER_ADDRESS] == 1


def test_so_many_without_a_name() -> None:
    """With so many nobodies it is full, until one has a name or goes; nobody is turned away for it."""
    doors, _ = gate(max_unwelcomed=2)
    first = enter(doors, "192.0.2.1")
    assert not doors.full()
    second = enter(doors, "192.0.2.2")
    assert doors.full()
    first.welcomed()
    assert not doors.full()
    third = enter(doors, "192.0.2.3")
    first.over()
    assert doors.full()
    for visit in (second, third):
        visit.over()
    assert doors.unwelcomed == 0


@pytest.mark.parametrize(
    ("exempt", "private", "address", "free"),
    [
        (None, True, "127.0.0.1", True),
        (None, True, "::1", True),
        (None, False, "127.0.0.1", False),
        (True, False, "127.0.0.1", True),
        (True, False, "192.0.2.1", False),
        (False, True, "127.0.0.1", False),
    ],
)
def test_who_is_exempt(exempt: bool | None, private: bool, address: str, free: bool) -> None:
    """This machine's own are, where nobody else can connect or the operator says so; nobody else ever is."""
    doors, _ = gate(exempt_loopback=exempt, per_address=1)
    enter(doors, address, private=private)
    assert isinstance(doors.knock(address, 0.0, private=private), Visit) is free


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 5)), max_size=60))
def test_the_counts_are_those_who_are_here(steps: list[tuple[int, int, int]]) -> None:
    """Whoever comes, is welcomed and goes: never more at once than allowed, and in the end nobody is left."""
    doors, _ = gate(per_address=3, new_per_address=1_000)
    here: list[tuple[str, Visit]] = []
    nobody: set[Visit] = set()
    for what, who, which in steps:
        address = f"192.0.2.{who}"
        if what == 0:
            found = doors.knock(address, 0.0, private=False)
            crowded = sum(other == address for other, _ in here) >= 3
            assert isinstance(found, Visit) is not crowded
            if isinstance(found, Visit):
                here.append((address, found))
                nobody.add(found)
        elif here:
            visit = here[which % len(here)]
            nobody.discard(visit[1])
            if what == 1:
                visit[1].welcomed()
            else:
                here.remove(visit)
                visit[1].over()
    assert doors.unwelcomed == len(nobody)
    for _, visit in here:
        visit.over()
    assert (doors.unwelcomed, doors._here) == (0, {})


def test_a_word_about_an_address_is_seldom() -> None:
    """Once in ten seconds for each address, however often it comes."""
    doors, _ = gate()
    said = [doors.seldom("192.0.2.1", now / 2) for now in range(41)]
    assert said.count(True) == 3
    assert doors.seldom("192.0.2.2", 0.0)
