"""The input field: what is being written, its completion and what was written before."""

from collections.abc import Callable, Iterable

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory

from chat.tui.completion import Candidate

Candidates = Callable[[str], list[Candidate]]
"""What the text before the cursor may become."""


class Field:
    """A text of one or many lines. Nothing but the user's keys and these methods changes it."""

    def __init__(self, candidates: Candidates) -> None:
        self._candidates = candidates
        self.buffer = Buffer(
            completer=_Completer(candidates),
            complete_while_typing=False,
            history=InMemoryHistory(),
            multiline=True,
        )

    @property
    def text(self) -> str:
        """What is written."""
        return self.buffer.text

    def swap(self, text: str) -> str:
        """Put another draft in, the cursor at its end; returns the one that was there."""
        written = self.text
        self.buffer.reset(Document(text, len(text)))
        return written

    def clear(self) -> None:
        """Empty the field; what was in it can be had again with the up key."""
        self.buffer.reset(append_to_history=True)

    def address(self, name: str) -> None:
        """Begin a private message to somebody, before what is written."""
        start = f"@{name} "
        if not self.text.startswith(start):
            self.buffer.document = Document(start + self.text, len(start) + len(self.text))

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


class _Completer(Completer):
    def __init__(self, candidates: Candidates) -> None:
        self._candidates = candidates

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        for offer in self._candidates(document.text_before_cursor):
            yield Completion(
                offer.text, -offer.length, display=[("", offer.text)], display_meta=[("", offer.meaning)]
            )
