"""What was said where, what was acknowledged, and what everybody has heard. Pure."""

from collections.abc import Collection

from msgspec import Struct, field

from chat import messages as m


class Attempt(Struct, eq=False):
    """One message that a client tries to say, under one `cid`, as often as it takes.

    `place` is where it is said (see `place_of`). Every try is answered by the message itself, by a refusal,
    or, where the connection was lost, never.
    """

    author: str
    cid: str
    place: str
    body: str
    tries: int = 0
    refusals: int = 0
    ids: set[int] = field(default_factory=set)
    """The ids under which it was acknowledged: one, unless the server is wrong."""

    @property
    def refused(self) -> bool:
        """Whether every try was refused, so that nothing may have been stored."""
        return bool(self.tries) and self.refusals == self.tries


class Reading(Struct, eq=False):
    """What one client heard in order, of its `places`, from above `since` up to `until`.

    `final`: read back after everything was said. A reading with `until` None came to no end and is judged
    by its order only.
    """

    reader: str
    places: frozenset[str]
    since: int
    final: bool = False
    until: int | None = None
    ids: list[int] = field(default_factory=list)

    @property
    def last(self) -> int:
        """The highest id heard so far."""
        return self.ids[-1] if self.ids else self.since


class Ledger:
    """The account of one check; its `users` are known from the start, everybody else is passed over."""

    def __init__(self, users: Collection[str]) -> None:
        self.users = frozenset(users)
        self.attempts: dict[tuple[str, str], Attempt] = {}
        self.known: dict[int, Attempt] = {}
        """What the server says it has stored, by id."""
        self.readings: list[Reading] = []
        self.strange: dict[int, str] = {}
        """Ids of what nobody said, or not like that, or not to this reader; and which of these it is."""
        self.conflicts: set[int] = set()
        """Ids that stand for one message here and for another there."""
        self.acknowledged = 0

    def attempt(self, author: str, cid: str, place: str, body: str) -> Attempt:
        """Note that a message is about to be said; `author` and `cid` together are new."""
        made = self.attempts[author, cid] = Attempt(author, cid, place, body)
        return made

    def acknowledge(self, attempt: Attempt, id: int) -> None:
        """Note that its author was shown it under this id."""
        if not attempt.ids:
            self.acknowledged += 1
        attempt.ids.add(id)
        self._know(id, attempt)

    def hear(self, reading: Reading, message: m.Message) -> None:
        """Note that a reader was shown a message, after what it was shown before."""
        if message.from_ not in self.users:
            return
        attempt = self.attempts.get((message.from_, message.cid))
        place = place_of(message.to, message.from_)
        if attempt is None:
            self.strange[message.id] = "never said"
        elif (attempt.place, attempt.body) != (place, message.body):
            self.strange[message.id] = "said otherwise"
        elif place not in reading.places:
            self.strange[message.id] = f"shown to {reading.reader}"
        else:
            self._know(message.id, attempt)
            reading.ids.append(message.id)

    def _know(self, id: int, attempt: Attempt) -> None:
        if self.known.setdefault(id, attempt) is not attempt:
            self.conflicts.add(id)


def place_of(to: str, author: str) -> str:
    """Where something is said: the room, or the private talk of two users, whichever of them says it."""
    return to if to.startswith("#") else " ".join(sorted((to, f"@{author}")))
