"""The vocabulary: what a client asks (Request), what a server says (Event), and the codec of both.

Every string, list and integer from the network has its bound here or, where it is counted in bytes or
configured, in the function that judges it (`bounded`, `text.body_fault`, `names`). Unknown members are
ignored; of duplicate members the last counts.
"""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from chat.bounds import *  # noqa: F403
from chat.bounds import MAX_TOKEN, MAX_TOPIC, PAGE, Cid, Id, Limit, Token, bounded
from chat.events import *  # noqa: F403
from chat.events import EVENTS, AnyEvent, Event


class Request(Struct, tag_field="type", kw_only=True, omit_defaults=True):
    """What a client may say; `ref` comes back in the direct answer or error."""

    ref: Token | None = None


class Hello(Request, tag="hello"):
    """Opens a conversation; see the wire contract for `after`, `log`, `rooms` and `session`.

    `key` is a public key, of which `challenge` then asks a proof; without one the user is a guest.
    `invite` lets a new user in where that takes an invitation.
    """

    version: Any = None  # judged by the session, so that any wrong version gets the one code for it
    user: str | None = None
    after: Id | None = None
    log: str | None = None
    rooms: Annotated[list[str], Meta(max_length=1_000)] | None = None
    session: str | None = None
    key: Token | None = None
    invite: Token | None = None
    client: str | None = None


class Prove(Request, tag="prove"):
    """The answer to a challenge."""

    signature: Annotated[str, Meta(max_length=2 * MAX_TOKEN)]
    nonce: Token = ""


class Saying(Request):
    """What becomes an entry of the history; `cid` makes a repetition harmless."""

    cid: Cid


class Send(Saying, tag="send"):
    """Says `body` to a room or a user.

    `reply` is the id of the message it answers; `act` says that it is done rather than said (`/me`).
    """

    to: str
    body: str
    reply: Id | None = None
    act: bool = False


class Edit(Saying, tag="edit"):
    """Says a message of one's own, `id`, in other words."""

    id: Id
    body: str


class Delete(Saying, tag="delete"):
    """Takes back a message of one's own."""

    id: Id


class React(Saying, tag="react"):
    """Puts an emoji to a message, or takes it back (`on` false)."""

    id: Id
    emoji: Annotated[str, Meta(min_length=1, max_length=16)]
    on: bool = True


class SetTopic(Saying, tag="topic"):
    """Says what a room is about."""

    room: str
    topic: Annotated[str, Meta(max_length=MAX_TOPIC)]


class Search(Request, tag="search"):
    """Asks for messages with all these words: of one room or private talk, else of all one is in."""

    text: Annotated[str, Meta(min_length=1, max_length=200)]
    room: str | None = None
    with_: str | None = msgspec.field(default=None, name="with")
    before: Id | None = None
    limit: Limit = PAGE


class Join(Request, tag="join"):
    room: str


class Leave(Request, tag="leave"):
    room: str


class History(Request, tag="history"):
    """Asks for entries of a room, or of the private talk `with_` a user."""

    room: str | None = None
    with_: str | None = msgspec.field(default=None, name="with")
    before: Id | None = None
    after: Id | None = None
    limit: Limit = PAGE


class Rooms(Request, tag="rooms"):
    """Asks which rooms there are; `after` is the last name of the page before."""

    after: str | None = None


class Who(Request, tag="who"):
    """Asks who is in a room, or on the server; `after` is the last name of the page before."""

    room: str | None = None
    after: str | None = None


class Ping(Request, tag="ping"):
    pass


class Pong(Request, tag="pong"):
    """Answers a server's `ping`; a client may leave it out."""


class Bye(Request, tag="bye"):
    pass


AnyRequest = (
    Hello
    | Prove
    | Send
    | Edit
    | Delete
    | React
    | SetTopic
    | Search
    | Join
    | Leave
    | History
    | Rooms
    | Who
    | Ping
    | Pong
    | Bye
)


REQUESTS: frozenset[type[Request]] = frozenset(AnyRequest.__args__)

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
