"""Where everything stands on the screen: panes that are drawn from the state, the input field, the button."""

from collections.abc import Callable

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition
from prompt_toolkit.layout.containers import (
    ConditionalContainer,
    Container,
    Float,
    FloatContainer,
    HSplit,
    VSplit,
    Window,
)
from prompt_toolkit.layout.controls import BufferControl, UIContent, UIControl
from prompt_toolkit.layout.dimension import Dimension
from prompt_toolkit.layout.layout import Layout
from prompt_toolkit.layout.menus import CompletionsMenu
from prompt_toolkit.mouse_events import MouseEvent
from prompt_toolkit.widgets import Button

from chat.tui.cells import Row, width
from chat.words import t

TALKS_FROM = 76
"""Columns from which the talks have theirs."""
PEOPLE_FROM = 56
TALKS_WIDTH = 17
PEOPLE_WIDTH = 15
INPUT_ROWS = 6
"""Most rows that the input field grows to."""

Draw = Callable[[int, int], list[Row]]
"""The rows for a width and a height."""
Mouse = Callable[[MouseEvent], object]
"""What a click or the wheel does; returns None, or NotImplemented to leave it alone."""


class Pane(UIControl):
    """A part of the screen that is drawn anew each time, and answers to the mouse."""

    def __init__(self, draw: Draw, mouse: Mouse | None = None) -> None:
        self._draw = draw
        self._mouse = mouse

    def create_content(self, width: int, height: int | None) -> UIContent:
        rows = self._draw(width, height or 1)
        return UIContent(lambda line: [*rows[line]], line_count=len(rows), show_cursor=False)

    def mouse_handler(self, mouse_event: MouseEvent) -> object:
        return NotImplemented if self._mouse is None else self._mouse(mouse_event)


class Parts:
    """What the layout is made of: a pane each, the field and the button.

    `covered` says whether the panel stands in the place of the messages, `hinting` whether there is a hint.
    """

    def __init__(
        self,
        title: Pane,
        talks: Pane,
        messages: Pane,
        panel: Pane,
        covered: Callable[[], bool],
        people: Pane,
        status: Pane,
        hint: Pane,
        hinting: Callable[[], bool],
        field: Buffer,
        send: Callable[[], None],
    ) -> None:
        self.title = title
        self.talks = talks
        self.messages = messages
        self.panel = panel
        self.covered = covered
        self.people = people
        self.status = status
        self.hint = hint
        self.hinting = hinting
        self.field = field
        label = t("[Send]")
        self.button = Button(label[1:-1], send, width(label), left_symbol="[", right_symbol="]")


def layout(parts: Parts, columns: Callable[[], int]) -> Layout:
    """The screen: columns beside the messages as far as `columns()` leaves room, the field always focused."""
    talks = _column(parts.talks, TALKS_WIDTH, lambda: columns() >= TALKS_FROM, rule_first=False)
    people = _column(parts.people, PEOPLE_WIDTH, lambda: columns() >= PEOPLE_FROM, rule_first=True)
    field = Window(
        BufferControl(parts.field),
        height=Dimension(min=1, max=INPUT_ROWS),
        wrap_lines=True,
        dont_extend_height=True,
    )
    mark = Pane(lambda width, height: [[("class:prompt", "> ")]])
    prompt = Window(mark, width=2, height=1, dont_extend_height=True)
    screen = HSplit(
        [
            Window(parts.title, height=1),
            VSplit([talks, *_middle(parts), people]),
            Window(parts.status, height=1),
            ConditionalContainer(Window(parts.hint, height=1), Condition(parts.hinting)),
            VSplit([prompt, field, Window(width=1), parts.button]),
        ]
    )
    menu = Float(CompletionsMenu(max_height=6), xcursor=True, ycursor=True)
    return Layout(FloatContainer(screen, [menu]), focused_element=field)


def _middle(parts: Parts) -> list[Container]:
    """The messages, or what stands in their place."""
    covered = Condition(parts.covered)
    return [
        ConditionalContainer(Window(parts.messages), ~covered),
        ConditionalContainer(Window(parts.panel), covered),
    ]


def _column(pane: Pane, width: int, shown: Callable[[], bool], *, rule_first: bool) -> Container:
    rule = Window(width=1, char="│", style="class:column.rule")
    body = Window(pane, width=width, style="class:column")
    return ConditionalContainer(VSplit([rule, body] if rule_first else [body, rule]), Condition(shown))
