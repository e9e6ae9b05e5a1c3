"""Which entries a history keeps no longer, and their removal in small steps, the oldest first."""

import sqlite3

from chat.history.database import transaction
from chat.history.schema import floor_of, set_floor

STEP = 100
"""Ids removed at once, in about 5 ms: so long a commit may have to wait."""
DAY = 86_400_000
"""In milliseconds."""

_FIRST_YOUNG = "SELECT id FROM entries WHERE ts >= ? AND ts <= ? ORDER BY id LIMIT 1"
_FIRST_OVER = "SELECT id FROM entries WHERE coalesce(kind, 0) < 2 ORDER BY id DESC LIMIT 1 OFFSET ?"
_LAST = "SELECT coalesce(max(id), 0) FROM entries"


def surplus(db: sqlite3.Connection, now: int, days: int | None, most: int | None) -> int:
    """The highest id that is to go, with all below it; 0 for none.

    Those from before `days` days (by `now`, ms since 1970), and those before the newest `most` that were
    said; what the clock put into the future (more than a day) counts as old, or it would be kept for ever.
    """
    goals = [0]
    if days is not None:
        young = db.execute(_FIRST_YOUNG, (now - days * DAY, now + DAY)).fetchone()
        goals.append(young[0] - 1 if young is not None else db.execute(_LAST).fetchone()[0])
    if most is not None:
        over = db.execute(_FIRST_OVER, (most,)).fetchone()
        goals.append(over[0] if over is not None else 0)
    return max(goals)


def remove(db: sqlite3.Connection, goal: int) -> None:
    """Remove all up to an id, durably, and remember that: no id is given twice. One transaction."""
    with transaction(db):
        db.execute("DELETE FROM entries WHERE id <= ?", (goal,))
        db.execute("DELETE FROM folds WHERE id <= ?", (goal,))
        set_floor(db, max(goal, floor_of(db)))
