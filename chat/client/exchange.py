"""What is said and answered, over whichever conversation there is: each thing once, in its order."""

import asyncio
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any, TypeVar

from msgspec import UNSET
from msgspec.structs import replace

from chat import messages as m
from chat import proof
from chat.client import sayings
from chat.client.answers import Answers, Waiter
from chat.client.clock import Clock
from chat.client.conversation import Conversation
from chat.client.entries import Said
from chat.client.errors import Disconnected, Refused, Unanswered
from chat.client.events import Failed, Pending, Reset
from chat.client.inbox import Inbox
from chat.client.keeper import Keeper
from chat.client.line import fold, key_of
from chat.client.outbox import Item, Outbox
from chat.client.resume import Resume
from chat.client.sender import Sender
from chat.errors import Code
from chat.history.base import Kind

Settled = Said | Refused | Disconnected
Page = m.HistoryPage | m.Found | m.RoomList | m.Members | m.RosterPage | m.LogPage
Answer = TypeVar("Answer", bound=m.Event)

SLOW_MODE = "slow_mode"
FINAL = frozenset({"replaced", "kicked", "banned"})
"""Reasons of a server's bye after which coming back by itself would be wrong."""
NAME = frozenset({Code.BAD_NAME, Code.NAME_TAKEN})
ROOMS = frozenset({Code.BAD_ROOM, Code.NO_SUCH_ROOM, Code.TOO_MANY_ROOMS, Code.NOT_ALLOWED})
"""What a server may have against the rooms in a hello."""
ANSWERED = 30.0
"""Seconds within which a server answers a request; all that may be queued before it are 256 KiB."""
_DIGITS = "abcdefghijkmnpqrstuvwxyz23456789"
_PREFIX = 8
"""Random characters of 5 bits: of a million clients under one name two share them with odds of 1 in 2."""


class Exchange:
    """Follows the outbox, the requests under way and the point to resume from."""

    def __init__(
        self, resume: Resume, outbox: Outbox, inbox: Inbox, keeper: Keeper, clock: Clock, rng: Random
    ) -> None:
        self.resume = resume
        self.inbox = inbox
        self.keeper = keeper
        self.brakes = (inbox, keeper.backlog)
        self.welcome: m.Welcome | None = None
        """The latest welcome; it stays when the connection is lost."""
        self.open = False
        self.final: str | None = None
        """Set when the server wants us gone for good: the reason."""
        self.name_refused: str | None = None
        """Set while the name of the last hello was refused: the code."""
        self._conversation: Conversation
        self._proven = False
        self._apart: list[str] = []
        self._rng = rng
        self.use(outbox)
        self._answers = Answers()
        self._clock = clock
        self._prefix = "".join(rng.choices(_DIGITS, k=_PREFIX))
        self._numbers = count(1)
        self._settling: dict[str, asyncio.Future[Settled]] = {}
        self.on_open: Callable[[], None] = lambda: None

    def use(self, outbox: Outbox) -> None:
        """Send what waits in this outbox; only before the first conversation."""
        self.outbox = outbox
        self._sender = Sender(outbox, self._rng)

    def begin(self, conversation: Conversation) -> m.Hello:
        """A connection is there: what to say first on it."""
        self._conversation = conversation
        self.name_refused = None
        self._proven = False
        return self.resume.hello()

    def lost(self, reason: str) -> None:
        """The conversation is over: what was asked in it gets no answer; the outbox waits for the next."""
        self.open = False
        self._answers.lost(reason)

    def close(self, reason: str) -> None:
        """No further conversation comes: whoever waits for an acknowledgement or an event waits in vain."""
        self.lost(reason)
        self.inbox.close()
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

    def show_waiting(self) -> None:
        """Have somebody who shows what is said show what waits from an earlier time, and what failed."""
        for item in (*self.outbox, *self.outbox.failed):
            self._show(item)
            if item.code is not None:
                self.inbox.put(Failed(item.cid, item.code, item))

    def again(self, cid: str) -> str | None:
        """Say once more what failed, under a `cid` of its own, which is returned; None if nothing did."""
        item = next((item for item in self.outbox.failed if item.cid == cid), None)
        if item is None:
            return None
        anew = replace(item, cid=self._new_cid(), ts=self._clock.wall(), code=None)
        self._add(anew)
        self.outbox.discard(cid)
        return anew.cid

    def _show(self, item: Item) -> None:
        if sayings.said(item):
            self.inbox.put(Pending(item.cid, item.to, item.body, item.ts, item.target, item.kind is Kind.ACT))

    def _new_cid(self) -> str:
        return f"{self._prefix}-{next(self._numbers)}"

    def _add(self, item: Item) -> None:
        fault = sayings.fault(item, self.resume.max_body)
        if fault is not None:
            raise Refused(fault)
        self._check(sayings.request(item), Code.BODY_TOO_LONG)
        self.outbox.add(item)
        self._show(item)
        self._pump()

    async def settled(self, cid: str) -> Settled:
        """Wait for what becomes of an item of the outbox. Cancelled, the item stays there."""
        future = self._settling.get(cid)
        if future is None:
            future = self._settling[cid] = asyncio.get_running_loop().create_future()
        with self.inbox.urgent():
            return await asyncio.shield(future)

    async def emptied(self) -> None:
        """Wait until the outbox is empty, or can be emptied no more."""
        while (item := next(iter(self.outbox), None)) is not None:
            if isinstance(await self.settled(item.cid), Disconnected):
                return

    async def ask(self, request: m.Request, kind: type[Answer], *, quiet: bool = False) -> Answer:
        """Ask and wait for the direct answer, which is iterated too unless `quiet`.

        Raises Refused (Unanswered after ANSWERED), Disconnected.
        """
        if not self.open:
            raise Disconnected("closed")
        self._check(request, Code.BAD_MESSAGE)
        live = isinstance(request, m.History) and self.keeper.live(request)
        waiter = self._answers.expect(request, kind, quiet=quiet, live=live)
        self._conversation.say(request)
        deadline = asyncio.create_task(self._give_up(waiter))
        try:
            with self.inbox.urgent():
                return await self._answers.outcome(waiter, kind)
        finally:
            deadline.cancel()

    async def _give_up(self, waiter: Waiter) -> None:
        await self._clock.sleep(ANSWERED)
        waiter.settle(Unanswered())

    def _check(self, request: m.Request, too_long: Code) -> None:
        """Raise Refused for what would end any conversation, to be sent again in the next, and end that."""
        try:
            payload = m.encode(request)
        except UnicodeEncodeError:
            raise Refused(Code.BAD_MESSAGE) from None
        if len(payload) > self.resume.max_frame:
            raise Refused(too_long)

    def take(self, event: m.AnyEvent) -> None:
        """Take in one event of the conversation."""
        _TAKE[type(event)](self, event)

    def _pump(self) -> None:
        if self.open:
            for item in self._sender.due():
                self._conversation.say(sayings.request(item))

    def _resume_sending(self) -> None:
        self._sender.resume()
        self._pump()

    def _settle(self, cid: str, outcome: Settled) -> None:
        future = self._settling.pop(cid, None)
        if future is not None:
            future.set_result(outcome)

    def _welcome(self, event: m.Welcome) -> None:
        self._conversation.welcome()
        self.welcome = event
        self.open = True
        reset = self.resume.welcomed(event)
        self.keeper.welcomed(event, self.resume.cursor)
        self.on_open()
        if reset:
            self.inbox.put(Reset())
        self.inbox.put(event)
        for room in self._apart:
            self._conversation.say(m.Join(room=room))
        self._apart = []
        self._sender.opened()
        self._pump()

    def _challenge(self, event: m.Challenge) -> None:
        """Prove who we are, to the server at the other end of this connection and for this name alone.

        Once in a conversation: a second challenge is no honest server's.
        """
        me = self.resume.identity
        if me is None:
            self._refuse_name(Code.NAME_TAKEN)
        elif self._proven or proof.decoded(event.nonce, proof.NONCE_SIZE) is None or "\0" in event.server:
            self._conversation.end(Code.BAD_MESSAGE)
        else:
            self._proven = True
            nonce = proof.encoded(self._rng.randbytes(proof.NONCE_SIZE))
            place = proof.place(self._conversation.certificate, event.server)
            text = proof.text(place, self.resume.user or "", event.nonce, nonce)
            self._conversation.say(m.Prove(signature=me.sign(text), nonce=nonce))

    def _said(self, event: Said) -> None:
        item = self.outbox.get(event.cid) if fold(event.from_) == self.resume.me else None
        acknowledges = item is not None and sayings.acknowledges(event, item)
        in_turn = not (acknowledges and self._sender.repeated(event.cid))
        before = self.resume.cursor
        if self.resume.fresh(event.id, in_turn=in_turn) or acknowledges:
            self.inbox.put(event)
        if not in_turn or self.resume.cursor != before:
            self.keeper.said(event, key_of(self.resume.me, event), in_turn=in_turn)
        if acknowledges:
            self.outbox.acknowledge(event.cid)
            self._sender.acknowledged(event.cid)
            self._settle(event.cid, event)
            self._pump()

    def _joined(self, event: m.Joined) -> None:
        if self._answers.answer(event) is not None or self.resume.me in map(fold, event.users):
            self.resume.joined(event.room)
            self.keeper.follow(self.resume.rooms.values())
        self.inbox.put(event)

    def _left(self, event: m.Left) -> None:
        if self._answers.answer(event) is not None or self.resume.me in map(fold, event.users):
            self.resume.left(event.room)
            self.keeper.follow(self.resume.rooms.values())
        self.inbox.put(event)

    def _moderated(self, event: m.Moderated) -> None:
        self._answers.answer(event)
        self.inbox.put(event)

    def _page(self, event: Page) -> None:
        """An answer that nobody waits for any more, or never did, is not believed."""
        waiter = self._answers.answer(event)
        if waiter is None:
            return
        _name(event, waiter.request)
        if isinstance(waiter.request, m.History) and isinstance(event, m.HistoryPage):
            self.keeper.page(waiter.request, event, live=waiter.live)
        if not waiter.quiet:
            self.inbox.put(event)

    def _stale(self, event: m.Stale) -> None:
        self.inbox.put(event)

    def _pong(self, event: m.PongEvent) -> None:
        self._answers.answer(event)

    def _ping(self, event: m.PingEvent) -> None:
        if self.open:  # before the welcome a pong is not allowed, and no sign of life is asked of us
            self._conversation.say(m.Pong())

    def _bye(self, event: m.ByeEvent) -> None:
        if event.reason in FINAL:
            self.final = event.reason
        self.inbox.put(event)
        self._conversation.end(event.reason)

    def _error(self, event: m.Error) -> None:
        if event.cid is not None:
            self._not_sent(event.cid, event)
        elif not self.open:
            self._not_welcomed(event.code, event.why)
        elif event.ref is None or not self._answers.refuse(
            event.ref, Refused(event.code, event.why, event.wait)
        ):
            self._conversation.blame(event.code)
            self.inbox.put(event)

    def _not_welcomed(self, code: str, why: str | None) -> None:
        """One room that is refused would keep us out for ever: ask for them one by one, once welcomed."""
        if code in NAME:
            self._refuse_name(code)
        elif code in ROOMS and self.resume.rooms:
            self._apart = list(self.resume.rooms.values())
            self.resume.rooms.clear()
            self._conversation.say(self.resume.hello())
        else:
            self._conversation.end(why or code)

    def _refuse_name(self, code: str) -> None:
        self.name_refused = code
        self._conversation.end(code)

    def _not_sent(self, cid: str, error: m.Error) -> None:
        """`slow_down` is tried again by itself, in its order; any other refusal stands.

        So does slow mode: its pauses are a person's, and hold back what is said elsewhere if they are kept.
        """
        if self.outbox.get(cid) is None:
            return
        if error.code == Code.SLOW_DOWN and error.why != SLOW_MODE:
            delay = self._sender.slowed(cid, (error.wait or 0) / 1_000)
            if delay is not None:
                self._conversation.later(delay, self._resume_sending)
            return
        refused = Refused(error.code, error.why, error.wait)
        item = self.outbox.fail(cid, refused.word)
        self._sender.failed(cid)
        self._settle(cid, refused)
        self.inbox.put(Failed(cid, refused.word, item))
        self._pump()


def _name(event: Page, request: m.Request) -> None:
    """Say in an answer what it is about, where the server left that to the `ref`."""
    if isinstance(event, m.Members | m.HistoryPage) and event.room is UNSET:
        room = getattr(request, "room", None)
        event.room = UNSET if room is None else room
    if isinstance(event, m.HistoryPage) and event.with_ is UNSET:
        other = getattr(request, "with_", None)
        event.with_ = UNSET if other is None else other


_TAKE: dict[type[m.Event], Callable[[Exchange, Any], None]] = {
    m.Welcome: Exchange._welcome,
    m.Challenge: Exchange._challenge,
    m.Message: Exchange._said,
    m.Edited: Exchange._said,
    m.Deleted: Exchange._said,
    m.Reacted: Exchange._said,
    m.Topic: Exchange._said,
    m.Joined: Exchange._joined,
    m.Left: Exchange._left,
    m.Moderated: Exchange._moderated,
    m.RosterPage: Exchange._page,
    m.LogPage: Exchange._page,
    m.HistoryPage: Exchange._page,
    m.Found: Exchange._page,
    m.RoomList: Exchange._page,
    m.Members: Exchange._page,
    m.Stale: Exchange._stale,
    m.PongEvent: Exchange._pong,
    m.PingEvent: Exchange._ping,
    m.ByeEvent: Exchange._bye,
    m.Error: Exchange._error,
}
