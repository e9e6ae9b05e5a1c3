"""What is law in one room: its kind, and who owns, moderates, may enter, is banned or muted there. Pure.

Times are ms since 1970, UTC. A ban or a mute that has run out is none, without anybody taking it back.
"""

from typing import Protocol

from msgspec import Struct

from chat.bounds import FOREVER, Rank, RoomKind
from chat.hub.rights import Kind, Role, place
from chat.limits.gate import block

_RANKS = {Rank.OWNER: Role.OWNER, Rank.MODERATOR: Role.MODERATOR}


class Who(Protocol):
    """What of a user the law looks at: the identity, the scope of its `cid`s, and whether it has no key."""

    identity: str
    owner: str
    guest: bool


class Standing(Struct, frozen=True, omit_defaults=True):
    """What is kept of somebody in a room. `banned` and `muted` are until when; None: they are not."""

    name: str
    role: Rank | None = None
    banned: int | None = None
    muted: int | None = None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to be kept."""
        return self.role is None and self.banned is None and self.muted is None


class Law:
    """The law of one room; whoever changes it raises `version`."""

    __slots__ = ("_owners", "kind", "slow", "standings", "version")

    def __init__(self) -> None:
        self.kind = RoomKind.PUBLIC
        self.slow = 0
        """Seconds between two messages of one user."""
        self.standings: dict[str, Standing] = {}
        """By place: an identity, a guest's `~name`, or the `=network` of an address."""
        self._owners = 0
        self.version = 1

    @property
    def owned(self) -> bool:
        """Whether somebody owns the room."""
        return self._owners > 0

    def put(self, place: str, standing: Standing | None) -> None:
        """Somebody's standing from now on; None: nothing is kept."""
        before = self.standings.pop(place, None)
        self._owners -= before is not None and before.role is Rank.OWNER
        if standing is not None:
            self.standings[place] = standing
            self._owners += standing.role is Rank.OWNER
        self.version += 1

    def settle(self, kind: RoomKind, slow: int) -> None:
        """What the room is from now on."""
        self.kind, self.slow = kind, slow
        self.version += 1

    def rank(self, who: Who) -> Rank | None:
        """What somebody was made here."""
        standing = self.standings.get(who.identity)
        return standing.role if standing is not None else None

    def banned(self, who: Who, host: str, now: int) -> int | None:
        """Until when somebody who comes from an address is kept out; None: they are not."""
        times = [
            running(standing.banned, now)
            for standing in (self.standings.get(who.owner), self.standings.get(network(host)))
            if standing is not None
        ]
        return _latest(times)

    def muted(self, who: Who, now: int) -> int | None:
        """Until when somebody may say nothing; None: they may."""
        standing = self.standings.get(who.owner)
        return running(standing.muted, now) if standing is not None else None

    def role(self, who: Who, host: str, now: int, *, operator: bool, here: bool) -> Role:
        """What somebody who comes from an address is; `here`: that session is in the room."""
        rank = self.rank(who) if not who.guest else self._guests(who)
        if operator and (self.kind is not RoomKind.PRIVATE or rank is not None):
            return Role.OPERATOR
        if rank in _RANKS:
            return _RANKS[rank]
        if self.standings and self.banned(who, host, now) is not None:
            return Role.BANNED
        if rank is not None or (here and self.kind is not RoomKind.PRIVATE):
            return Role.GUEST if who.guest else Role.MEMBER
        return Role.STRANGER

    def place(self, *, owned: bool = False) -> Kind:
        """Where in the table of rights the room stands; `owned`: in some other way than by its law."""
        return place(self.kind, owned=owned or self.owned)

    def _guests(self, who: Who) -> Rank | None:
        """A guest is never more than a member."""
        return Rank.MEMBER if self.rank(who) is not None else None


def network(host: str) -> str:
    """The place of whoever comes from an address, or from the same /64 of IPv6."""
    return f"={block(host)}"


def running(until: int | None, now: int) -> int | None:
    """A time that has not come yet; None if it has."""
    return until if until is None or until == FOREVER or until > now else None


def _latest(times: list[int | None]) -> int | None:
    running = [time for time in times if time is not None]
    return FOREVER if FOREVER in running else max(running, default=None)
