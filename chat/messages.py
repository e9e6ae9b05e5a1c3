"""The vocabulary: what a client asks (Request), what a server says (Event), and the codec of both.

Every string, list and integer from the network has its bound here or, where it is counted in bytes or
configured, in the function that judges it (`bounded`, `text.body_fault`, `names`). Unknown members are
ignored; of duplicate members the last counts.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from chat.bounds import *  # noqa: F403
from chat.bounds import MAX_TOKEN, bounded
from chat.events import *  # noqa: F403
from chat.events import EVENTS, AnyEvent, Event
from chat.requests import *  # noqa: F403
from chat.requests import REQUESTS, AnyRequest, Request, Saying

_encode = msgspec.json.Encoder().encode
_decode_request: Callable[[bytes], AnyRequest] = msgspec.json.Decoder(AnyRequest).decode
_decode_event: Callable[[bytes], AnyEvent] = msgspec.json.Decoder(AnyEvent).decode
_decode_raw = msgspec.json.Decoder(dict[str, Any]).decode
_request_tags = frozenset(str(kind.__struct_config__.tag) for kind in REQUESTS)
_event_tags = frozenset(str(kind.__struct_config__.tag) for kind in EVENTS)

_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class Unreadable(Exception):
    """A payload that is no valid message; `known` says whether its `type` is one of ours.

    `ref` and `cid` are what could be saved of them, so that the answer can carry them.
    """

    def __init__(self, *, known: bool, ref: str | None = None, cid: str | None = None) -> None:
        super().__init__("unreadable payload")
        self.known = known
        self.ref = ref
        self.cid = cid


def encode(message: Request | Event) -> bytes:
    """The payload of a message: one JSON object in UTF-8."""
    return _encode(message)


def decode_request(payload: bytes) -> AnyRequest:
    """The request in a payload. Raises Unreadable, and nothing else, for any bytes whatever."""
    try:
        payload.decode()  # msgspec passes invalid UTF-8 in members it does not know
        request = _decode_request(payload)
    except _UNREADABLE as error:
        raise _unreadable(payload, _request_tags) from error
    if not bounded(request.ref) or (isinstance(request, Saying) and not bounded(request.cid)):
        raise _unreadable(payload, _request_tags)
    return request


def decode_event(payload: bytes) -> AnyEvent:
    """The event in a payload. Raises Unreadable, and nothing else, for any bytes whatever."""
    try:
        payload.decode()
        return _decode_event(payload)
    except _UNREADABLE as error:
        raise _unreadable(payload, _event_tags) from error


def _unreadable(payload: bytes, tags: frozenset[str]) -> Unreadable:
    try:
        payload.decode()
        raw = _decode_raw(payload)
    except _UNREADABLE:
        return Unreadable(known=True)
    tag = raw.get("type")
    known = not isinstance(tag, str) or tag in tags
    return Unreadable(known=known, ref=_saved(raw.get("ref")), cid=_saved(raw.get("cid")))


def _saved(token: object) -> str | None:
    if isinstance(token, str) and len(token) <= MAX_TOKEN and bounded(token):
        return token
    return None
