"""Clients of a hostile server, for tests of how they bear it."""

import asyncio

from chat.client import Client, Connection, ConnectionChanged
from tests.fakes import Caller, FakeClock, FakeServer, message, until
from tests.patience import PATIENCE


async def ended(client: Client) -> str | None:
    """Iterate until the connection is down; why it is."""
    async with asyncio.timeout(PATIENCE):
        async for event in client:
            if isinstance(event, ConnectionChanged) and event.connection is Connection.WAITING:
                return event.reason
    raise AssertionError("the client was closed")


async def back(client: Client, server: FakeServer, clock: FakeClock) -> Caller:
    """The next connection, however long the client would have waited."""
    await until(lambda: client.connection is Connection.WAITING)
    await clock.sleeps(60.0)
    clock.advance(60.0)
    return await server.accept()


async def well(client: Client, caller: Caller) -> None:
    """What is said now is heard."""
    id = (client.cursor or 0) + 1
    caller.say(message(id))
    async with asyncio.timeout(PATIENCE):
        while await anext(client) != message(id):
            pass
