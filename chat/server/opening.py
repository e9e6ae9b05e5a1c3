"""How a conversation opens: a name, an identity, the rooms asked for, and the welcome."""

from chat import messages as m
from chat.errors import Code, Refused
from chat.names import Name, user_name
from chat.server import tokens
from chat.server.people import User
from chat.server.rooms import find_or_make
from chat.server.seat import Seat

FEATURES = ["history", "resume", "private", "changes", "search"]


async def hello(seat: Seat, hello: m.Hello) -> None:
    """Welcome a client.

    Raises Refused: `bad_version`, `bad_name`, `name_taken`, `bad_room`, `too_many_rooms`.
    """
    if hello.version != m.VERSION or isinstance(hello.version, bool):
        raise Refused(Code.BAD_VERSION)
    core = seat.core
    name = user_name(hello.user or "", reserved=frozenset({core.options.name}))
    asked = [core.options.lobby, *(hello.rooms or [])]
    if len(asked) > core.options.max_rooms_each:
        raise Refused(Code.TOO_MANY_ROOMS)
    rooms = [await find_or_make(core, room) for room in asked]
    # From here on nothing waits: of two that ask for one name at the same moment one gets it.
    if seat.link.closing:
        return
    identity = _claim(seat, name, hello.session)
    session = core.new_id()
    outbox = seat.occupy(User(name, identity, f"~{name.key}"), session)
    for room in rooms:
        core.hub.join(seat.member, room)
    seat.answer(_welcome(seat, hello, tokens.issue(core.secret, identity, session, name.key)))
    if hello.after is not None and not _foreign(seat, hello):
        outbox.fall_behind(hello.after)
    core.console.entered(name.shown, seat.link.address)


def _claim(seat: Seat, name: Name, token: str | None) -> str:
    """The identity that may have this name now; an earlier conversation of the same one is replaced."""
    core = seat.core
    proven = tokens.verify(core.secret, token, name.key) if token else None
    holder = core.hub.people.resembling(name)
    if holder is None:
        return proven[0] if proven else f"g{core.new_id()}"
    if proven is None or proven[0] != holder.identity:
        raise Refused(Code.NAME_TAKEN)
    for member in list(holder.members):
        member.end("replaced")
    return holder.identity


def _foreign(seat: Seat, hello: m.Hello) -> bool:
    """Whether what the client has kept is of another history than this one."""
    log, head = seat.core.history.log, seat.core.hub.head
    return hello.after is not None and (hello.log not in (None, log) or hello.after > head)


def _welcome(seat: Seat, hello: m.Hello, secret: str) -> m.Welcome:
    core, member = seat.core, seat.member
    return m.Welcome(
        ref=hello.ref,
        version=m.VERSION,
        server=core.options.name,
        user=member.user.name.shown,
        session=secret,
        log=core.history.log,
        head=core.hub.head,
        rooms=[m.RoomInfo(room.name, room.topic, len(room.users)) for room in member.rooms.values()],
        max_frame=core.options.max_frame,
        max_body=core.options.max_body,
        features=FEATURES,
        reset=_foreign(seat, hello),
    )
