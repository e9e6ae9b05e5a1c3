"""The registry of many machines: a bucket of JetStream that every node follows and has in memory."""

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import aclosing
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from typing import Any, TypeVar

from msgspec.structs import replace
from nats.aio.client import Client

from chat.cluster import records
from chat.cluster.bucket import ATTEMPT, MOST, Bucket, Write
from chat.cluster.connection import START, Connection
from chat.cluster.contents import Contents, Made, Said
from chat.cluster.feed import Missed
from chat.cluster.following import Message, follow
from chat.cluster.loading import all_deeds, load
from chat.errors import DataRefused, StorageFailed
from chat.names import fold
from chat.registry.base import (
    DEEDS,
    GONE,
    Applied,
    Change,
    Conflict,
    Deed,
    Kept,
    Listener,
    Record,
    unheard,
)
from chat.registry.sqlite import write_records

T = TypeVar("T")

PATIENCE = 12.0
"""Seconds for a change: an election takes up to 9 (measured, nats-server 2.15.1)."""
OPENING = 300.0
"""Seconds for reading all of it, at the start or for a copy: 16,000 records a second (measured)."""
FIRST = 0.5
"""Seconds for the first try: who leads the bucket and is asked to stop may leave it without an answer."""
LOOK = 2.0
"""Seconds between two looks whether it is still the same bucket."""
TIMES = 3
"""So many looks in a row must find that it is not: a server that has just come back may not know it yet."""
AT_ONCE = 32
"""Changes under way to NATS, which makes some 200 batches a second: what takes too long is tried again."""
_PART = MOST - 2
"""Changes of one batch, which has two more messages for a deed."""


class NatsRegistry(Kept):
    """Records in a bucket over a connection that is open; whoever opens that closes it.

    All of a change is made or nothing, up to 998 keys; of a larger one (a room of more people becomes
    private) 998 at a time, in their order, the deed with the last ones. What is made is in memory on every
    node as soon as it hears of it, here before `change` returns.
    """

    def __init__(
        self,
        connection: Connection,
        name: str,
        replicas: int,
        failed: Callable[[Exception], None],
        *,
        deeds: int = DEEDS,
        patience: float = PATIENCE,
    ) -> None:
        """`failed` is called once if the bucket cannot be followed any more, whatever is tried."""
        self._connection = connection
        self._bucket = Bucket(name, replicas, connection.stillness)
        self._failed = failed
        self._kept = deeds
        self._patience = patience
        self._contents = Contents()
        self._applied: Listener = unheard
        self._asked: dict[str, asyncio.Future[None]] = {}
        """Changes that were asked for here and are not heard of yet, by their random ids."""
        self._changing: set[asyncio.Future[None]] = set()
        self._numbering = asyncio.Lock()
        self._writing = asyncio.Semaphore(AT_ONCE)
        self._reached: list[tuple[int, asyncio.Future[None]]] = []
        self._following: asyncio.Task[None] | None = None
        self.level = False
        """Whether what others change is heard of at this moment."""

    async def open(self, applied: Listener = unheard) -> None:
        self._applied = applied
        try:
            async with asyncio.timeout(START):
                await self._connection.during(self._bucket.look)
            async with asyncio.timeout(OPENING):
                await self._connection.during(self._load)
        except TimeoutError:
            raise self._connection.absent() from None
        except records.Damaged as error:
            raise DataRefused("damaged_bucket", self._bucket.stream, str(error)) from error
        self._following = asyncio.create_task(self._follow())

    @property
    def stream(self) -> str:
        """What the bucket's stream is called."""
        return self._bucket.stream

    async def close(self) -> None:
        if self._changing:
            await asyncio.wait(self._changing)
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)

    def get(self, key: str) -> Record | None:
        return self._contents.records.get(key)

    def items(self, prefix: str) -> Iterator[tuple[str, Record]]:
        found = self._contents.records
        return ((key, found[key]) for key in sorted(key for key in found if key.startswith(prefix)))

    async def change(self, changes: Sequence[Change], deed: Deed | None = None) -> None:
        """As every registry; raises StorageFailed too where it is not known by then whether it is stored.

        A Conflict may, with the connection lost meanwhile, be with who has changed what this has made:
        whoever looks again sees that.
        """
        changing = asyncio.ensure_future(self._change(changes, deed))
        self._changing.add(changing)
        changing.add_done_callback(self._changed)
        await asyncio.shield(changing)

    async def deeds(self, scope: str, before: int | None, limit: int) -> list[Deed]:
        newest, _ = self._contents.number(scope)
        last = newest if before is None else min(newest, before - 1)
        first = max(1, newest - self._kept + 1, last - limit + 1)
        read = partial(self._read, scope, range(first, last + 1))
        return await self._within(self._connection.during(read))

    async def caught_up(self) -> None:
        """Wait until all that any node has changed by now is heard of. Raises StorageFailed."""
        await self._within(self._connection.during(self._catch_up))

    async def back_up(self, path: Path) -> None:
        """As every registry that is kept; the deeds are those there are once all records are copied."""
        found = dict(self._contents.records)
        read = self._connection.during(partial(all_deeds, bucket=self._bucket))
        deeds = [deed for _, deed in await self._within(read, OPENING)]
        deeds.sort(key=lambda deed: (deed.scope, deed.number))
        await asyncio.to_thread(write_records, path, found, deeds)

    async def shred(self) -> None:
        """Nothing is on this disk; in NATS a new value takes the place of the old."""

    async def erase(self, name: str) -> None:
        await self._within(self._connection.during(partial(self._erase, name)), OPENING)

    def _changed(self, changing: asyncio.Future[None]) -> None:
        self._changing.discard(changing)
        if not changing.cancelled():
            changing.exception()  # whoever asked may be gone

    async def _change(self, changes: Sequence[Change], deed: Deed | None) -> None:
        self._check(changes)
        for start in range(0, len(changes), _PART):
            part, rest = changes[start : start + _PART], changes[start + _PART :]
            if rest or deed is None:
                await self._within(self._make(part, None))
        if deed is not None:
            part = changes[(len(changes) - 1) // _PART * _PART :] if changes else []
            await self._within(self._numbered(part, deed))

    async def _numbered(self, changes: Sequence[Change], deed: Deed) -> None:
        async with self._numbering:  # two at once would ask for one number
            await self._make(changes, deed)

    async def _within(self, work: Coroutine[Any, Any, T], seconds: float | None = None) -> T:
        """What comes of it, in time. Raises StorageFailed."""
        try:
            async with asyncio.timeout(self._patience if seconds is None else seconds):
                return await work
        except TimeoutError:
            raise StorageFailed(f"NATS: {self._connection.reason or 'no answer'}") from None
        except (records.Damaged, DataRefused) as error:
            raise StorageFailed(str(error)) from error

    async def _make(self, changes: Sequence[Change], deed: Deed | None) -> None:
        """Make it, and wait until it is heard of, whichever way that is known first."""
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
            self._check(changes)
            async with self._writing:
                writes = self._writes(change, changes, deed)
                seq = await self._bucket.write(client, writes, next(patience))
            if seq is not None:
                return await self._reach(seq)
            await self._catch_up(client)

    def _check(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if self.revision(change.key) != change.revision:
                raise Conflict(change.key)

    def _writes(self, id: str, changes: Sequence[Change], deed: Deed | None) -> list[Write]:
        writes = []
        for change in changes:
            place = records.record_place(change.key)
            headers = records.headers(place, change.value, id, gone=change.value == GONE)
            writes.append(
                Write(place, change.value, headers, self._contents.expected(change.key, change.revision))
            )
        if deed is not None:
            newest, seq = self._contents.number(deed.scope)
            writes.append(_written(records.number_place(deed.scope), b"%d" % (newest + 1), id, seq))
            place = records.deed_place(deed.scope, newest + 1, self._kept)
            writes.append(_written(place, records.encoded(replace(deed, number=newest + 1)), id, None))
        return writes

    async def _reach(self, seq: int) -> None:
        """Wait until all up to a place in the order is here."""
        if self._contents.position < seq:
            reached = asyncio.get_running_loop().create_future()
            self._reached.append((seq, reached))
            await reached

    async def _catch_up(self, client: Client) -> None:
        await self._reach((await self._bucket.look(client)).state.last_seq)

    async def _load(self, client: Client) -> None:
        """Read what is there now."""
        self._contents = await load(client, self._bucket)

    async def _follow(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for work in (self._hear, self._watch):
                    group.create_task(self._connection.during(work))
        except ExceptionGroup as errors:
            error = errors.exceptions[0]  # if both failed at once: the first is as good as the second
            if isinstance(error, records.Damaged):
                error = DataRefused("damaged_bucket", self._bucket.stream, str(error))
            self._failed(error)

    async def _hear(self, client: Client) -> None:
        """Hear of every change from the last one on, which shows whether it is still the same bucket."""
        after = max(0, self._contents.position - 1)
        heard = follow(client, self.stream, self._bucket.told, after, gaps=True)
        try:
            self.level = True
            async with aclosing(heard) as changes:
                async for some in changes:
                    for message in some:
                        self._heard(message)
        finally:
            self.level = False

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
        position = self._contents.position
        last = (await self._bucket.look(client)).state.last_seq
        if last < position:
            raise DataRefused("bucket_lost", self.stream, f"{last} changes, and {position} here")

    def _heard(self, message: Message) -> None:
        place = self._bucket.place(message.subject)
        said = Said(place, message.seq, message.data, message.headers)
        if self._contents.knows(said):
            return
        for made in self._contents.take(said):
            self._tell(made)
        position = self._contents.position
        for seq, reached in self._reached:
            if seq <= position and not reached.done():
                reached.set_result(None)
        self._reached = [(seq, reached) for seq, reached in self._reached if not reached.done()]

    def _tell(self, made: Made) -> None:
        heard = self._asked.get(made.change)
        self._applied(Applied(made.records, made.deed, mine=heard is not None))
        if heard is not None and not heard.done():
            heard.set_result(None)

    async def _read(self, scope: str, numbers: Sequence[int], client: Client) -> list[Deed]:
        places = [records.deed_place(scope, number, self._kept) for number in numbers]
        found = await asyncio.gather(*(self._bucket.read(client, place) for place in places))
        deeds = []
        for place, number, message in zip(places, numbers, found, strict=True):
            if message is not None:
                value = records.checked(place, message.data or b"", message.headers or {})
                deed = records.decoded(value)
                deeds += [deed] if deed.number == number else []
        return deeds

    async def _erase(self, name: str, client: Client) -> None:
        """Write those deeds anew that have words; what is changed meanwhile is looked at again."""
        for said, deed in await all_deeds(client, self._bucket):
            if deed.did == "topic" and deed.what and fold(deed.by) == name:
                write = _written(said.place, records.encoded(replace(deed, what="")), "", said.seq)
                if await self._bucket.write(client, [write]) is None:
                    raise Missed("a deed was written meanwhile")


def _written(place: str, value: bytes, change: str, revision: int | None) -> Write:
    return Write(place, value, records.headers(place, value, change, gone=False), revision)
