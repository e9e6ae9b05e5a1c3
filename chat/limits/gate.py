"""Who may connect: how many at once and how often from one address, and how many may be nobody yet. Pure."""

import ipaddress
from functools import lru_cache

from chat.limits.counters import Counters, Limit
from chat.limits.options import Options
from chat.limits.throttle import Throttle

_ADDRESSES = 4_096
"""Addresses that are not taken apart again when they come again: it takes 0.03 ms each time."""
_SELDOM = 10.0
"""Seconds between two words about one address."""


def _meant(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """A numeric address without its zone; an IPv4 address written as IPv6 is one of IPv4."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    return (ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None) or ip


@lru_cache(_ADDRESSES)
def is_local(address: str) -> bool:
    """Whether an address is this machine's own, which no other can have; it is numeric."""
    try:
        return _meant(address).is_loopback
    except ValueError:
        return False


@lru_cache(_ADDRESSES)
def block(address: str) -> str:
    """What is taken for one peer: an address of IPv4, or the /64 of IPv6 that one line is usually given.

    What is no numeric address (a Unix socket has none) stands for itself.
    """
    try:
        ip = _meant(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    return str(ipaddress.ip_network((ip, 64), strict=False))


class Visit:
    """One connection that was let in, from the moment it was accepted."""

    __slots__ = ("_gate", "_unwelcomed", "block", "counted")

    def __init__(self, gate: "Gate", block: str, *, counted: bool) -> None:
        self._gate = gate
        self._unwelcomed = True
        self.block = block
        self.counted = counted
        """Whether the bounds for one address hold for it."""

    def welcomed(self) -> None:
        """It has a name now."""
        if self._unwelcomed:
            self._unwelcomed = False
            self._gate.unwelcomed -= 1

    def over(self) -> None:
        """It is closed."""
        self.welcomed()
        self._gate.leave(self)


class Gate:
    """Counts the connections of one server; times are those of the caller's clock, in seconds."""

    def __init__(self, options: Options, counters: Counters) -> None:
        self._options = options
        self._counters = counters
        self._here: dict[str, int] = {}
        self.new = Throttle(options.new_per_address, options.new_window)
        """New connections, by address or block of them."""
        self._told = Throttle(1, _SELDOM)
        self.unwelcomed = 0
        """Connections that have no name yet."""

    def knock(self, address: str, now: float, *, private: bool) -> Visit | Limit:
        """Let somebody in, or say which bound is in the way.

        `private`: nobody but this machine can connect where this one did. All share one address there, and
        a bound for each address would be one for all; unless the options say otherwise it does not hold.
        """
        key = block(address)
        counted = not self._exempt(address, private=private)
        limit = self._in_the_way(key, now, counted=counted)
        if limit is not None:
            self._counters.count(limit)
            return limit
        if counted:
            self._here[key] = self._here.get(key, 0) + 1
        self.unwelcomed += 1
        return Visit(self, key, counted=counted)

    def _exempt(self, address: str, *, private: bool) -> bool:
        wanted = self._options.exempt_loopback
        return (private if wanted is None else wanted) and is_local(address)

    def _in_the_way(self, key: str, now: float, *, counted: bool) -> Limit | None:
        if counted and self._here.get(key, 0) >= self._options.per_address:
            return Limit.CONNECTIONS_PER_ADDRESS
        if counted and not self.new.passes(key, now):
            return Limit.NEW_PER_ADDRESS
        return None

    def full(self) -> bool:
        """Whether so many have no name yet that no other is to be accepted.

        Nobody is turned away for it, but waits: when all come back at once after a restart, they are many.
        """
        return self.unwelcomed >= self._options.max_unwelcomed

    def leave(self, visit: Visit) -> None:
        """Forget a connection."""
        if visit.counted:
            self._here[visit.block] -= 1
            if not self._here[visit.block]:
                del self._here[visit.block]

    def seldom(self, address: str, now: float) -> bool:
        """Whether something may be said about an address: nothing else has been for a while."""
        return self._told.passes(block(address), now)
