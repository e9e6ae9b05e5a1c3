"""Moving through a talk, and from one talk to another."""

from chat.client import Line
from chat.tui.desk.desk import Desk
from chat.tui.desk.view import View, next_talk, next_unread
from chat.tui.rows import render
from chat.tui.screen.lists import Lists

OVERLAP = 2
"""Rows of a page that stay to be seen when it is turned."""


class Moving:
    """What the keys and the wheel move. `area` is the width and height in which messages were last drawn."""

    def __init__(self, desk: Desk, view: View, lists: Lists) -> None:
        self.area = (80, 20)
        self._desk = desk
        self._view = view
        self._lists = lists

    def fit(self, width: int, height: int) -> None:
        """The messages have so much room now; what is chosen stays to be seen."""
        if self.area != (width, height):
            self.area = (width, height)
            if self._view.selected is not None:
                self.reveal(self._view.selected)

    def scroll(self, rows: int) -> None:
        """Move the messages by so many rows: up to older ones, down if negative; or what stands over them."""
        if self._lists.mode is None:
            self._view.anchor = render.scrolled(self._desk.state, self._view, rows, self.area, None)
        else:
            self._lists.turn(rows)

    def page_up(self) -> None:
        """Turn a page towards the older messages."""
        self.scroll(max(self.area[1] - OVERLAP, 1))

    def page_down(self) -> None:
        """Turn a page towards the newer messages."""
        self.scroll(-max(self.area[1] - OVERLAP, 1))

    def line_up(self) -> None:
        """Go a row towards the older messages."""
        self.scroll(1)

    def line_down(self) -> None:
        """Go a row towards the newer messages."""
        self.scroll(-1)

    def newest(self) -> None:
        """Go to the newest message."""
        self._view.anchor = self._view.overlay = None

    def reveal(self, line: Line) -> None:
        """Scroll to a message of the open talk."""
        self._view.anchor = render.revealed(self._desk.state, self._view, line, self.area, None)

    def first_unread(self) -> None:
        """Go to the first message that was unread when the talk was opened."""
        talk, mark = self._desk.talk, self._view.mark
        lines = talk.lines if talk is not None and mark is not None else []
        first = next((line for line in lines if (line.id or 0) > (mark or 0)), None)
        if first is not None:
            self.reveal(first)

    def next_talk(self) -> None:
        """Open the next talk of the list."""
        self._desk.face.show(next_talk(self._desk.state.talks, self._view, 1))

    def previous_talk(self) -> None:
        """Open the talk before in the list."""
        self._desk.face.show(next_talk(self._desk.state.talks, self._view, -1))

    def next_unread(self) -> None:
        """Open the next talk with something unread."""
        self._desk.face.show(next_unread(self._desk.state.talks, self._view))

    def last_talk(self) -> None:
        """Open the talk that was open before."""
        if self._view.previous in self._desk.state.talks:
            self._desk.face.show(self._view.previous)
