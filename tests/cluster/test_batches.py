"""A batch is what it was when it comes back; what is none, or damaged, or newer, is known as such."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.cluster.batches import VERSION, Damaged, Newer, decode, encode, row
from chat.history.base import Draft, Kind
from tests.history.told import draft, private

_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_drafts = st.builds(
    Draft,
    _text,
    _text,
    _text,
    _text,
    _text,
    st.integers(-(2**63), 2**63 - 1),
    _text,
    st.just(()) | st.tuples(_text, _text),
    _text,
    st.sampled_from(Kind),
    st.none() | st.integers(0, 2**63 - 1),
)


@given(st.lists(_drafts, max_size=5), st.integers(0, 2**62))
def test_comes_back(drafts: list[Draft], after: int) -> None:
    """Whatever the drafts are, the same come back in their order."""
    batch = decode(encode("id", [row(one) for one in drafts], after))
    assert (batch.id, list(batch.drafts), batch.after) == ("id", drafts, after)


def test_every_flipped_bit_is_seen() -> None:
    """No bit can change without being noticed, but in the version, which is no lower by it."""
    data = encode("id", [row(draft(1)), row(private(2, "ana", "rui"))])
    for place in range(8, 8 * len(data)):
        changed = bytearray(data)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(Damaged):
            decode(bytes(changed))


@pytest.mark.parametrize("data", [b"", b"\x01", b"hello there", b"\x00" * 5 + b"x"])
def test_what_is_none(data: bytes) -> None:
    """Bytes that no node wrote are damaged, whatever they begin with."""
    with pytest.raises(Damaged):
        decode(data)


def test_what_is_newer() -> None:
    """A higher version is newer, and so is what is whole but not understood."""
    data = encode("id", [row(draft(1))])
    with pytest.raises(Newer):
        decode(bytes([VERSION + 1]) + data[1:])
    fields = list(msgspec.structs.astuple(draft(1)))
    fields[9] = 99
    with pytest.raises(Newer):
        decode(encode("id", [msgspec.Raw(msgspec.msgpack.encode(fields))]))
