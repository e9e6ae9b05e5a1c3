"""The fuzzers' targets hold for what hypothesis thinks of; `make fuzz` lets coverage lead."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.framing import frame
from tests.fuzz.__main__ import NAMES
from tests.fuzz.targets import TARGETS

PIECES = st.one_of(
    st.binary(max_size=80),
    st.text(max_size=40).map(lambda text: text.encode(errors="replace")),
    st.binary(min_size=1, max_size=80).map(frame),
    st.sampled_from([b'{"type":"hello","version":1,"user":"ana"}', b'{"type":"ping"}', b'{"type":"bye"}']),
    st.sampled_from([b'{"type":"hello","version":1,"user":"ana"}', b'{"type":"ping"}']).map(frame),
)


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
@given(data=st.lists(PIECES, max_size=4).map(b"".join))
def test_for_any_bytes(target: Callable[[bytes], None], data: bytes) -> None:
    """No target raises."""
    target(data)


def test_each_target_has_its_turn() -> None:
    """The names are written out where targets may not be imported yet: they have to be instrumented."""
    assert tuple(TARGETS) == NAMES


def test_a_target_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser that lets through what it must not is found."""
    monkeypatch.setattr("chat.text.safe", lambda raw, kind: raw)
    with pytest.raises(AssertionError):
        TARGETS["texts"](b"\x1b[2J")
