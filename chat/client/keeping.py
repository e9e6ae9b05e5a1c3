"""What is on the disk, joined to a client: gone on with when it opens, kept when it closes."""

import asyncio

from chat import messages as m
from chat.client import entries
from chat.client.events import ClientEvent, Missed, PageHere, Unkept
from chat.client.exchange import Exchange
from chat.client.keeper import SESSION, Keeper
from chat.client.line import fold
from chat.client.locker import Locker
from chat.client.notes import Notes
from chat.client.talk import KeptTalk
from chat.errors import StorageFailed

OPEN_TALK = "talk"
"""The name under which a screen notes the key of the talk that is open: its lines are there at once."""
AGAIN = 2_000
"""Most events that are iterated again because the last program ended before it had dealt with them."""


class Keeping:
    """`offline`: with something kept, the client opens without a connection."""

    def __init__(self, locker: Locker, exchange: Exchange, *, offline: bool) -> None:
        self.keeper: Keeper = exchange.keeper
        self._locker = locker
        self._exchange = exchange
        self._offline = offline
        self._told: set[str] = set()
        self.was_kept = False
        """Whether all that was given was kept until the end."""

    @property
    def notes(self) -> Notes:
        """Drafts, what was typed, settings."""
        return self._locker.notes

    @property
    def kept(self) -> bool:
        """Whether there is a folder that is ours."""
        return self._locker.copy is not None

    @property
    def at_once(self) -> bool:
        """Whether there is something to show without a connection, and that is wanted."""
        return self._offline and self._locker.copy is not None and self._locker.copy.log is not None

    async def open(self) -> None:
        """Read what is kept and have it iterated. Cancelled, everything is closed."""
        await self._locker.open()
        if self._locker.trouble is not None:
            self._unkept(self._locker.trouble)
        copy = self._locker.copy
        if copy is not None:
            self._locker.failed = self._unkept
            self._exchange.posting.use(self._locker.outbox)
            self.keeper.use(copy, self.notes)
            rooms = [talk.name for talk in self.keeper.talks.values() if talk.joined]
            self._exchange.resume.restore(copy.cursor, copy.log, self.notes.settings.get(SESSION), rooms)
        self._exchange.posting.show_waiting()
        if copy is not None and copy.log is not None:
            try:
                await self._show()
            except StorageFailed:
                self._unkept("not_kept")
            except asyncio.CancelledError:
                await self.close()
                raise

    async def _show(self) -> None:
        """The newest lines of the talk that was open, then what came after the last that was dealt with."""
        assert self._locker.copy is not None
        talk = self._first()
        if talk is not None:
            page = await self._locker.copy.page(fold(talk.name), limit=m.PAGE)
            dealt_with = [entries.message(one) for one in page.entries if one.id <= self.keeper.applied]
            here = PageHere(messages=dealt_with, more=page.more, gap=page.gap)
            if talk.name.startswith("#"):
                here.room = talk.name
            else:
                here.with_ = talk.name
            self._exchange.inbox.put(here)
        came = await self._locker.copy.since(self.keeper.applied, AGAIN + 1)
        if len(came) > AGAIN:
            self._exchange.inbox.put(Missed(len(came)))
            return
        for entry in came:
            self._exchange.inbox.put(entries.event(entry))

    def _first(self) -> KeptTalk | None:
        talks = self.keeper.talks
        wanted = talks.get(self.notes.settings.get(OPEN_TALK, ""))
        return wanted or next((talk for talk in talks.values() if talk.joined), None)

    def handled(self, event: ClientEvent | None) -> None:
        """An event was dealt with. One's own may have come before its turn, so that it does not count."""
        if isinstance(event, m.Message | m.Change) and fold(event.from_) != self._exchange.resume.me:
            self.keeper.handled(event.id)

    def _unkept(self, code: str) -> None:
        """Tell it once: a disk that is full fails with every message."""
        if code not in self._told:
            self._told.add(code)
            self._exchange.inbox.put(Unkept(code))

    async def close(self, *, never_welcomed: bool = False) -> None:
        """Keep what is to be kept, and let go of the folder; again is harmless.

        Nothing is left behind of a name that no server has ever welcomed.
        """
        self.keeper.flush()
        copy = self._locker.copy
        unused = copy is not None and copy.log is None and not list(self._exchange.posting.outbox)
        self.keeper.copy = None
        await self._locker.close()
        self.was_kept = self.was_kept or (copy is not None and not self._told)
        if never_welcomed and unused:
            self._locker.clear()
