"""What a client may ask of a room with the rights for it; the server judges, and tells the room."""

from msgspec import Struct

from chat import messages as m
from chat.client.exchange import Exchange

PAGES = 200
"""Most pages of a roster that are gathered, as a server may go on for ever."""

Order = m.Over | m.SetKind | m.Slow


class Person(Struct, frozen=True):
    """Somebody in a room: `role` is `owner`, `moderator`, `operator` or nothing; a `guest` has no key."""

    name: str
    role: str = ""
    guest: bool = False


class Moderating:
    """Each returns what was done, which is iterated too.

    Raises Refused as the server does: `not_allowed` (its `why`: `role`, you are not enough in this room;
    `rank`, they are as much or more; `guest`, guests cannot be that), `no_such_user`, `not_in_room`,
    `room_full`, `slow_down`; and Disconnected. Cancelled or disconnected, it may have happened.
    """

    _exchange: Exchange

    async def moderate(self, order: Order) -> m.Moderated:
        """Whatever `chat.messages` has for it; the others write it in an easier way."""
        return await self._exchange.ask(order, m.Moderated)

    async def invite(self, room: str, user: str) -> m.Moderated:
        """Let somebody into a private room for good, and tell them; into another room: tell them."""
        return await self.moderate(m.Invite(room=room, user=user))

    async def kick(self, room: str, user: str) -> m.Moderated:
        """Send somebody out; a private room is closed to them from then on."""
        return await self.moderate(m.Kick(room=room, user=user))

    async def ban(
        self, room: str, user: str, seconds: int = m.FOREVER, *, address: bool = False
    ) -> m.Moderated:
        """Keep somebody out, for good or so long; with `address` whoever comes from where they are, too."""
        return await self.moderate(m.Ban(room=room, user=user, seconds=seconds, address=address))

    async def unban(self, room: str, user: str) -> m.Moderated:
        """Take a ban back, with its addresses."""
        return await self.moderate(m.Unban(room=room, user=user))

    async def mute(self, room: str, user: str, seconds: int = m.FOREVER) -> m.Moderated:
        """Let somebody say nothing there, for good or so long."""
        return await self.moderate(m.Mute(room=room, user=user, seconds=seconds))

    async def unmute(self, room: str, user: str) -> m.Moderated:
        """Let somebody speak again."""
        return await self.moderate(m.Unmute(room=room, user=user))

    async def slow(self, room: str, seconds: int) -> m.Moderated:
        """Let everybody say something once in so many seconds, at most a day; 0: as often as they like."""
        return await self.moderate(m.Slow(room=room, seconds=seconds))

    async def set_kind(self, room: str, kind: m.RoomKind) -> m.Moderated:
        """Decide who may be in a room and who may speak there."""
        return await self.moderate(m.SetKind(room=room, kind=kind))

    async def set_role(self, room: str, user: str, role: m.Rank) -> m.Moderated:
        """Make somebody a moderator, a plain member, or the owner in one's own place."""
        return await self.moderate(m.SetRole(room=room, user=user, role=role))

    async def roster(self, room: str) -> list[m.StandingInfo]:
        """Who has a role in a room, is banned or muted, by name."""
        found: list[m.StandingInfo] = []
        for _ in range(PAGES):
            after = found[-1].user if found else None
            page = await self._exchange.ask(m.Roster(room=room, after=after), m.RosterPage)
            found += page.standings
            if not page.more or not page.standings:
                break
        return found

    async def log(self, room: str, *, before: int | None = None, limit: int = m.PAGE) -> m.LogPage:
        """What was done in a room: the newest `limit` deeds below a number, ascending; at most 100."""
        return await self._exchange.ask(m.Log(room=room, before=before, limit=limit), m.LogPage)
