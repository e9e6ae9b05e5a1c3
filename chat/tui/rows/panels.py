"""Search results, a context and the quick switcher as rows, in the place of the messages. Pure."""

from collections.abc import Callable
from datetime import tzinfo
from functools import partial
from typing import Any

from chat.client.state import Line, State, fold
from chat.text import Kind
from chat.tui.desk.keys import shown as key_for
from chat.tui.desk.overlay import Context, Overlay, Results, Switcher
from chat.tui.desk.view import View
from chat.tui.rows import cells
from chat.tui.rows.cells import Row, shown
from chat.tui.rows.dates import clock, moment, short_day
from chat.tui.rows.flow import clipped, padded
from chat.tui.rows.highlight import highlighted, searched
from chat.tui.rows.lines import name_of, summary
from chat.tui.rows.painter import Painter
from chat.tui.rows.sheet import Sheet
from chat.tui.rows.sidebar import Entry, counts
from chat.tui.rows.timeline import Timeline
from chat.words import n, t

MOST = 70_000
"""Characters of a text that are looked through: more than a frame holds."""
LEAD = 24
"""Cells before the first word found that are shown of a long text."""


def panel(state: State, view: View, width: int, height: int, zone: tzinfo | None = None) -> list[Entry]:
    """Exactly `height` rows of the view's overlay; none if there is no overlay.

    The target of a row is the index, in digits, of the item that a click on it means.
    """
    overlay = view.overlay
    if overlay is None:
        return []
    sheet = Sheet(state, view, width, zone, lambda id: None)
    entries = _DRAW[type(overlay)](overlay, sheet, height)
    return [*entries, *[Entry([])] * (height - len(entries))][:height]


def _ways(sheet: Sheet) -> str:
    """The keys that go to what is chosen, and back."""
    keys = sheet.view.keys
    return t("{there}: there, {back}: back", there=key_for(keys, "choose"), back=key_for(keys, "shut"))


def _heading(text: str, hint: str, width: int) -> Entry:
    """The first row: what this is, and how it is left."""
    text = f" {text} "
    if cells.width(text + hint) < width:
        text = cells.pad(text, width - cells.width(hint) - 1) + hint
    return Entry([("class:panel.heading", cells.pad(text, width))])


def _chosen(row: Row, width: int, *, chosen: bool) -> Row:
    if not chosen:
        return row
    return [(f"{style} class:selected".strip(), text) for style, text in padded(row, width)]


def _around(draw: Callable[[int], list[Entry]], at: int, count: int, height: int) -> list[Entry]:
    """The rows around the item at a place, which is in the middle as far as there are others."""
    if not count or height < 1:
        return []
    at = max(0, min(at, count - 1))
    first = max(0, at - height)
    blocks = [draw(place) for place in range(first, min(count, at + height + 1))]
    entries = [entry for block in blocks for entry in block]
    before = sum(map(len, blocks[: at - first]))
    start = min(before - max(0, height - len(blocks[at - first])) // 2, len(entries) - height)
    return entries[max(0, start) :][:height]


# results


def _results(found: Results, sheet: Sheet, height: int) -> list[Entry]:
    heading = _heading(_title(found), _ways(sheet), sheet.width)
    draw = partial(_result, found, sheet)
    return [heading, *_around(draw, found.at, len(found.lines), height - 1)]


def _title(found: Results) -> str:
    query = shown(found.query, Kind.LINE)
    if found.busy and not found.lines:
        return t("Searching: {query}…", query=query)
    if not found.lines:
        return t("Nothing found: {query}", query=query)
    count = n("{n} found: {query}", "{n} found: {query}", len(found.lines), query=query)
    parts = [count, *[t("there are older ones")] * found.more, *[t("only on this computer")] * found.local]
    return " · ".join(parts)


def _result(found: Results, sheet: Sheet, place: int) -> list[Entry]:
    """Where and when, by whom; and below it the text with what was searched for."""
    line = found.lines[place]
    chosen = place == found.at
    where = shown(where_said(line, sheet.state), Kind.NAME)
    when = moment(line.ts, sheet.zone)
    head: Row = [
        ("class:mention", "▸ " if chosen else "  "),
        ("class:strong", where),
        ("class:time", f"  {short_day(when)} {clock(when)}  "),
        name_of(line.sender, sheet),
    ]
    rows = [clipped(head, sheet.width), [("", "    "), *_text(line, found.query, sheet.width - 4)]]
    return [Entry(_chosen(row, sheet.width, chosen=chosen), str(place)) for row in rows]


def where_said(line: Line, state: State) -> str:
    """The name of the talk in which something was said."""
    if line.to.startswith("#"):
        return line.to
    return line.to if fold(line.sender) == fold(state.user or "") else f"@{line.sender}"


def _text(line: Line, query: str, room: int) -> Row:
    """As much of a text as fits around the first word found."""
    find = searched(query)
    text = summary(line, MOST)
    first = next(iter(find(text)), (0, 0))[0]
    if cells.width(text) > room and cells.width(text[:first]) > LEAD:
        text = f"{cells.CUT}{text[max(first - LEAD, 0) :]}"
    return clipped(highlighted([("", text)], find, "class:found"), max(room, 1))


# a context


def _context(context: Context, sheet: Sheet, height: int) -> list[Entry]:
    """The lines around one, which is marked; as near to the middle as there are others around it."""
    talk = sheet.state.talks.get(context.key)
    name = shown(talk.name if talk else context.key, Kind.NAME)
    heading = _heading(
        t("Around this message in {talk}", talk=name),
        t("{key}: back", key=key_for(sheet.view.keys, "shut")),
        sheet.width,
    )
    by_id = {line.id: line for line in context.lines}
    marked = by_id.get(context.marked)
    view = View(current=context.key, links=sheet.view.links, selected=marked)
    paint = Painter(Timeline(context.lines, ()), sheet._replace(view=view, find=by_id.get))
    draw = partial(_block, paint)
    return [heading, *_around(draw, context.at, len(context.lines), height - 1)]


def _block(paint: Painter, place: int) -> list[Entry]:
    return [Entry(row, str(place)) for row in paint.block(place)]


# the quick switcher


def _switcher(switcher: Switcher, sheet: Sheet, height: int) -> list[Entry]:
    """What was typed and the talks that match it, with what is unread in them."""
    typed = shown(switcher.typed, Kind.LINE)
    heading = _heading(t("Go to: {typed}", typed=f"{typed}▏"), _ways(sheet), sheet.width)
    draw = partial(_talk, switcher, sheet)
    return [heading, *_around(draw, switcher.at, len(switcher.keys), height - 1)]


def _talk(switcher: Switcher, sheet: Sheet, place: int) -> list[Entry]:
    chosen = place == switcher.at
    talk = sheet.state.talks.get(switcher.keys[place])
    name = shown(talk.name if talk else switcher.keys[place], Kind.NAME)
    row: Row = [("class:mention", "▸ " if chosen else "  "), ("class:strong", name)]
    if talk is not None:
        row += counts(talk)
        row.append(("class:notice", f"  {shown(talk.topic, Kind.LINE)}" if talk.topic else ""))
    return [Entry(_chosen(clipped(row, sheet.width), sheet.width, chosen=chosen), str(place))]


_DRAW: dict[type[Overlay], Callable[[Any, Sheet, int], list[Entry]]] = {
    Results: _results,
    Context: _context,
    Switcher: _switcher,
}
