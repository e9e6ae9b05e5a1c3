"""The message area: a talk's timeline as rows of styled text for a given width. Pure."""

from collections.abc import Callable, Sequence
from datetime import tzinfo
from functools import lru_cache

from chat.client.state import Line, State, Status, fold
from chat.sentences import fault
from chat.text import Kind, safe
from chat.tui import cells
from chat.tui.cells import Row
from chat.tui.dates import clock, day_name, moment
from chat.tui.style import shade
from chat.tui.timeline import Item, Timeline
from chat.tui.view import Anchor, Note, View
from chat.words import n, t

INDENT = 6
"""Cells of the time and its space. All rows of a body stand behind them, so none can look like a message."""

Block = list[Row]
"""The rows of one item."""
Draw = Callable[[int], Block]
"""The block at a place of the timeline."""

_shown = lru_cache(maxsize=512)(safe)


def timeline(state: State, view: View) -> Timeline:
    """What the open talk holds."""
    talk = state.talks.get(view.current)
    return Timeline(talk.lines if talk else (), view.notes.get(view.current, ()))


def messages(
    state: State, view: View, width: int, height: int, zone: tzinfo | None
) -> tuple[list[Row], bool]:
    """Exactly `height` rows, the newest at the bottom; and whether the talk's beginning is among them.

    While the newest is not to be seen, the last row says so.
    """
    line = timeline(state, view)
    draw = painter(line, state, width, zone)
    place, hidden = _edge(line, draw, view.anchor)
    below = [] if view.anchor is None else [_more_below(line.lines_after(place), width)]
    height -= len(below)
    rows, top = _upwards(draw, place, height + hidden)
    rows = rows[: len(rows) - hidden][-height:] if height else []
    return [[] for _ in range(height - len(rows))] + rows + below, top


def scrolled(
    state: State, view: View, step: int, size: tuple[int, int], zone: tzinfo | None
) -> Anchor | None:
    """Where the lower edge is after `step` rows up (negative: down) in a window of `size` (width, height)."""
    width, height = size[0], size[1] - 1  # the last row will say that there is more
    line = timeline(state, view)
    draw = painter(line, state, width, zone)
    place, hidden = _edge(line, draw, view.anchor)
    place, hidden = _moved(draw, place, hidden + step, len(line) - 1)
    rows, top = _upwards(draw, place, height + hidden)
    if top:
        place, hidden = _moved(draw, place, hidden - max(0, height + hidden - len(rows)), len(line) - 1)
    if place < 0 or (place >= len(line) - 1 and hidden <= 0):
        return None
    return Anchor(line[place], hidden)


def from_its_top(state: State, view: View, size: tuple[int, int], zone: tzinfo | None) -> Anchor | None:
    """Where the lower edge has to be so that the last item is read from its beginning."""
    width, height = size[0], size[1] - 1
    line = timeline(state, view)
    excess = len(painter(line, state, width, zone)(len(line) - 1)) - height if len(line) else 0
    return Anchor(line[len(line) - 1], excess) if excess > 1 else None


def painter(line: Timeline, state: State, width: int, zone: tzinfo | None) -> Draw:
    """How to draw the items of a timeline: each with the day before it, if it is the first of that day."""

    def draw(place: int) -> Block:
        item = line[place]
        day = _day(line, place, zone)
        return ([_day_row(day, width)] if day else []) + _item(item, state, width, zone)

    return draw


def _edge(line: Timeline, draw: Draw, anchor: Anchor | None) -> tuple[int, int]:
    """The place at the lower edge and how many of its rows are hidden: fewer than it has at this width."""
    place = line.place(anchor.item) if anchor else None
    if anchor is None or place is None:
        return len(line) - 1, 0
    return place, min(anchor.hidden, len(draw(place)) - 1)


def _upwards(draw: Draw, place: int, wanted: int) -> tuple[list[Row], bool]:
    """At least `wanted` rows up from a place, if there are so many; and whether that is all there is."""
    blocks: list[Block] = []
    have = 0
    while place >= 0 and have < wanted:
        blocks.append(draw(place))
        have += len(blocks[-1])
        place -= 1
    return [row for block in reversed(blocks) for row in block], place < 0


def _moved(draw: Draw, place: int, hidden: int, last: int) -> tuple[int, int]:
    """The same edge with `hidden` between 0 and the rows of its item, as far as there are items."""
    while place > 0 and hidden >= (rows := len(draw(place))):
        place, hidden = place - 1, hidden - rows
    while place < last and hidden < 0:
        place += 1
        hidden += len(draw(place))
    return place, max(hidden, 0)


def _day(line: Timeline, place: int, zone: tzinfo | None) -> str:
    """The day to announce before this item, empty if it is the day of the item before."""
    when = moment(line[place].ts, zone)
    before = moment(line[place - 1].ts, zone) if place else None
    if when is None or (before is not None and before.date() == when.date()):
        return ""
    return day_name(when.date())


def _day_row(day: str, width: int) -> Row:
    label = cells.clip(f" {day} ", width)
    side = (width - cells.width(label)) // 2
    return [("class:day", "─" * side + label + "─" * (width - side - cells.width(label)))]


def _more_below(count: int, width: int) -> Row:
    text = (
        t("↓ there is more (PgDn)")
        if not count
        else n("↓ {n} newer message (Ctrl-End)", "↓ {n} newer messages (Ctrl-End)", count)
    )
    return [("class:more", cells.pad(text, width))]


def _item(item: Item, state: State, width: int, zone: tzinfo | None) -> Block:
    if isinstance(item, Line):
        return line_rows(item, state, width, zone)
    whispered = _whispered(item, state)
    if whispered is not None:
        return line_rows(whispered, state, width, zone, private=True)
    time = clock(moment(item.ts, zone))
    return _hung(time, [], f"* {item.text}", [], width, f"class:{item.kind}")


def _whispered(note: Note, state: State) -> Line | None:
    """The private line that a note stands for, if it is still kept."""
    if note.whisper is None:
        return None
    key, cid = note.whisper
    talk = state.talks.get(key)
    return next((line for line in reversed(talk.lines) if line.cid == cid), None) if talk else None


def line_rows(line: Line, state: State, width: int, zone: tzinfo | None, *, private: bool = False) -> Block:
    """One line of the history: time, who, what, and what became of it if it is one's own."""
    mine = fold(line.sender) == fold(state.user or "")
    name = cells.clip(safe(line.sender, Kind.NAME), max(width // 2, 8))
    head: Row = []
    if private:
        to = cells.clip(safe(line.to, Kind.NAME), max(width // 2, 8))
        head.append(("class:private", t("(private to {name})", name=to) if mine else t("(private)")))
    head.append(("class:own" if mine else shade(name), f"{name}:"))
    tail = _fate(line) if mine else []
    return _hung(clock(moment(line.ts, zone)), head, _shown(line.body, Kind.BLOCK), tail, width)


def _fate(line: Line) -> Row:
    """What became of one's own line, in a mark and, where it failed, in words."""
    if line.status is Status.PENDING:
        return [("class:pending", "…")]
    if line.status is Status.FAILED:
        return [("class:failed", t("✗ not sent: {why}", why=fault(line.code or "")))]
    return [("class:sent", t("✓ (changed by the server)") if line.changed else "✓")]


def _hung(time: str, head: Row, body: str, tail: Row, width: int, style: str = "") -> Block:
    """A paragraph hung from its time: `head` and `body` folded behind it, `tail` where there is room."""
    room = max(width - INDENT, 1)
    label = " ".join(text for _, text in head)
    lines = cells.fold(f"{label} {body}" if label else body, room)
    rows: Block = [[("", " " * INDENT), (style, text)] for text in lines]
    rows[0] = [("class:time", f"{time} "), *_headed(lines[0], head, label, style)]
    for text in (text for _, long in tail for text in cells.fold(long, room)):
        if cells.width(lines[-1]) + 1 + cells.width(text) <= room and len(rows) == len(lines):
            rows[-1] += [("", " "), (tail[0][0], text)]
        else:
            rows.append([("", " " * INDENT), (tail[0][0], text)])
    return rows


def _headed(first: str, head: Row, label: str, style: str) -> Row:
    """The first row with its head in its own colours, where the head is whole."""
    if not head or not first.startswith(label):
        return [(style, first)]
    spaced = [fragment for part in head for fragment in (("", " "), part)][1:]
    return [*spaced, (style, first[len(label) :])]


def plain(rows: Sequence[Row]) -> str:
    """The rows without their styles."""
    return "\n".join("".join(text for _, text in row).rstrip() for row in rows)
