"""Who is let in that is new: by the operator's decision, and by an invitation once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from chat.errors import Code, Refused
from chat.registry import admission
from chat.registry.admission import Registration
from chat.registry.sqlite import SqliteRegistry


@pytest.fixture
async def registry() -> AsyncIterator[SqliteRegistry]:
    """A registry in memory."""
    made = SqliteRegistry(None)
    await made.open()
    yield made
    await made.close()


async def admitted(registry: SqliteRegistry, token: str | None, identity: str) -> Code | None:
    """The code with which an identity is refused, None if it is let in."""
    try:
        await admission.admit(registry, token, identity)
    except Refused as error:
        return error.code
    return None


async def test_everybody_unless_said_otherwise(registry: SqliteRegistry) -> None:
    """A new server is open to new names and to guests, and spends no invitation."""
    await admission.invite(registry, "t", 1)
    assert await admitted(registry, "t", "a") is None
    assert admission.guests_welcome(registry)
    await admission.set_registration(registry, Registration.INVITED)
    assert await admitted(registry, "t", "b") is None


async def test_closed(registry: SqliteRegistry) -> None:
    """Closed, nobody new is let in, with an invitation or without; guests are as before."""
    await admission.invite(registry, "t", 1)
    await admission.set_registration(registry, Registration.CLOSED)
    assert await admitted(registry, "t", "a") is Code.REGISTRATION_CLOSED
    assert admission.guests_welcome(registry)
    await admission.set_registration(registry, Registration.OPEN)
    assert await admitted(registry, None, "a") is None


async def test_an_invitation_lets_one_in(registry: SqliteRegistry) -> None:
    """Whoever comes first with an invitation has it, again after a cut too; nobody else ever."""
    await admission.set_registration(registry, Registration.INVITED)
    await admission.invite(registry, "t", 1)
    assert not admission.guests_welcome(registry)
    for wrong in (None, "", "T", "t ", "x" * 64):
        assert await admitted(registry, wrong, "a") is Code.NOT_INVITED
    assert await admitted(registry, "t", "a") is None
    assert await admitted(registry, "t", "a") is None
    assert await admitted(registry, "t", "b") is Code.NOT_INVITED


async def test_of_many_at_once_one_is_let_in(registry: SqliteRegistry) -> None:
    """One invitation in twenty hands at the same moment lets one in."""
    await admission.set_registration(registry, Registration.INVITED)
    await admission.invite(registry, "t", 1)
    codes = await asyncio.gather(*(admitted(registry, "t", f"k{n}") for n in range(20)))
    assert sorted(map(str, codes)) == ["None"] + ["not_invited"] * 19


async def test_the_registry_does_not_tell_the_token(registry: SqliteRegistry) -> None:
    """Who reads the registry finds no invitation to use."""
    await admission.invite(registry, "secret-token", 1)
    kept = [(key, record.value) for key, record in registry.items("")]
    assert len(kept) == 1
    assert not any("secret-token" in key or b"secret-token" in value for key, value in kept)
