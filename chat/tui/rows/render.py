"""The message area: a window on a talk's timeline, as rows of styled text. Pure."""

from collections.abc import Sequence
from datetime import tzinfo

from chat.client.state import State, fold
from chat.tui.desk.keys import Keys, shown
from chat.tui.desk.view import Anchor, View
from chat.tui.rows import cells
from chat.tui.rows.cells import Row
from chat.tui.rows.painter import Painter
from chat.tui.rows.sheet import Block, Sheet
from chat.tui.rows.timeline import Item, Timeline
from chat.words import n, t

Size = tuple[int, int]
"""The width and height of the area, in cells."""


def timeline(state: State, view: View) -> Timeline:
    """What the open talk holds, without the comings and goings and the people that nobody wants to see."""
    talk = state.talks.get(view.current)
    lines = talk.lines if talk else []
    if view.ignored:
        lines = [line for line in lines if fold(line.sender) not in view.ignored]
    notes = view.notes.get(view.current, [])
    if view.current in view.hushed:
        notes = [note for note in notes if note.crowd is None]
    return Timeline(lines, notes)


def messages(
    state: State, view: View, width: int, height: int, zone: tzinfo | None
) -> tuple[list[Row], bool]:
    """Exactly `height` rows, the newest at the bottom; and whether the talk's beginning is among them.

    While the newest is not to be seen, the last row says so.
    """
    window = _Window(state, view, width, zone)
    below = (
        [] if view.anchor is None else [_more_below(window.line.lines_after(window.place), view.keys, width)]
    )
    height -= len(below)
    rows, top = window.rows(height)
    return [[] for _ in range(height - len(rows))] + rows + below, top


def scrolled(state: State, view: View, step: int, size: Size, zone: tzinfo | None) -> Anchor | None:
    """Where the lower edge is after `step` rows up (negative: down) in a window of this size."""
    return _Window(state, view, size[0], zone).moved(step, _rest(size))


def from_its_top(state: State, view: View, size: Size, zone: tzinfo | None) -> Anchor | None:
    """Where the lower edge has to be so that the last item is read from its beginning."""
    window = _Window(state, view, size[0], zone)
    excess = len(window.block(window.last)) - _rest(size) if window.last >= 0 else 0
    return Anchor(window.line[window.last], excess) if excess > 1 else None


def revealed(state: State, view: View, item: Item, size: Size, zone: tzinfo | None) -> Anchor | None:
    """The lower edge nearest to where it is with which an item is to be seen in a window of this size."""
    return _Window(state, view, size[0], zone).showing(item, _rest(size))


def item_at(state: State, view: View, y: int, size: Size, zone: tzinfo | None) -> Item | None:
    """What is drawn in row `y` of a window of this size; None where there is nothing."""
    return _Window(state, view, size[0], zone).item(size[1] - (view.anchor is not None) - 1 - y)


def _rest(size: Size) -> int:
    """The rows that are left for items where one says that there is more."""
    return size[1] - 1


class _Window:
    """A talk as it is seen up from its lower edge: at `place`, `hidden` of whose rows are below it."""

    def __init__(self, state: State, view: View, width: int, zone: tzinfo | None) -> None:
        talk = state.talks.get(view.current)
        self.line = timeline(state, view)
        self.last = len(self.line) - 1
        sheet = Sheet(state, view, width, zone, talk.line if talk else lambda id: None)
        self._paint = Painter(self.line, sheet)
        self.block = self._paint.block
        self.place, self.hidden = self._edge(view.anchor)

    def _edge(self, anchor: Anchor | None) -> tuple[int, int]:
        place = self.line.place(anchor.item) if anchor else None
        if anchor is None or place is None:
            return self.last, 0
        return place, min(anchor.hidden, len(self.block(place)) - 1)  # it has fewer where it is wider

    def rows(self, height: int) -> tuple[list[Row], bool]:
        """At most `height` rows, and whether that is all there is above the edge."""
        blocks, first = self._upwards(height + self.hidden)
        excess = max(0, sum(map(len, blocks)) - height - self.hidden)
        if blocks and excess < len(blocks[0]):
            kept = len(blocks[0]) - excess
            blocks[0], excess = self._paint.named(first)[-kept:], 0
        rows = [row for block in blocks for row in block][excess:]
        return rows[: len(rows) - self.hidden][-height:] if height else [], first <= 0

    def moved(self, step: int, height: int) -> Anchor | None:
        """The edge `step` rows up, as far as there are rows to fill the window."""
        place, hidden = self._normal(self.place, self.hidden + step)
        self.place, self.hidden = place, hidden
        blocks, first = self._upwards(height + hidden)
        if first <= 0:
            missing = max(0, height + hidden - sum(map(len, blocks)))
            place, hidden = self._normal(place, hidden - missing)
        return self._anchor(place, hidden)

    def showing(self, item: Item, height: int) -> Anchor | None:
        """The edge with which all of an item is seen, or its beginning where it is too long."""
        wanted = self.line.place(item)
        if wanted is None:
            return self._anchor(self.place, self.hidden)
        if wanted > self.place or (wanted == self.place and self.hidden):
            return self._anchor(*self._normal(wanted, max(0, len(self.block(wanted)) - height)))
        above = -self.hidden
        for place in range(self.place, wanted - 1, -1):
            above += len(self.block(place))
            if above > height:
                return self._anchor(*self._normal(wanted, len(self.block(wanted)) - height))
        return self._anchor(self.place, self.hidden)

    def item(self, below: int) -> Item | None:
        """The item that has the row with so many rows between it and the edge."""
        place, below = self.place, below + self.hidden
        while place >= 0 and below >= len(self.block(place)):
            below -= len(self.block(place))
            place -= 1
        return self.line[place] if place >= 0 <= below else None

    def _anchor(self, place: int, hidden: int) -> Anchor | None:
        if place < 0 or (place >= self.last and hidden <= 0):
            return None
        return Anchor(self.line[place], hidden)

    def _upwards(self, wanted: int) -> tuple[list[Block], int]:
        """Blocks with at least `wanted` rows up from the edge, as far as there are; and where they begin."""
        blocks: list[Block] = []
        have, place = 0, self.place + 1
        while place > 0 and have < wanted:
            place -= 1
            blocks.append(self.block(place))
            have += len(blocks[-1])
        return blocks[::-1], place

    def _normal(self, place: int, hidden: int) -> tuple[int, int]:
        """The same edge with `hidden` between 0 and the rows of its item, as far as there are items."""
        while place > 0 and hidden >= (rows := len(self.block(place))):
            place, hidden = place - 1, hidden - rows
        while place < self.last and hidden < 0:
            place += 1
            hidden += len(self.block(place))
        return place, max(hidden, 0)


def _more_below(count: int, keys: Keys, width: int) -> Row:
    key = shown(keys, "newest" if count else "page_down")
    text = (
        n("↓ {n} newer message ({key})", "↓ {n} newer messages ({key})", count, key=key)
        if count
        else t("↓ there is more ({key})", key=key)
    )
    return [("class:more", cells.pad(text, width))]


def plain(rows: Sequence[Row]) -> str:
    """The rows without their styles."""
    return "\n".join("".join(text for _, text in row).rstrip() for row in rows)
