"""What a stream of JetStream holds: message by message, in order, none left out, for as long as they come."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, ConsumerInfo

BEAT = 0.4
"""Seconds of silence after which the server says that it is there, and what it has sent."""
SILENCE = 1.5
"""Seconds of silence after which nothing is believed to come any more."""
MAKING = 3.0
"""Seconds for making a consumer: three servers have to agree on it."""
FORGET = 30.0
"""Seconds after which the server forgets who does not listen any more."""

Heard = Callable[[Msg], None]


class Missed(nats.errors.Error):
    """Something was left out, or nothing comes any more: begin anew where the last one was heard."""


class Feed:
    """One consumer that the server forgets as soon as nobody listens; `heard` gets each message, in order.

    Made here and not by nats-py's own ordered consumer, which at an election gives up making itself anew
    without telling anybody.
    """

    def __init__(self, client: Client, stream: str, heard: Heard) -> None:
        self._client = client
        self._js = client.jetstream(timeout=MAKING)
        self._stream = stream
        self._heard = heard
        self._number = 0
        """Of the consumer's messages, the last one heard."""
        self._signs = 0
        """How often the server has let us hear of it."""
        self._end: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(
        self, config: ConsumerConfig, *, until: Callable[[ConsumerInfo], bool] | None = None
    ) -> None:
        """Hear everything that `config` asks for; returns only once `stop` is called.

        `until`, given the consumer as it was made, says whether there is nothing to be heard. Raises Missed
        and what NATS raises. Cancellation loses nothing that was heard.
        """
        inbox = self._client.new_inbox()
        subscription = await self._client.subscribe(inbox, cb=self._take)
        name = ""
        try:
            made = await self._js.add_consumer(self._stream, _ephemeral(config, inbox))
            name = made.name
            if until is None or not until(made):
                await self._watch()
        finally:
            with suppress(nats.errors.Error, OSError):
                await subscription.unsubscribe()
                if name:
                    await self._client.publish(f"$JS.API.CONSUMER.DELETE.{self._stream}.{name}")

    def stop(self) -> None:
        """What was to be heard has been."""
        if not self._end.done():
            self._end.set_result(None)

    async def _watch(self) -> None:
        """Wait for the end; raises Missed after so long a silence."""
        heard, silent = -1, 0.0
        while silent < SILENCE:
            silent = silent + BEAT if heard == self._signs else 0.0
            heard = self._signs
            await asyncio.wait([self._end], timeout=BEAT)
            if self._end.done():
                return self._end.result()
        raise Missed(f"nothing of {self._stream}")

    async def _take(self, msg: Msg) -> None:
        self._signs += 1
        if self._end.done():
            return
        try:
            headers = msg.headers or {}
            if "Status" in headers:
                await self._answer(msg, headers)
            else:
                self._number += 1
                if msg.metadata.sequence.consumer != self._number:
                    raise Missed(f"{self._number} of {self._stream}")
                self._heard(msg)
        except Exception as error:
            if not self._end.done():
                self._end.set_exception(error)

    async def _answer(self, msg: Msg, headers: dict[str, str]) -> None:
        """A heartbeat says what was sent; a request to say when all was heard is answered."""
        if msg.reply:
            await self._client.publish(msg.reply)
        elif int(headers.get("Nats-Last-Consumer", 0)) != self._number:
            raise Missed(f"{headers.get('Nats-Last-Consumer')} of {self._stream}")
        elif stalled := headers.get("Nats-Consumer-Stalled"):
            await self._client.publish(stalled)


def _ephemeral(config: ConsumerConfig, inbox: str) -> ConsumerConfig:
    return config.evolve(
        deliver_subject=inbox,
        ack_policy=AckPolicy.NONE,
        max_deliver=1,
        flow_control=True,
        idle_heartbeat=BEAT,
        inactive_threshold=FORGET,
        num_replicas=1,
        mem_storage=True,
    )
