"""Who owns which name: kept in the registry for ever, by the key that had it first.

A name is taken with everything that looks like it: `looks/` has one record for each of its looks, taken
before the name itself, so that of two who look alike and come at once, on whichever node, one loses.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import TypeVar

import msgspec
from msgspec import Struct

from chat.errors import Code, Refused
from chat.names import Name, skeleton
from chat.server.registry import Conflict, Reading, Registry

_NAMES = "name/"
_LOOKS = "looks/"
_FREE = b""


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
    return _read(registry, _NAMES + name.key, Owner)


def is_owned(registry: Registry, name: Name) -> bool:
    """Whether a name, or one that looks like it, is somebody's."""
    looks = (_read(registry, _LOOKS + look, _Taken) for look in _looks(name))
    return owner(registry, name) is not None or any(looks)


def everybody(registry: Registry) -> Iterator[Owner]:
    """All owners, by folded name."""
    for _, record in registry.items(_NAMES):
        if record.value != _FREE:
            yield msgspec.json.decode(record.value, type=Owner)


async def claim(registry: Registry, name: Name, key: str, now: int) -> Owner:
    """Make a name somebody's, durably; harmless if it is theirs.

    Raises Refused (`name_taken`) where it, or one that looks like it, is another's, and StorageFailed.
    Cancellation: it may be theirs nevertheless.
    """
    found = owner(registry, name)
    if found is None:
        await _take_looks(registry, name, msgspec.json.encode(_Taken(name.key, key)))
        place = _NAMES + name.key
        record = msgspec.json.encode(Owner(key, name.shown, now))
        with suppress(Conflict):  # two sessions of one user at the same moment
            await registry.put(place, record, _revision(registry, place))
        found = owner(registry, name)
    if found is None or found.key != key:
        raise Refused(Code.NAME_TAKEN)
    return found


async def free(registry: Registry, name: Name) -> bool:
    """Let anybody have a name again; False if it was nobody's. Raises Conflict, StorageFailed."""
    places = [place for place, _ in registry.items(_LOOKS) if _is_of(_read(registry, place, _Taken), name)]
    if owner(registry, name) is not None:
        places.append(_NAMES + name.key)
    for place in places:
        await registry.put(place, _FREE, _revision(registry, place))
    return bool(places)


def _is_of(taken: _Taken | None, name: Name) -> bool:
    return taken is not None and taken.name == name.key


async def _take_looks(registry: Registry, name: Name, taken: bytes) -> None:
    """Take all looks of a name or none."""
    places = [_LOOKS + look for look in _looks(name)]
    if any(_value(registry, place) not in (_FREE, taken) for place in places):
        raise Refused(Code.NAME_TAKEN)
    done = []
    for place in places:
        if _value(registry, place) == _FREE:
            with suppress(Conflict):
                await registry.put(place, taken, _revision(registry, place))
                done.append(place)
        if _value(registry, place) != taken:
            for mine in done:
                await registry.put(mine, _FREE, _revision(registry, mine))
            raise Refused(Code.NAME_TAKEN)


def _looks(name: Name) -> dict[str, None]:
    """What a name looks like as it was typed and as it is folded."""
    return dict.fromkeys((name.skeleton, skeleton(name.key)))


def _revision(registry: Registry, place: str) -> int:
    record = registry.get(place)
    return record.revision if record is not None else 0


def _value(registry: Reading, place: str) -> bytes:
    record = registry.get(place)
    return record.value if record is not None else _FREE


def _read(registry: Reading, place: str, kind: type[_Kept]) -> _Kept | None:
    value = _value(registry, place)
    return None if value == _FREE else msgspec.json.decode(value, type=kind)
