"""Bytes to pieces, however the network cuts them, and back."""

import tracemalloc
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.doors.pieces import LIMIT, Flaw, Headed, Lines, Piece, Pieces
from chat.errors import FrameError
from chat.framing import frame

TOO_LONG, NOT_UTF8 = Flaw.TOO_LONG, Flaw.NOT_UTF8
FRAGMENTS = st.lists(
    st.sampled_from(
        [b"a", b" ", b"\n", b"\r\n", b"\r", b"\xff", "ç😀".encode(), b"x" * 1_500, b"x" * LIMIT, b"<ana> "]
    )
)


def fed(pieces: Pieces, chunks: Iterable[bytes]) -> list[Piece]:
    return [piece for chunk in chunks for piece in pieces.feed(chunk)]


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    ends = [*sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@given(
    st.lists(st.tuples(st.text(max_size=20), st.sampled_from(["\n", "\r\n"]))),
    st.lists(st.integers(0, 1_000)),
)
def test_lines_come_out_as_they_went_in(lines: list[tuple[str, str]], places: list[int]) -> None:
    """A peer that ends its lines gets each of them taken as it is, whatever the network did to them."""
    lines = [("ana", "\n")] + [(text.replace("\n", "").replace("\r", ""), end) for text, end in lines]
    data = "".join(text + end for text, end in lines).encode()
    assert fed(Lines(), cut(data, places)) == [text for text, _ in lines]


@given(FRAGMENTS, st.lists(st.integers(0, 10_000)))
def test_any_bytes_in_any_pieces(fragments: list[bytes], places: list[int]) -> None:
    """Once a line has been ended, any bytes give the same in whatever pieces they come."""
    data = b"\n" + b"".join(fragments)
    assert fed(Lines(), cut(data, places)) == fed(Lines(), [data])


@pytest.mark.parametrize(
    ("chunks", "pieces"),
    [
        ([b"<ana> oi"], ["<ana> oi"]),
        ([b"<ana> oi", b"<ana> tudo bem?"], ["<ana> oi", "<ana> tudo bem?"]),
        ([b"<ana> oi<ana> tudo bem?"], ["<ana> oi", "<ana> tudo bem?"]),
        ([b"<ana> oi", b"e mais"], ["<ana> oi", "e mais"]),
        ([b"<ana> oi", b"\n", b"<ana> tudo\r\n"], ["<ana> oi", "<ana> tudo"]),
        ([b"<ana> oi", b"<ana> cora\xc3", b"\xa7\xc3\xa3o"], ["<ana> oi", "<ana> coração"]),
        ([b"<ana> oi", b"<ana> \xff\xfe", b"<ana> ainda"], ["<ana> oi", NOT_UTF8, "<ana> ainda"]),
        ([b"<ana> " + b"x" * LIMIT, b"x" * 99, b"x<ana> oi"], [TOO_LONG, "<ana> oi"]),
        ([b"<ana> (.*)", b"<ana> [a"], ["<ana> (.*)", "<ana> [a"]),
        ([b"ana\n", b"<ana> o", b"i\n"], ["ana", "<ana> oi"]),
        ([b"<an", b"a> o", b"i"], ["<ana> o", "i"]),
        ([b"<3", b" todos\n"], ["<3 todos"]),
        ([b"ana"], []),
    ],
)
def test_a_peer_that_ends_no_lines(chunks: list[bytes], pieces: list[Piece]) -> None:
    """What begins with `<name> ` and has no line feed is whole as it arrives; the others are waited for."""
    assert fed(Lines(), chunks) == pieces


def test_a_line_without_end_costs_nothing() -> None:
    """A megabyte without a line feed is refused once, is not kept, and what follows its end is taken."""
    lines = Lines()
    chunk = b"x" * 8_192
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        assert fed(lines, [chunk] * 128) == [TOO_LONG]
        assert tracemalloc.get_traced_memory()[0] - before < 2 * LIMIT
    finally:
        tracemalloc.stop()
    assert fed(lines, [b"xxx\noi\n"]) == ["oi"]


@pytest.mark.parametrize("size", [LIMIT - 1, LIMIT, LIMIT + 1])
def test_the_longest_line(size: int) -> None:
    """A line of exactly the limit is taken, one byte more is refused."""
    line = "x" * size
    assert fed(Lines(), [line.encode(), b"\n"]) == [line if size <= LIMIT else TOO_LONG]
    assert fed(Headed(), [frame(line.encode())]) == [line if size <= LIMIT else TOO_LONG]


@given(
    st.lists(st.binary(min_size=1, max_size=50) | st.just(b"x" * (LIMIT + 1))),
    st.lists(st.integers(0, 9_999)),
)
def test_headed_texts_in_any_pieces(payloads: list[bytes], places: list[int]) -> None:
    """Texts behind their length come out the same in whatever pieces they come; none sticks to another."""
    data = b"".join(map(frame, payloads))
    headed = Headed()
    pieces = fed(headed, cut(data, places))
    assert pieces == fed(Headed(), [data])
    assert len(pieces) == len(payloads)
    assert not headed.unfinished
    assert not list(headed.feed(b"5"))
    assert headed.unfinished


def test_a_malformed_header_is_said() -> None:
    """Framing that is lost raises, from the header alone."""
    with pytest.raises(FrameError):
        fed(Headed(), [b"oi, gente".ljust(64)])


def test_packing() -> None:
    """Lines go out as they are; behind a length a text needs no end of its own."""
    assert Lines().pack("oração\n") == "oração\n".encode()
    assert Headed().pack("oração\n") == frame("oração".encode())
