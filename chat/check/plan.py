"""Who is where, and what each client does next, all from one seed. Pure."""

from collections.abc import Sequence
from enum import StrEnum
from random import Random

from msgspec import Struct


class Act(StrEnum):
    """What a client does besides saying its next message; all but the last can be had by bad luck."""

    SAY = "say"
    CUT = "cut"
    """Its connection breaks after some of the bytes that come in."""
    HALF = "half"
    """Its connection breaks in the middle of what it sends."""
    TWIN = "twin"
    """It says what is not acknowledged yet on another connection too."""
    AGAIN = "again"
    """It says once more what was acknowledged."""
    SLOW = "slow"
    """It reads nothing for a while."""


FAULTS = tuple(act for act in Act if act is not Act.SAY)
GIVEN_UP = 0.2
"""The part of broken connections after which a client says nothing again of what was not acknowledged."""
PRIVATE = 0.2
"""The part of what is said that is said to one other user."""
ROOMS_EACH = 2


class Step(Struct, frozen=True):
    """What to do next: `to` whom ("#room" or "@user") to say something, after an `act`.

    `chance` (0 to 1) decides how it is done: how many bytes, how long, with what.
    """

    act: Act
    to: str
    chance: float


class Plan:
    """The steps of one client of a check; the same for the same seed and settings."""

    def __init__(
        self,
        seed: int,
        number: int,
        users: Sequence[str],
        rooms: Sequence[str],
        faults: Sequence[Act],
        often: int,
    ) -> None:
        """One step in `often` is one of the faults."""
        self._random = Random(f"{seed} {number}")
        self._faults = faults
        self._often = often
        self.user = users[number]
        self.rooms = rooms_of(number, rooms)
        """The rooms it is in."""
        self._others = [user for user in users if user != self.user]

    def gives_up(self) -> bool:
        """Whether the client, its connection broken, forgets what was not acknowledged."""
        return self._random.random() < GIVEN_UP

    def next(self) -> Step:
        """The next step; there is no last."""
        chance = self._random.random()
        act = Act.SAY
        if self._faults and self._random.randrange(self._often) == 0:
            act = self._random.choice(self._faults)
        to = self._random.choice(self.rooms)
        if self._others and self._random.random() < PRIVATE:
            to = f"@{self._random.choice(self._others)}"
        return Step(act, to, chance)


def rooms_of(number: int, rooms: Sequence[str]) -> list[str]:
    """The rooms of a client: each is in two, no two rooms have the same members if there are many."""
    each = min(ROOMS_EACH, len(rooms))
    first = number % len(rooms)
    step = 1 + number // len(rooms) % max(1, len(rooms) - 1)
    return list(dict.fromkeys(rooms[(first + turn * step) % len(rooms)] for turn in range(each)))


def places_of(user: str, users: Sequence[str], rooms: Sequence[str]) -> frozenset[str]:
    """All that a user may read: its rooms, its talks with the others, and what it says to itself."""
    return frozenset(rooms) | {" ".join(sorted((f"@{user}", f"@{other}"))) for other in users}
