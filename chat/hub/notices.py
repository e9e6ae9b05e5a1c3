"""Who came into a room and who left it, folded so that a room is told a few times a second at most.

A notice costs one write to each member, so a room of n members is told every n / `notice_rate` seconds:
joins cost a room at most `notice_rate` writes a second, however many come (they are not quadratic), and all
rooms together at most `notice_total`.
"""

from collections.abc import Collection, Iterable, Sequence

from chat import messages as m
from chat.bounds import Rank
from chat.framing import frame
from chat.hub.people import Member, Room, User
from chat.limits.options import Options


class Waiting:
    """What one room has not been told yet."""

    __slots__ = ("after", "joined", "left")

    def __init__(self) -> None:
        self.joined: dict[str, User] = {}
        self.left: dict[str, tuple[float, User]] = {}
        """By name; not told before the time given with it."""
        self.after = 0.0
        """The room is told nothing before this time."""


class Notices:
    """The notices of all rooms; times are those of the caller's clock, in seconds."""

    def __init__(self, options: Options, operators: Collection[str] = ()) -> None:
        self._options = options
        self._operators = operators
        self._waiting: dict[Room, Waiting] = {}
        self._after = 0.0
        """Nobody is told anything before this time."""

    def joined(self, room: Room, user: User) -> None:
        """A user came in; that it had only just left nobody is told any more.

        That it came is told all the same: somebody may have asked `who` in between.
        """
        waiting = self._of(room)
        waiting.left.pop(user.name.key, None)
        waiting.joined[user.name.key] = user

    def left(self, room: Room, user: User, due: float) -> None:
        """A user went; nobody is told before `due`."""
        waiting = self._of(room)
        waiting.joined.pop(user.name.key, None)
        waiting.left[user.name.key] = (due, user)

    def _of(self, room: Room) -> Waiting:
        waiting = self._waiting.get(room)
        if waiting is None:
            waiting = self._waiting[room] = Waiting()
        return waiting

    def tell(self, now: float) -> None:
        """Tell each room what is due; after many notices all rooms rest, so that a crowd can come in."""
        if now < self._after:
            return
        told = 0
        for room, waiting in list(self._waiting.items()):
            if now < waiting.after:
                continue
            told += self._tell(room, waiting, now)
            if not (waiting.joined or waiting.left) and now >= waiting.after:
                del self._waiting[room]
        self._after = now + told / self._options.notice_total

    def _tell(self, room: Room, waiting: Waiting, now: float) -> int:
        """Tell one room, and say how many were told."""
        gone = [user for due, user in waiting.left.values() if due <= now]
        come, waiting.joined = list(waiting.joined.values()), {}
        for user in gone:
            del waiting.left[user.name.key]
        if come or gone:
            pause = len(room.members) / self._options.notice_rate
            waiting.after = now + max(self._options.notice_interval, pause)
        if gone:
            self._send(m.Left, room, gone)
        if come:
            self._send(m.Joined, room, come)
        return len(room.members) * (bool(gone) + bool(come))

    def _send(self, kind: type[m.Joined] | type[m.Left], room: Room, users: list[User]) -> None:
        named, more = users[: self._options.notice_names], max(0, len(users) - self._options.notice_names)
        everybody = self._frame(kind, room, named, more)
        apart = {user: [other for other in named if other is not user] for user in named}
        for member in room.members:
            others = apart.get(member.user)
            if others is None:
                member.outbox.say(everybody)
            elif others or more:
                member.outbox.say(self._frame(kind, room, others, more))

    def _frame(
        self, kind: type[m.Joined] | type[m.Left], room: Room, users: Sequence[User], more: int
    ) -> bytes:
        names = [user.name.shown for user in users]
        notice = kind(room=room.name, users=names, more=more, members=len(room.users))
        if isinstance(notice, m.Joined):
            notice.guests = guests(users)
            notice.roles = roles(room, users, self._operators)
        return frame(m.encode(notice))


def guests(users: Iterable[User]) -> list[str]:
    """The names of those who have no key."""
    return [user.name.shown for user in users if user.guest]


def roles(room: Room, users: Iterable[User], operators: Collection[str]) -> dict[str, str]:
    """What those who are more than members are in a room, by name."""
    if not (operators or room.law.standings):
        return {}
    found = ((user, rank(room, user, operators)) for user in users)
    return {user.name.shown: mine for user, mine in found if mine not in ("", Rank.MEMBER)}


def rank(room: Room, user: User, operators: Collection[str]) -> str:
    """What somebody is in a room they may see: `operator`, a Rank, or nothing worth a word."""
    return "operator" if user.identity in operators else room.law.rank(user) or ""


def info(room: Room, user: User, operators: Collection[str]) -> m.RoomInfo:
    """What a room is like, for somebody who may see it."""
    mine = rank(room, user, operators)
    return m.RoomInfo(room.name, room.topic, len(room.users), room.law.kind, room.law.slow, mine)


def whole(member: Member, room: Room, ref: str | None, operators: Collection[str]) -> m.Joined:
    """The direct answer to a join: the newcomer alone, and what the room is like now."""
    return m.Joined(
        ref=ref,
        room=room.name,
        users=[member.user.name.shown],
        guests=guests([member.user]),
        roles=roles(room, [member.user], operators),
        members=len(room.users),
        topic=room.topic,
        kind=room.law.kind,
        slow=room.law.slow,
        role=rank(room, member.user, operators),
    )
