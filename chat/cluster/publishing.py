"""Batches on their way into the stream: one at a time, each sent until it is acknowledged."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import msgspec
import nats.errors
from msgspec import Struct
from nats.aio.client import Client
from nats.aio.msg import Msg

from chat.cluster.outgoing import Outgoing, Parcel
from chat.cluster.stillness import Stillness
from chat.history.base import Failure

PATIENCE = (0.5, 1.0)
"""Seconds to wait for the first acknowledgement, and for each further one, before the same is sent again."""
PAUSE = 0.1
"""Seconds before another try, where the answer is that nobody can take it now."""


class _Answer(Struct):
    """What a stream says to what was published: of an error only that there is one is of use here."""

    error: object = None


_decode = msgspec.json.Decoder(_Answer).decode


class Publisher:
    """Sends what is queued. One batch is under way at a time: what a sender says keeps its order.

    While it is, the rest gathers: the batches grow with the load. A second one under way would bring little
    (measured: at 7,000 lines a second, all that two cores gave, batches had 29 of the 500 that they hold).
    """

    def __init__(
        self,
        subject: str,
        outgoing: Outgoing,
        failed: Callable[[Sequence[Failure]], None],
        stillness: Stillness,
    ) -> None:
        """`failed` is told at once what is not to be stored."""
        self._subject = subject
        self._outgoing = outgoing
        self._failed = failed
        self._stillness = stillness
        self._parcel: Parcel | None = None
        self._answer: asyncio.Future[None] | None = None
        self._news = asyncio.Event()

    def queued(self) -> None:
        """There is something to send."""
        self._news.set()

    async def run(self, client: Client) -> None:
        """Send for ever. Cancelled, or with the connection lost, it goes on with the same batch."""
        inbox = client.new_inbox()
        subscription = await client.subscribe(f"{inbox}.>", cb=self._answered)
        try:
            while True:
                if self._parcel is None:
                    self._parcel = await self._next()
                await self._send(client, inbox, self._parcel)
                self._parcel = None
        finally:
            if not client.is_closed:
                await subscription.unsubscribe()

    async def _next(self) -> Parcel:
        while True:
            parcel, failures = self._outgoing.pack()
            if failures:
                self._failed(failures)
            if parcel is not None:
                return parcel
            self._news.clear()
            await self._news.wait()

    async def _send(self, client: Client, inbox: str, parcel: Parcel) -> None:
        """Send one until NATS has it, or it came along the stream, or it was unpacked."""
        while True:
            await self._stillness.over()  # in which it may have been unpacked
            if not self._outgoing.under_way(parcel):
                return
            patience = PATIENCE[min(parcel.tries, len(PATIENCE) - 1)]
            self._answer = asyncio.get_running_loop().create_future()
            with self._stillness.writing():
                await self._publish(client, inbox, parcel)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._answer, patience)

    async def _publish(self, client: Client, inbox: str, parcel: Parcel) -> None:
        """Send it once. Raises what may pass; what was certainly not sent is known to be refused."""
        number, headers = parcel.sent(), {"Nats-Msg-Id": parcel.id}
        reply = f"{inbox}.{parcel.id}.{number}"
        try:
            await client.publish(self._subject, parcel.data, reply=reply, headers=headers)
        except nats.errors.MaxPayloadError:
            parcel.refused(number)
            raise

    async def _answered(self, message: Msg) -> None:
        """An acknowledgement of whichever of the tries, or that it was refused."""
        _, id, number = message.subject.rsplit(".", 2)
        if self._parcel is None or id != self._parcel.id:
            return
        if _refuses(message):
            self._parcel.refused(int(number))
            await asyncio.sleep(PAUSE)
        else:
            self._outgoing.stored(id)
        self.looked_at()

    def looked_at(self) -> None:
        """Do not wait any longer for an answer: whether there is something to wait for is known without."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(None)


def _refuses(message: Msg) -> bool:
    """Whether an answer says that NATS has not stored a batch."""
    if message.headers and "Status" in message.headers:
        return True  # nobody leads the stream now
    try:
        return _decode(message.data).error is not None
    except msgspec.MsgspecError:
        return True  # it makes no sense
