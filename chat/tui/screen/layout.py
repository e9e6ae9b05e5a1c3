"""Where everything stands on the screen: panes that are drawn from the state, the input field, the button."""

from collections.abc import Callable
from typing import NamedTuple

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition
from prompt_toolkit.layout.containers import (
    ConditionalContainer,
    Float,
    FloatContainer,
    HSplit,
    VSplit,
    Window,
)
from prompt_toolkit.layout.controls import BufferControl
from prompt_toolkit.layout.dimension import Dimension
from prompt_toolkit.layout.layout import Layout
from prompt_toolkit.layout.menus import CompletionsMenu
from prompt_toolkit.widgets import Button

from chat.tui.rows.cells import Row, width
from chat.tui.rows.flow import padded
from chat.tui.screen.pane import Draw, Mouse, Pane
from chat.words import t

TALKS_FROM = 76
"""Columns from which the talks have theirs."""
PEOPLE_FROM = 56
WIDE_FROM = 110
"""Columns from which both are wider, for long names."""
TALKS_WIDTH = 17
PEOPLE_WIDTH = 15
WIDER = 7
INPUT_ROWS = 6
"""Most rows that the input field grows to."""
PROMPT = "> "
RULE = ("class:column.rule", "│")


class Part(NamedTuple):
    """What is drawn in a part of the screen, and what the mouse does there."""

    draw: Draw
    mouse: Mouse | None = None


class Parts(NamedTuple):
    """What the screen is made of.

    `covered` says whether the panel stands in the place of the messages, `hinting` whether there is a hint.
    """

    title: Part
    talks: Part
    messages: Part
    panel: Part
    covered: Callable[[], bool]
    people: Part
    status: Part
    hint: Part
    hinting: Callable[[], bool]
    field: Buffer
    send: Callable[[], None]


def talks_width(columns: int) -> int:
    """The cells of the talks on a screen so wide, 0 if they are not shown."""
    return 0 if columns < TALKS_FROM else TALKS_WIDTH + WIDER * (columns >= WIDE_FROM)


def people_width(columns: int) -> int:
    """The cells of the people."""
    return 0 if columns < PEOPLE_FROM else PEOPLE_WIDTH + WIDER * (columns >= WIDE_FROM)


def layout(parts: Parts, columns: Callable[[], int]) -> Layout:
    """The screen: columns beside the messages as far as `columns()` leaves room, the field always focused."""

    def left() -> int:
        return (shown := talks_width(columns())) + (shown > 0)

    def right() -> int:
        return (shown := people_width(columns())) + (shown > 0)

    def middle(covered: bool) -> int:
        return columns() - left() - right() if parts.covered() == covered else 0

    body = [
        Pane(_before_rule(parts.talks.draw), parts.talks.mouse, width=left),
        Pane(*parts.messages, width=lambda: middle(False)),
        Pane(*parts.panel, width=lambda: middle(True)),
        Pane(_behind_rule(parts.people.draw), parts.people.mouse, width=right),
    ]
    field, line = _line(parts, columns)
    hint = ConditionalContainer(Pane(*parts.hint, height=1), Condition(parts.hinting))
    status = Pane(*parts.status, height=1)
    screen = HSplit([Pane(*parts.title, height=1), VSplit(body), status, hint, line])
    menu = Float(CompletionsMenu(max_height=6), xcursor=True, ycursor=True)
    return Layout(FloatContainer(screen, [menu]), focused_element=field)


def _line(parts: Parts, columns: Callable[[], int]) -> tuple[Window, VSplit]:
    """The field, and the line in which it stands between the prompt and the button."""
    label = t("[Send]")
    button = Button(label[1:-1], parts.send, width(label), left_symbol="[", right_symbol="]")
    field = Window(
        BufferControl(parts.field),
        width=lambda: Dimension.exact(max(1, columns() - len(PROMPT) - 1 - width(label))),
        height=Dimension(min=1, max=INPUT_ROWS),
        wrap_lines=True,
        dont_extend_height=True,
    )
    prompt = Pane(lambda width, height: [[("class:prompt", PROMPT)]], width=lambda: len(PROMPT))
    gap = Pane(lambda width, height: [], width=lambda: 1)
    return field, VSplit([prompt, field, gap, button])


def _before_rule(draw: Draw) -> Draw:
    def drawn(width: int, height: int) -> list[Row]:
        rows = draw(width - 1, height)
        return [[*padded(row, width - 1), RULE] for row in [*rows, *[[]] * (height - len(rows))]]

    return drawn


def _behind_rule(draw: Draw) -> Draw:
    def drawn(width: int, height: int) -> list[Row]:
        rows = draw(width - 1, height)
        return [[RULE, *row] for row in [*rows, *[[]] * (height - len(rows))]]

    return drawn
