"""Choosing one message of the open talk with the keys, and what is then done with it."""

from collections.abc import Callable

from chat.client import Line, Status
from chat.text import Kind
from chat.tui.commands import finding, speech
from chat.tui.commands.command import Misused
from chat.tui.desk.desk import Desk
from chat.tui.desk.view import View
from chat.tui.rows import markup
from chat.tui.rows.cells import shown
from chat.tui.screen.composer import Composer
from chat.tui.screen.field import Field
from chat.words import t


class Selection:
    """What the keys do while a message is chosen. `reveal` scrolls to it and asks for a drawing."""

    def __init__(
        self, desk: Desk, view: View, field: Field, composer: Composer, reveal: Callable[[Line], None]
    ) -> None:
        self._desk = desk
        self._view = view
        self._field = field
        self._composer = composer
        self._reveal = reveal

    def select(self) -> None:
        """Choose the newest message, or the one at the lower edge."""
        lines = self._lines()
        edge = self._view.anchor.item if self._view.anchor is not None else None
        if lines:
            self.choose_line(edge if isinstance(edge, Line) and edge in lines else lines[-1])

    def choose_line(self, line: Line) -> None:
        """Choose this message."""
        self._view.selected = line
        self._reveal(line)

    def select_up(self) -> None:
        """Choose the message above."""
        self._step(-1)

    def select_down(self) -> None:
        """Choose the message below; after the last one, none."""
        self._step(1)

    def _step(self, step: int) -> None:
        lines = self._lines()
        place = next((i for i, line in enumerate(lines) if line is self._view.selected), len(lines))
        if place + step >= len(lines):
            self.unselect()
        else:
            self.choose_line(lines[max(0, place + step)])

    def unselect(self) -> None:
        """Back to writing."""
        self._view.selected = None

    def _lines(self) -> list[Line]:
        talk = self._desk.talk
        return [line for line in talk.lines if not self._desk.settings.ignores(line.sender)] if talk else []

    def _taken(self) -> Line | None:
        """The chosen message, which is chosen no more."""
        line, self._view.selected = self._view.selected, None
        return line

    # what is done with it

    def reply(self) -> None:
        """Answer it."""
        self._with(speech.reply)

    def edit(self) -> None:
        """Say it in other words; what could not be sent is written once more."""
        line = self._view.selected
        if line is not None and line.status is Status.FAILED:
            self._composer.again(line)
            self.unselect()
        else:
            self._with(speech.edit)

    def delete(self) -> None:
        """Delete it, after a question."""
        self._with(speech.delete)

    def _with(self, do: Callable[[Desk, Line], None]) -> None:
        line = self._taken()
        if line is not None:
            try:
                do(self._desk, line)
            except Misused:
                return  # this screen can let everything be written

    def react(self) -> None:
        """Begin a command that puts an emoji to it."""
        line = self._view.selected
        lines = self._desk.placed
        if line is not None and line in lines:
            self.unselect()
            self._desk.counted = self._view.counted = lines[-1].id
            self._field.begin(f"{speech.REACT.name} {len(lines) - lines.index(line)} :")

    def open_link(self) -> None:
        """Open the first link in it."""
        line = self._taken()
        url = first_link(line) if line is not None else None
        if url is None:
            self._desk.face.tell(t("There is no link in that message."), kind="error")
        else:
            self._desk.do(finding.visit(self._desk, url))

    def resend(self) -> None:
        """Send it again, if that failed."""
        line = self._taken()
        if line is not None and line.status is Status.FAILED:
            self._desk.resend(line)


def first_link(line: Line) -> str | None:
    """The address that stands first in a message."""
    paragraphs = markup.read(shown(line.body, Kind.BLOCK))
    return next((span.url for paragraph in paragraphs for span in paragraph.spans if span.url), None)
