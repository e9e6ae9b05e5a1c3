"""What one session is sent: live by the hub's batches, behind by pages of the history until it is level."""

from collections.abc import Callable

from chat.errors import ChatError
from chat.history.base import Entry, History
from chat.hub.people import Member
from chat.hub.shown import frames
from chat.link import ServerLink

PAGE = 100
"""Entries of one page while catching up: at most about 0.5 MB with bodies of 4 KiB."""
RESERVE = 65_536
"""Bytes above the mark kept for answers, errors and notices, so that a full outbox can still say why."""


class Removed(ChatError):
    """What a session was to be sent next was removed for its age: it has to begin anew."""


class Outbox:
    """The way to one session.

    *Live*: `deliver` writes. *Behind*: `deliver` drops, and `catch_up` reads the same entries from the
    history after `cursor`. While the last page is being read, batches are held; once it is written they
    follow it, and the session is live in the same turn of the loop: nothing falls between.
    """

    __slots__ = ("_behind", "_held", "_level", "_link", "_mark", "_wake", "cursor")

    def __init__(self, link: ServerLink, mark: int, level: Callable[[], int]) -> None:
        self._link = link
        self._mark = mark
        self._level = level
        """The highest id that live members have been given."""
        self._behind = False
        self._held: list[bytes] | None = None
        self._wake: Callable[[], None] = lambda: None
        self.cursor = 0
        """While behind: the highest id written."""
        link.low_water(mark)

    @property
    def behind(self) -> bool:
        """Whether the session reads from the history."""
        return self._behind

    def on_behind(self, wake: Callable[[], None]) -> None:
        """Call `wake` whenever the session falls behind; it has to see to it that `catch_up` runs."""
        self._wake = wake

    def deliver(self, frames: bytes) -> None:
        """Write one batch; over the mark fall behind instead, before it."""
        if self._behind:
            self._hold(frames)
        elif self._link.full:
            self.fall_behind(self._level())
        else:
            self._link.write(frames)

    def say(self, frames: bytes) -> None:
        """Write what is not in the history; beyond the reserve it is dropped."""
        if self._link.waiting <= self._mark + RESERVE:
            self._link.write(frames)

    def awaits(self, id: int) -> bool:
        """Whether the entry of this id is still to come from the history."""
        return self._behind and id > self.cursor

    def forget(self) -> None:
        """Drop what is held while a page is read: the next page has it, as far as the member may see it."""
        self._held = None

    def fall_behind(self, cursor: int) -> None:
        """From now on read from the history, after `cursor`."""
        self._behind = True
        self._held = None
        self.cursor = cursor
        self._wake()

    def _hold(self, frames: bytes) -> None:
        if self._held is not None:
            self._held.append(frames)
            if sum(map(len, self._held)) > self._mark:
                self._held = None

    def _hold_from_here(self) -> None:
        self._held = []

    async def catch_up(self, member: Member, history: History) -> None:
        """Write what the member has not been sent, page by page, until it is live again.

        Raises ConnectionError when the connection is lost, Removed, and what the history raises. Cancellation
        leaves the session behind.
        """
        while self._behind:
            await self._link.drain()
            level = self._level()
            self._hold_from_here()
            page = await history.follow(
                member.rooms.keys(), member.user.identity, after=self.cursor, until=level, limit=PAGE
            )  # meanwhile a room may have been closed to the member
            if self.cursor < history.floor:
                raise Removed
            self._link.write(frames(entry for entry in page.entries if _sees(member, entry)))
            self.cursor = page.entries[-1].id if page.more else level
            held, self._held = self._held, None
            if not page.more and held is not None:
                self._link.write(b"".join(held))
                self._behind = False


def _sees(member: Member, entry: Entry) -> bool:
    return entry.conversation in member.rooms or member.user.identity in entry.readers
