"""What the operator may do about rooms, bans and operators while the server runs, as `admin` asks for it."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from ipaddress import ip_address

from chat import messages as m
from chat import proof
from chat.bounds import FOREVER, LONGEST, Rank, RoomKind
from chat.errors import Code, Refused
from chat.hub.core import Core
from chat.hub.moderating import enact
from chat.hub.people import Room
from chat.hub.permits import lobby
from chat.hub.plans import Doer, Plan, planned
from chat.hub.rights import Role
from chat.hub.rooms import Amendment
from chat.hub.standing import Standing, network, running
from chat.names import room_name, user_name
from chat.registry import operators, owners
from chat.registry.base import Conflict

_HOST = Doer(Role.OPERATOR)
_DEEDS = 200
"""Most deeds that are told at once."""


async def _do(core: Core, room: Room, plan: Callable[[], Plan]) -> list[str]:
    """Carry out a plan, made anew where the room was changed at the same moment."""
    while True:
        made = plan()
        try:
            await enact(core, room, _HOST, made)
        except Conflict:
            continue
        whom = made.whom.name.shown if made.whom is not None else ""
        return [" ".join(filter(None, (made.did, room.name, whom, made.what)))]


async def _asked(core: Core, asked: m.Over | m.SetKind) -> list[str]:
    room = _room(core, asked.room)
    return await _do(core, room, lambda: planned(core, room, _HOST, asked))


async def _rooms(core: Core, about: str) -> list[str]:
    """Every room with its kind, its owner and how many are there."""
    return [
        f"{room.name}  {room.law.kind}  {_owner(room)}  {len(room.users)}"
        for _, room in sorted(core.hub.rooms.items())
    ]


def _owner(room: Room) -> str:
    owners = (kept.name for kept in room.law.standings.values() if kept.role is Rank.OWNER)
    return next(owners, "-")


async def _kind(core: Core, about: str) -> list[str]:
    room, kind = _words(about, 2)
    return await _asked(core, m.SetKind(room=room, kind=RoomKind(kind)))


def _made(rank: Rank) -> Callable[[Core, str], Awaitable[list[str]]]:
    async def make(core: Core, about: str) -> list[str]:
        room, user = _words(about, 2)
        return await _asked(core, m.SetRole(room=room, user=user, role=rank))

    return make


async def _close(core: Core, about: str) -> list[str]:
    """Nobody is in a closed room or may come in: it is a private one to which nobody belongs."""
    room = _room(core, about)
    if room is lobby(core):
        raise Refused(Code.NOT_ALLOWED)

    def plan() -> Plan:
        nobody = dict.fromkeys(room.law.standings)
        return Plan("close", Amendment(nobody, RoomKind.PRIVATE))

    return await _do(core, room, plan)


async def _kick(core: Core, about: str) -> list[str]:
    room, user = _words(about, 2)
    return await _asked(core, m.Kick(room=room, user=user))


async def _bans(core: Core, about: str) -> list[str]:
    """Who is banned from a room, or from any: by name or address, and until when."""
    rooms = [_room(core, about)] if about else [room for _, room in sorted(core.hub.rooms.items())]
    return [line for room in rooms for line in _banned(room, core.now())]


def _banned(room: Room, now: int) -> Iterator[str]:
    for place, kept in room.law.standings.items():
        until = running(kept.banned, now)
        if until is not None:
            who = " ".join(filter(None, (kept.name, place[1:] if place.startswith("=") else "")))
            yield f"{room.name}  {who}  {'-' if until == FOREVER else _time(until)}"


async def _ban(core: Core, about: str) -> list[str]:
    name, whom, seconds = [*_words(about, 2, 3), "0"][:3]
    if not (seconds.isascii() and seconds.isdecimal() and int(seconds) <= LONGEST):
        raise ValueError(seconds)
    if not _is_address(whom):
        return await _asked(core, m.Ban(room=name, user=whom, seconds=int(seconds)))
    room, until = _room(core, name), core.now() + int(seconds) * 1_000 if int(seconds) else FOREVER
    kept = {network(whom): Standing("", banned=until)}
    return await _do(core, room, lambda: Plan("ban", Amendment(kept), what="address"))


async def _unban(core: Core, about: str) -> list[str]:
    name, whom = _words(about, 2)
    if not _is_address(whom):
        return await _asked(core, m.Unban(room=name, user=whom))
    room = _room(core, name)
    if network(whom) not in room.law.standings:
        raise Refused(Code.NO_SUCH_USER)
    return await _do(core, room, lambda: Plan("unban", Amendment({network(whom): None}), what="address"))


async def _log(core: Core, about: str) -> list[str]:
    """The newest deeds of a room, the last one last."""
    room = _room(core, about)
    return [
        "  ".join(filter(None, (_time(deed.at), deed.by or "-", deed.did, deed.whom, deed.what)))
        for deed in await core.registry.deeds(room.key, None, _DEEDS)
    ]


async def _operators(core: Core, about: str) -> list[str]:
    return sorted(name for _, name in operators.everybody(core.registry))


async def _grant(core: Core, about: str) -> list[str]:
    """Make the owner of a name an operator; a guest cannot be one."""
    name = user_name(about)
    found = owners.owner(core.registry, name)
    if found is None:
        raise Refused(Code.NO_SUCH_USER)
    identity = proof.identity(found.key, name.key)
    await operators.grant(core.registry, identity, found.name, core.now())
    return [found.name]


async def _revoke(core: Core, about: str) -> list[str]:
    """Take it back, whoever has the name by now."""
    shown = user_name(about).key
    found = [
        identity for identity, name in operators.everybody(core.registry) if user_name(name).key == shown
    ]
    if not found:
        raise Refused(Code.NO_SUCH_USER)
    for identity in found:
        await operators.revoke(core.registry, identity)
    return [about]


def _room(core: Core, raw: str) -> Room:
    room = core.hub.rooms.get(room_name(raw).key)
    if room is None:
        raise Refused(Code.NO_SUCH_ROOM)
    return room


def _words(about: str, *numbers: int) -> list[str]:
    """What it is about, in words; raises ValueError unless there are so many."""
    words = about.split()
    if len(words) not in numbers:
        raise ValueError(about)
    return words


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1_000, UTC).isoformat(timespec="seconds")


HOUSEKEEPING: dict[str, Callable[[Core, str], Awaitable[list[str]]]] = {
    "rooms": _rooms,
    "kind": _kind,
    "owner": _made(Rank.OWNER),
    "moderator": _made(Rank.MODERATOR),
    "member": _made(Rank.MEMBER),
    "close": _close,
    "kick": _kick,
    "bans": _bans,
    "ban": _ban,
    "unban": _unban,
    "log": _log,
    "operators": _operators,
    "operator": _grant,
    "no-operator": _revoke,
}
"""What may be asked for, given what it is about."""
