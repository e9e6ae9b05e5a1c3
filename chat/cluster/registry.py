"""The registry of many machines: a bucket of JetStream that every node follows and has in memory."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from chat.cluster import records
from chat.cluster.bucket import MOST, Bucket
from chat.cluster.changing import Changer
from chat.cluster.connection import START, Connection
from chat.cluster.contents import Made
from chat.cluster.loading import all_deeds, some_deeds
from chat.cluster.mirror import Mirror
from chat.errors import DataRefused, StorageFailed
from chat.registry.base import DEEDS, Applied, Change, Deed, Kept, Listener, Record, unheard
from chat.registry.sqlite import write_records

T = TypeVar("T")

PATIENCE = 12.0
"""Seconds for a change: an election takes up to 9 (measured, nats-server 2.15.1)."""
OPENING = 300.0
"""Seconds for reading all of it, at the start or for a copy: 16,000 records a second (measured)."""
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
        self._mirror = Mirror(connection, self._bucket, self._tell, failed)
        self._changer = Changer(connection, self._bucket, self._mirror, deeds)
        self._kept = deeds
        self._patience = patience
        self._applied: Listener = unheard
        self._changing: set[asyncio.Future[None]] = set()

    async def open(self, applied: Listener = unheard) -> None:
        self._applied = applied
        try:
            async with asyncio.timeout(START):
                await self._connection.during(self._bucket.look)
            async with asyncio.timeout(OPENING):
                await self._connection.during(self._mirror.load)
        except TimeoutError:
            raise self._connection.absent() from None
        self._mirror.start()

    @property
    def stream(self) -> str:
        """What the bucket's stream is called."""
        return self._bucket.stream

    @property
    def level(self) -> bool:
        """Whether what others change is heard of at this moment."""
        return self._mirror.level

    async def close(self) -> None:
        if self._changing:
            await asyncio.wait(self._changing)
        await self._mirror.stop()

    def get(self, key: str) -> Record | None:
        return self._mirror.contents.records.get(key)

    def items(self, prefix: str) -> Iterator[tuple[str, Record]]:
        found = self._mirror.contents.records
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
        newest, _ = self._mirror.contents.number(scope)
        last = newest if before is None else min(newest, before - 1)
        first = max(1, newest - self._kept + 1, last - limit + 1)
        places = {number: records.deed_place(scope, number, self._kept) for number in range(first, last + 1)}
        return await self._within(
            self._connection.during(partial(some_deeds, bucket=self._bucket, places=places))
        )

    async def caught_up(self) -> None:
        """Wait until all that any node has changed by now is heard of. Raises StorageFailed."""
        await self._within(self._connection.during(self._mirror.catch_up))

    async def back_up(self, path: Path) -> None:
        """As every registry that is kept; the deeds are those there are once all records are copied."""
        found = dict(self._mirror.contents.records)
        read = self._connection.during(partial(all_deeds, bucket=self._bucket))
        deeds = [deed for _, deed in await self._within(read, OPENING)]
        deeds.sort(key=lambda deed: (deed.scope, deed.number))
        await asyncio.to_thread(write_records, path, found, deeds)

    async def shred(self) -> None:
        """Nothing is on this disk; in NATS a new value takes the place of the old."""

    async def erase(self, name: str) -> None:
        await self._within(self._connection.during(partial(self._changer.erase, name)), OPENING)

    def _changed(self, changing: asyncio.Future[None]) -> None:
        self._changing.discard(changing)
        if not changing.cancelled():
            changing.exception()  # whoever asked may be gone

    async def _change(self, changes: Sequence[Change], deed: Deed | None) -> None:
        self._changer.check(changes)
        for start in range(0, len(changes), _PART):
            part, rest = changes[start : start + _PART], changes[start + _PART :]
            if rest or deed is None:
                await self._within(self._changer.make(part))
        if deed is not None:
            part = changes[(len(changes) - 1) // _PART * _PART :] if changes else []
            await self._within(self._changer.make(part, deed))

    async def _within(self, work: Coroutine[Any, Any, T], seconds: float | None = None) -> T:
        """What comes of it, in time. Raises StorageFailed."""
        try:
            async with asyncio.timeout(self._patience if seconds is None else seconds):
                return await work
        except TimeoutError:
            raise StorageFailed(f"NATS: {self._connection.reason or 'no answer'}") from None
        except (records.Damaged, DataRefused) as error:
            raise StorageFailed(str(error)) from error

    def _tell(self, made: Made) -> None:
        self._applied(Applied(made.records, made.deed, mine=self._changer.heard(made.change)))
