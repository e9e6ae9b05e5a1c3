"""The items of a timeline as rows, each with the day and the news that begin with it. Pure."""

from datetime import datetime, tzinfo

from chat.client.state import Line
from chat.tui.rows import cells
from chat.tui.rows.cells import Row
from chat.tui.rows.dates import day_name, moment
from chat.tui.rows.lines import goes_on, line_rows
from chat.tui.rows.notes import note_rows
from chat.tui.rows.sheet import Block, Sheet
from chat.tui.rows.timeline import Item, Timeline
from chat.words import t

LOOK_BACK = 8
"""Most items looked at for the day before one: those that have no time are few."""


class Painter:
    """Draws the item at a place, once however often it is asked for; a drawing has its own painter."""

    def __init__(self, line: Timeline, sheet: Sheet) -> None:
        self._line = line
        self._sheet = sheet
        self._blocks: dict[int, Block] = {}

    def block(self, place: int) -> Block:
        """The rows of an item."""
        if place not in self._blocks:
            self._blocks[place] = self._draw(place, named=False)
        return self._blocks[place]

    def named(self, place: int) -> Block:
        """The same with its author, whoever spoke before: for what stands first in a window."""
        return self._draw(place, named=True)

    def _draw(self, place: int, *, named: bool) -> Block:
        item = self._line[place]
        rules = _rules(self._line, place, self._sheet)
        if not isinstance(item, Line):
            return rules + note_rows(item, self._sheet)
        before = self._line[place - 1] if place and not rules and not named else None
        grouped = isinstance(before, Line) and goes_on(item, before)
        number = self._line.number(place, self._sheet.view.counted)
        return rules + line_rows(item, self._sheet, grouped=grouped, number=number)


def _rules(line: Timeline, place: int, sheet: Sheet) -> Block:
    """The rules above an item: the day that begins with it, and where what is new begins."""
    day = _day(line, place, sheet.zone)
    rules = [_rule(day, "class:day", sheet.width)] if day else []
    if _begins_news(line, place, sheet.view.mark):
        rules.append(_rule(t("new messages"), "class:news", sheet.width))
    return rules


def _day(line: Timeline, place: int, zone: tzinfo | None) -> str:
    """The day to announce before this item, empty if it is the day of the item before."""
    when = _time(line[place], zone)
    if when is None:
        return ""
    for earlier in range(place - 1, max(place - LOOK_BACK, -1), -1):
        before = _time(line[earlier], zone)
        if before is not None:
            return "" if before.date() == when.date() else day_name(when.date())
    return day_name(when.date())


def _time(item: Item, zone: tzinfo | None) -> datetime | None:
    """When something was said; of what is damaged nothing is sure."""
    return None if isinstance(item, Line) and item.damaged else moment(item.ts, zone)


def _begins_news(line: Timeline, place: int, mark: int | None) -> bool:
    """Whether an item is the first line after the last one that was read."""
    item = line[place]
    if mark is None or not isinstance(item, Line) or item.id is None or item.id <= mark:
        return False
    before = line.line_before(place)
    return before is None or (before.id is not None and before.id <= mark)


def _rule(label: str, style: str, width: int) -> Row:
    label = cells.clip(f" {label} ", width)
    side = (width - cells.width(label)) // 2
    return [(style, "─" * side + label + "─" * (width - side - cells.width(label)))]
