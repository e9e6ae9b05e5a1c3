"""Who has an owner's rights in every room that they can see: kept in the registry, by identity."""

import msgspec
from msgspec import Struct

from chat.registry.base import GONE, Registry

OPERATORS = "operator/"
"""What the keys of their records begin with."""


class _Operator(Struct, frozen=True):
    """The name it was given under, and when (ms since 1970, UTC)."""

    name: str
    since: int


def known(registry: Registry) -> set[str]:
    """The identities of all operators."""
    return {key.removeprefix(OPERATORS) for key, _ in registry.items(OPERATORS)}


def everybody(registry: Registry) -> list[tuple[str, str]]:
    """The identities of all operators, each with the name under which it became so."""
    return [
        (key.removeprefix(OPERATORS), msgspec.json.decode(record.value, type=_Operator).name)
        for key, record in registry.items(OPERATORS)
    ]


async def grant(registry: Registry, identity: str, name: str, now: int) -> None:
    """Make an identity an operator. Raises Conflict, StorageFailed."""
    record = msgspec.json.encode(_Operator(name, now))
    await registry.change([registry.changed(OPERATORS + identity, record)])


async def revoke(registry: Registry, identity: str) -> None:
    """Take that back, if it is one. Raises Conflict, StorageFailed."""
    await registry.change([registry.changed(OPERATORS + identity, GONE)])
