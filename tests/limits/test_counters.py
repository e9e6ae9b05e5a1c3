"""Each bound has its number, its option, and a test that meets it."""

from pathlib import Path

from chat.limits.counters import Counters, Limit
from chat.limits.options import Options
from chat.server.bounding import fields

TESTS = Path(__file__).parents[1]
DECIDED_BY = {
    Limit.CONNECTIONS: "max_clients",
    Limit.CONNECTIONS_PER_ADDRESS: "per_address",
    Limit.NEW_PER_ADDRESS: "new_per_address",
    Limit.UNWELCOMED: "max_unwelcomed",
    Limit.SESSIONS_PER_USER: "max_sessions",
    Limit.FAILED_PROOFS: "failed_proofs",
    Limit.HELLO_DEADLINE: "hello_deadline",
    Limit.TLS_DEADLINE: "handshake_deadline",
    Limit.FRAME_DEADLINE: "frame_deadline",
    Limit.BYTES_WAITING: "mark",
    Limit.MESSAGES: "send_rate",
    Limit.JOINS: "join_rate",
    Limit.ROOMS: "max_rooms",
    Limit.NEW_ROOMS: "make_rate",
    Limit.ROOMS_PER_USER: "max_rooms_each",
    Limit.MEMBERS: "max_members",
    Limit.PAGES: "page",
}
ELSEWHERE = {Limit.DESCRIPTORS, Limit.STUCK, Limit.SLOW_MODE}
"""The system's (ulimit -n), the contract's (30 s), and each room's own."""


def test_each_has_an_option_and_a_default() -> None:
    """The option of each decides the field that bounds it, which has a default above 0."""
    assert DECIDED_BY.keys() | ELSEWHERE == set(Limit)
    assert set(DECIDED_BY.values()) <= set(fields().values())
    assert all(getattr(Options(), field) > 0 for field in DECIDED_BY.values())


def test_each_is_met_by_a_test() -> None:
    """Some test looks at each number."""
    source = "".join(path.read_text("utf-8") for path in TESTS.rglob("test_*.py") if path != Path(__file__))
    assert {limit for limit in Limit if f"Limit.{limit.name}" not in source} == set()


def test_each_is_told_by_name() -> None:
    """A line for each, for whoever collects numbers."""
    counters = Counters()
    counters.count(Limit.PAGES)
    assert len(counters.lines()) == len(Limit)
    assert {"pages 1", "joins 0"} <= set(counters.lines())
