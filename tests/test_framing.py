"""Frames: every way of cutting the bytes, every malformed header, and what a claim may cost."""

import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.errors import Code, FrameError
from chat.framing import HEADER_SIZE, MAX_FRAME, FrameCutter, frame, length

BAD_HEADERS = {
    "spaces": b"",
    "zero": b"0",
    "leading zeros": b"007",
    "plus": b"+5",
    "minus": b"-5",
    "underscore": b"1_000",
    "right-justified": b"12".rjust(HEADER_SIZE),
    "one space before": b" 12",
    "line feed": b"12\n",
    "tab": b"12\t",
    "vertical tab": b"12\x0b",
    "form feed": b"\x0c12",
    "carriage return": b"12\r\n",
    "padded with NUL": b"12".ljust(HEADER_SIZE, b"\0"),
    "Arabic digits": "١٢".encode(),
    "full-width digits": "１２".encode(),
    "padded with em spaces": b"1" + "\u2003".encode() * 21,
    "padded with 0xa0": b"12".ljust(HEADER_SIZE, b"\xa0"),
    "hexadecimal": b"0x10",
    "exponent": b"1e3",
    "fraction": b"12.0",
    "comma": b"12,",
    "two numbers": b"12 34",
    "digit at the end": b"12".ljust(HEADER_SIZE - 1) + b"3",
    "64 zeros": b"0" * HEADER_SIZE,
    "HTTP": b"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: something-or-other/1.0\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(64)),
    "64 times 0xff": b"\xff" * HEADER_SIZE,
}
LARGE_HEADERS = {
    "one too many": b"65537",
    "19 digits": b"9" * 19,
    "20 digits": b"9" * 20,
    "63 digits": b"9" * 63,
    "64 digits": b"9" * 64,
}
MALFORMED = [
    pytest.param(start.ljust(HEADER_SIZE)[:HEADER_SIZE], code, id=name)
    for code, headers in ((Code.BAD_FRAME, BAD_HEADERS), (Code.FRAME_TOO_LARGE, LARGE_HEADERS))
    for name, start in headers.items()
]

Outcome = tuple[list[bytes], Code | None, bool]
quick = settings(deadline=None, max_examples=150)


def outcome(pieces: list[bytes], max_frame: int = MAX_FRAME) -> Outcome:
    """Of a stream fed in pieces: the payloads, the code of the error, whether a frame is left unfinished."""
    cutter = FrameCutter(max_frame)
    payloads: list[bytes] = []
    try:
        for piece in pieces:
            payloads += cutter.feed(piece)
    except FrameError as error:
        return payloads, error.code, cutter.unfinished
    return payloads, None, cutter.unfinished


def bytewise(stream: bytes) -> list[bytes]:
    """The stream in pieces of one byte."""
    return [stream[at : at + 1] for at in range(len(stream))]


def cut_at(stream: bytes, cuts: list[int]) -> list[bytes]:
    """The stream cut at some places, empty pieces included."""
    places = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    return [stream[start:stop] for start, stop in pairwise(places)]


payloads_of = st.lists(st.binary(min_size=1, max_size=200), max_size=6)
good_frames = payloads_of.map(lambda payloads: b"".join(map(frame, payloads)))
headers = st.one_of(
    st.integers(0, 300).map(lambda n: b"%-64d" % n),
    st.sampled_from([case.values[0] for case in MALFORMED]),
)
streams = st.lists(st.one_of(good_frames, headers, st.binary(max_size=80)), max_size=5).map(b"".join)
cuts_of = st.lists(st.integers(0, 2**20), max_size=20)


def test_a_frame_is_a_header_of_64_bytes_and_the_payload() -> None:
    """The header is the length in digits, then spaces."""
    assert frame(b"oi") == b"2" + b" " * 63 + b"oi"
    assert length(b"%-64d" % MAX_FRAME, MAX_FRAME) == MAX_FRAME


@pytest.mark.parametrize(("header", "code"), MALFORMED)
def test_a_malformed_header_is_refused(header: bytes, code: Code) -> None:
    """Each class of malformed header has its code."""
    assert len(header) == HEADER_SIZE
    with pytest.raises(FrameError) as raised:
        length(header, MAX_FRAME)
    assert raised.value.code is code


@pytest.mark.parametrize(("header", "code"), MALFORMED)
def test_a_malformed_header_ends_the_stream_however_it_arrives(header: bytes, code: Code) -> None:
    """Good frames before it are still given; it needs no byte of its payload; nothing after it is read."""
    before = frame(b'{"type":"ping"}') * 2
    expected = ([b'{"type":"ping"}'] * 2, code, False)
    assert outcome([before + header]) == expected
    assert outcome([before, header]) == expected
    assert outcome(bytewise(before + header)) == expected
    assert outcome([before + header + before]) == expected


def test_a_length_up_to_the_bound_passes() -> None:
    """The bound itself is allowed, one more is not; a smaller bound is kept too."""
    assert outcome([frame(b"x" * MAX_FRAME)]) == ([b"x" * MAX_FRAME], None, False)
    assert outcome([frame(b"x" * (MAX_FRAME + 1))]) == ([], Code.FRAME_TOO_LARGE, False)
    assert outcome([frame(b"x" * 10)], max_frame=10) == ([b"x" * 10], None, False)
    assert outcome([frame(b"x" * 11)], max_frame=10) == ([], Code.FRAME_TOO_LARGE, False)


def test_more_bytes_than_announced_begin_the_next_header() -> None:
    """20 are announced and 25 come: the five are judged as a header once 64 bytes are there."""
    stream = b"%-64d" % 20 + b"x" * 25
    assert outcome([stream]) == ([b"x" * 20], None, True)
    assert outcome([stream + b" " * 59]) == ([b"x" * 20], Code.BAD_FRAME, False)


def test_the_stream_is_lost_after_an_error() -> None:
    """Every later feed raises an error of the same code, even for a good frame."""
    cutter = FrameCutter()
    with pytest.raises(FrameError) as first:
        list(cutter.feed(b"9" * HEADER_SIZE))
    with pytest.raises(FrameError) as second:
        list(cutter.feed(frame(b"oi")))
    assert first.value.code is second.value.code is Code.FRAME_TOO_LARGE
    assert not cutter.unfinished


def test_an_unfinished_frame_is_known() -> None:
    """From its first byte until its last, and not between frames."""
    cutter = FrameCutter()
    assert not cutter.unfinished
    stream = frame(b"oi")
    for byte in bytewise(stream)[:-1]:
        assert list(cutter.feed(byte)) == []
        assert cutter.unfinished
    assert list(cutter.feed(stream[-1:])) == [b"oi"]
    assert not cutter.unfinished


@quick
@given(payloads_of, cuts_of)
def test_payloads_survive_any_cutting(payloads: list[bytes], cuts: list[int]) -> None:
    """What was framed comes out again, whatever the pieces."""
    stream = b"".join(map(frame, payloads))
    assert outcome(cut_at(stream, cuts)) == (payloads, None, False)


@quick
@given(streams, cuts_of)
def test_any_bytes_mean_the_same_however_they_are_cut(stream: bytes, cuts: list[int]) -> None:
    """At once, byte by byte, in random pieces: the same payloads, the same error, the same rest."""
    at_once = outcome([stream], max_frame=250)
    assert outcome(bytewise(stream), max_frame=250) == at_once
    assert outcome(cut_at(stream, cuts), max_frame=250) == at_once


@quick
@given(st.binary(min_size=HEADER_SIZE, max_size=HEADER_SIZE) | headers, st.integers(1, 10**25))
def test_a_header_is_a_length_or_an_error(header: bytes, max_frame: int) -> None:
    """Whatever 64 bytes: the length that is written in them, or the code that says what is wrong with it."""
    digits = header.rstrip(b" ")
    number = int(digits) if digits.isdigit() and not digits.startswith(b"0") else 0
    try:
        result: int | Code = length(header, max_frame)
    except FrameError as error:
        result = error.code
    small = Code.BAD_FRAME if number == 0 else number
    assert result == (Code.FRAME_TOO_LARGE if number > min(max_frame, 10**19 - 1) else small)


def test_a_length_claimed_but_never_sent_costs_no_memory() -> None:
    """A thousand conversations that announce 64 KiB each and say nothing more hold under 400 bytes each."""
    header = b"%-64d" % MAX_FRAME
    cutters = [FrameCutter() for _ in range(1_000)]
    tracemalloc.start()
    try:
        for cutter in cutters:
            assert list(cutter.feed(header)) == []
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 400_000


def test_bytes_after_an_error_are_not_held() -> None:
    """What follows a refused header is dropped, not kept: a megabyte after 64 nines leaves nothing."""
    tracemalloc.start()
    try:
        cutter = FrameCutter()
        with pytest.raises(FrameError):
            list(cutter.feed(b"9" * HEADER_SIZE + b"x" * 2**20))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 100_000
    assert not cutter.unfinished
