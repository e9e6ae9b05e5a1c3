"""Whether somebody new is let in: what the operator has decided, and invitations, kept in the registry."""

import hashlib
from enum import StrEnum

import msgspec
from msgspec import Struct

from chat.errors import Code, Refused
from chat.registry.base import Conflict, Registry

_REGISTRATION = "server/registration"
_INVITATIONS = "invitation/"


class Registration(StrEnum):
    """Who may take a name that is free."""

    OPEN = "open"
    INVITED = "invited"
    """Whoever has an invitation; guests do not come in either."""
    CLOSED = "closed"
    """Nobody."""


class _Invitation(Struct, frozen=True):
    """One that was made at `made` (ms since 1970, UTC), and the identity it let in."""

    made: int
    used_by: str = ""


def registration(registry: Registry) -> Registration:
    """Who may take a name that is free now."""
    record = registry.get(_REGISTRATION)
    return Registration(record.value.decode()) if record is not None else Registration.OPEN


async def set_registration(registry: Registry, wanted: Registration) -> None:
    """Decide who may take a name that is free. Raises Conflict, StorageFailed."""
    record = registry.get(_REGISTRATION)
    await registry.put(_REGISTRATION, wanted.encode(), record.revision if record is not None else 0)


async def invite(registry: Registry, token: str, now: int) -> None:
    """Keep an invitation, so that its bearer is let in once. Raises StorageFailed."""
    await registry.put(_place(token), msgspec.json.encode(_Invitation(now)), 0)


async def admit(registry: Registry, token: str | None, identity: str) -> None:
    """Let an identity in that owns no name yet; an invitation is spent on it for ever.

    Raises Refused (`registration_closed`, `not_invited`) and StorageFailed. Cancellation: the invitation
    may be spent, and lets the same identity in again.
    """
    wanted = registration(registry)
    if wanted is Registration.CLOSED:
        raise Refused(Code.REGISTRATION_CLOSED)
    if wanted is Registration.INVITED:
        await _spend(registry, token or "", identity)


def guests_welcome(registry: Registry) -> bool:
    """Whether the operator's decision leaves room for guests."""
    return registration(registry) is not Registration.INVITED


async def _spend(registry: Registry, token: str, identity: str) -> None:
    place = _place(token)
    record = registry.get(place)
    if record is None:
        raise Refused(Code.NOT_INVITED)
    invitation = msgspec.json.decode(record.value, type=_Invitation)
    if not invitation.used_by:
        spent = msgspec.structs.replace(invitation, used_by=identity)
        try:
            await registry.put(place, msgspec.json.encode(spent), record.revision)
        except Conflict:
            await _spend(registry, token, identity)
    elif invitation.used_by != identity:
        raise Refused(Code.NOT_INVITED)


def _place(token: str) -> str:
    """Only the hash is kept: who reads the registry cannot use what is in it."""
    return _INVITATIONS + hashlib.sha256(token.encode()).hexdigest()
