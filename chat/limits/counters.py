"""How often each bound of the server has been reached, by the names under which they are counted. Pure."""

from enum import StrEnum


class Limit(StrEnum):
    """A bound, as operators and their tools know it; a name never changes its meaning."""

    CONNECTIONS = "connections"
    """Refused: the server was full."""
    CONNECTIONS_PER_ADDRESS = "connections_per_address"
    NEW_PER_ADDRESS = "new_connections_per_address"
    UNWELCOMED = "unwelcomed_connections"
    """How often accepting had to rest because so many had no name yet."""
    DESCRIPTORS = "descriptors"
    """How often accepting had to rest for want of descriptors."""
    SESSIONS_PER_USER = "sessions_per_user"
    FAILED_PROOFS = "failed_proofs"
    HELLO_DEADLINE = "hello_deadline"
    TLS_DEADLINE = "tls_deadline"
    FRAME_DEADLINE = "frame_deadline"
    BYTES_WAITING = "bytes_waiting"
    """How often a session read so slowly that it went on from the history."""
    STUCK = "stuck_connections"
    """Dropped: they took no byte for too long."""
    MESSAGES = "messages"
    """Refused: more than one user's share."""
    SLOW_MODE = "slow_mode"
    JOINS = "joins"
    ROOMS = "rooms"
    """Not made: there are as many as may be."""
    NEW_ROOMS = "new_rooms"
    """Not made: more than one user's share, or one address's where they have no key."""
    ROOMS_PER_USER = "rooms_per_user"
    MEMBERS = "members_of_a_room"
    PAGES = "pages"
    """Cut: more messages were asked for at once than a page may have, or than fit a frame."""


class Counters:
    """Numbers that only grow, from 0 at the start of the server."""

    def __init__(self) -> None:
        self._counts = dict.fromkeys(Limit, 0)

    def count(self, limit: Limit) -> None:
        """Note that a bound was reached."""
        self._counts[limit] += 1

    def __getitem__(self, limit: Limit) -> int:
        return self._counts[limit]

    def lines(self) -> list[str]:
        """Each name with its number."""
        return [f"{limit} {count}" for limit, count in self._counts.items()]
