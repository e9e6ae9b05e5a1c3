"""The lines of a talk and the notes between them as one sequence that can be entered anywhere."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from chat.client.state import Line
from chat.tui.desk.view import Note

Item = Line | Note


class Timeline:
    """Lines ascending by id, those without one last; each note after the line it follows.

    Made anew for every drawing: it costs a search per note, and nothing per line.
    """

    def __init__(self, lines: Sequence[Line], notes: Sequence[Note]) -> None:
        self._lines = lines
        self._notes = notes
        self._placed = len(lines)
        while self._placed and lines[self._placed - 1].id is None:
            self._placed -= 1
        self._at = [self._after(note.after) + rank for rank, note in enumerate(notes)]

    def __len__(self) -> int:
        return len(self._lines) + len(self._notes)

    def __getitem__(self, place: int) -> Item:
        rank = bisect_left(self._at, place)
        if rank < len(self._at) and self._at[rank] == place:
            return self._notes[rank]
        return self._lines[place - rank]

    def place(self, item: Item) -> int | None:
        """Where an item stands now: older lines may have come before it, an id may have been given to it."""
        if isinstance(item, Note):
            return self._place_of_note(item)
        index = self._index(item)
        return None if index is None else self._shifted(index)

    def lines_after(self, place: int) -> int:
        """How many lines stand after this place."""
        after = bisect_right(self._at, place)
        return len(self) - 1 - place - (len(self._at) - after)

    def line_before(self, place: int) -> Line | None:
        """The line that is next above a place."""
        index = place - bisect_left(self._at, place) - 1
        return self._lines[index] if index >= 0 else None

    def number(self, place: int, counted: int | None) -> int | None:
        """The number of the line at a place, counted from the line with the id `counted`, which has the 1."""
        if counted is None:
            return None
        index = place - bisect_left(self._at, place)
        number = self._after(counted) - index
        return number if number > 0 and self._lines[index].id is not None else None

    def _place_of_note(self, item: Note) -> int | None:
        """Where a note stands; one that has become part of a later one is where that is."""
        places = (self._at[rank] for rank, note in enumerate(self._notes) if note is item)
        later = (self._at[rank] for rank, note in enumerate(self._notes) if note.after == item.after)
        return next(places, next(later, None))

    def _after(self, id: int) -> int:
        return bisect_right(self._lines, id, 0, self._placed, key=lambda line: line.id or 0)

    def _index(self, item: Line) -> int | None:
        if item.id is not None:
            index = self._after(item.id) - 1
            return index if index >= 0 and self._lines[index].id == item.id else None
        same = (i for i in range(len(self._lines) - 1, -1, -1) if self._lines[i].cid == item.cid)
        return next(same, None)

    def _shifted(self, index: int) -> int:
        """The place of a line: its index, and one more for each note before it."""
        rank = 0
        while rank < len(self._at) and self._at[rank] <= index + rank:
            rank += 1
        return index + rank
