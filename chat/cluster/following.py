"""The messages of a stream in their order, from a place on, and the certainty that none is missing."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import NamedTuple

import msgspec
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

LOOK = 0.5
"""Seconds of silence after which the stream is asked whether there is more."""
PATIENCE = 2.0
"""Seconds in which it answers."""
MOST = 64
"""Messages that are handed on at once, of at most 256 KiB each."""
AHEAD = 256
"""Messages that may wait to be read; what does not fit is asked for later."""

_END = ("204", "404")
"""There was more, or not even the first."""


class Message(NamedTuple):
    """A message of the stream: its place, from 1 on, its bytes, where it was said, what it says of itself."""

    seq: int
    data: bytes
    subject: str = ""
    headers: Mapping[str, str] = {}


async def follow(
    client: Client, stream: str, told: str, after: int, *, gaps: bool = False
) -> AsyncGenerator[list[Message], None]:
    """The messages behind a place, as many at a time as are there; never ends.

    Unless there may be `gaps`, where a newer message has taken the place of an older one, each follows the
    one before.

    Who leads the stream says each message again on the subject `told` once it is stored; what was not heard
    there is asked for, from any server that has it. Nothing is kept in NATS for a node, and nothing has to be
    made there: to make a consumer takes the leader of all servers, whose election is 4 to 9 s (measured).
    Raises PASSING: ask again from the last one on.
    """
    came: asyncio.Queue[Msg] = asyncio.Queue(AHEAD)
    heard = await client.subscribe(told, cb=came.put, pending_msgs_limit=AHEAD)
    fetcher = _Fetcher(client, stream, gaps)
    await fetcher.open()
    try:
        while True:
            while messages := await fetcher.some(after + 1):
                after = messages[-1].seq
                yield messages
            while messages := await _live(came, after):
                after = messages[-1].seq
                yield messages
    finally:
        if not client.is_closed:
            await heard.unsubscribe()
            await fetcher.close()


async def _live(came: "asyncio.Queue[Msg]", after: int) -> list[Message]:
    """What is said next; empty where something before it was not heard, or nothing is said for a while."""
    found: list[Message] = []
    while len(found) < MOST:
        try:
            message = await asyncio.wait_for(came.get(), LOOK) if not found else came.get_nowait()
        except (TimeoutError, asyncio.QueueEmpty):
            break
        one = _message(message)
        if one.seq > after + len(found) + 1:
            break
        if one.seq == after + len(found) + 1:
            found.append(one)
    return found


def _message(message: Msg) -> Message:
    """A message with the place that the server wrote on it. Raises nats.errors.Error."""
    try:
        headers = message.headers or {}
        return Message(int(headers["Nats-Sequence"]), message.data, headers["Nats-Subject"].strip(), headers)
    except (KeyError, ValueError):
        raise nats.errors.Error("a message without a place in the stream") from None


class _Fetcher:
    """Asks for messages of a stream by their place; any server that has a copy answers."""

    def __init__(self, client: Client, stream: str, gaps: bool) -> None:
        self._client = client
        self._gaps = gaps
        self._subject = f"$JS.API.DIRECT.GET.{stream}"
        self._inbox = client.new_inbox()
        self._number = 0
        self._came: asyncio.Queue[Msg] = asyncio.Queue()

    async def open(self) -> None:
        """Be ready for answers."""
        self._subscription = await self._client.subscribe(f"{self._inbox}.*", cb=self._came.put)

    async def close(self) -> None:
        """Want no more."""
        await self._subscription.unsubscribe()

    async def some(self, first: int) -> list[Message]:
        """The messages from a place on, as many as are handed on at once; empty: there is none there yet."""
        self._number += 1
        inbox = f"{self._inbox}.{self._number}"
        await self._client.publish(
            self._subject, msgspec.json.encode({"seq": first, "batch": MOST}), reply=inbox
        )
        found: list[Message] = []
        while True:
            message = await asyncio.wait_for(self._came.get(), PATIENCE)
            status = (message.headers or {}).get("Status")
            if message.subject != inbox:
                continue  # of a question that was given up
            if status in _END:
                return found
            if status is not None:
                raise nats.errors.Error(f"{status} {(message.headers or {}).get('Description', '')}")
            one, due = _message(message), found[-1].seq + 1 if found else first
            if one.seq < due or (one.seq > due and not self._gaps):
                raise nats.errors.Error(f"{one.seq} came where {due} was to come")
            found.append(one)
