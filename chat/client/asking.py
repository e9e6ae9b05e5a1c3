"""What a client may ask of the server, and of its copy where that knows as well or the server is away."""

from msgspec import Struct

from chat import messages as m
from chat.client import entries
from chat.client.clock import Clock
from chat.client.errors import Disconnected
from chat.client.events import FoundHere, PageHere
from chat.client.exchange import Exchange
from chat.client.keeper import Keeper, conversation_of
from chat.client.line import key_of
from chat.client.moderating import Person
from chat.errors import StorageFailed
from chat.history.copy import Copy

PAGES = 200
"""Most pages that `rooms` and `who` gather: 100,000 names, as a server may go on for ever."""


class Context(Struct, frozen=True):
    """A message among its neighbours, ascending; whether there are, or may be, more on each side.

    `here`: of the copy, as the server is away; then some of it may have changed since.
    """

    messages: list[m.Message]
    older: bool
    newer: bool
    here: bool


class Asking:
    """Each returns the answer, which is iterated too. `connect` makes it, as a part of a Client."""

    def __init__(self, exchange: Exchange, keeper: Keeper, clock: Clock) -> None:
        self._exchange = exchange
        self._keeper = keeper
        self._clock = clock

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
    ) -> m.HistoryPage:
        """A page of a room's history, or of the private talk `with_` a user: at most 100 messages.

        The newest ones, or those next `before` or `after` an id; ascending. `more` says whether there are
        more in that direction. What the copy has whole is not asked for again; without a connection it
        answers as well as it can: in both cases with a PageHere. Raises Refused, Disconnected.
        """
        asked = m.History(room=room, with_=with_, before=before, after=after, limit=limit)
        page = await self._kept(asked)
        if page is not None and (page.whole or not self._exchange.open):
            self._exchange.inbox.put(page)
            return page
        return await self._exchange.ask(asked, m.HistoryPage)

    async def _kept(self, asked: m.History) -> PageHere | None:
        """What the copy knows of a page; None if there is no copy, or it cannot be read."""
        copy, conversation = self._reading(), conversation_of(asked)
        if copy is None or conversation is None or (asked.before is not None and asked.after is not None):
            return None
        limit = min(asked.limit, m.PAGE)
        try:
            found = await copy.page(conversation, before=asked.before, after=asked.after, limit=limit)
        except StorageFailed:
            return None
        page = PageHere(
            messages=[entries.message(entry) for entry in found.entries],
            more=found.more,
            gap=found.gap,
            whole=not (found.gap or found.stale) and (len(found.entries) == limit or not found.more),
        )
        if asked.room is not None:
            page.room = asked.room
        elif asked.with_ is not None:
            page.with_ = asked.with_
        return page

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
        Without a connection the copy answers, with a FoundHere. Raises Refused, Disconnected.
        """
        asked = m.Search(text=text, room=room, with_=with_, before=before, limit=limit)
        copy = self._reading()
        if self._exchange.open or copy is None:
            return await self._exchange.ask(asked, m.Found)
        where = conversation_of(asked) if room is not None or with_ is not None else None
        if where is None and (room is not None or with_ is not None):
            return FoundHere(messages=[], more=False)
        conversations = None if where is None else [where]
        try:
            page = await copy.search(
                text, conversations=conversations, before=before, limit=min(limit, m.PAGE)
            )
        except StorageFailed:
            raise Disconnected("closed") from None
        found = FoundHere(messages=[entries.message(entry) for entry in page.entries], more=page.more)
        self._exchange.inbox.put(found)
        return found

    async def around(self, message: m.Message, limit: int = 50) -> Context:
        """A message that was found, with those before and after it; it is not iterated.

        Raises Refused, Disconnected (and the copy does not have it).
        """
        if not self._exchange.open:
            return await self._around_here(message, limit)
        key = key_of(self._exchange.resume.me, message) or message.to
        room, with_ = (key, None) if key.startswith("#") else (None, key.removeprefix("@"))
        half = min(limit // 2, m.PAGE)
        ask = self._exchange.ask
        older = await ask(
            m.History(room=room, with_=with_, before=message.id, limit=half), m.HistoryPage, quiet=True
        )
        newer = await ask(
            m.History(room=room, with_=with_, after=message.id, limit=half), m.HistoryPage, quiet=True
        )
        return Context([*older.messages, message, *newer.messages], older.more, newer.more, here=False)

    async def _around_here(self, message: m.Message, limit: int) -> Context:
        copy = self._reading()
        try:
            found = await copy.around(message.id, limit) if copy is not None else None
        except StorageFailed:
            found = None
        if found is None:
            raise Disconnected("closed")
        messages = [entries.message(entry) for entry in found.entries]
        return Context(messages, found.older, found.newer, here=True)

    def _reading(self) -> Copy | None:
        """The copy, with all in it that came so far; None if there is none."""
        self._keeper.flush()
        return self._keeper.copy

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
        """Who is in a room, or on the server, by name. Raises Refused (`not_allowed`), Disconnected."""
        return [person.name for person in await self.people(room)]

    async def people(self, room: str | None = None) -> list[Person]:
        """The same, with what each of them is there."""
        people: list[Person] = []
        for _ in range(PAGES):
            last = people[-1].name if people else None
            page = await self._exchange.ask(m.Who(room=room, after=last), m.Members)
            guests = frozenset(page.guests)
            people += [Person(name, page.roles.get(name, ""), name in guests) for name in page.users]
            if not page.more or not page.users:
                break
        return people

    async def ping(self) -> float:
        """Seconds that the server takes to answer. Raises Disconnected."""
        asked = self._clock.now()
        await self._exchange.ask(m.Ping(), m.PongEvent)
        return self._clock.now() - asked
