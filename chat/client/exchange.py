"""What is said and answered, over whichever conversation there is: each thing once, in its order."""

import asyncio
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any, TypeVar

from msgspec import UNSET

from chat import messages as m
from chat.client.answers import Answers
from chat.client.clock import Clock
from chat.client.conversation import Conversation
from chat.client.errors import Disconnected, Refused
from chat.client.events import Failed, Pending, Reset
from chat.client.inbox import Inbox
from chat.client.outbox import Item, Outbox
from chat.client.resume import Resume
from chat.client.sender import Sender
from chat.client.talk import fold
from chat.errors import Code
from chat.text import body_fault

Settled = m.Message | Refused | Disconnected
Answer = TypeVar("Answer", bound=m.Event)

FINAL = frozenset({"replaced", "kicked", "banned"})
"""Reasons of a server's bye after which coming back by itself would be wrong."""
NAME = frozenset({Code.BAD_NAME, Code.NAME_TAKEN})
ROOMS = frozenset({Code.BAD_ROOM, Code.NO_SUCH_ROOM, Code.TOO_MANY_ROOMS, Code.NOT_ALLOWED})
"""What a server may have against the rooms in a hello."""
_DIGITS = "abcdefghijkmnpqrstuvwxyz23456789"
_PREFIX = 8
"""Random characters of 5 bits: of a million clients under one name two share them with odds of 1 in 2."""


class Exchange:
    """Follows the outbox, the requests under way and the point to resume from."""

    def __init__(self, resume: Resume, outbox: Outbox, inbox: Inbox, clock: Clock, rng: Random) -> None:
        self.resume = resume
        self.outbox = outbox
        self.inbox = inbox
        self.welcome: m.Welcome | None = None
        """The latest welcome; it stays when the connection is lost."""
        self.open = False
        self.final: str | None = None
        """Set when the server wants us gone for good: the reason."""
        self.name_refused: str | None = None
        """Set while the name of the last hello was refused: the code."""
        self._conversation: Conversation
        self._apart: list[str] = []
        self._sender = Sender(outbox, rng)
        self._answers = Answers()
        self._clock = clock
        self._prefix = "".join(rng.choices(_DIGITS, k=_PREFIX))
        self._numbers = count(1)
        self._settling: dict[str, asyncio.Future[Settled]] = {}
        self.on_open: Callable[[], None] = lambda: None

    def begin(self, conversation: Conversation) -> m.Hello:
        """A connection is there: what to say first on it."""
        self._conversation = conversation
        self.name_refused = None
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

    def post(self, to: str, body: str) -> str:
        """Put something to say into the outbox; returns its `cid`. See Client.post."""
        fault = body_fault(body, self.resume.max_body)
        if fault is not None:
            raise Refused(fault)
        item = Item(f"{self._prefix}-{next(self._numbers)}", to, body, self._clock.wall())
        self._check(_send(item), Code.BODY_TOO_LONG)
        self.outbox.add(item)
        self.inbox.put(Pending(item.cid, to, body, item.ts))
        self._pump()
        return item.cid

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

    async def ask(self, request: m.Request, kind: type[Answer]) -> Answer:
        """Ask and wait for the direct answer. Raises Refused, Disconnected."""
        if not self.open:
            raise Disconnected("closed")
        self._check(request, Code.BAD_MESSAGE)
        waiter = self._answers.expect(request, kind)
        self._conversation.say(request)
        with self.inbox.urgent():
            return await self._answers.outcome(waiter, kind)

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
                self._conversation.say(_send(item))

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
        """The name belongs to a key, and this client has none to prove anything with."""
        self._refuse_name(Code.NAME_TAKEN)

    def _message(self, event: m.Message) -> None:
        acknowledges = event.cid in self.outbox and fold(event.from_) == self.resume.me
        in_turn = not (acknowledges and self._sender.repeated(event.cid))
        if self.resume.fresh(event.id, in_turn=in_turn) or acknowledges:
            self.inbox.put(event)
        if acknowledges:
            self.outbox.acknowledge(event.cid)
            self._sender.acknowledged(event.cid)
            self._settle(event.cid, event)
            self._pump()

    def _changed(self, event: m.Edited | m.Deleted | m.Reacted | m.Topic) -> None:
        if self.resume.fresh(event.id, in_turn=True):
            self.inbox.put(event)

    def _joined(self, event: m.Joined) -> None:
        if self._answers.answer(event) is not None or self.resume.me in map(fold, event.users):
            self.resume.joined(event.room)
        self.inbox.put(event)

    def _left(self, event: m.Left) -> None:
        if self._answers.answer(event) is not None or self.resume.me in map(fold, event.users):
            self.resume.left(event.room)
        self.inbox.put(event)

    def _page(self, event: m.HistoryPage | m.RoomList | m.Members | m.Found) -> None:
        """An answer that nobody waits for any more, or never did, is not believed."""
        request = self._answers.answer(event)
        if request is not None:
            _name(event, request)
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
            self._not_sent(event.cid, event.code)
        elif not self.open:
            self._not_welcomed(event.code)
        elif event.ref is None or not self._answers.refuse(event.ref, event.code):
            self._conversation.blame(event.code)
            self.inbox.put(event)

    def _not_welcomed(self, code: str) -> None:
        """One room that is refused would keep us out for ever: ask for them one by one, once welcomed."""
        if code in NAME:
            self._refuse_name(code)
        elif code in ROOMS and self.resume.rooms:
            self._apart = list(self.resume.rooms.values())
            self.resume.rooms.clear()
            self._conversation.say(self.resume.hello())
        else:
            self._conversation.end(code)

    def _refuse_name(self, code: str) -> None:
        self.name_refused = code
        self._conversation.end(code)

    def _not_sent(self, cid: str, code: str) -> None:
        """`slow_down` is tried again by itself, in its order; any other refusal stands."""
        if cid not in self.outbox:
            return
        if code == Code.SLOW_DOWN:
            delay = self._sender.slowed(cid)
            if delay is not None:
                self._conversation.later(delay, self._resume_sending)
            return
        self.outbox.fail(cid)
        self._sender.failed(cid)
        self._settle(cid, Refused(code))
        self.inbox.put(Failed(cid, code[: m.MAX_TOKEN]))
        self._pump()


def _send(item: Item) -> m.Send:
    return m.Send(to=item.to, body=item.body, cid=item.cid)


def _name(event: m.HistoryPage | m.RoomList | m.Members | m.Found, request: m.Request) -> None:
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
    m.Message: Exchange._message,
    m.Edited: Exchange._changed,
    m.Deleted: Exchange._changed,
    m.Reacted: Exchange._changed,
    m.Topic: Exchange._changed,
    m.Found: Exchange._page,
    m.Joined: Exchange._joined,
    m.Left: Exchange._left,
    m.HistoryPage: Exchange._page,
    m.RoomList: Exchange._page,
    m.Members: Exchange._page,
    m.PongEvent: Exchange._pong,
    m.PingEvent: Exchange._ping,
    m.ByeEvent: Exchange._bye,
    m.Error: Exchange._error,
}
