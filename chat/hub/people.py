"""Who is here: users, their sessions as members, and the rooms they are in."""

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from msgspec import Struct

from chat.hub.standing import Law
from chat.names import Name


class Outbox(Protocol):
    """What the hub needs of the way to one session; see `server.outbox`."""

    def deliver(self, frames: bytes) -> None:
        """Take the frames of one committed batch, unless behind. Never waits, never raises."""

    def say(self, frames: bytes) -> None:
        """Take frames that are not in the history: answers, errors, notices. Never waits, never raises."""

    def awaits(self, id: int) -> bool:
        """Whether the entry of this id is still to come from the history."""

    def forget(self) -> None:
        """What is held but not written may be seen no more: read it again, as far as it may be."""


GUEST = "g"
"""What the identity of somebody without a key begins with."""


class Presence(Struct, frozen=True):
    """One identity on another node: its sessions' ids, each with the address it comes from, and its rooms."""

    sessions: Mapping[str, str] = {}
    rooms: frozenset[str] = frozenset()


_NOWHERE: Mapping[str, Presence] = {}
"""For all who are on no other node, where there is none at all: 64 bytes less for each."""


class User:
    """One identity that is here, under one name, in one session or several, on whichever node."""

    __slots__ = ("elsewhere", "guest", "identity", "members", "name", "owner", "since")

    def __init__(self, name: Name, identity: str, owner: str, since: int = 0) -> None:
        self.name = name
        self.identity = identity
        self.guest = identity.startswith(GUEST)
        """Whether the name is theirs only while they are here."""
        self.owner = owner
        """The scope of its `cid`s: the identity, or for a guest the name."""
        self.since = since
        """When a guest took the name, in ms since 1970, UTC."""
        self.members: dict[Member, None] = {}
        self.elsewhere: Mapping[str, Presence] = _NOWHERE
        """By node."""

    def settle(self, node: str, presence: Presence | None) -> Presence:
        """Have it on another node, or (None) there no more; what it was there before."""
        others = {other: there for other, there in self.elsewhere.items() if other != node}
        before = self.elsewhere.get(node, Presence())
        self.elsewhere = others if presence is None else {**others, node: presence}
        return before

    @property
    def here(self) -> bool:
        """Whether it has a session anywhere."""
        return bool(self.members or self.elsewhere)

    @property
    def hosts(self) -> set[str]:
        """The addresses that its sessions come from."""
        there = (host for presence in self.elsewhere.values() for host in presence.sessions.values())
        return {member.host for member in self.members} | set(there)

    @property
    def claim(self) -> tuple[bool, int, str]:
        """By what it has its name: of two the lower one. Owners come first, then the guest who was first."""
        return self.guest, self.since, self.identity


class Stay:
    """One session's right to speak in a room, from when it came in until that is taken back."""

    __slots__ = ("judged", "void")

    def __init__(self) -> None:
        self.void = False
        """What was said by it and is not stored yet is not stored any more."""
        self.judged = 0
        """The version of the room's law by which it may speak; 0: that has to be judged anew."""


class Member:
    """One session as the hub sees it."""

    __slots__ = ("end", "host", "in_flight", "outbox", "rooms", "session", "settled", "stays", "user")

    def __init__(
        self, user: User, outbox: Outbox, session: str, end: Callable[[str], None], host: str = ""
    ) -> None:
        self.user = user
        self.outbox = outbox
        self.session = session
        """The session's own id, part of its secret."""
        self.host = host
        """The address it comes from."""
        self.rooms: dict[str, Room] = {}
        self.stays: dict[str, Stay] = {}
        """By room, like `rooms`."""
        self.in_flight = 0
        """Sends submitted to the history whose outcome is not known yet."""
        self.settled: Callable[[], None] = _nothing
        """Called when none of them is under way any more."""
        self.end = end
        """Ends the session, for the reason given."""


def _nothing() -> None:
    pass


class Room:
    """A room that exists, and who is in it."""

    __slots__ = ("key", "law", "members", "name", "spoke", "topic", "users")

    def __init__(self, key: str, name: str) -> None:
        self.key = key
        self.name = name
        self.topic = ""
        self.law = Law()
        self.spoke: dict[str, tuple[float, str]] = {}
        """In slow mode, until when each user pauses and after what `cid`; the latest last."""
        self.members: dict[Member, None] = {}
        self.users: dict[User, int] = {}
        """Each user in the room with the number of its sessions there, and of nodes where it has others."""

    def add(self, member: Member) -> bool:
        """Let a member in; True if its user was not here before."""
        self.members[member] = None
        member.rooms[self.key] = self
        member.stays[self.key] = Stay()
        return self.come(member.user)

    def remove(self, member: Member) -> bool:
        """Let a member out; True if its user has no other session here."""
        del self.members[member]
        del member.rooms[self.key]
        del member.stays[self.key]
        return self.go(member.user)

    def come(self, user: User) -> bool:
        """Count one more way in which a user is here; True if it was not before."""
        count = self.users.get(user, 0)
        self.users[user] = count + 1
        return count == 0

    def go(self, user: User) -> bool:
        """Count one less; True if the user is not here any more."""
        count = self.users[user] - 1
        if count:
            self.users[user] = count
            return False
        del self.users[user]
        return True


class People:
    """Everybody who is here, found by name, by looks and by identity."""

    def __init__(self) -> None:
        self._by_name: dict[str, User] = {}
        self._by_looks: dict[str, User] = {}
        self._by_identity: dict[str, User] = {}
        self.away: dict[User, None] = {}
        """Those with sessions on other nodes."""
        self._losers: dict[User, None] = {}
        """Who took a name on one node while somebody did on another: here still, until they are told."""

    def named(self, key: str) -> User | None:
        """Who has this name, by its folded form."""
        return self._by_name.get(key)

    def resembling(self, name: Name) -> User | None:
        """Who has this name or one that looks the same."""
        return self._by_name.get(name.key) or self._by_looks.get(name.skeleton)

    def all_resembling(self, name: Name) -> list[User]:
        """Everybody who has this name or one that looks the same."""
        found = (self._by_name.get(name.key), self._by_looks.get(name.skeleton))
        return list(dict.fromkeys(user for user in found if user is not None))

    def identified(self, identity: str) -> User | None:
        """Who is of this identity."""
        return self._by_identity.get(identity)

    def add(self, member: Member) -> None:
        """Let a session in, and its user if this is the first."""
        member.user.members[member] = None
        self.put(member.user)

    def remove(self, member: Member) -> None:
        """Let a session out, and its user if this was the last."""
        del member.user.members[member]
        self.drop(member.user)

    def everybody(self) -> Iterator[User]:
        """Those too who have lost their name and are not told yet."""
        return iter(self._by_identity.values())

    def put(self, user: User) -> list[User]:
        """Let a user be found; who has the name, or one that looks like it, with less right has lost it."""
        self._by_identity[user.identity] = user
        if user.elsewhere:
            self.away[user] = None
        rivals = [rival for rival in self.all_resembling(user.name) if rival is not user]
        losers = rivals if all(user.claim < rival.claim for rival in rivals) else [user]
        for loser in losers:
            self._forget_name(loser)
            self._losers[loser] = None
        if user not in losers:
            self._losers.pop(user, None)
            self._by_name[user.name.key] = user
            self._by_looks[user.name.skeleton] = user
        return losers

    def drop(self, user: User) -> None:
        """Let a user be found no more, if it is nowhere any more."""
        if not user.elsewhere:
            self.away.pop(user, None)
        if user.here:
            return
        self._by_identity.pop(user.identity, None)
        self._losers.pop(user, None)
        self._forget_name(user)
        for loser in list(self._losers):
            self.put(loser)

    def _forget_name(self, user: User) -> None:
        for known, key in ((self._by_name, user.name.key), (self._by_looks, user.name.skeleton)):
            if known.get(key) is user:
                del known[key]

    def __len__(self) -> int:
        return len(self._by_name)

    def __iter__(self) -> Iterator[User]:
        return iter(self._by_name.values())
