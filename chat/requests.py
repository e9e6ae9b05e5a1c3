"""What a client may ask (Request). Sans-I/O."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from chat.bounds import (
    FOREVER,
    MAX_TOKEN,
    MAX_TOPIC,
    PAGE,
    SLOWEST,
    Cid,
    Id,
    Limit,
    Rank,
    RoomKind,
    Seconds,
    Token,
)


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


class Over(Request):
    """What somebody with rights does to somebody else in a room."""

    room: str
    user: str


class Invite(Over, tag="invite"):
    """Lets somebody into a room for as long as nobody takes it back, and tells them."""


class Kick(Over, tag="kick"):
    """Sends somebody out of a room; a private one is then closed to them."""


class Ban(Over, tag="ban"):
    """Keeps somebody out of a room, for good or so many seconds; `address`: whoever comes from there, too."""

    seconds: Seconds = FOREVER
    address: bool = False


class Unban(Over, tag="unban"):
    """Takes a ban back."""


class Mute(Over, tag="mute"):
    """Lets somebody say nothing in a room, for good or so many seconds."""

    seconds: Seconds = FOREVER


class Unmute(Over, tag="unmute"):
    """Lets somebody speak again."""


class SetRole(Over, tag="role"):
    """Makes somebody a moderator, a plain member again, or the owner in one's own place."""

    role: Rank


class SetKind(Request, tag="kind"):
    """Decides who may be in a room and who may speak there."""

    room: str
    kind: RoomKind


class Slow(Request, tag="slow"):
    """Lets everybody say something once in so many seconds; 0: as often as they like."""

    room: str
    seconds: Annotated[int, Meta(ge=0, le=SLOWEST)]


class Roster(Request, tag="roster"):
    """Asks who has a role in a room, is banned or muted; `after` is the last name of the page before."""

    room: str
    after: str | None = None


class Log(Request, tag="log"):
    """Asks what was done by those with rights in a room."""

    room: str
    before: Id | None = None
    limit: Limit = PAGE


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
    | Invite
    | Kick
    | Ban
    | Unban
    | Mute
    | Unmute
    | SetRole
    | SetKind
    | Slow
    | Roster
    | Log
    | Ping
    | Pong
    | Bye
)

REQUESTS: frozenset[type[Request]] = frozenset(AnyRequest.__args__)
