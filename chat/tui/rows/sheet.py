"""What every part of a drawing of messages knows, and how their rows begin. Pure."""

from collections.abc import Callable
from datetime import tzinfo
from typing import NamedTuple

from chat.client.state import Line, State
from chat.tui.desk.view import View
from chat.tui.rows.cells import Fragment, Row
from chat.tui.rows.flow import padded

TIME = 5
"""Cells of the time."""
INDENT = TIME + 1
"""Cells before a text: the time and a mark. All its rows stand behind them, so none looks like a message."""

Block = list[Row]
"""The rows of one item."""


class Sheet(NamedTuple):
    """`width` in cells; `zone` None is the zone of this machine. `find` looks up a line by its id."""

    state: State
    view: View
    width: int
    zone: tzinfo | None
    find: Callable[[int], Line | None]

    @property
    def room(self) -> int:
        """The cells of a row behind its beginning."""
        return max(self.width - INDENT, 1)


def hung(rows: list[Row], begin: Fragment, mark: Fragment = ("", " ")) -> Block:
    """Rows behind the time or what stands in its place, and behind a mark that goes down all of them."""
    beginnings = [begin] + [("", " " * TIME)] * (len(rows) - 1)
    return [[start, mark, *row] for start, row in zip(beginnings, rows, strict=True)]


def selected(block: Block, width: int) -> Block:
    """The rows laid on the ground of what is selected, over the whole width."""
    over = "class:selected"
    return [[(f"{style} {over}".strip(), text) for style, text in padded(row, width)] for row in block]
