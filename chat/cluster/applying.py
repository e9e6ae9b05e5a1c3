"""What comes along the stream becomes entries of this node's copy, in order, and nothing is left out."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from chat.cluster.batches import MOST, Batch, Damaged, Newer, decode
from chat.cluster.copying import APPLIED, Place
from chat.cluster.following import Message
from chat.cluster.outgoing import Outgoing
from chat.errors import DataRefused, StorageFailed
from chat.history.sqlite import SqliteHistory
from chat.history.store import Submission
from chat.words import mark, t

AHEAD = 16
"""So many times what came at once may wait: at most 64 messages each, and the stream has them all."""
MARK = 1.0
"""Seconds between two notes of how far the copy is; what is applied again changes nothing."""
PAUSE = 0.5
"""Seconds before what the disk did not take is tried again."""


class _Step(NamedTuple):
    """What is committed at once: up to and including which message, its name, and above which id."""

    last: Place
    after: int
    batch: Sequence[Submission]


class Applier:
    """Decides the ids: the first draft of an (owner, cid) in the order of the stream counts, on every node.

    A commit that fails is tried until it succeeds: one left out would shift all ids behind it on this node.
    """

    def __init__(
        self,
        stream: str,
        local: SqliteHistory,
        outgoing: Outgoing,
        again: Callable[[int], Awaitable[bytes]],
        told: Callable[[str], None],
        after: Place,
    ) -> None:
        """`again` fetches a message from who leads the stream; `told` gets what is wrong."""
        self._stream = stream
        self._local = local
        self._outgoing = outgoing
        self._again = again
        self._told = told
        self._queue: asyncio.Queue[list[Message]] = asyncio.Queue(AHEAD)
        self._came: deque[Message] = deque()
        self._open: tuple[Message, Batch] | None = None
        self._read = after
        """The last message that was read, and what it is called."""
        self._done = self._noted = after
        self._next_note = 0.0
        self.received = after.seq
        """The last message of the stream that was taken over; it may be put once more."""
        self.stuck = ""
        """Why this node's disk takes nothing at the moment; empty: it does."""
        self._moved = asyncio.Event()

    @property
    def applied(self) -> int:
        """The last message that is committed here, with all before it."""
        return self._done.seq

    async def put(self, messages: list[Message]) -> None:
        """Take over the next messages; waits while too many wait. Cancelled, they are not taken over."""
        await self._queue.put(messages)
        self.received = messages[-1].seq

    async def run(self) -> None:
        """Commit for ever. Raises StorageFailed once the disk fails for good.

        Raises DataRefused for a newer batch, and for a stream that has another message where one was read.
        """
        clock = asyncio.get_running_loop().time
        while True:
            step = await self._step()
            if step.batch:
                await self._commit(step)
            self._done = step.last
            self._moved.set()
            if clock() >= self._next_note:
                self._next_note = clock() + MARK
                await self.mark()

    async def reach(self, seq: int, far: Callable[[int, int], None] = lambda done, whole: None) -> None:
        """Wait until a message of the stream is committed here; `far` gets `applied` and `seq` meanwhile."""
        while self.applied < seq:
            far(self.applied, seq)
            self._moved.clear()
            await self._moved.wait()

    async def mark(self) -> None:
        """Note how far the copy is. Raises StorageFailed if the disk failed for good."""
        done = self._done
        if done == self._noted:
            return
        try:
            await self._local.note(APPLIED, done.noted)
            self._noted = done
        except StorageFailed as error:
            if error.final:
                raise

    async def _commit(self, step: _Step) -> None:
        while True:
            try:
                await self._local.apply(step.batch, step.after)
            except StorageFailed as error:
                if error.final:
                    raise
                self.stuck = str(error)
                number = step.last.seq
                self._told(t("message {n} of the stream waits for the disk: {why}", n=number, why=error))
                await asyncio.sleep(PAUSE)
            else:
                self.stuck = ""
                return

    async def _step(self) -> _Step:
        """The next messages, as many as fit in one commit."""
        batch: list[Submission] = []
        message, found = await self._peek()
        after = found.after
        while True:
            tickets = self._outgoing.arrived(found.id) or [None] * len(found.drafts)
            batch += zip(found.drafts, tickets, strict=True)
            self._open = None
            last = Place(message.seq, found.id)
            if not self._came and self._queue.empty():
                break
            message, found = await self._peek()
            if found.after or len(batch) + len(found.drafts) > MOST:
                break
        return _Step(last, after, batch)

    async def _peek(self) -> tuple[Message, Batch]:
        while self._open is None:
            if not self._came:
                self._came.extend(await self._queue.get())
            message = self._came.popleft()
            found = await self._decoded(message)
            if message.seq > self._read.seq:
                self._read = Place(message.seq, found.id)
                self._open = message, found
            elif self._read.id != found.id and self._read.id and found.id:
                raise DataRefused("stream_lost", self._stream, f"another message {message.seq}")
        return self._open

    async def _decoded(self, message: Message) -> Batch:
        """The batch of a message; an empty one where it is damaged where it comes from, too."""
        try:
            try:
                return decode(message.data)
            except Damaged:
                return decode(await self._again(message.seq))
        except Damaged as error:
            sentence = mark("message {n} of the stream is none of ours and is left out: {why}")
            self._told(t(sentence, n=message.seq, why=error))
            return Batch("", ())
        except Newer as error:
            raise DataRefused("newer_batch", str(message.seq), str(error)) from error
