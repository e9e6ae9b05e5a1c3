"""The rooms that exist and their law: found in the hub, kept in the registry, and changed in both."""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from chat.bounds import Rank, RoomKind
from chat.errors import Code, Refused
from chat.hub.core import Core
from chat.hub.people import Room, User
from chat.hub.standing import Standing, network
from chat.limits.counters import Limit
from chat.names import Name, room_name
from chat.registry.base import GONE, Change, Conflict, Deed, Registry

ROOMS = "room/"
STANDINGS = "standing/"


class KeptRoom(Struct, omit_defaults=True):
    """What the registry keeps of a room, beside the standings."""

    name: str
    topic: str = ""
    kind: RoomKind = RoomKind.PUBLIC
    slow: int = 0


class Amendment(Struct, frozen=True):
    """What is to be changed in a room; None: it stays. A standing of None is taken away."""

    standings: Mapping[str, Standing | None] = {}
    kind: RoomKind | None = None
    slow: int | None = None
    topic: str | None = None


async def amend(core: Core, room: Room, amendment: Amendment, deed: Deed | None = None) -> None:
    """Change a room durably and keep the deed; on return it is law, and done to who is here.

    Raises Conflict where it was changed at the same moment, and StorageFailed.
    """
    await core.registry.change(_changes(core.registry, room, amendment), deed)


def _changes(registry: Registry, room: Room, amendment: Amendment) -> list[Change]:
    changes = [
        registry.changed(
            f"{STANDINGS}{room.key}/{place}",
            GONE if standing is None or standing.empty else msgspec.json.encode(standing),
        )
        for place, standing in amendment.standings.items()
    ]
    settled = {
        name: value for name in ("kind", "slow", "topic") if (value := getattr(amendment, name)) is not None
    }
    if settled:
        kept = KeptRoom(room.name, room.topic, room.law.kind, room.law.slow)
        changed = msgspec.structs.replace(kept, **settled)
        changes.append(registry.changed(ROOMS + room.key, msgspec.json.encode(changed)))
    return changes


async def find_or_make(
    core: Core, raw: str, maker: User | None = None, host: str = "", *, free: bool = False
) -> Room:
    """The room of a name, made if there is none; durable on return. A maker with a key owns it.

    `free`: as often as the maker likes.

    Raises Refused (`bad_room`, `too_many_rooms`, `slow_down`) and StorageFailed. Cancellation: it may
    be made nevertheless.
    """
    name = room_name(raw)
    room = core.hub.rooms.get(name.key)
    if room is not None:
        return room
    if len(core.hub.rooms) >= core.options.max_rooms:
        core.counters.count(Limit.ROOMS)
        raise Refused(Code.TOO_MANY_ROOMS)
    owner = maker if maker is not None and not maker.guest else None
    if maker is not None and not free:
        wait = core.makes.draw(network(host) if owner is None else owner.identity, core.clock())
        if wait:
            core.counters.count(Limit.NEW_ROOMS)
            raise Refused(Code.SLOW_DOWN, wait=round(wait * 1_000) + 1)
    await _make(core, name, owner)
    return core.hub.rooms[name.key]


async def _make(core: Core, name: Name, owner: User | None) -> None:
    changes = [Change(ROOMS + name.key, msgspec.json.encode(KeptRoom(name.shown)), 0)]
    if owner is not None:
        standing = Standing(owner.name.shown, Rank.OWNER)
        place = f"{STANDINGS}{name.key}/{owner.identity}"
        changes.append(core.registry.changed(place, msgspec.json.encode(standing)))
    try:
        await core.registry.change(changes)
    except Conflict:  # somebody else made it at the same moment
        core.hub.open_room(name)
