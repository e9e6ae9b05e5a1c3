"""What a bucket holds at this moment: all records and numbers at once, and all deeds."""

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


def _newest(bucket: Bucket, *places: str) -> ConsumerConfig:
    return ConsumerConfig(
        deliver_policy=DeliverPolicy.LAST_PER_SUBJECT,
        filter_subjects=[bucket.subject(place) for place in places],
    )


def _said(bucket: Bucket, msg: Msg) -> Said:
    return Said(bucket.place(msg.subject), msg.metadata.sequence.stream, msg.data, msg.headers or {})


def _empty(made: ConsumerInfo) -> bool:
    return not made.num_pending
