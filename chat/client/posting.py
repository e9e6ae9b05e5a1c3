"""What is to be said, from the call until it is settled, over however many conversations that takes."""

import asyncio
from itertools import count
from random import Random

from msgspec.structs import replace

from chat import messages as m
from chat.client import sayings
from chat.client.clock import Clock
from chat.client.conversation import Conversation
from chat.client.entries import Said
from chat.client.errors import Disconnected, Refused
from chat.client.events import Failed, Pending
from chat.client.inbox import Inbox
from chat.client.line import fold
from chat.client.outbox import Item, Outbox
from chat.client.resume import Resume
from chat.client.sender import Sender
from chat.errors import Code
from chat.history.base import Kind

Settled = Said | Refused | Disconnected

SLOW_MODE = "slow_mode"
_DIGITS = "abcdefghijkmnpqrstuvwxyz23456789"
_PREFIX = 8
"""Random characters of 5 bits: of a million clients under one name two share them with odds of 1 in 2."""


class Posting:
    """Follows the outbox: each item goes out in its order, and is settled once."""

    def __init__(self, resume: Resume, outbox: Outbox, inbox: Inbox, clock: Clock, rng: Random) -> None:
        self._resume = resume
        self._inbox = inbox
        self._clock = clock
        self._rng = rng
        self._prefix = "".join(rng.choices(_DIGITS, k=_PREFIX))
        self._numbers = count(1)
        self._settling: dict[str, asyncio.Future[Settled]] = {}
        self._conversation: Conversation | None = None
        self.use(outbox)

    def use(self, outbox: Outbox) -> None:
        """Send what waits in this outbox; only before the first conversation."""
        self.outbox = outbox
        self._sender = Sender(outbox, self._rng)

    def opened(self, conversation: Conversation) -> None:
        """It is welcomed: send on it what waits."""
        self._conversation = conversation
        self._sender.opened()
        self._pump()

    def lost(self) -> None:
        """The conversation is over: what is not acknowledged waits for the next."""
        self._conversation = None

    def close(self, reason: str) -> None:
        """No further conversation comes: whoever waits for an acknowledgement waits in vain."""
        for cid in list(self._settling):
            self._settle(cid, Disconnected(reason))

    def post(self, to: str, body: str, *, reply: int | None = None, act: bool = False) -> str:
        """Put something to say into the outbox; returns its `cid`. See Client.post."""
        kind = Kind.ACT if act else Kind.MESSAGE
        item = Item(self._new_cid(), to, body, self._clock.wall(), kind, reply)
        self._add(item)
        return item.cid

    def change(self, asked: sayings.Change) -> str:
        """Put a change into the outbox; returns its `cid`. See Client.change."""
        item = sayings.change(asked, self._new_cid(), self._clock.wall())
        self._add(item)
        return item.cid

    def again(self, cid: str) -> str | None:
        """Say once more what failed, under a `cid` of its own, which is returned; None if nothing did."""
        item = next((item for item in self.outbox.failed if item.cid == cid), None)
        if item is None:
            return None
        anew = replace(item, cid=self._new_cid(), ts=self._clock.wall(), code=None)
        self._add(anew)
        self.outbox.discard(cid)
        return anew.cid

    def show_waiting(self) -> None:
        """Have somebody who shows what is said show what waits from an earlier time, and what failed."""
        for item in (*self.outbox, *self.outbox.failed):
            self._show(item)
            if item.code is not None:
                self._inbox.put(Failed(item.cid, item.code, item))

    async def settled(self, cid: str) -> Settled:
        """Wait for what becomes of an item of the outbox. Cancelled, the item stays there."""
        future = self._settling.get(cid)
        if future is None:
            future = self._settling[cid] = asyncio.get_running_loop().create_future()
        with self._inbox.urgent():
            return await asyncio.shield(future)

    async def emptied(self) -> None:
        """Wait until the outbox is empty, or can be emptied no more."""
        while (item := next(iter(self.outbox), None)) is not None:
            if isinstance(await self.settled(item.cid), Disconnected):
                return

    # What the server says of it:

    def awaits(self, event: Said) -> bool:
        """Whether this is what an item of the outbox waits for."""
        item = self.outbox.get(event.cid) if fold(event.from_) == self._resume.me else None
        return item is not None and sayings.acknowledges(event, item)

    def repeated(self, cid: str) -> bool:
        """Whether an item may have reached the server on an earlier connection."""
        return self._sender.repeated(cid)

    def acknowledged(self, event: Said) -> None:
        """An item is stored."""
        self.outbox.acknowledge(event.cid)
        self._sender.acknowledged(event.cid)
        self._settle(event.cid, event)
        self._pump()

    def refused(self, cid: str, error: m.Error) -> None:
        """`slow_down` is tried again by itself, in its order; any other refusal stands.

        So does slow mode: its pauses are a person's, and hold back what is said elsewhere if they are kept.
        """
        if self.outbox.get(cid) is None:
            return
        if error.code == Code.SLOW_DOWN and error.why != SLOW_MODE:
            delay = self._sender.slowed(cid, (error.wait or 0) / 1_000)
            if delay is not None and self._conversation is not None:
                self._conversation.later(delay, self._resume_sending)
            return
        refused = Refused(error.code, error.why, error.wait)
        item = self.outbox.fail(cid, refused.word)
        self._sender.failed(cid)
        self._settle(cid, refused)
        self._inbox.put(Failed(cid, refused.word, item))
        self._pump()

    def _new_cid(self) -> str:
        return f"{self._prefix}-{next(self._numbers)}"

    def _add(self, item: Item) -> None:
        fault = sayings.fault(item, self._resume.max_body)
        if fault is not None:
            raise Refused(fault)
        check(sayings.request(item), self._resume.max_frame, Code.BODY_TOO_LONG)
        self.outbox.add(item)
        self._show(item)
        self._pump()

    def _show(self, item: Item) -> None:
        if sayings.said(item):
            self._inbox.put(
                Pending(item.cid, item.to, item.body, item.ts, item.target, item.kind is Kind.ACT)
            )

    def _pump(self) -> None:
        if self._conversation is not None:
            for item in self._sender.due():
                self._conversation.say(sayings.request(item))

    def _resume_sending(self) -> None:
        self._sender.resume()
        self._pump()

    def _settle(self, cid: str, outcome: Settled) -> None:
        future = self._settling.pop(cid, None)
        if future is not None:
            future.set_result(outcome)


def check(request: m.Request, most: int, too_long: Code) -> None:
    """Raise Refused for what would end any conversation, to be sent again in the next, and end that."""
    try:
        payload = m.encode(request)
    except UnicodeEncodeError:
        raise Refused(Code.BAD_MESSAGE) from None
    if len(payload) > most:
        raise Refused(too_long)
