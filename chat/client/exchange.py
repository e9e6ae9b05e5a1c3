"""What is said and answered, over whichever conversation there is: each thing once, in its order."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any, TypeVar

from msgspec import UNSET

from chat import messages as m
from chat import proof
from chat.client.answers import Answers, Waiter
from chat.client.clock import Clock
from chat.client.conversation import Conversation
from chat.client.entries import Said
from chat.client.errors import Disconnected, Refused, Unanswered
from chat.client.events import Reset
from chat.client.inbox import Inbox
from chat.client.keeper import Keeper
from chat.client.line import fold, key_of
from chat.client.outbox import Outbox
from chat.client.posting import Posting, check
from chat.client.resume import Resume
from chat.errors import Code

Page = m.HistoryPage | m.Found | m.RoomList | m.Members | m.RosterPage | m.LogPage
Answer = TypeVar("Answer", bound=m.Event)

FINAL = frozenset({"replaced", "kicked", "banned"})
"""Reasons of a server's bye after which coming back by itself would be wrong."""
NAME = frozenset({Code.BAD_NAME, Code.NAME_TAKEN})
ROOMS = frozenset({Code.BAD_ROOM, Code.NO_SUCH_ROOM, Code.TOO_MANY_ROOMS, Code.NOT_ALLOWED})
"""What a server may have against the rooms in a hello."""
ANSWERED = 30.0
"""Seconds within which a server answers a request; all that may be queued before it are 256 KiB."""


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
        self._clock = clock
        self._answers = Answers()
        self.posting = Posting(resume, outbox, inbox, clock, rng)
        self.on_open: Callable[[], None] = lambda: None

    def begin(self, conversation: Conversation) -> m.Hello:
        """A connection is there: what to say first on it."""
        self._conversation = conversation
        self.name_refused = None
        self._proven = False
        return self.resume.hello()

    def lost(self, reason: str) -> None:
        """The conversation is over: what was asked in it gets no answer; the outbox waits for the next."""
        self.open = False
        self.posting.lost()
        self._answers.lost(reason)

    def close(self, reason: str) -> None:
        """No further conversation comes: whoever waits for an acknowledgement or an event waits in vain."""
        self.lost(reason)
        self.inbox.close()
        self.posting.close(reason)

    async def ask(self, request: m.Request, kind: type[Answer], *, quiet: bool = False) -> Answer:
        """Ask and wait for the direct answer, which is iterated too unless `quiet`.

        Raises Refused (Unanswered after ANSWERED), Disconnected.
        """
        if not self.open:
            raise Disconnected("closed")
        check(request, self.resume.max_frame, Code.BAD_MESSAGE)
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

    def take(self, event: m.AnyEvent) -> None:
        """Take in one event of the conversation."""
        _TAKE[type(event)](self, event)

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
        self.posting.opened(self._conversation)

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
        acknowledges = self.posting.awaits(event)
        in_turn = not (acknowledges and self.posting.repeated(event.cid))
        before = self.resume.cursor
        if self.resume.fresh(event.id, in_turn=in_turn) or acknowledges:
            self.inbox.put(event)
        if not in_turn or self.resume.cursor != before:
            self.keeper.said(event, key_of(self.resume.me, event), in_turn=in_turn)
        if acknowledges:
            self.posting.acknowledged(event)

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
            self.posting.refused(event.cid, event)
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
