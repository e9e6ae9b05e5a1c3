"""What a request of those with rights comes to: to whom, and what becomes law."""

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from chat import messages as m
from chat.bounds import FOREVER, Rank, RoomKind
from chat.errors import Code, Refused
from chat.hub.core import Core
from chat.hub.people import Member, Room, User
from chat.hub.permits import lobby, role
from chat.hub.rights import Role, above
from chat.hub.rooms import Amendment
from chat.hub.speaking import named_user
from chat.hub.standing import Standing, network, running
from chat.limits.counters import Limit
from chat.names import BadName, fold, user_name

NOBODY = Standing("")
_TIDIED = 100
"""Most standings that are forgotten in one step."""


class Plan(Struct, frozen=True):
    """What is to be done: to whom, what more is said of it, and what becomes law."""

    did: str
    amendment: Amendment = Amendment()
    whom: User | None = None
    what: str = ""


class Doer(Struct, frozen=True):
    """Who does it: as what, and under what name it is kept; empty for whoever runs the server."""

    role: Role
    name: str = ""
    member: Member | None = None
    """The session it was asked in: that has it as an answer."""


def planned(core: Core, room: Room, doer: Doer, asked: m.Request) -> Plan:
    """What a request comes to. Raises Refused: `no_such_user`, `not_allowed`, `room_full`."""
    return _PLANS[type(asked)](core, room, doer, asked)


def _whom(core: Core, room: Room, doer: Doer, raw: str) -> User:
    """Who is meant, if the doer may do something to them. Raises Refused."""
    whom = named_user(core, raw.removeprefix("@"))
    host = next(iter(whom.hosts), "")
    if not above(doer.role, role(core, whom, host, room)):
        raise Refused(Code.NOT_ALLOWED, "rank")
    return whom


def _standing(core: Core, room: Room, place: str, user: User) -> Standing:
    """What is kept of a place, to be changed. Raises Refused (`room_full`) where no more can be kept."""
    found = room.law.standings.get(place)
    most, kept = core.options.max_members, len(room.law.standings)
    if found is None and kept >= most and kept - len(_over(core, room)) >= most:
        core.counters.count(Limit.MEMBERS)
        raise Refused(Code.ROOM_FULL)
    return replace(found or NOBODY, name=user.name.shown)


def _over(core: Core, room: Room) -> dict[str, Standing | None]:
    """What need not be kept any more, as far as one step may take it away: its time has run out."""
    now = core.now()
    gone = (
        place
        for place, kept in room.law.standings.items()
        if kept.role is None and running(kept.banned, now) is None and running(kept.muted, now) is None
    )
    return dict.fromkeys(islice(gone, _TIDIED))


def _invite(core: Core, room: Room, doer: Doer, asked: m.Invite) -> Plan:
    whom = named_user(core, asked.user.removeprefix("@"))
    law, standings = room.law, {}
    if role(core, whom, "", room) is Role.BANNED:
        raise Refused(Code.NOT_ALLOWED, "banned")
    if law.kind is RoomKind.PRIVATE and law.rank(whom) is None:
        standing = _standing(core, room, whom.identity, whom)
        standings = {whom.identity: replace(standing, role=Rank.MEMBER)}
    return Plan("invite", Amendment(standings), whom)


def _kick(core: Core, room: Room, doer: Doer, asked: m.Kick) -> Plan:
    whom = _whom(core, room, doer, asked.user)
    kept = room.law.standings.get(whom.identity)
    if whom not in room.users and kept is None:
        raise Refused(Code.NO_SUCH_USER)
    standings = {} if kept is None else {whom.identity: replace(kept, role=None)}
    return Plan("kick", Amendment(standings), whom)


def _ban(core: Core, room: Room, doer: Doer, asked: m.Ban) -> Plan:
    whom, until = _whom(core, room, doer, asked.user), _until(core, asked.seconds)
    standings = _over(core, room)
    if room.law.rank(whom) is not None:
        standings[whom.identity] = None
    kept = replace(_standing(core, room, whom.owner, whom), role=None, banned=until)
    standings[whom.owner] = kept
    if asked.address:
        for host in whom.hosts:
            standings[network(host)] = Standing(whom.name.shown, banned=until)
    words = [str(asked.seconds)] * bool(asked.seconds) + ["address"] * asked.address
    return Plan("ban", Amendment(standings), whom, " ".join(words))


def _mute(core: Core, room: Room, doer: Doer, asked: m.Mute) -> Plan:
    whom = _whom(core, room, doer, asked.user)
    muted = replace(_standing(core, room, whom.owner, whom), muted=_until(core, asked.seconds))
    what = str(asked.seconds) if asked.seconds else ""
    return Plan("mute", Amendment(_over(core, room) | {whom.owner: muted}), whom, what)


def _unban(core: Core, room: Room, doer: Doer, asked: m.Unban) -> Plan:
    return _lifted(room, "unban", asked.user, lambda kept: replace(kept, banned=None))


def _unmute(core: Core, room: Room, doer: Doer, asked: m.Unmute) -> Plan:
    return _lifted(room, "unmute", asked.user, lambda kept: replace(kept, muted=None))


def _lifted(room: Room, did: str, raw: str, lift: Callable[[Standing], Standing]) -> Plan:
    """Lift it from whoever it was laid upon under a name, with the addresses, be they here or not."""
    try:
        name = user_name(raw.removeprefix("@"))
    except BadName:
        raise Refused(Code.NO_SUCH_USER) from None
    found = {
        place: lift(kept)
        for place, kept in room.law.standings.items()
        if fold(kept.name) == name.key and lift(kept) != kept
    }
    if not found:
        raise Refused(Code.NO_SUCH_USER)
    return Plan(did, Amendment(found), User(name, "", ""))


def _set_role(core: Core, room: Room, doer: Doer, asked: m.SetRole) -> Plan:
    whom = _whom(core, room, doer, asked.user)
    if whom.guest:
        raise Refused(Code.NOT_ALLOWED, "guest")
    if asked.role is Rank.OWNER and room is lobby(core):
        raise Refused(Code.NOT_ALLOWED)
    standings: dict[str, Standing | None] = {}
    if asked.role is Rank.OWNER:
        standings = {
            place: replace(kept, role=Rank.MODERATOR)
            for place, kept in room.law.standings.items()
            if kept.role is Rank.OWNER
        }
    plain = asked.role is Rank.MEMBER and room.law.kind is not RoomKind.PRIVATE
    kept = _standing(core, room, whom.identity, whom)
    standings[whom.identity] = replace(kept, role=None if plain else asked.role, banned=None)
    return Plan("role", Amendment(standings), whom, asked.role)


def _set_kind(core: Core, room: Room, doer: Doer, asked: m.SetKind) -> Plan:
    """Whoever is in a room that becomes private is a member of it."""
    if asked.kind is RoomKind.PRIVATE and room is lobby(core):
        raise Refused(Code.NOT_ALLOWED)
    standings: Mapping[str, Standing | None] = {}
    if asked.kind is RoomKind.PRIVATE:
        standings = {
            user.identity: replace(
                room.law.standings.get(user.identity, NOBODY), name=user.name.shown, role=Rank.MEMBER
            )
            for user in room.users
            if room.law.rank(user) is None
        }
    return Plan("kind", Amendment(standings, asked.kind), what=asked.kind)


def _slow(core: Core, room: Room, doer: Doer, asked: m.Slow) -> Plan:
    return Plan("slow", Amendment(slow=asked.seconds), what=str(asked.seconds))


def _until(core: Core, seconds: int) -> int:
    return core.now() + seconds * 1_000 if seconds else FOREVER


_PLANS: dict[type[m.Request], Callable[[Core, Room, Doer, Any], Plan]] = {
    m.Invite: _invite,
    m.Kick: _kick,
    m.Ban: _ban,
    m.Unban: _unban,
    m.Mute: _mute,
    m.Unmute: _unmute,
    m.SetRole: _set_role,
    m.SetKind: _set_kind,
    m.Slow: _slow,
}
