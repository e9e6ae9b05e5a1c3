"""The other nodes as they let themselves be heard: who is alive, and whether all they said was heard. Pure.

Every node says all it says on one subject and counts it, so that whoever missed something knows and asks for
the whole anew. It beats now and then; who is silent too long is there no more.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

import msgspec
from msgspec import Struct

from chat.hub.elsewhere import Seen

LARGEST = 262_144
"""Bytes of what is said at once, at most; nats-server takes four times as much."""


class Saying(Struct, frozen=True, tag_field="is"):
    """What a node says: its name, its life (a random id of the process), and how often it said something.

    `number` counts what changes what others know of it; a beat has the number of the last.
    """

    node: str
    life: str
    number: int


class Beat(Saying, frozen=True, tag="beat"):
    """It is there."""


class News(Saying, frozen=True, tag="news"):
    """What changed."""

    seen: list[Seen]


class Whole(Saying, frozen=True, tag="whole"):
    """Everybody on it, in parts one after the other; with the `last` all others are gone."""

    seen: list[Seen]
    first: bool
    last: bool


class Asking(Saying, frozen=True, tag="asking"):
    """It wants to hear the whole of another life; empty: of all."""

    of: str = ""


class Ending(Saying, frozen=True, tag="ending"):
    """Sessions have to end, wherever they are."""

    sessions: list[str]
    reason: str


class Parting(Saying, frozen=True, tag="parting"):
    """It is there no more; for so many seconds nobody need be told who went with it."""

    linger: float


class Halt(Saying, frozen=True, tag="halt"):
    """Nobody is to write to NATS for so many seconds, at most; 0: all go on. `id` is random."""

    id: str
    seconds: float


class Halted(Saying, frozen=True, tag="halted"):
    """Nothing that it wrote is under way any more, as the halt of this id asked for."""

    id: str


encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Beat | News | Whole | Asking | Ending | Parting | Halt | Halted).decode


class Learner(Protocol):
    """Who makes use of what is heard."""

    def learn(self, life: str, seen: Seen) -> None:
        """Somebody is, or is not any more, on a node."""

    def lose(self, life: str, linger: float) -> None:
        """A node is there no more."""


class Peer:
    """One other node."""

    def __init__(self, name: str, now: float) -> None:
        self.name = name
        self.heard = now
        """When anything was heard of it."""
        self.number = -1
        """What was heard last, of what it counts; -1: it has to say the whole first."""
        self.people: set[str] = set()
        """The identities there."""
        self.whole: set[str] = set()
        """Those of the whole that is being heard."""

    @property
    def level(self) -> bool:
        """Whether all it says is known."""
        return self.number >= 0


class Peers:
    """All other nodes, by life; times are those of the caller's clock, in seconds."""

    def __init__(self, life: str, learner: Learner) -> None:
        self._life = life
        self._learner = learner
        self.known: dict[str, Peer] = {}
        self._replaced: set[str] = set()
        """Lives that another of the same name took the place of."""
        self._shared: set[str] = set()
        """Names that several nodes have: a life that was replaced was heard again."""

    def hear(self, said: Saying, now: float) -> bool:
        """Take in what somebody says; whether its whole has to be asked for."""
        if said.life == self._life or isinstance(said, Ending | Halt | Halted):
            return False
        if isinstance(said, Parting):
            self._lose(said.life, said.linger)
            return False
        peer = self.known.get(said.life)
        if peer is None:
            peer = self._meet(said, now)
        peer.heard = now
        if isinstance(said, News | Whole):
            return not self._learn(peer, said)
        return said.number != peer.number

    def look(self, now: float, patience: float) -> None:
        """Who has been silent for longer than `patience` is there no more."""
        for life in [life for life, peer in self.known.items() if now - peer.heard > patience]:
            self._lose(life, 0.0)

    def forgive(self, now: float) -> None:
        """Nobody could be heard until now: their silence does not count."""
        for peer in self.known.values():
            peer.heard = now

    def _meet(self, said: Saying, now: float) -> Peer:
        """A node that is started anew is not there under its old life, unless that lives on."""
        if said.life in self._replaced:
            self._shared.add(said.node)
        if said.node not in self._shared:
            for life in [life for life, peer in self.known.items() if peer.name == said.node]:
                self._replaced.add(life)
                self._lose(life, 0.0)
        peer = self.known[said.life] = Peer(said.node, now)
        return peer

    def _learn(self, peer: Peer, said: News | Whole) -> bool:
        """Take in who is there, if nothing before it was missed."""
        begins = isinstance(said, Whole) and said.first
        if begins:
            peer.whole = set()
        elif said.number != peer.number + 1 or not peer.level:
            peer.number = -1
            return False
        peer.number = said.number
        for seen in said.seen:
            self._learner.learn(said.life, seen)
            (peer.people.add if seen.sessions else peer.people.discard)(seen.identity)
            peer.whole.add(seen.identity)
        if isinstance(said, Whole) and said.last:
            for identity in peer.people - peer.whole:
                self._learner.learn(said.life, Seen(identity, ""))
            peer.people &= peer.whole
        return True

    def _lose(self, life: str, linger: float) -> None:
        if self.known.pop(life, None) is not None:
            self._learner.lose(life, linger)


def parts(everybody: Collection[Seen], largest: int = LARGEST) -> Iterator[list[Seen]]:
    """Everybody, so many at a time as may be said at once; at least one part."""
    part: list[Seen] = []
    size = 0
    for seen in everybody:
        more = len(encode(seen)) + 1
        if part and size + more > largest:
            yield part
            part, size = [], 0
        part.append(seen)
        size += more
    yield part


def whole(node: str, life: str, number: int, everybody: Sequence[Seen]) -> list[Whole]:
    """Everybody who is here, as it is said after `number` sayings."""
    said = list(parts(everybody))
    return [
        Whole(node, life, number + 1 + place, part, place == 0, place == len(said) - 1)
        for place, part in enumerate(said)
    ]
