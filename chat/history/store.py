"""What one commit does: drafts in, entries with their place out, or nothing changed."""

import sqlite3
from collections.abc import Sequence

import msgspec

from chat.errors import StorageFailed
from chat.history.base import SAID, Draft, Entry, Failure, Outcome
from chat.history.database import Place, transaction
from chat.history.folds import keep_many
from chat.history.keys import Keys, intern
from chat.history.rows import fetch, insert, names, place, storable
from chat.history.schema import head_of
from chat.history.values import listed

Submission = tuple[Draft, object]
"""A draft and its ticket."""

KEPT = 100_000
"""Keys remembered at most, about 20 MB; one that was forgotten is read again."""

_REPEATED = """SELECT json_group_array(json_array(j.key, e.id))
    FROM json_each(?) j CROSS JOIN keys k ON k.name = json_extract(j.value, '$[0]')
    CROSS JOIN entries e ON e.owner = k.id AND e.cid = json_extract(j.value, '$[1]')"""
_BY_ID = "SELECT value id FROM json_each(:ids)"

_pairs = msgspec.json.Decoder(list[tuple[int, int]]).decode


class Store:
    """The entries of one database, for the thread that owns its connection."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self.head = head_of(db)
        self._keys: Keys = {}
        self._place = Place(db)

    def commit(self, batch: Sequence[Submission]) -> tuple[list[Outcome], list[Failure]]:
        """Make up to rows.MOST drafts durable as one transaction.

        Raises sqlite3.Error: nothing stored; StorageFailed (final): stored where nobody will find it.
        """
        head = self.head
        try:
            done = self._all_new(batch), list[Failure]()
        except (sqlite3.IntegrityError, ValueError, OverflowError):
            done = self._some_new(batch)
        if self._place.lost():  # 2 us; SQLite goes on writing to a file that has been removed
            self.head = head
            raise StorageFailed("the history was moved or removed while in use", final=True)
        return done

    def tidy(self, outcomes: Sequence[Outcome]) -> None:
        """After a commit: keep what became of entries that it changed once more. Raises sqlite3.Error."""
        changes = [outcome.entry for outcome in outcomes if outcome.first and outcome.entry.kind not in SAID]
        if changes:
            with transaction(self.db):
                keep_many(self.db, {change.target for change in changes if change.target is not None})

    def _all_new(self, batch: Sequence[Submission]) -> list[Outcome]:
        entries = [place(draft, id) for id, (draft, _) in enumerate(batch, self.head + 1)]
        outcomes = [Outcome(entry, True, ticket) for entry, (_, ticket) in zip(entries, batch, strict=True)]
        self._insert(entries)
        return outcomes

    def _some_new(self, batch: Sequence[Submission]) -> tuple[list[Outcome], list[Failure]]:
        """Leave out what was stored before and what cannot be; three steps more, however many those are."""
        sound = [(draft, ticket) for draft, ticket in batch if storable(place(draft, 0))]
        unsound = [(draft, ticket) for draft, ticket in batch if not storable(place(draft, 0))]
        failures = [Failure(draft, ticket, False, "it cannot be kept as text") for draft, ticket in unsound]
        known = self._repeated([draft for draft, _ in sound])
        new: list[Entry] = []
        outcomes = []
        for draft, ticket in sound:
            name = (draft.owner, draft.cid)
            first = name not in known
            if first:
                known[name] = place(draft, self.head + len(new) + 1)
                new.append(known[name])
            outcomes.append(Outcome(known[name], first, ticket))
        self._insert(new)
        return outcomes, failures

    def _insert(self, entries: Sequence[Entry]) -> None:
        """Insert all or nothing: in one step outside any transaction, where every key is known."""
        if not entries:
            return
        try:
            insert(self.db, entries, self._keys)
        except KeyError:
            self._insert_with_keys(entries)
        self.head = entries[-1].id

    def _insert_with_keys(self, entries: Sequence[Entry]) -> None:
        used = {name for entry in entries for name in names(entry)}
        with transaction(self.db):
            keys = intern(self.db, used)
            insert(self.db, entries, keys)
        if len(self._keys) + len(keys) > KEPT:
            self._keys.clear()
        self._keys.update(keys)

    def _repeated(self, drafts: Sequence[Draft]) -> dict[tuple[str, str], Entry]:
        """The first entries of those (owner, cid) that were stored before."""
        asked = listed([(draft.owner, draft.cid) for draft in drafts])
        (found,) = self.db.execute(_REPEATED, (asked,)).fetchone()
        ids = dict(_pairs(found))
        entries = {entry.id: entry for entry in fetch(self.db, _BY_ID, {"ids": listed(ids.values())})}
        return {(drafts[index].owner, drafts[index].cid): entries[id] for index, id in ids.items()}
