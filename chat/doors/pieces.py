"""Bytes to what a plain peer says at once, and back: lines, or texts behind a 64-byte length. Sans-I/O."""

import codecs
import re
from collections.abc import Iterator
from enum import Enum
from typing import Protocol

from chat.framing import FrameCutter, frame
from chat.messages import MAX_BODY

LIMIT = MAX_BODY + 256
"""Longest piece, in bytes: a body, and before it a name or a command."""

_SIGNED = re.compile(rb"<[^<>\r\n]{1,128}> ")
_LINE_FEED = re.compile(rb"\n")


class Flaw(Enum):
    """Why a piece is not taken as text; the pieces after it are."""

    TOO_LONG = "too_long"
    NOT_UTF8 = "not_utf8"


Piece = str | Flaw


class Pieces(Protocol):
    """Cuts what comes from one peer, and packs what goes to it."""

    @property
    def unfinished(self) -> bool:
        """Whether something has begun that the peer must finish soon."""

    def feed(self, data: bytes) -> Iterator[Piece]:
        """Yield each piece that `data` completes, in order; exhaust it before the next call.

        Raises FrameError where the peer's framing is lost.
        """

    def pack(self, text: str) -> bytes:
        """The bytes of a text, which ends with a line feed unless the peer is to go on in its last line."""


class Lines:
    """Lines that end with LF or CR LF; at most LIMIT bytes and what was fed last are held.

    A peer that has never sent a line feed and begins with `<name> ` sends none at all: the program of the
    original systems that takes whatever arrives at once for a message. From then on its pieces end where they
    end on the network, and before its own `<name> `, for the kernel joins what is sent in quick succession.
    """

    unfinished = False  # a person may take any time over a line

    def __init__(self) -> None:
        self._buffer = b""
        self._skipping = False
        self._settled = False
        self._signed = False
        self._ends = _LINE_FEED

    def feed(self, data: bytes) -> Iterator[Piece]:
        text = self._buffer + data
        self._buffer = b""
        if not self._settled:
            self._settle(text)
        *pieces, rest = self._ends.split(text)
        for piece in pieces:
            if self._skipping:
                self._skipping = False  # that was the end of what is too long
            elif piece or not self._signed:
                yield _judged(piece)
        if rest and not self._skipping:
            yield from self._rest(rest)

    def pack(self, text: str) -> bytes:
        return text.encode()

    def _settle(self, text: bytes) -> None:
        """Find out from the first bytes how this peer ends what it says."""
        if b"\n" in text:
            self._settled = True
        elif match := _SIGNED.match(text):
            self._settled = self._signed = True
            self._ends = re.compile(rb"\n|(?=" + re.escape(match[0]) + rb")")

    def _rest(self, rest: bytes) -> Iterator[Piece]:
        if len(rest) > LIMIT:
            self._skipping = True
            yield Flaw.TOO_LONG
        elif self._signed and not _cut_short(rest):
            yield _judged(rest)
        else:
            self._buffer = rest


class Headed:
    """Texts behind a header of 64 bytes, as long as a frame of the wire contract may be."""

    def __init__(self) -> None:
        self._cutter = FrameCutter()

    @property
    def unfinished(self) -> bool:
        return self._cutter.unfinished

    def feed(self, data: bytes) -> Iterator[Piece]:
        return map(_judged, self._cutter.feed(data))

    def pack(self, text: str) -> bytes:
        return frame(text.removesuffix("\n").encode())


def _judged(piece: bytes) -> Piece:
    if len(piece) > LIMIT:
        return Flaw.TOO_LONG
    try:
        return piece.removesuffix(b"\r").decode()
    except UnicodeDecodeError:
        return Flaw.NOT_UTF8


def _cut_short(data: bytes) -> bool:
    """Whether the bytes end in the middle of a character."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    decoder.decode(data)
    return bool(decoder.getstate()[0])
