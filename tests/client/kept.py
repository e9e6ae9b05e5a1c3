"""Clients with a folder on disk, for tests of what they keep."""

import asyncio
from pathlib import Path
from typing import Any

from chat import messages as m
from chat.client import (
    Client,
    ClientEvent,
)
from tests.client.conftest import Dial
from tests.fakes import FakeServer
from tests.patience import PATIENCE


async def taken(client: Client, last: type[Any], count: int = 1) -> list[ClientEvent]:
    """The events up to the `count`-th of a kind, dealt with all but the last."""
    events: list[ClientEvent] = []
    async with asyncio.timeout(PATIENCE):
        while count:
            events.append(await anext(client))
            count -= isinstance(events[-1], last)
    return events


def ids(events: list[ClientEvent]) -> list[int]:
    """The ids of the messages and changes among events."""
    return [event.id for event in events if isinstance(event, m.Message | m.Change)]


def left(folder: Path) -> list[Path]:
    """What there is in a folder."""
    return list(folder.rglob("*"))


async def settle(client: Client) -> None:
    """Wait until all that was given to the copy is in it."""
    client._keeper.flush()
    assert client._keeper.copy is not None
    await client._keeper.copy.settled()


async def read_some(server: FakeServer, dial: Dial, folder: Path, *said: m.Event) -> None:
    """A first session, in which these events come and are dealt with."""
    async with dial(folder=folder) as client:
        caller = await server.accept()
        caller.say(*said)
        await taken(client, type(said[-1]), sum(type(one) is type(said[-1]) for one in said))
        client._keeping.handled(client._last)
    server.callers.clear()
