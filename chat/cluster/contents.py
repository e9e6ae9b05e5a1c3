"""What is in the registry, put together from what its bucket tells: whole changes, in their order. Pure."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from chat.cluster import records
from chat.registry.base import Deed, Record

_BATCH = "Nats-Batch-Id"
_LAST = "Nats-Batch-Commit"


class Said(NamedTuple):
    """One message of the bucket: where, at what place in the order, what, and what it says of itself."""

    place: str
    seq: int
    value: bytes
    headers: Mapping[str, str]


class Made(NamedTuple):
    """A change as a whole: its random id, each key with its record (None: no more), and the deed."""

    change: str
    records: list[tuple[str, Record | None]]
    deed: Deed | None


class Contents:
    """All records, and the number of each scope's newest deed.

    A message that another has taken the place of is not told any more: of a batch some may be missing, and
    what came after it is then on its way.
    """

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.position = 0
        """The place in the order up to which all is here."""
        self._newest: Said | None = None
        """The message there."""
        self._gone: dict[str, int] = {}
        """Keys that are no more, and where in the order they were taken away."""
        self._numbers: dict[str, tuple[int, int]] = {}
        """Of each scope the number of its newest deed, and where in the order that was written."""
        self._told: dict[str, int] = {}
        """Of each scope the newest deed that was told: what is written anew, in other words, is not news."""
        self._open: list[Said] = []
        """The messages of a batch that is not whole yet."""

    def load(self, said: Said) -> None:
        """Take in what was there before anybody listened. Raises Damaged."""
        self._apply(said)
        scope = records.numbered(said.place)
        if scope is not None:
            self._told[scope] = self._numbers[scope][0]
        if said.seq > self.position:
            self.position, self._newest = said.seq, said

    def take(self, said: Said) -> Iterator[Made]:
        """Take in what comes; the changes that are whole with it. Raises Damaged."""
        batch = said.headers.get(_BATCH)
        if self._open and self._open[-1].headers.get(_BATCH) != batch:
            yield self._whole()
        self._open.append(said)
        if batch is None or _LAST in said.headers:
            yield self._whole()
        self.position, self._newest = said.seq, said

    def knows(self, said: Said) -> bool:
        """Whether it is not new. Raises Damaged where it is another than was there: the bucket went back."""
        newest = self._newest
        if newest is not None and said.seq == newest.seq and _name(said) != _name(newest):
            raise records.Damaged(f"another change {said.seq}")
        return said.seq <= self.position

    def expected(self, key: str, revision: int) -> int:
        """Where in the order a key was written last, if it is at a revision."""
        return revision or self._gone.get(key, 0)

    def number(self, scope: str) -> tuple[int, int]:
        """The number of a scope's newest deed (0: there is none), and where in the order it was written."""
        return self._numbers.get(scope, (0, 0))

    def _whole(self) -> Made:
        change, changed, deed = "", [], None
        for said in self._open:
            change = said.headers.get(records.CHANGE, "").strip()
            key = self._apply(said)
            if key is not None:
                changed.append((key, self.records.get(key)))
            deed = self._new_deed(said) or deed
        self._open = []
        return Made(change, changed, deed)

    def _apply(self, said: Said) -> str | None:
        """Let a message be so; the key of the record that it is about."""
        value = records.checked(said.place, said.value, said.headers)
        scope, key = records.numbered(said.place), records.key_of(said.place)
        if scope is not None:
            self._numbers[scope] = (int(value), said.seq)
        if key is None:
            return None
        if records.OPERATION in said.headers:
            self.records.pop(key, None)
            self._gone[key] = said.seq
        else:
            self.records[key] = Record(value, said.seq)
            self._gone.pop(key, None)
        return key

    def _new_deed(self, said: Said) -> Deed | None:
        if not records.is_deed(said.place):
            return None
        deed = records.decoded(said.value)
        if deed.number <= self._told.get(deed.scope, 0):
            return None
        self._told[deed.scope] = deed.number
        return deed


def _name(said: Said) -> tuple[str, str, bytes]:
    return said.place, said.headers.get(records.CHANGE, "").strip(), said.value
