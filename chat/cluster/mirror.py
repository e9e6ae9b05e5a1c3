"""A bucket in this node's memory: read once, then followed, and looked at whether it is still the same."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing

from nats.aio.client import Client

from chat.cluster import records
from chat.cluster.bucket import Bucket
from chat.cluster.connection import Connection
from chat.cluster.contents import Contents, Made, Said
from chat.cluster.following import Message, follow
from chat.cluster.loading import load
from chat.errors import DataRefused

LOOK = 2.0
"""Seconds between two looks whether it is still the same bucket."""
TIMES = 3
"""So many looks in a row must find that it is not: a server that has just come back may not know it yet."""


class Mirror:
    """What a bucket has, as this node knows it; behind the others by what is on its way here."""

    def __init__(
        self,
        connection: Connection,
        bucket: Bucket,
        told: Callable[[Made], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """`told` gets each change that is made, in order; `failed` is called once if that has an end."""
        self._connection = connection
        self._bucket = bucket
        self._told = told
        self._failed = failed
        self._reached: list[tuple[int, asyncio.Future[None]]] = []
        """Who waits for a place in the order."""
        self._following: asyncio.Task[None] | None = None
        self.contents = Contents()
        self.level = False
        """Whether what others change is heard of at this moment."""

    async def load(self, client: Client) -> None:
        """Read what is there now. Raises DataRefused, and what NATS raises."""
        try:
            self.contents = await load(client, self._bucket)
        except records.Damaged as error:
            raise self._damaged(error) from error

    def start(self) -> None:
        """Hear of what is changed from now on."""
        self._following = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """Hear of nothing more."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)

    async def reach(self, seq: int) -> None:
        """Wait until all up to a place in the order is here."""
        if self.contents.position < seq:
            reached = asyncio.get_running_loop().create_future()
            self._reached.append((seq, reached))
            await reached

    async def catch_up(self, client: Client) -> None:
        """Wait until all that any node has changed by now is here. Raises DataRefused, what NATS raises."""
        await self.reach((await self._bucket.look(client)).state.last_seq)

    async def _follow(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for work in (self._hear, self._watch):
                    group.create_task(self._connection.during(work))
        except ExceptionGroup as errors:
            error = errors.exceptions[0]  # if both failed at once: the first is as good as the second
            self._failed(self._damaged(error) if isinstance(error, records.Damaged) else error)

    async def _hear(self, client: Client) -> None:
        """Hear of every change from the last one on, which shows whether it is still the same bucket."""
        after = max(0, self.contents.position - 1)
        heard = follow(client, self._bucket.stream, self._bucket.told, after, gaps=True)
        try:
            self.level = True
            async with aclosing(heard) as changes:
                async for some in changes:
                    for message in some:
                        self._heard(message)
        finally:
            self.level = False

    def _heard(self, message: Message) -> None:
        place = self._bucket.place(message.subject)
        said = Said(place, message.seq, message.data, message.headers)
        if self.contents.knows(said):
            return
        for made in self.contents.take(said):
            self._told(made)
        position = self.contents.position
        for seq, reached in self._reached:
            if seq <= position and not reached.done():
                reached.set_result(None)
        self._reached = [(seq, reached) for seq, reached in self._reached if not reached.done()]

    async def _watch(self, client: Client) -> None:
        """Look for ever whether the bucket is the one that is followed. Raises DataRefused."""
        wrong = 0
        while True:
            try:
                await self._checked(client)
                wrong = 0
            except DataRefused:
                wrong += 1
                if wrong == TIMES:
                    raise
            await asyncio.sleep(LOOK)

    async def _checked(self, client: Client) -> None:
        """Raise DataRefused for another bucket, and for one that has less than was heard of."""
        position = self.contents.position
        last = (await self._bucket.look(client)).state.last_seq
        if last < position:
            raise DataRefused("bucket_lost", self._bucket.stream, f"{last} changes, and {position} here")

    def _damaged(self, error: Exception) -> DataRefused:
        return DataRefused("damaged_bucket", self._bucket.stream, str(error))
