"""The client: what one user's program may say, ask and hear."""

import asyncio
import contextlib
from types import TracebackType
from typing import TypeVar, cast

from chat import messages as m
from chat.client import sayings
from chat.client.asking import Asking
from chat.client.clock import Clock
from chat.client.connector import Connector
from chat.client.errors import Disconnected, NameRefused, Refused
from chat.client.events import ClientEvent, Connection
from chat.client.exchange import Exchange
from chat.client.keeping import Keeping
from chat.client.moderating import Moderating
from chat.client.notes import Notes
from chat.client.outbox import Item
from chat.client.sayings import Change
from chat.client.state import State
from chat.errors import Code
from chat.history.base import Kind

Said = TypeVar("Said", bound=m.Event)

PATIENCE = 2.0
"""Seconds that leaving `async with` waits for what is not acknowledged yet."""
TURN = 20
"""Events that are iterated before others of the same loop have their turn."""


class Client(Asking, Moderating):
    """One user's end. Make it with `connect`, use it as `async with connect(...) as client`.

    Iterating yields what happens, in order: the server's events (but for errors that answer a request or a
    send, which are raised there; pongs; heartbeats) and the local ones of `chat.client.events`. Direct
    answers are both iterated and returned. One task iterates at a time. If it is slow, reading stops after
    512 events and the server holds the rest; a task that never iterates holds nothing up, and beyond 4,096
    events the older half becomes one `Missed`. The iteration ends when the client is closed.

    Lost connections are made anew, with full jitter between 0 and 0.5 s, growing to 60 s and starting
    anew after 60 s of success; the conversation resumes where it was.

    With a folder on disk it goes on there after a restart, too: what waited is sent, what was iterated is
    not iterated again, and what came after it is. Of somebody who iterates, an event counts as dealt with
    when the next one is asked for.
    """

    def __init__(
        self, exchange: Exchange, connector: Connector, keeping: Keeping, clock: Clock, *, wait: bool
    ) -> None:
        super().__init__(exchange, keeping.keeper, clock)
        self._connector = connector
        self._keeping = keeping
        self._wait = wait
        self._closing = False
        self._last: ClientEvent | None = None
        self._taken = 0

    async def send(self, to: str, body: str, *, reply: int | None = None, act: bool = False) -> m.Message:
        """Say `body` to `#room` or `@user` and return once the server has it durably.

        `reply` is the id of the message that it answers; `act`: it is done rather than said (`/me`). A
        connection lost meanwhile does not matter: it is sent again under the same `cid`, and stored
        once. Raises Refused as the server does (`storage_failed`: it was not stored, say it again), or at
        once where it is sure to; OutboxFull at 10,000 waiting; Disconnected when the client is closed.
        Cancellation: it stays in the outbox and is sent nevertheless.
        """
        return await self._settled(self.post(to, body, reply=reply, act=act), m.Message)

    def post(self, to: str, body: str, *, reply: int | None = None, act: bool = False) -> str:
        """Say something without waiting, connected or not; returns its `cid`.

        What becomes of it is iterated: Pending, then its Message or Failed. `slow_down` is no failure: it
        is sent again later, in its order. Raises as `send` does for what is known at once.
        """
        self._still_open()
        return self._exchange.posting.post(to, body, reply=reply, act=act)

    def change(self, asked: Change) -> str:
        """Edit, delete, react or set a topic without waiting, connected or not; returns its `cid`.

        It waits in the outbox, in order with what is said, and counts once. What becomes of it is iterated:
        its Edited, Deleted, Reacted or Topic, or Failed. The `cid` of `asked` is not used. Raises as `post`.
        """
        self._still_open()
        return self._exchange.posting.change(asked)

    async def edit(self, id: int, body: str) -> m.Edited:
        """Say a message of one's own in other words; returns and raises as `send` does.

        Refused too with `no_such_message`, `not_allowed` (it is not one's own). So with the next two.
        """
        return await self._settled(self.change(m.Edit(cid="", id=id, body=body)), m.Edited)

    async def delete(self, id: int) -> m.Deleted:
        """Take back a message of one's own."""
        return await self._settled(self.change(m.Delete(cid="", id=id)), m.Deleted)

    async def react(self, id: int, emoji: str, on: bool = True) -> m.Reacted:
        """Put an emoji to a message, or take it back."""
        return await self._settled(self.change(m.React(cid="", id=id, emoji=emoji, on=on)), m.Reacted)

    async def set_topic(self, room: str, topic: str) -> m.Topic:
        """Say what a room is about, in at most 200 characters. Refused too with `not_in_room`."""
        return await self._settled(self.change(m.SetTopic(cid="", room=room, topic=topic)), m.Topic)

    def again(self, cid: str) -> str | None:
        """Say once more what failed, under a new `cid`, which is returned; None if nothing with this one did.

        Raises as `post`.
        """
        self._still_open()
        return self._exchange.posting.again(cid)

    def discard(self, cid: str) -> None:
        """Forget something that failed."""
        self._exchange.posting.outbox.discard(cid)

    def make_state(self) -> State:
        """A State that shows what is kept: talks, what is unread in them, what waits and what failed.

        What is read in it, by State.read, is remembered for the next time. Make it once, before iterating.
        """
        state = State(self.user)
        state.restore(self._keeper.talks.values())
        for item in (*self.pending, *self.failed):
            if sayings.said(item):
                act = item.kind is Kind.ACT
                state.pending(item.cid, item.to, item.body, item.ts, reply=item.target, act=act)
            if item.code is not None:
                state.failed(item.cid, item.code)
        if self.kept:
            state.log, state.cursor = self._exchange.resume.log, self._keeper.applied
        state.counted = self._keeper.counted
        return state

    def retry(self) -> None:
        """Try to connect now instead of when the wait is over."""
        self._connector.retry()

    async def close(self, patience: float = PATIENCE) -> tuple[Item, ...]:
        """Say bye and end; returns what was never acknowledged: the server may have it or not.

        If there is a connection, the outbox is given `patience` seconds to be acknowledged first. Nothing
        can be said from the call on. Cancellation closes at once. Closing again is harmless.
        """
        self._closing = True
        try:
            if patience > 0 and self._exchange.open:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(patience):
                        await self._exchange.posting.emptied()
        finally:
            try:
                await self._connector.stop()
            finally:
                await self._keeping.close()
        return self.pending

    @property
    def user(self) -> str | None:
        """The name the server knows us by; before the first welcome, the one asked for."""
        welcome = self._exchange.welcome
        return welcome.user if welcome is not None else self._exchange.resume.user

    @property
    def welcome(self) -> m.Welcome | None:
        """The latest welcome: server, log, limits, features."""
        return self._exchange.welcome

    @property
    def connection(self) -> Connection:
        """How the connection stands."""
        return self._connector.connection

    @property
    def joined(self) -> tuple[str, ...]:
        """The rooms this client is in, or will be again."""
        return tuple(self._exchange.resume.rooms.values())

    @property
    def cursor(self) -> int | None:
        """The highest id that came in its turn; with `welcome.log` it is what `connect` resumes `after`."""
        return self._exchange.resume.cursor

    @property
    def max_body(self) -> int:
        """Longest body the server takes, in bytes of UTF-8."""
        return self._exchange.resume.max_body

    @property
    def pending(self) -> tuple[Item, ...]:
        """What is not acknowledged yet, in order."""
        return tuple(self._exchange.posting.outbox)

    @property
    def failed(self) -> tuple[Item, ...]:
        """What the server refused and nobody discarded yet, with its `code`, in order."""
        return tuple(self._exchange.posting.outbox.failed)

    @property
    def notes(self) -> Notes:
        """Drafts, what was typed, and settings: on the disk if there is a folder."""
        return self._keeping.notes

    @property
    def kept(self) -> bool:
        """Whether what is said and read is kept on this disk."""
        return self._keeping.kept

    @property
    def was_kept(self) -> bool:
        """Whether, after the end, what is pending is on the disk, to be sent the next time."""
        return self._keeping.was_kept

    def _still_open(self) -> None:
        if self._closing or self.connection is Connection.CLOSED:
            raise Disconnected("closed")

    async def _settled(self, cid: str, kind: type[Said]) -> Said:
        """What becomes of an item of the outbox. Raises Refused, Disconnected."""
        outcome = await self._exchange.posting.settled(cid)
        if isinstance(outcome, Exception):
            raise outcome
        return cast(Said, outcome)

    async def __aenter__(self) -> "Client":
        """Return once welcomed, or `offline` with what is kept. Raises ConnectFailed, NameRefused.

        Cancelled, nothing goes on.
        """
        resume = self._exchange.resume
        if not _is_text(resume.user or ""):
            raise NameRefused(Code.BAD_NAME)
        if not all(map(_is_text, resume.rooms.values())):
            raise Refused(Code.BAD_ROOM)
        await self._keeping.open()
        try:
            at_once = self._keeping.at_once
            await self._connector.start(wait=self._wait or at_once, at_once=at_once)
        except BaseException:
            await self._keeping.close(never_welcomed=True)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close(PATIENCE if kind is None else 0.0)

    def __aiter__(self) -> "Client":
        return self

    async def __anext__(self) -> ClientEvent:
        """The next event. Cancellation loses none."""
        self._taken += 1
        if self._taken % TURN == 0:
            await asyncio.sleep(0)
        self._keeping.handled(self._last)
        self._last = None
        event = await self._exchange.inbox.take()
        if event is None:
            raise StopAsyncIteration
        self._last = event
        return event


def _is_text(name: str) -> bool:
    """Whether a name can be sent at all: what a terminal or a command line gives may hold lone surrogates."""
    return name.isprintable() or not any("\ud800" <= char <= "\udfff" for char in name)
