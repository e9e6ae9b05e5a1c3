"""What is being written in each talk, and what for: something new, an answer, other words for a message."""

from collections.abc import Callable
from typing import NamedTuple

from chat.client import Line, Status
from chat.tui.commands.commands import enter
from chat.tui.desk.desk import Desk
from chat.tui.screen.field import Field
from chat.understand import understand

NEAR = 0.8
"""Of the longest message; from there on it is shown how much room there is left."""


class Target(NamedTuple):
    """The line that is answered ("reply") or said in other words ("edit")."""

    kind: str
    line: Line


class Draft(NamedTuple):
    """What was written in a talk when it was left; `aside` is what stood there before an edit began."""

    text: str = ""
    target: Target | None = None
    aside: str = ""


class Composer:
    """Joins the field to a desk. `changed` asks for a drawing."""

    def __init__(self, desk: Desk, field: Field, changed: Callable[[], None]) -> None:
        self.target: Target | None = None
        self._desk = desk
        self._field = field
        self._changed = changed
        self._aside = ""
        self._left: dict[str, Draft] = {}
        self._notes = desk.client.notes
        self._saved = dict(self._notes.drafts)

    @property
    def room(self) -> int | None:
        """How many bytes may still be written, negative if there are too many; None while that is far off."""
        used, most = len(self._field.text.encode(errors="replace")), self._desk.state.max_body
        return most - used if used >= NEAR * most else None

    def compose(self, line: Line, kind: str) -> None:
        """Write an answer to a line, or other words for it; what was being written comes back afterwards."""
        self._give_up()
        self.target = Target(kind, line)
        if kind == "edit":
            self._aside = self._field.swap(line.body)
            self._field.remember(self._aside)
        self._changed()

    def cancel(self) -> None:
        """Give up answering or editing, and what Tab offers."""
        if not self._field.dismiss():
            self._give_up()
        self._changed()

    def _give_up(self) -> None:
        if self.target is not None and self.target.kind == "edit":
            self._field.remember(self._field.swap(self._aside))
        self.target, self._aside = None, ""

    def send(self) -> bool:
        """Say what is written, or do it; False if it could not be, and then it still stands there."""
        text, target = self._field.text, self.target
        if not (self._done(target, text) if target is not None else enter(self._desk, text)):
            return False
        if self.target is not target:  # a command has begun another edit, and has put its text there
            self._field.remember(text)
            return True
        self._field.clear()
        self._field.swap(self._aside)
        self.target, self._aside = None, ""
        self.save()
        return True

    def _done(self, target: Target, text: str) -> bool:
        word, body = understand(text)
        if word:  # a command is a command, whatever is being answered
            return enter(self._desk, text)
        if target.kind == "edit":
            return self._desk.edit(target.line, body)
        talk = self._desk.talk
        return talk is not None and self._desk.say(talk.name, body, reply=target.line.id)

    def again(self, line: Line) -> None:
        """Write once more what could not be sent."""
        if line.status is Status.FAILED:
            self._give_up()
            self._field.remember(self._field.swap(line.body))
            self._desk.discard(line)
            self._changed()

    # one draft for each talk

    def turn(self, old: str, new: str) -> None:
        """Another talk is opened: put away what is written for the old one, take out what is for the new."""
        if old:  # what was written before there was any talk stays in the field
            self._keep(old, self._field.text)
            self._left[old] = Draft(self._field.text, self.target, self._aside)
        elif self._field.text:
            return
        draft = self._left.pop(new, None) or Draft(self._notes.drafts.get(new, ""))
        self._field.swap(draft.text)
        self.target, self._aside = draft.target, draft.aside

    def save(self) -> None:
        """Keep on the disk what is written, if it has changed since."""
        if self._desk.face.current:
            self._keep(self._desk.face.current, self._field.text)

    def _keep(self, key: str, text: str) -> None:
        if self._saved.get(key, "") != text:
            self._saved[key] = text
            self._notes.draft(key, text)

    # lines above and below, and what was written before

    def up(self) -> None:
        """Go a line up; from an empty field to one's last message, or back to what was cleared."""
        if self._field.text or self._field.cleared:
            self._field.up()
            return
        line = self._desk.last_own()
        if line is not None:
            self.compose(line, "edit")
        else:
            self._field.up()

    def down(self) -> None:
        """Go a line down."""
        self._field.down()

    def earlier(self) -> None:
        """What was written before."""
        self._field.earlier()

    def later(self) -> None:
        """What was written after."""
        self._field.later()

    def break_line(self) -> None:
        """Begin a new line in what is written."""
        self._field.buffer.insert_text("\n")
