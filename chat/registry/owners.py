"""Who owns which name: kept in the registry for ever, by the key that had it first.

A name is taken with everything that looks like it: `looks/` has one record for each of its looks, taken in
one step with the name itself, so that of two who look alike and come at once, on whichever node, one loses.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import TypeVar

import msgspec
from msgspec import Struct

from chat.errors import Code, Refused
from chat.names import Name, skeleton
from chat.registry.base import GONE, Conflict, Reading, Registry

NAMES = "name/"
"""What the keys of owners' records begin with; the folded name follows."""
_LOOKS = "looks/"


class Owner(Struct, frozen=True):
    """A name's owner: the public key, and the name as it was first typed. `since` is ms since 1970, UTC."""

    key: str
    name: str
    since: int


class _Taken(Struct, frozen=True):
    """By whom looks are taken: the name's key, and the public key."""

    name: str
    key: str


_Kept = TypeVar("_Kept", Owner, _Taken)


def owner(registry: Reading, name: Name) -> Owner | None:
    """Who owns a name, by its folded form."""
    return _read(registry, NAMES + name.key, Owner)


def is_owned(registry: Registry, name: Name) -> bool:
    """Whether a name, or one that looks like it, is somebody's."""
    return owner(registry, name) is not None or _is_taken(registry, name)


def everybody(registry: Registry) -> Iterator[Owner]:
    """All owners, by folded name."""
    for _, record in registry.items(NAMES):
        yield msgspec.json.decode(record.value, type=Owner)


async def claim(registry: Registry, name: Name, key: str, now: int) -> Owner:
    """Make a name somebody's with all its looks, durably; harmless if it is theirs.

    Raises Refused (`name_taken`) where it, or one that looks like it, is another's, and StorageFailed.
    Cancellation: it may be theirs nevertheless.
    """
    while True:
        found = owner(registry, name)
        if found is not None and found.key == key:
            return found
        if found is not None or _is_taken(registry, name, key):
            raise Refused(Code.NAME_TAKEN)
        taken = msgspec.json.encode(_Taken(name.key, key))
        changes = [registry.changed(_LOOKS + look, taken) for look in _looks(name)]
        changes.append(registry.changed(NAMES + name.key, msgspec.json.encode(Owner(key, name.shown, now))))
        with suppress(Conflict):  # somebody was first with one of them: look again
            await registry.change(changes)


async def free(registry: Registry, name: Name) -> bool:
    """Let anybody have a name again; False if it was nobody's. Raises Conflict, StorageFailed."""
    places = [place for place, _ in registry.items(_LOOKS) if _is_of(_read(registry, place, _Taken), name)]
    if owner(registry, name) is not None:
        places.append(NAMES + name.key)
    await registry.change([registry.changed(place, GONE) for place in places])
    return bool(places)


def _is_taken(registry: Registry, name: Name, key: str = "") -> bool:
    """Whether somebody has one of a name's looks; taken by nobody who owns a name, it is free.

    (So an earlier version left it when it was killed between two steps.)
    """
    looks = (_read(registry, _LOOKS + look, _Taken) for look in _looks(name))
    return any(_is_owners(registry, taken) and taken != _Taken(name.key, key) for taken in looks if taken)


def _is_owners(registry: Registry, taken: _Taken) -> bool:
    found = _read(registry, NAMES + taken.name, Owner)
    return found is not None and found.key == taken.key


def _is_of(taken: _Taken | None, name: Name) -> bool:
    return taken is not None and taken.name == name.key


def _looks(name: Name) -> dict[str, None]:
    """What a name looks like as it was typed and as it is folded."""
    return dict.fromkeys((name.skeleton, skeleton(name.key)))


def _read(registry: Reading, place: str, kind: type[_Kept]) -> _Kept | None:
    record = registry.get(place)
    return None if record is None else msgspec.json.decode(record.value, type=kind)
