"""What every parser promises for any bytes whatever: AssertionError where it does not hold."""

import unicodedata
from collections.abc import Callable

from chat import address, names, text
from chat.errors import FrameError
from chat.framing import HEADER_SIZE, FrameCutter, frame
from chat.messages import Event, Request, Unreadable, decode_event, decode_request, encode
from chat.protocol import Fault, State, client_side, server_side
from chat.text import Kind

SMALL = 1_000
"""Bytes of the largest frame: small enough that too large ones are found."""


def framing(data: bytes) -> None:
    """Cut at the bytes that the first byte says, a stream gives what it gives at once; payloads come back."""
    if not data:
        return
    step, stream = data[0] + 1, data[1:]
    assert _cut([stream]) == _cut([stream[at : at + step] for at in range(0, len(stream), step)])
    payload = stream[:SMALL]
    if payload:
        assert _cut([frame(payload)]) == ([payload], "")


def _cut(pieces: list[bytes]) -> tuple[list[bytes], str]:
    cutter = FrameCutter(SMALL)
    found: list[bytes] = []
    try:
        for piece in pieces:
            found += cutter.feed(piece)
    except FrameError as error:
        return found, error.code
    assert all(0 < len(payload) <= SMALL for payload in found)
    return found, ""


def messages(data: bytes) -> None:
    """A payload is a message or Unreadable; a message survives being said again."""
    for decode in (decode_request, decode_event):
        try:
            message: Request | Event = decode(data)
        except Unreadable:
            continue
        assert decode(encode(message)) == message


def protocol(data: bytes) -> None:
    """Whatever arrives, both ends go on or close; after a close nothing comes."""
    for end in (server_side(SMALL), client_side(SMALL)):
        for size in (HEADER_SIZE, 7):
            for at in range(0, len(data), size):
                for said in end.receive(data[at : at + size]):
                    assert not (isinstance(said, Fault) and said.fatal) or end.state is State.CLOSED
        assert end.state is not State.CLOSED or not list(end.receive(frame(b"{}")))


def names_(data: bytes) -> None:
    """A name is refused or shown as it is; its key does not change when it is folded again."""
    raw = data.decode(errors="surrogatepass" if data[:1] > b"\x80" else "replace") if _decodes(data) else ""
    for judge in (names.user_name, names.room_name):
        try:
            name = judge(raw)
        except names.BadName:
            continue
        key = name.key.removeprefix("#")
        assert names.fold(key) == key
        assert text.safe(name.shown, Kind.NAME) == name.shown
        assert judge(name.shown).key == name.key


def _decodes(data: bytes) -> bool:
    try:
        data.decode(errors="surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def texts(data: bytes) -> None:
    """What is made safe drives no terminal and is safe already; a body that may be said is seen."""
    raw = data.decode(errors="replace")
    for kind in Kind:
        shown = text.safe(raw, kind)
        assert text.safe(shown, kind) == shown
        allowed = "\n" if kind is Kind.BLOCK else ""
        assert all(char in allowed or unicodedata.category(char) not in ("Cc", "Cs") for char in shown)
    if text.body_fault(raw, SMALL) is None:
        assert text.safe(raw, Kind.BLOCK).strip()


def addresses(data: bytes) -> None:
    """An address that is handed on is read, or refused with a ValueError."""
    try:
        address.parse("chat://" + data.decode(errors="replace"))
    except ValueError:
        return


TARGETS: dict[str, Callable[[bytes], None]] = {
    "framing": framing,
    "messages": messages,
    "protocol": protocol,
    "names": names_,
    "texts": texts,
    "addresses": addresses,
}
