"""What a bucket holds at this moment: all records and numbers at once, and deeds, all or some."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig, ConsumerInfo, DeliverPolicy

from chat.cluster import records
from chat.cluster.bucket import Bucket
from chat.cluster.contents import Contents, Said
from chat.cluster.feed import Feed
from chat.cluster.following import follow
from chat.registry.base import Deed


async def load(client: Client, bucket: Bucket) -> Contents:
    """All that was there when it was asked for, perhaps more. Raises Damaged, what NATS raises.

    The server that tells what is there may be behind the others, as one that has just come back: its last
    message says how far it is, and what comes after that is asked for one by one.
    """
    contents = Contents()
    state = (await bucket.look(client)).state

    def loaded(msg: Msg) -> None:
        contents.load(_said(bucket, msg))
        if not msg.metadata.num_pending:
            feed.stop()

    feed = Feed(client, bucket.stream, loaded)
    await feed.run(_newest(bucket, "r.>", "n.>"), until=_empty)
    heard = follow(client, bucket.stream, bucket.told, contents.position, gaps=True)
    async with aclosing(heard) as changes:
        while state.messages and contents.position < state.last_seq:
            for message in await anext(changes):
                place = bucket.place(message.subject)
                contents.load(Said(place, message.seq, message.data, message.headers))
    return contents


async def all_deeds(client: Client, bucket: Bucket) -> list[tuple[Said, Deed]]:
    """Every deed that is kept, with where it is written. Raises Damaged, what NATS raises."""
    found: list[tuple[Said, Deed]] = []

    def seen(msg: Msg) -> None:
        said = _said(bucket, msg)
        value = records.checked(said.place, said.value, said.headers)
        found.append((said, records.decoded(value)))
        if not msg.metadata.num_pending:
            feed.stop()

    feed = Feed(client, bucket.stream, seen)
    await feed.run(_newest(bucket, "l.>"), until=_empty)
    return found


async def some_deeds(client: Client, bucket: Bucket, places: Mapping[int, str]) -> list[Deed]:
    """The deeds of these numbers that are at their places, in this order. Raises Damaged, what NATS raises.

    A newer one may have taken the place of an old one meanwhile.
    """
    found = await asyncio.gather(*(bucket.read(client, place) for place in places.values()))
    deeds = []
    for (number, place), message in zip(places.items(), found, strict=True):
        if message is not None:
            value = records.checked(place, message.data or b"", message.headers or {})
            deed = records.decoded(value)
            deeds += [deed] if deed.number == number else []
    return deeds


def _newest(bucket: Bucket, *places: str) -> ConsumerConfig:
    return ConsumerConfig(
        deliver_policy=DeliverPolicy.LAST_PER_SUBJECT,
        filter_subjects=[bucket.subject(place) for place in places],
    )


def _said(bucket: Bucket, msg: Msg) -> Said:
    return Said(bucket.place(msg.subject), msg.metadata.sequence.stream, msg.data, msg.headers or {})


def _empty(made: ConsumerInfo) -> bool:
    return not made.num_pending
