"""A part of the screen that is drawn from rows, and answers to the mouse."""

from collections.abc import Callable
from functools import lru_cache

from prompt_toolkit.data_structures import Point
from prompt_toolkit.layout.containers import Container
from prompt_toolkit.layout.dimension import Dimension
from prompt_toolkit.layout.mouse_handlers import MouseHandlers
from prompt_toolkit.layout.screen import Char, Screen, WritePosition
from prompt_toolkit.mouse_events import MouseEvent

from chat.tui.rows.cells import Row, cell

Draw = Callable[[int, int], list[Row]]
"""The rows for a width and a height."""
Mouse = Callable[[MouseEvent], object]
"""What a click or the wheel does; returns None, or NotImplemented to leave it alone."""

_char = lru_cache(maxsize=16_384)(Char)


class Pane(Container):
    """Drawn anew each time; what does not fit is cut off.

    It puts cells where they belong itself, and remembers them by row: a Window looks at every character of
    every drawing, which took two thirds of the time of a key (measured: 11 of 16 ms at 80x24). `width` is
    exact for the same reason: to share out what is left, a VSplit goes from column to column.
    """

    def __init__(
        self,
        draw: Draw,
        mouse: Mouse | None = None,
        *,
        width: Callable[[], int] | None = None,
        height: int | None = None,
        style: str = "",
    ) -> None:
        self._draw = draw
        self._mouse = mouse
        self._width = width
        self._height = height
        self._style = style

    def reset(self) -> None:
        """There is nothing to forget."""

    def get_children(self) -> list[Container]:
        """There is nothing inside."""
        return []

    def preferred_width(self, max_available_width: int) -> Dimension:
        return Dimension() if self._width is None else Dimension.exact(max(self._width(), 0))

    def preferred_height(self, width: int, max_available_height: int) -> Dimension:
        return Dimension() if self._height is None else Dimension.exact(self._height)

    def write_to_screen(
        self,
        screen: Screen,
        mouse_handlers: MouseHandlers,
        write_position: WritePosition,
        parent_style: str,
        erase_bg: bool,
        z_index: int | None,
    ) -> None:
        left, top = write_position.xpos, write_position.ypos
        width, height = write_position.width, write_position.height
        if width <= 0 or height <= 0:
            return
        rows = self._draw(width, height)
        columns = range(left, left + width)
        for y in range(height):
            row = tuple(rows[y]) if y < len(rows) else ()
            screen.data_buffer[top + y].update(zip(columns, _cells(row, width, self._style), strict=True))
        screen.height = max(screen.height, top + height)
        if self._mouse is not None:
            mouse_handlers.set_mouse_handler_for_range(
                left, left + width, top, top + height, self._moved(left, top)
            )

    def _moved(self, left: int, top: int) -> Mouse:
        """The mouse's handler, told where in the pane it is."""
        mouse = self._mouse
        assert mouse is not None, "asked only of a pane that has one"

        def handle(event: MouseEvent) -> object:
            place = Point(event.position.x - left, event.position.y - top)
            return mouse(MouseEvent(place, event.event_type, event.button, event.modifiers))

        return handle


@lru_cache(maxsize=2_048)
def _cells(row: tuple[tuple[str, str], ...], width: int, ground: str) -> tuple[Char, ...]:
    """A row as exactly `width` cells; what has no width of its own goes to the character before it."""
    cells: list[Char] = []
    for style, text in row:
        style = f"{ground} {style}".strip()
        for char in text:
            taken = cell(char)
            if len(cells) + taken > width:
                break
            if taken:
                cells += (_char(char, style), _char("", style))[:taken]
            elif cells:
                place = -1 if cells[-1].char else -2
                cells[place] = _char(cells[place].char + char, cells[place].style)
    return (*cells, *[_char(" ", ground)] * (width - len(cells)))
