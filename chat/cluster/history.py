"""The history of many nodes: a stream that NATS orders and keeps, and this node's copy, which answers."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Sequence
from contextlib import aclosing, suppress
from functools import partial
from pathlib import Path
from typing import Any

from nats.aio.client import Client

from chat.cluster import copying, finding, stream
from chat.cluster.applying import Applier
from chat.cluster.connection import Connection, ended
from chat.cluster.following import follow
from chat.cluster.publishing import Publisher
from chat.cluster.submitting import Submitter
from chat.cluster.watching import Watch
from chat.errors import DataRefused, StorageFailed
from chat.history.backing import Told
from chat.history.base import Committed, Draft, Entry, Failed, Kept, Outcome, Page
from chat.history.sqlite import SqliteHistory
from chat.words import mark, t

HOLD = 12.0
"""Seconds that a draft waits for NATS: an election takes 4 to 9 (measured)."""
REACH = 5.0
"""Seconds in which this node has to come as far as a client was elsewhere: half of what a welcome has."""
_STALE = mark("nothing certain was heard of the stream {stream} for {seconds} s: {why}")
_FRESH = mark("the stream {stream} is heard of again")


class StreamHistory(Kept):
    """A log that several nodes share: NATS decides the order, and each node the ids, which are the same.

    What is submitted is stored once NATS has it on the disks of a majority; it is reported when it comes
    along the stream into this node's copy, as what other nodes submit is, with no ticket. The first of an
    (owner, cid) counts, through whichever node it came, so a client may send again anywhere.

    A draft fails after HOLD seconds if it is certain that it is not stored. What was sent to NATS and not
    answered may be: it waits until that is known, since what is said to have failed must never appear.
    """

    def __init__(
        self,
        path: Path,
        connection: Connection,
        *,
        name: str = stream.NAME,
        careful: bool = True,
        hold: float = HOLD,
        told: Callable[[str], None] = lambda sentence: None,
        far: Told = lambda done, whole: None,
    ) -> None:
        """The copy is the file `path`, in a folder that the caller keeps locked; the connection is open.

        Unless `careful`, streams are taken that a power cut may erase, or the loss of one disk. `told` gets
        sentences of trouble; `far` how much of the copy is made, at the start.
        """
        self._path = path
        self._connection = connection
        self._name = name
        self._careful = careful
        self._hold = hold
        self._told = told
        self._far = far
        self._local = SqliteHistory(path, synchronous="normal")  # all of it can be had again
        self._submitter = Submitter(hold)
        self._submit: Callable[[Draft, object], None] = _not_open
        self._broken: asyncio.Future[DataRefused] = asyncio.get_running_loop().create_future()
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self, committed: Committed, failed: Failed) -> None:
        self._submitter.open(committed, failed)
        self._loop = asyncio.get_running_loop()
        self._live = False
        found, far = await finding.find(self._connection, self._path, self._name, careful=self._careful)
        await self._local.open(self._applied, self._submitter.unfit)
        self.log, self.head, self.floor = self._local.log, self._local.head, self._local.floor
        subject, stillness = stream.subject(self._name), self._connection.stillness
        outgoing = self._submitter.outgoing
        self._publisher = Publisher(subject, outgoing, self._submitter.fail, stillness)
        self._applier = Applier(self._name, self._local, outgoing, self._again, self._told, far)
        self._watch = Watch(self._name, self.log, self._hold, lambda: self._applier.applied, self._freshness)
        self._start(self._applier.run)
        self._start_during(self._follow)
        try:
            await self._catch_up(found.last)
        except BaseException:
            await self._stop()
            raise
        self._live = True
        self._watch.start()
        self._start_during(self._publisher.run)
        self._start_during(self._watch.run)
        self._submit = self._queue

    async def close(self) -> None:
        self._submit = _not_open
        with suppress(StorageFailed, TimeoutError):
            async with asyncio.timeout(self._hold + 1):  # what is stored comes, unless NATS goes now
                await self.settled()
        self._submitter.lose("this node closes")
        await self._stop()

    def submit(self, draft: Draft, ticket: object = None) -> None:
        self._submit(draft, ticket)

    async def append(self, draft: Draft) -> Entry:
        ticket = self._submitter.appending.ticket()
        self._submit(draft, ticket)
        return await ticket.waiter

    async def settled(self) -> None:
        await self._submitter.settled()

    async def reach(self, id: int) -> None:
        """Wait until all that the stream has now is in the copy, if `id` is not."""
        if id <= self.head:
            return
        try:
            async with asyncio.timeout(REACH):
                await self._applier.reach(await self._connection.during(self._level))
        except TimeoutError:
            raise StorageFailed(f"nothing certain is heard of the stream {self._name}") from None

    async def page(
        self, conversation: str, *, before: int | None = None, after: int | None = None, limit: int
    ) -> Page:
        return await self._local.page(conversation, before=before, after=after, limit=limit)

    async def follow(
        self, conversations: Collection[str], reader: str, *, after: int, until: int, limit: int
    ) -> Page:
        return await self._local.follow(conversations, reader, after=after, until=until, limit=limit)

    async def find(self, id: int) -> Entry | None:
        return await self._local.find(id)

    async def search(
        self, words: str, conversations: Collection[str], reader: str, *, before: int | None, limit: int
    ) -> Page:
        return await self._local.search(words, conversations, reader, before=before, limit=limit)

    async def back_up(self, path: Path, told: Told) -> None:
        """Copy this node's copy to a new file, as a history of one machine, while it is in use."""
        await self._local.back_up(path, told)
        await asyncio.to_thread(copying.release, path)

    async def inspect(self) -> None:
        """Look through what `open` has not; then wait until the history cannot be gone on with.

        Raises DataRefused: damaged, or the stream is not the one it was. Cancelled, it ends at once.
        """
        await self._local.inspect()
        raise await asyncio.shield(self._broken)

    def refuse(self, error: DataRefused) -> None:
        """Go no further: what belongs to the history cannot be followed any more; `inspect` raises it."""
        self._break(error)

    @property
    def applied(self) -> tuple[int, int]:
        """How many messages of the stream this node's copy has, and how many there were at the last look."""
        return self._applier.applied, max(self._watch.last, self._applier.applied)

    async def _level(self, client: Client) -> int:
        return await finding.end(client, self._name, self.log)

    async def _catch_up(self, last: int) -> None:
        """Wait until the copy has what the stream had. Raises DataRefused."""
        coming = asyncio.ensure_future(self._applier.reach(last, self._far))
        either: set[asyncio.Future[Any]] = {coming, self._broken}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await ended(coming)
        if self._broken.done():
            raise self._broken.result()

    async def _follow(self, client: Client) -> None:
        """Begin with the last one, once more: whether it is the one that came is how a loss is noticed."""
        after = max(0, self._applier.received - 1)
        async with aclosing(follow(client, self._name, stream.told(self._name), after)) as messages:
            async for some in messages:
                await self._applier.put(some)

    async def _again(self, seq: int) -> bytes:
        """A message of the stream from who leads it."""

        async def fetch(client: Client) -> bytes:
            return (await client.jetstream().get_msg(self._name, seq)).data or b""

        return await self._connection.during(fetch)

    def _start_during(self, work: Callable[[Client], Coroutine[Any, Any, None]]) -> None:
        """Run it whenever there is a connection."""
        self._start(partial(self._connection.during, work))

    def _start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._tasks.append(self._loop.create_task(self._guarded(work)))

    async def _guarded(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Whatever ends a task of this history ends the history."""
        try:
            await work()
        except DataRefused as error:
            self._break(error)
        except Exception as error:
            self._break(DataRefused("unreadable", str(self._path), str(error) or repr(error)))

    def _break(self, error: DataRefused) -> None:
        if not self._broken.done():
            self._broken.set_result(error)
            self._told(t("this node goes no further: {why}", why=error))
        self._submitter.lose(str(error))

    async def _stop(self) -> None:
        for task in self._tasks:
            await ended(task)
        self._watch.stop()
        self._submitter.stop()
        with suppress(StorageFailed):
            await self._applier.mark()
        await self._local.close()

    def _queue(self, draft: Draft, ticket: object) -> None:
        if self._applier.stuck or self._broken.done():
            final = self._broken.done()
            reason = str(self._broken.result()) if final else self._applier.stuck
            self._submitter.refuse(draft, ticket, reason, final=final)
            return
        self._submitter.submit(draft, ticket)
        self._publisher.queued()

    def _applied(self, outcomes: Sequence[Outcome], head: int) -> None:
        self.head = head
        if not self._live:
            return  # at the start: nobody has seen an older state, nothing was submitted
        self._submitter.applied(outcomes, head)
        self._publisher.looked_at()

    def _freshness(self, stale: bool) -> None:
        self.stale = stale
        why = (self._connection.reason or t("no answer in time")) if self._watch.led else t("nobody leads it")
        sentence = _STALE if stale else _FRESH
        self._told(t(sentence, stream=self._name, seconds=f"{self._hold:g}", why=why))
        if self.on_stale is not None:
            self.on_stale(stale)


def _not_open(draft: Draft, ticket: object) -> None:
    raise RuntimeError("the history is not open")
