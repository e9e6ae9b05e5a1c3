"""A change on its way into the bucket: tried until it is made, or until somebody else was first."""

import asyncio
import secrets
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, repeat

from msgspec.structs import replace
from nats.aio.client import Client

from chat.cluster import records
from chat.cluster.bucket import ATTEMPT, Bucket, Write
from chat.cluster.connection import Connection
from chat.cluster.feed import Missed
from chat.cluster.loading import all_deeds
from chat.cluster.mirror import Mirror
from chat.names import fold
from chat.registry.base import GONE, Change, Conflict, Deed

FIRST = 0.5
"""Seconds for the first try: who leads the bucket and is asked to stop may leave it without an answer."""
AT_ONCE = 32
"""Changes under way to NATS, which makes some 200 batches a second: what takes too long is tried again."""


class Changer:
    """Makes changes, each of one batch, over whichever connections that takes."""

    def __init__(self, connection: Connection, bucket: Bucket, mirror: Mirror, kept: int) -> None:
        """So many deeds are `kept` of each scope."""
        self._connection = connection
        self._bucket = bucket
        self._mirror = mirror
        self._kept = kept
        self._asked: dict[str, asyncio.Future[None]] = {}
        """Changes that were asked for here and are not heard of yet, by their random ids."""
        self._numbering = asyncio.Lock()
        self._writing = asyncio.Semaphore(AT_ONCE)

    def heard(self, change: str) -> bool:
        """A change of this id is in the mirror: whether it was asked for here; who asked goes on."""
        heard = self._asked.get(change)
        if heard is not None and not heard.done():
            heard.set_result(None)
        return heard is not None

    def check(self, changes: Sequence[Change]) -> None:
        """Raise Conflict where a key is at another revision, as far as this node knows."""
        for change in changes:
            record = self._mirror.contents.records.get(change.key)
            if (record.revision if record is not None else 0) != change.revision:
                raise Conflict(change.key)

    async def make(self, changes: Sequence[Change], deed: Deed | None = None) -> None:
        """Make all of it or nothing, as much as one batch takes; in the mirror on return.

        Raises Conflict, Damaged, DataRefused. Cancelled, it may be made nevertheless.
        """
        if deed is None:
            return await self._make(changes, None)
        async with self._numbering:  # two at once would ask for one number
            await self._make(changes, deed)

    async def _make(self, changes: Sequence[Change], deed: Deed | None) -> None:
        """It is over when it is heard of or answered, whichever is first."""
        change = secrets.token_hex(8)
        heard = self._asked[change] = asyncio.get_running_loop().create_future()
        patience = chain([FIRST], repeat(ATTEMPT))
        trying = asyncio.ensure_future(
            self._connection.during(partial(self._try, change, changes, deed, heard, patience))
        )
        try:
            await asyncio.wait([trying, heard], return_when=asyncio.FIRST_COMPLETED)
            if not heard.done():
                await trying
        finally:
            del self._asked[change]
            trying.cancel()
            await asyncio.gather(trying, return_exceptions=True)

    async def _try(
        self,
        change: str,
        changes: Sequence[Change],
        deed: Deed | None,
        heard: asyncio.Future[None],
        patience: Iterator[float],
        client: Client,
    ) -> None:
        """Write it until it is there; begun anew after a lost connection it finds what it has written itself.

        Each message expects what the change does, so that of two tries only one can be made. Raises Conflict.
        """
        while not heard.done():
            self.check(changes)
            async with self._writing:
                writes = self._writes(change, changes, deed)
                seq = await self._bucket.write(client, writes, next(patience))
            if seq is not None:
                return await self._mirror.reach(seq)
            await self._mirror.catch_up(client)

    def _writes(self, id: str, changes: Sequence[Change], deed: Deed | None) -> list[Write]:
        contents = self._mirror.contents
        writes = []
        for change in changes:
            place = records.record_place(change.key)
            headers = records.headers(place, change.value, id, gone=change.value == GONE)
            expected = contents.expected(change.key, change.revision)
            writes.append(Write(place, change.value, headers, expected))
        if deed is not None:
            newest, seq = contents.number(deed.scope)
            writes.append(_written(records.number_place(deed.scope), b"%d" % (newest + 1), id, seq))
            place = records.deed_place(deed.scope, newest + 1, self._kept)
            writes.append(_written(place, records.encoded(replace(deed, number=newest + 1)), id, None))
        return writes

    async def erase(self, name: str, client: Client) -> None:
        """Write those deeds of this folded name anew that have words. Raises Damaged, what NATS raises.

        What is changed meanwhile is not written: Missed, so that all is looked at again.
        """
        for said, deed in await all_deeds(client, self._bucket):
            if deed.did == "topic" and deed.what and fold(deed.by) == name:
                write = _written(said.place, records.encoded(replace(deed, what="")), "", said.seq)
                if await self._bucket.write(client, [write]) is None:
                    raise Missed("a deed was written meanwhile")


def _written(place: str, value: bytes, change: str, revision: int | None) -> Write:
    return Write(place, value, records.headers(place, value, change, gone=False), revision)
