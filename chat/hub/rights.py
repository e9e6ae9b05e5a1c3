"""The table of rights: every request, in every kind of room, by whoever there is: allowed or a code. Pure.

Read it by columns: the operator, the owner, a moderator, a member, a guest, a stranger, who is banned. `+`
is allowed; `x` is `not_allowed`; `i` `not_in_room`, `r` `not_allowed` and `m` `no_such_message` are what is
said of a room or message that does not exist; `b` is `banned`; `.` cannot be.
"""

from enum import Enum, StrEnum
from functools import cache

from msgspec import Struct

from chat import messages as m
from chat.bounds import RoomKind
from chat.errors import Code


class Role(StrEnum):
    """What somebody is in a room. Their order is that of the table's columns."""

    OPERATOR = "operator"
    """Whoever runs the server gave them the rights of an owner wherever they can see."""
    OWNER = "owner"
    MODERATOR = "moderator"
    MEMBER = "member"
    """In a private room whoever is invited, elsewhere whoever is there."""
    GUEST = "guest"
    """A member without a key."""
    STRANGER = "stranger"
    """Anybody else; so is who was a member once."""
    BANNED = "banned"


class Kind(Enum):
    """Where something is asked about."""

    OPEN = 0
    """A public room that nobody owns (or no more): its topic is everybody's."""
    PUBLIC = 1
    PRIVATE = 2
    ANNOUNCEMENT = 3
    TALK = 4
    """A private talk: the two of it are its members."""


class Row(Struct, frozen=True):
    """What is answered to one request; a string for each kind, a letter for each role.

    `here`: only a session that is in the room may ask, whatever its user's role; else it is `not_in_room`.
    `speaks`: not for whoever is muted.
    """

    open: str
    public: str
    private: str
    announcement: str
    talk: str = "......."
    here: bool = True
    speaks: bool = False

    def letter(self, kind: Kind, role: Role) -> str:
        """What stands in the table."""
        columns = (self.open, self.public, self.private, self.announcement, self.talk)
        return columns[kind.value][_PLACE[role]]


_PLACE = {role: place for place, role in enumerate(Role)}

# fmt: off
RIGHTS: dict[type[m.Request], Row] = {
    #                  open       public     private    announcement  talk
    m.Send:     Row("+.+++ii", "+++++ii", "+++++ii", "+++xxii", "...++..", speaks=True),
    m.Edit:     Row("+.+++mm", "+++++mm", "+++++mm", "+++xxmm", "...++m.", speaks=True),
    m.Delete:   Row("+.+++mm", "+++++mm", "+++++mm", "+++++mm", "...++m."),
    m.React:    Row("+.+++mm", "+++++mm", "+++++mm", "+++++mm", "...++m.", speaks=True),
    m.SetTopic: Row("+.+++ii", "+++xxii", "+++xxii", "+++xxii", speaks=True),
    m.Search:   Row("+.+++ii", "+++++ii", "+++++ii", "+++++ii", "...++.."),
    m.Leave:    Row("+.+++ii", "+++++ii", "+++++ii", "+++++ii"),
    m.Join:     Row("+.++++b", "++++++b", "+++++xx", "++++++b", here=False),
    m.History:  Row("+.++++b", "++++++b", "+++++rr", "++++++b", "...++..", here=False),
    m.Who:      Row("+.++++b", "++++++b", "+++++rr", "++++++b", here=False),
    m.Rooms:    Row("+.+++++", "+++++++", "+++++rr", "+++++++", here=False),
    m.Invite:   Row("+.++xii", "++++xii", "+++xxii", "++++xii", speaks=True),
    m.Kick:     Row("+.+xxii", "+++xxii", "+++xxii", "+++xxii"),
    m.Ban:      Row("+.+xxii", "+++xxii", "+++xxii", "+++xxii"),
    m.Unban:    Row("+.+xxii", "+++xxii", "+++xxii", "+++xxii"),
    m.Mute:     Row("+.+xxii", "+++xxii", "+++xxii", "+++xxii"),
    m.Unmute:   Row("+.+xxii", "+++xxii", "+++xxii", "+++xxii"),
    m.Slow:     Row("+.+xxii", "+++xxii", "+++xxii", "+++xxii"),
    m.SetRole:  Row("+.xxxii", "++xxxii", "++xxxii", "++xxxii"),
    m.SetKind:  Row("+.xxxii", "++xxxii", "++xxxii", "++xxxii"),
    m.Roster:   Row("+.+xxii", "+++xxii", "+++xxii", "+++xxii"),
    m.Log:      Row("+.+xxii", "+++xxii", "+++xxii", "+++xxii"),
}
"""What may be asked of a room, or of what was said in it; of what was said, by whoever said it."""

OTHERS: dict[type[m.Request], Row] = {
    m.Edit:     Row("x.xxxmm", "xxxxxmm", "xxxxxmm", "xxxxxmm", "...xxm."),
    m.Delete:   Row("+.+xxmm", "+++xxmm", "+++xxmm", "+++xxmm", "...xxm."),
}
"""The same for what somebody else said, where that is another matter."""
# fmt: on

ANYWHERE: frozenset[type[m.Request]] = frozenset({m.Hello, m.Prove, m.Ping, m.Pong, m.Bye})
"""What is about no room: everybody may ask it."""

_CODES = {
    "+": None,
    "x": Code.NOT_ALLOWED,
    "i": Code.NOT_IN_ROOM,
    "r": Code.NOT_ALLOWED,
    "m": Code.NO_SUCH_MESSAGE,
    "b": Code.BANNED,
}
_HIGHER = {Role.OPERATOR: 3, Role.OWNER: 2, Role.MODERATOR: 1}


@cache
def judged(request: type[m.Request], kind: Kind, role: Role, *, others: bool = False) -> Code | None:
    """The code with which a request is refused; None: it is allowed.

    Raises KeyError for what cannot be: a moderator in a talk, a request that has no row.
    """
    row = (OTHERS if others and request in OTHERS else RIGHTS)[request]
    return _CODES[row.letter(kind, role)]


def place(kind: RoomKind, *, owned: bool) -> Kind:
    """Where in the table a room stands."""
    if kind is RoomKind.PUBLIC:
        return Kind.PUBLIC if owned else Kind.OPEN
    return Kind.PRIVATE if kind is RoomKind.PRIVATE else Kind.ANNOUNCEMENT


def above(one: Role, other: Role) -> bool:
    """Whether `one` may do to `other` what those with rights do."""
    return _HIGHER.get(one, 0) > _HIGHER.get(other, 0)
