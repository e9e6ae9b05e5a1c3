"""The client: what one user's program may say, ask and hear."""

import asyncio
import contextlib
import random
from collections.abc import Iterable
from types import TracebackType
from typing import TypeVar, cast

from chat import messages as m
from chat.client.clock import Clock, LoopClock
from chat.client.connector import Connector
from chat.client.errors import Disconnected, NameRefused, Refused
from chat.client.events import ClientEvent, Connection
from chat.client.exchange import Exchange
from chat.client.inbox import Inbox
from chat.client.outbox import Item, MemoryOutbox, Outbox
from chat.client.pulse import Timings
from chat.client.resume import Resume
from chat.client.sayings import Change
from chat.errors import Code

Said = TypeVar("Said", bound=m.Event)

PORT = 10101
PATIENCE = 2.0
"""Seconds that leaving `async with` waits for what is not acknowledged yet."""
PAGES = 200
"""Most pages that `rooms` and `who` gather: 100,000 names, as a server may go on for ever."""


class Client:
    """One user's end. Make it with `connect`, use it as `async with connect(...) as client`.

    Iterating yields what happens, in order: the server's events (but for errors that answer a request or a
    send, which are raised there; pongs; heartbeats) and the local ones of `chat.client.events`. Direct
    answers are both iterated and returned. One task iterates at a time. If it is slow, reading stops after
    512 events and the server holds the rest; a task that never iterates holds nothing up, and beyond 4,096
    events the older half becomes one `Missed`. The iteration ends when the client is closed.

    Lost connections are made anew, with full jitter between 0 and 0.5 s, growing to 60 s and starting
    anew after 60 s of success; the conversation resumes where it was.
    """

    def __init__(self, exchange: Exchange, connector: Connector, clock: Clock, *, wait: bool) -> None:
        self._exchange = exchange
        self._connector = connector
        self._clock = clock
        self._wait = wait
        self._closing = False

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
        return self._exchange.post(to, body, reply=reply, act=act)

    def change(self, asked: Change) -> str:
        """Edit, delete, react or set a topic without waiting, connected or not; returns its `cid`.

        It waits in the outbox, in order with what is said, and counts once. What becomes of it is iterated:
        its Edited, Deleted, Reacted or Topic, or Failed. The `cid` of `asked` is not used. Raises as `post`.
        """
        self._still_open()
        return self._exchange.change(asked)

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

    async def join(self, room: str) -> m.Joined:
        """Enter a room, made if there is none; after a reconnect the client is there again.

        Raises Refused (`bad_room`, `too_many_rooms`, `not_allowed`), Disconnected. Cancelled or
        disconnected, it may have happened. So with `leave`.
        """
        return await self._exchange.ask(m.Join(room=room), m.Joined)

    async def leave(self, room: str) -> m.Left:
        """Go out of a room. Raises Refused (`not_in_room`; `not_allowed` for the lobby), Disconnected."""
        return await self._exchange.ask(m.Leave(room=room), m.Left)

    async def history(
        self,
        room: str | None = None,
        *,
        with_: str | None = None,
        before: int | None = None,
        after: int | None = None,
        limit: int = m.PAGE,
        apart: bool = False,
    ) -> m.HistoryPage:
        """A page of a room's history, or of the private talk `with_` a user: at most 100 messages.

        The newest ones, or those next `before` or `after` an id; ascending. `more` says whether there are
        more in that direction. With `apart` it is returned only and not iterated: a State that takes in what
        is iterated would not see the gap before a page from the middle. Raises Refused, Disconnected.
        """
        asked = m.History(room=room, with_=with_, before=before, after=after, limit=limit)
        return await self._exchange.ask(asked, m.HistoryPage, apart=apart)

    async def search(
        self,
        text: str,
        *,
        room: str | None = None,
        with_: str | None = None,
        before: int | None = None,
        limit: int = 20,
    ) -> m.Found:
        """The newest `limit` messages, at most 100, with all these words, below the id `before`; ascending.

        Of a room, of the private talk `with_` a user, or else of all one may read. A word matches the
        beginning of a word, whatever its case and accents; in double quotes words stand one after the other.
        Raises Refused, Disconnected.
        """
        asked = m.Search(text=text, room=room, with_=with_, before=before, limit=limit)
        return await self._exchange.ask(asked, m.Found)

    async def rooms(self) -> list[m.RoomInfo]:
        """The rooms there are, by name. Raises Disconnected."""
        rooms: list[m.RoomInfo] = []
        for _ in range(PAGES):
            last = rooms[-1].name if rooms else None
            page = await self._exchange.ask(m.Rooms(after=last), m.RoomList)
            rooms += page.rooms
            if not page.more or not page.rooms:
                break
        return rooms

    async def who(self, room: str | None = None) -> list[str]:
        """Who is in a room, or on the server, by name. Raises Refused (`no_such_room`), Disconnected."""
        users: list[str] = []
        for _ in range(PAGES):
            last = users[-1] if users else None
            page = await self._exchange.ask(m.Who(room=room, after=last), m.Members)
            users += page.users
            if not page.more or not page.users:
                break
        return users

    async def ping(self) -> float:
        """Seconds that the server takes to answer. Raises Disconnected."""
        asked = self._clock.now()
        await self._exchange.ask(m.Ping(), m.PongEvent)
        return self._clock.now() - asked

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
                        await self._exchange.emptied()
        finally:
            await self._connector.stop()
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
        return tuple(self._exchange.outbox)

    def _still_open(self) -> None:
        if self._closing or self.connection is Connection.CLOSED:
            raise Disconnected("closed")

    async def _settled(self, cid: str, kind: type[Said]) -> Said:
        """What becomes of an item of the outbox. Raises Refused, Disconnected."""
        outcome = await self._exchange.settled(cid)
        if isinstance(outcome, Exception):
            raise outcome
        return cast(Said, outcome)

    async def __aenter__(self) -> "Client":
        """Return once welcomed. Raises ConnectFailed, NameRefused. Cancelled, nothing goes on."""
        resume = self._exchange.resume
        if not _is_text(resume.user or ""):
            raise NameRefused(Code.BAD_NAME)
        if not all(map(_is_text, resume.rooms.values())):
            raise Refused(Code.BAD_ROOM)
        for item in self.pending:
            self._exchange.show_pending(item)
        await self._connector.start(wait=self._wait)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close(PATIENCE if kind is None else 0.0)

    def __aiter__(self) -> "Client":
        return self

    async def __anext__(self) -> ClientEvent:
        """The next event. Cancellation loses none."""
        event = await self._exchange.inbox.take()
        if event is None:
            raise StopAsyncIteration
        return event


def _is_text(name: str) -> bool:
    """Whether a name can be sent at all: what a terminal or a command line gives may hold lone surrogates."""
    return name.isprintable() or not any("\ud800" <= char <= "\udfff" for char in name)


def connect(
    host: str = "localhost",
    port: int = PORT,
    *,
    user: str | None,
    rooms: Iterable[str] = (),
    wait: bool = False,
    after: int | None = None,
    log: str | None = None,
    outbox: Outbox | None = None,
    timings: Timings | None = None,
    rng: random.Random | None = None,
    clock: Clock | None = None,
) -> Client:
    """A client of the server at `host` and `port`, to be entered with `async with`.

    Entering waits for the first welcome. It raises NameRefused, and ConnectFailed unless it is to `wait`:
    then it tries on. `rooms` are joined along with the lobby. `after` and `log` resume from where an
    earlier client was (its `cursor` and `welcome.log`). `outbox` may hold what an earlier one did not get
    acknowledged. `timings`, `rng` and `clock` are for tests.

    Raises ValueError for a port outside 1 to 65,535.
    """
    if not 0 < port < 65_536:
        raise ValueError(f"port {port} is not between 1 and 65535")
    timings, clock = timings or Timings(), clock or LoopClock()
    rng = rng or random.SystemRandom()
    resume = Resume(user, rooms, after, log)
    exchange = Exchange(resume, MemoryOutbox() if outbox is None else outbox, Inbox(), clock, rng)
    return Client(exchange, Connector(host, port, exchange, timings, rng, clock), clock, wait=wait)
