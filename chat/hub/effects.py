"""What a change of the registry does here, whichever node made it: the one road of law into the hub."""

from collections.abc import Callable

import msgspec

from chat import proof
from chat.hub.core import Core
from chat.hub.hub import Hub
from chat.hub.moderating import carry_out, tell_later
from chat.hub.rooms import ROOMS, STANDINGS, KeptRoom
from chat.hub.standing import Standing
from chat.names import room_name, user_name
from chat.registry.base import Applied, Record, Registry
from chat.registry.operators import OPERATORS
from chat.registry.owners import NAMES, Owner


def load(hub: Hub, registry: Registry) -> None:
    """Open every room that the registry knows, with its law; nobody is here yet."""
    for prefix in (OPERATORS, ROOMS, STANDINGS):
        for key, record in registry.items(prefix):
            _EFFECTS[prefix](hub, key.removeprefix(prefix), record)


def applied(core: Core, change: Applied) -> None:
    """Let a change be so from now on, and do what was decided to who is here.

    Of one made by another node everybody here is told in a while; of one of this node's own whoever made it
    sees to that.
    """
    for key, record in change.records:
        prefix, slash, rest = key.partition("/")
        effect = _EFFECTS.get(prefix + slash)
        if effect is not None:
            effect(core.hub, rest, record)
    deed = change.deed
    room = core.hub.rooms.get(deed.scope) if deed is not None else None
    if deed is not None and room is not None:
        carry_out(core, room, deed)
        if not change.mine:
            core.spawn(tell_later(core, room, deed))


def _room(hub: Hub, key: str, record: Record | None) -> None:
    if record is None:
        return  # none ever is taken away
    kept = msgspec.json.decode(record.value, type=KeptRoom)
    room = hub.open_room(room_name(kept.name))
    room.name, room.topic = kept.name, kept.topic
    if (kept.kind, kept.slow) != (room.law.kind, room.law.slow):
        room.law.settle(kept.kind, kept.slow)


def _standing(hub: Hub, key: str, record: Record | None) -> None:
    """A room may come after who has a standing in it: of what was changed twice only the last is heard."""
    room, _, place = key.partition("/")
    standing = None if record is None else msgspec.json.decode(record.value, type=Standing)
    hub.open_room(room_name(room)).law.put(place, standing)


def _operator(hub: Hub, identity: str, record: Record | None) -> None:
    """Nobody speaks any more by what was true before."""
    if record is None:
        hub.operators.discard(identity)
    else:
        hub.operators.add(identity)
    for room in hub.rooms.values():
        room.law.version += 1


def _name(hub: Hub, key: str, record: Record | None) -> None:
    """Who is here under a name that is another's now, or nobody's any more, has to go."""
    owner = None if record is None else msgspec.json.decode(record.value, type=Owner)
    name = user_name(key if owner is None else owner.name)
    identity = "" if owner is None else proof.identity(owner.key, name.key)
    for user in hub.people.all_resembling(name):
        if user.identity != identity and (owner is not None or not user.guest):
            for member in list(user.members):
                member.end("freed" if owner is None else "name_taken")


_EFFECTS: dict[str, Callable[[Hub, str, Record | None], None]] = {
    OPERATORS: _operator,
    ROOMS: _room,
    STANDINGS: _standing,
    NAMES: _name,
}
"""By what a key begins with; other records are looked up when they are needed."""
