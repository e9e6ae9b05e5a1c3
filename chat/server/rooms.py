"""The rooms that exist: found in the hub, made durable in the registry when they are new."""

import contextlib

import msgspec
from msgspec import Struct

from chat.errors import Code, Refused
from chat.names import room_name
from chat.server.core import Core
from chat.server.hub import Hub
from chat.server.people import Room
from chat.server.registry import Conflict, Registry

_PREFIX = "room/"


class _Kept(Struct):
    """What the registry keeps of a room."""

    name: str
    topic: str = ""


def load(hub: Hub, registry: Registry) -> None:
    """Open every room that the registry knows."""
    for _, record in registry.items(_PREFIX):
        kept = msgspec.json.decode(record.value, type=_Kept)
        hub.open_room(room_name(kept.name), kept.topic)


async def keep_topic(core: Core, room: Room, topic: str) -> None:
    """Keep what a room is about. Raises StorageFailed; cancelled, it may be kept nevertheless."""
    key = _PREFIX + room.key
    while True:
        record = core.registry.get(key)
        revision = record.revision if record is not None else 0
        with contextlib.suppress(Conflict):  # changed meanwhile: look again
            await core.registry.put(key, msgspec.json.encode(_Kept(room.name, topic)), revision)
            return


async def find_or_make(core: Core, raw: str) -> Room:
    """The room of a name, made if there is none; durable on return.

    Raises Refused (`bad_room`, `too_many_rooms`) and StorageFailed. Cancellation: it may
    be made nevertheless.
    """
    name = room_name(raw)
    room = core.hub.rooms.get(name.key)
    if room is not None:
        return room
    if len(core.hub.rooms) >= core.options.max_rooms:
        raise Refused(Code.TOO_MANY_ROOMS)
    with contextlib.suppress(Conflict):  # somebody else made it at the same moment
        await core.registry.put(_PREFIX + name.key, msgspec.json.encode(_Kept(name.shown)), 0)
    return core.hub.open_room(name)
