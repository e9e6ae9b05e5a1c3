"""Whether a session may do what it asks: the one place where the table of rights is read."""

from chat import messages as m
from chat.bounds import FOREVER, RoomKind
from chat.errors import Code, Refused
from chat.history.base import Entry
from chat.hub.core import Core
from chat.hub.people import Member, Room, User
from chat.hub.rights import RIGHTS, Kind, Role, judged
from chat.hub.seat import Seat
from chat.limits.counters import Limit
from chat.link import USER_TIMEOUT
from chat.names import room_name

UNSEEN = "unseen"
"""Why nothing is told of a room: one may not see it, or there is none; nobody can tell which."""
GRACE = USER_TIMEOUT / 1_000
"""Seconds for which nothing overtakes a message that came too soon, after it may be sent again. What was on
its way when that was refused may be as late as that and no later: then the kernel breaks the connection."""


def lobby(core: Core) -> Room:
    """The room everybody is in."""
    return core.hub.rooms[room_name(core.options.lobby).key]


def role(core: Core, user: User, host: str, room: Room) -> Role:
    """What a user who comes from an address is in a room."""
    return _role(core, user, host, room, core.now())


def _role(core: Core, user: User, host: str, room: Room, now: int) -> Role:
    operator = user.identity in core.hub.operators
    return room.law.role(user, host, now, operator=operator, here=user in room.users)


def permit(seat: Seat, request: type[m.Request], room: Room, *, others: bool = False) -> None:
    """Let a request about a room pass, or one about what somebody (`others`: somebody else) said there.

    Raises Refused with the code of the table.
    """
    if RIGHTS[request].here and room.key not in seat.member.rooms:
        raise Refused(Code.NOT_IN_ROOM)
    _judge(seat.core, seat.member.user, seat.link.host, request, room, others)


def may(core: Core, user: User, host: str, request: type[m.Request], room: Room) -> bool:
    """Whether a request about a room would pass, wherever its session is."""
    try:
        _judge(core, user, host, request, room, False)
    except Refused:
        return False
    return True


def listed(core: Core, user: User, host: str, room: Room) -> bool:
    """Whether somebody is told that a room exists; all but private ones are, and need not be judged."""
    return room.law.kind is not RoomKind.PRIVATE or may(core, user, host, m.Rooms, room)


def permit_said(seat: Seat, request: type[m.Request], said: Entry) -> None:
    """Let a change to something that was said, and that the session can see, pass. Raises Refused."""
    user = seat.member.user
    others = said.author != user.identity
    if not said.readers:
        permit(seat, request, seat.core.hub.rooms[said.conversation], others=others)
        return
    code = judged(request, Kind.TALK, Role.GUEST if user.guest else Role.MEMBER, others=others)
    if code is not None:
        raise Refused(code)


def permit_speaking(seat: Seat, room: Room, cid: str) -> None:
    """Let something be said in a room that the session is in; most often that is known already.

    Raises Refused: what the table says, `not_allowed` (`muted`), `slow_down` (`slow_mode`).
    """
    law, stay = room.law, seat.member.stays[room.key]
    if stay.judged == law.version:
        return
    permit(seat, m.Send, room)
    owner = seat.member.user.owner
    if law.slow and role(seat.core, seat.member.user, seat.link.host, room) in (Role.MEMBER, Role.GUEST):
        _pause(seat.core, room, owner, cid)
    elif owner not in law.standings:
        stay.judged = law.version


def _pause(core: Core, room: Room, owner: str, cid: str) -> None:
    """Slow mode: raise Refused before the pause is over; what is sent again is no new message."""
    now = core.clock()
    until, last = room.spoke.get(owner, (0.0, ""))
    if now < until and cid != last:
        core.counters.count(Limit.SLOW_MODE)
        raise Refused(Code.SLOW_DOWN, "slow_mode", _milliseconds(until - now))
    if cid != last:
        room.spoke.pop(owner, None)
        room.spoke[owner] = (now + room.law.slow, cid)
        while room.spoke and next(iter(room.spoke.values()))[0] <= now:
            del room.spoke[next(iter(room.spoke))]


def _judge(core: Core, user: User, host: str, request: type[m.Request], room: Room, others: bool) -> None:
    law, now = room.law, core.now()
    kind = law.place(owned=room is lobby(core) and bool(core.hub.operators))
    code = judged(request, kind, _role(core, user, host, room, now), others=others)
    if code is Code.BANNED:
        raise Refused(code, wait=_left(law.banned(user, host, now), now))
    if code is not None:
        raise Refused(code, _why(request, law.kind) if code is Code.NOT_ALLOWED else None)
    until = law.muted(user, now) if RIGHTS[request].speaks and law.standings else None
    if until is not None:
        raise Refused(Code.NOT_ALLOWED, "muted", _left(until, now))


def _why(request: type[m.Request], kind: RoomKind) -> str | None:
    """Why it is not allowed; of what one may not see it is said that it may not be there at all."""
    if not RIGHTS[request].here:
        return None if request is m.Join else UNSEEN
    return "announcement" if RIGHTS[request].speaks and kind is RoomKind.ANNOUNCEMENT else "role"


def take_turn(seat: Seat, cid: str) -> None:
    """Count something said against its user's share, or raise Refused (`slow_down`, with when to try again).

    What was refused is not overtaken: until it comes again, or GRACE after it might have, what comes from
    the same session is refused too.
    """
    core = seat.core
    if seat.free or not core.options.send_rate:
        return
    now = core.clock()
    first, until = seat.slowed
    if first not in ("", cid) and now < until:
        wait = max(until - GRACE - now, 0.001)
    else:
        wait = core.sends.draw(seat.member.user.owner, now)
        seat.slowed = (cid, now + wait + GRACE) if wait else ("", 0.0)
    if wait:
        core.counters.count(Limit.MESSAGES)
        raise Refused(Code.SLOW_DOWN, wait=_milliseconds(wait))


def make_room_for(core: Core, member: Member, room: Room) -> None:
    """Raise Refused where a member is in enough rooms, or a room has enough members."""
    if room.key in member.rooms:
        return
    if len(member.rooms) >= core.options.max_rooms_each:
        core.counters.count(Limit.ROOMS_PER_USER)
        raise Refused(Code.TOO_MANY_ROOMS)
    full = len(room.users) >= core.options.max_members and member.user not in room.users
    if full and room is not lobby(core):
        core.counters.count(Limit.MEMBERS)
        raise Refused(Code.ROOM_FULL)


def _left(until: int | None, now: int) -> int | None:
    return None if until in (None, FOREVER) else max(0, until - now)


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1_000) + 1
