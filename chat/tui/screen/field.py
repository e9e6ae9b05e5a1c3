"""The input field: what is being written, its completion and what was written before."""

from collections.abc import Callable, Iterable

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from chat.client import Notes
from chat.tui.commands.completion import Candidate

Candidates = Callable[[str], list[Candidate]]
"""What the text before the cursor may become."""


class Field:
    """A text of one or many lines. Nothing but the user's keys and these methods changes it.

    `changed` is called with each change of the text.
    """

    def __init__(self, candidates: Candidates, notes: Notes, changed: Callable[[], None]) -> None:
        self.cleared = False
        """Whether the field is empty because what stood there was cleared."""
        self._candidates = candidates
        self._changed = changed
        self._past = Past(notes)
        self.buffer = Buffer(
            completer=_Completer(candidates),
            complete_while_typing=False,
            multiline=True,
            on_text_changed=self._on_change,
            tempfile_suffix=".txt",
        )

    @property
    def text(self) -> str:
        """What is written."""
        return self.buffer.text

    def swap(self, text: str) -> str:
        """Put another text in, the cursor at its end; returns the one that was there."""
        written = self.text
        self._past.leave()
        self.buffer.reset(Document(text, len(text)))
        self._on_change(self.buffer)
        return written

    def clear(self) -> None:
        """Empty the field; what was in it can be had again as something that was written before."""
        self.remember(self.swap(""))

    def throw(self) -> None:
        """Empty the field because what is there is not wanted now: the next up key brings it back."""
        self.clear()
        self.cleared = True

    def remember(self, text: str) -> None:
        """Keep a text among what was written before, if there is anything in it."""
        self._past.add(text)

    def address(self, name: str) -> None:
        """Begin a private message to somebody, before what is written."""
        self.begin(f"@{name} ")

    def begin(self, start: str) -> None:
        """Let what is written begin with this."""
        if not self.text.startswith(start):
            self.buffer.document = Document(start + self.text, len(start) + len(self.text))

    def up(self) -> None:
        """Go a line up, from the first one to what was written before."""
        if self.buffer.document.cursor_position_row:
            self.buffer.cursor_up()
        else:
            self.earlier()

    def down(self) -> None:
        """Go a line down, from the last one to what was written after."""
        if self.buffer.document.cursor_position_row < self.buffer.document.line_count - 1:
            self.buffer.cursor_down()
        else:
            self.later()

    def earlier(self) -> None:
        """Take out what was written before."""
        self._step(-1)

    def later(self) -> None:
        """Take out what was written after, at last what was being written."""
        self._step(1)

    def _step(self, step: int) -> None:
        text = self._past.step(step, self.text)
        if text is not None:
            self.buffer.document = Document(text, len(text))

    def complete(self, step: int) -> bool:
        """Complete the word before the cursor, or go on to the next offer; False if there is none."""
        if self.buffer.complete_state is not None:
            (self.buffer.complete_next if step > 0 else self.buffer.complete_previous)()
            return True
        offers = self._candidates(self.buffer.document.text_before_cursor)
        if len(offers) == 1:
            self.buffer.delete_before_cursor(offers[0].length)
            self.buffer.insert_text(offers[0].text)
        elif offers:
            self.buffer.start_completion(insert_common_part=True)
        return bool(offers)

    def choose(self) -> bool:
        """Keep the offer that is selected; False if none is."""
        state = self.buffer.complete_state
        if state is None or state.current_completion is None:
            return False
        self.buffer.complete_state = None
        return True

    def dismiss(self) -> bool:
        """Take away what is offered; False if nothing is."""
        offered = self.buffer.complete_state is not None
        self.buffer.cancel_completion()
        return offered

    def _on_change(self, buffer: Buffer) -> None:
        if buffer.text:
            self.cleared = False
        self._changed()


class Past:
    """What was written before, in this session and in earlier ones, and the place in it where one looks."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._place: int | None = None
        self._changed: dict[int, str] = {}

    def add(self, text: str) -> None:
        """Keep a text, unless it is empty or was the last one too."""
        if text.strip() and self._notes.lines[-1:] != [text]:
            self._notes.typed(text)
        self.leave()

    def leave(self) -> None:
        """Look no more: the next look begins at the newest."""
        self._place = None
        self._changed.clear()

    def step(self, step: int, text: str) -> str | None:
        """What stands so many places on, None if nothing does; `text`, as it is now, is found here again."""
        lines = self._notes.lines
        place = len(lines) if self._place is None else self._place
        wanted = place + step
        if not 0 <= wanted <= len(lines):
            return None
        self._changed[place] = text
        self._place = wanted
        return self._changed.get(wanted, lines[wanted] if wanted < len(lines) else "")


class _Completer(Completer):
    def __init__(self, candidates: Candidates) -> None:
        self._candidates = candidates

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        for offer in self._candidates(document.text_before_cursor):
            yield Completion(
                offer.text, -offer.length, display=[("", offer.text)], display_meta=[("", offer.meaning)]
            )
