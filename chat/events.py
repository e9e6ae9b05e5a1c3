"""What a server may say (Event). Sans-I/O."""

import msgspec
from msgspec import UNSET, Struct, UnsetType

from chat.bounds import Count, Id, RoomKind, Stamp, Token


class Event(Struct, tag_field="type", kw_only=True, omit_defaults=True):
    """What a server may say; `ref` is there in a direct answer whose request had one."""

    ref: Token | None = None


class Reaction(Struct):
    """Who put this emoji to a message; `more` counts those left unnamed."""

    emoji: str
    users: list[str]
    more: Count = 0


class RoomInfo(Struct, omit_defaults=True):
    """A room; `kind` is a RoomKind, `slow` the seconds between two messages, `role` the asker's own Rank."""

    name: str
    topic: str
    members: Count
    kind: str = RoomKind.PUBLIC
    slow: Count = 0
    role: str = ""


class StandingInfo(Struct, omit_defaults=True):
    """Somebody's standing in a room; `banned` and `muted` are times (ms since 1970, UTC), FOREVER for good.

    `address`: it is about everybody who comes from where that user was.
    """

    user: str
    role: str = ""
    banned: Stamp | None = None
    muted: Stamp | None = None
    address: bool = False


class DeedInfo(Struct, omit_defaults=True):
    """What somebody with rights did in a room; `by` is empty for whoever runs the server.

    `did` is the type of the request; `what` says more: seconds, a role, a kind, an id.
    """

    number: Id
    ts: Stamp
    by: str
    did: str
    user: str = ""
    what: str = ""


class Welcome(Event, tag="welcome"):
    version: Count
    server: str
    user: str
    session: str
    log: str
    head: Id
    rooms: list[RoomInfo]
    max_frame: Count
    max_body: Count
    features: list[str]
    reset: bool = False


class Challenge(Event, tag="challenge"):
    nonce: str
    server: str


class Message(Event, tag="message"):
    """What was said, as everybody sees it. `ts` is milliseconds since 1970, UTC.

    Read later it is as it is now: `version` is the id of the last Change that is in it already. `damaged`
    says that the server's disk did not keep it whole: there is no body, and only `id` is sure.
    """

    id: Id
    to: str
    from_: str = msgspec.field(name="from")
    ts: Stamp
    cid: str
    body: str
    reply: Id | None = None
    act: bool = False
    version: Id | None = None
    edited: bool = False
    deleted: bool = False
    damaged: bool = False
    reactions: list[Reaction] = []


class Change(Event):
    """An entry that changes another, of the id `of`, or a room; it has its place in the order of ids."""

    id: Id
    to: str
    from_: str = msgspec.field(name="from")
    ts: Stamp
    cid: str


class Edited(Change, tag="edited"):
    of: Id
    body: str


class Deleted(Change, tag="deleted"):
    of: Id


class Reacted(Change, tag="reacted"):
    of: Id
    emoji: str
    on: bool = True


class Topic(Change, tag="topic"):
    topic: str


class Joined(Event, tag="joined"):
    """Who came into a room; `more` counts those left unnamed, `members` is the count afterwards.

    `guests` are those of `users` who have no key: the name is theirs only while they are here. `roles` has
    the Rank of those who have more than a member's, or `operator`. `kind`, `slow`
    and `role` are as in RoomInfo, in a direct answer only.
    """

    room: str
    users: list[str]
    more: Count = 0
    guests: list[str] = []
    roles: dict[str, str] = {}
    members: Count | UnsetType = UNSET
    topic: str | UnsetType = UNSET
    kind: str = RoomKind.PUBLIC
    slow: Count = 0
    role: str = ""


class Left(Event, tag="left"):
    """Who went out of a room; `why` (`kicked`, `banned`) and `by` whom are told only to whoever had to go."""

    room: str
    users: list[str]
    more: Count = 0
    members: Count | UnsetType = UNSET
    why: str = ""
    by: str = ""


class Moderated(Event, tag="moderated"):
    """A right was used: see DeedInfo. A notice to who is in the room, and to `user`; not in the history."""

    room: str
    by: str
    did: str
    user: str = ""
    what: str = ""


class RosterPage(Event, tag="roster"):
    """Who has a standing in a room, in order of name."""

    room: str
    standings: list[StandingInfo]
    more: bool
    kind: str = RoomKind.PUBLIC
    slow: Count = 0


class LogPage(Event, tag="log"):
    """What was done in a room, in ascending order of number; `more` says that there is older."""

    room: str
    deeds: list[DeedInfo]
    more: bool


class HistoryPage(Event, tag="history"):
    """Entries in ascending order of id; `more` in the direction that was asked."""

    messages: list[Message]
    more: bool
    room: str | UnsetType = UNSET
    with_: str | UnsetType = msgspec.field(default=UNSET, name="with")


class Found(Event, tag="found"):
    """Messages that were searched for, in ascending order of id; `more` says that there are older ones."""

    messages: list[Message]
    more: bool


class RoomList(Event, tag="rooms"):
    rooms: list[RoomInfo]
    more: bool = False


class Members(Event, tag="who"):
    """Who is there; `guests` are those of `users` who have no key, `roles` as in Joined."""

    users: list[str]
    more: bool
    guests: list[str] = []
    roles: dict[str, str] = {}
    room: str | UnsetType = UNSET


class Stale(Event, tag="stale"):
    """What is shown may be old: the server is cut off from the others of its cluster; `on` false: no more."""

    on: bool = True


class PingEvent(Event, tag="ping"):
    """The server's heartbeat; nobody has to answer, the acknowledgement of the bytes is enough."""


class PongEvent(Event, tag="pong"):
    pass


class ByeEvent(Event, tag="bye"):
    reason: str = "bye"


class Error(Event, tag="error"):
    """`code` is for programs, `message` for a person who reads raw frames.

    `why` says more of a code: `muted`, `announcement`, `role`, `rank`, `slow_mode` ... After `wait`
    milliseconds another try may succeed.
    """

    code: str
    message: str
    cid: str | None = None
    why: str | None = None
    wait: Count | None = None


AnyEvent = (
    Welcome
    | Challenge
    | Message
    | Edited
    | Deleted
    | Reacted
    | Topic
    | Found
    | Joined
    | Left
    | Moderated
    | RosterPage
    | LogPage
    | HistoryPage
    | RoomList
    | Members
    | Stale
    | PingEvent
    | PongEvent
    | ByeEvent
    | Error
)

EVENTS: frozenset[type[Event]] = frozenset(AnyEvent.__args__)
