"""Where a node begins: the stream, found or made, and how far this node's copy of it is."""

import asyncio
from pathlib import Path

from nats.aio.client import Client

from chat.cluster import copying, stream
from chat.cluster.connection import START, Connection
from chat.errors import DataRefused

AGAIN = 0.25
"""Seconds between two questions for who leads it."""


async def find(
    connection: Connection, path: Path, name: str, *, careful: bool
) -> tuple[stream.Found, copying.Place]:
    """The stream, made if nobody had one, and after which of its messages the copy `path` goes on.

    Raises DataRefused where there is none within START, or not one that may be used; see stream and copying.
    """

    async def found(client: Client) -> stream.Found:
        return await _find(client, path, name, careful=careful)

    try:
        async with asyncio.timeout(START):
            one = await connection.during(found)
    except TimeoutError:
        raise connection.absent() from None
    return one, await asyncio.to_thread(copying.prepare, path, name, one)


async def end(client: Client, name: str, log: str) -> int:
    """The last message of the stream by who leads it; waits until somebody does. Raises PASSING."""
    while True:
        found = await stream.find(client, name)
        if found is not None and found.led and found.log == log:
            return found.last
        await asyncio.sleep(AGAIN)


async def _find(client: Client, path: Path, name: str, *, careful: bool) -> stream.Found:
    size = await stream.look(client, careful=careful)
    found = await stream.find(client, name)
    if found is None:
        await asyncio.to_thread(copying.prepare, path, name, None)
        found = await stream.make(client, name, size)
    if not found.whole:
        raise DataRefused("stream_unfinished", name)
    await stream.checked(client, name, careful=careful)
    return found
