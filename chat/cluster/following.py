"""The messages of a stream in their order, from a place on, and the certainty that none is missing."""

import asyncio
from collections.abc import AsyncGenerator
from typing import NamedTuple

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

BEAT = 0.4
"""Seconds of silence after which the server says that there is nothing new."""
SILENCE = 1.5
"""Seconds without a word after which who was to deliver is taken for dead, and another is asked."""
MOST = 64
"""Messages that are handed on at once, of at most 256 KiB each."""
FORGET = 30.0
"""Seconds after which the server forgets who does not read any more."""


class Message(NamedTuple):
    """A message of the stream: its place, from 1 on without a gap, and its bytes."""

    seq: int
    data: bytes


async def follow(client: Client, stream: str, after: int) -> AsyncGenerator[list[Message], None]:
    """The messages behind a place, as many at a time as are there; never ends.

    Raises PASSING where there is silence, or a message is missing: ask again from the last one on. No state
    is kept in NATS but for a delivery in memory: an acknowledgement for each message would be of no use.
    """
    inbox = client.new_inbox()
    came: asyncio.Queue[Msg] = asyncio.Queue()  # bounded by the server, who waits for `_answer`
    subscription = await client.subscribe(inbox, cb=came.put)
    try:
        await client.jetstream().add_consumer(stream, _delivery(inbox, after))
        while True:
            messages = await _some(client, came, after)
            if messages:
                after = messages[-1].seq
                yield messages
    finally:
        if not client.is_closed:
            await subscription.unsubscribe()


def _delivery(inbox: str, after: int) -> ConsumerConfig:
    return ConsumerConfig(
        deliver_subject=inbox,
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=after + 1,
        ack_policy=AckPolicy.NONE,
        max_deliver=1,
        flow_control=True,
        idle_heartbeat=BEAT,
        inactive_threshold=FORGET,
        num_replicas=1,
        mem_storage=True,
    )


async def _some(client: Client, came: "asyncio.Queue[Msg]", after: int) -> list[Message]:
    """What is there now; waits for a word from the server, which may be that there is nothing."""
    found: list[Message] = []
    message = await asyncio.wait_for(came.get(), SILENCE)
    while True:
        if message.headers and "Status" in message.headers:
            await _answer(client, message)
        else:
            found.append(_next(message, after + len(found) + 1))
        if len(found) == MOST or came.empty():
            return found
        message = came.get_nowait()


def _next(message: Msg, wanted: int) -> Message:
    """A message that has to be the one of this place. Raises nats.errors.Error."""
    seq = message.metadata.sequence.stream
    if seq != wanted:
        raise nats.errors.Error(f"{seq} came where {wanted} was to come")
    return Message(seq, message.data)


async def _answer(client: Client, message: Msg) -> None:
    """Say that what came is read, where the server asks for it before it sends more."""
    status = message.headers or {}
    if status["Status"] != "100":
        raise nats.errors.Error(f"{status['Status']} {status.get('Description', '')}")
    wanted = message.reply or status.get("Nats-Consumer-Stalled")
    if wanted:
        await client.publish(wanted)
