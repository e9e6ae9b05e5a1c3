"""What a person does on the full screen, and what is shown to them: the view's every change is made here."""

from collections.abc import Callable

from chat.client import Client, ClientEvent, Connection, Message, Reset, Welcome
from chat.client.clock import LoopClock
from chat.tui import render
from chat.tui.commands import enter, help_lines
from chat.tui.completion import Candidate, candidates
from chat.tui.desk import Desk, Start
from chat.tui.field import Field
from chat.tui.keys import key_lines
from chat.tui.news import News
from chat.tui.view import Crowd, Note, View, listed, next_talk, next_unread
from chat.words import t

_clock = LoopClock()

OVERLAP = 2
"""Rows of a page that stay to be seen when it is turned."""


class Stage:
    """The face of a desk that has a whole screen.

    `area` is the width and height in which messages were last drawn. `changed` asks for a drawing, `left`
    ends the session; both may be called from any of the methods.
    """

    def __init__(
        self, client: Client, start: Start, changed: Callable[[], None], left: Callable[[], None]
    ) -> None:
        self.state = client.make_state()
        self.view = View()
        self.field = Field(self._candidates)
        self.area = (80, 20)
        self.desk = Desk(client, self.state, self, start)
        self._client = client
        self._news = News(self.desk)
        self._changed = changed
        self._left = left

    def hear(self, event: ClientEvent) -> None:
        """Take in one event of the client."""
        self.state.apply(event, _clock.wall())
        self._advance(event)
        self._news.hear(event)
        self._see()

    def _advance(self, event: ClientEvent) -> None:
        if isinstance(event, Reset):
            self.view.forget(0)
        elif isinstance(event, Welcome | Message):
            self.view.head = max(self.view.head, event.head if isinstance(event, Welcome) else event.id)

    def _see(self) -> None:
        """What stands at the lower edge has been seen."""
        if self.view.anchor is None:
            self.state.read(self.view.current)
        self._changed()

    def _candidates(self, before: str) -> list[Candidate]:
        return candidates(self.state, self.view, before)

    # what the desk asks of its face

    @property
    def current(self) -> str:
        return self.view.current

    def tell(self, text: str, *, kind: str = "notice", talk: str = "", crowd: Crowd | None = None) -> None:
        self.view.note(talk or self.current, Note(text, _clock.wall(), self.view.head, kind, crowd=crowd))
        self._changed()

    def whisper(self, key: str, cid: str) -> None:
        note = Note(t("(private)"), _clock.wall(), self.view.head, whisper=(key, cid))
        self.view.note(self.current, note)
        self._changed()

    def show(self, key: str) -> None:
        if self.current not in ("", key):  # what was written before there was a talk stays in the field
            self.view.drafts[self.current] = self.field.swap(self.view.drafts.pop(key, ""))
        talk = self.state.talks.get(key)
        self.view.show(key, news=talk is not None and talk.unread > 0)
        self._client.notes.setting("talk", key)
        self.desk.people(key)
        self._see()

    def close(self, key: str) -> None:
        self.view.closed.add(key)
        if key == self.current and self.state.lobby is not None:
            self.show(self.state.lobby)
            self.view.closed.add(key)
        self._changed()

    def help(self) -> None:
        self.tell("\n".join((*help_lines(), "", *key_lines())))
        self.view.anchor = render.from_its_top(self.state, self.view, self.area, None)

    def leave(self) -> None:
        self._left()

    # what keys and clicks do

    def send(self) -> None:
        """Say what is written, or do it; with nothing written, try to connect at once."""
        if self.field.choose():
            return
        if not self.field.text.strip():
            self._go_on()
        elif enter(self.desk, self.field.text):
            self.field.clear()
            self.view.anchor = None
        self._see()

    def _go_on(self) -> None:
        self.field.clear()
        if self.state.connection is Connection.WAITING:
            self._client.retry()
        elif self.state.connection is Connection.CLOSED:
            self.leave()

    def break_line(self) -> None:
        """Begin a new line in what is written."""
        self.field.buffer.insert_text("\n")

    def interrupt(self) -> None:
        """Clear what is written; with nothing written, leave."""
        if self.field.text:
            self.field.clear()
        else:
            self.leave()

    def end(self) -> None:
        """Leave if nothing is written; else delete what is under the cursor."""
        if self.field.text:
            self.field.buffer.delete()
        else:
            self.leave()

    def scroll(self, rows: int) -> None:
        """Move the messages by so many rows: up to older ones, down if negative; or what covers them."""
        if self.view.overlay is not None:
            self.view.overlay.move(-rows)
            self._changed()
            return
        self.view.anchor = render.scrolled(self.state, self.view, rows, self.area, None)
        self._see()

    def page_up(self) -> None:
        """Turn a page towards the older messages."""
        self.scroll(max(self.area[1] - OVERLAP, 1))

    def page_down(self) -> None:
        """Turn a page towards the newer messages."""
        self.scroll(-max(self.area[1] - OVERLAP, 1))

    def newest(self) -> None:
        """Go to the newest message."""
        self.view.anchor = None
        self._see()

    def next_talk(self) -> None:
        """Open the next talk of the list."""
        self.show(next_talk(self.state.talks, self.view, 1))

    def previous_talk(self) -> None:
        """Open the talk before in the list."""
        self.show(next_talk(self.state.talks, self.view, -1))

    def next_unread(self) -> None:
        """Open the next talk with something unread."""
        self.show(next_unread(self.state.talks, self.view))

    def reached_top(self) -> None:
        """The oldest line kept is on the screen: get what is before it."""
        self.desk.older(self.current)

    def choose(self, place: str) -> None:
        """Choose an item of what stands in the place of the messages, by its index in digits."""
        overlay = self.view.overlay
        if overlay is not None:
            overlay.move(int(place) - overlay.at)
            self._changed()

    def visit(self, key: str) -> None:
        """Open a talk of the list, if it is still there."""
        if key in listed(self.state.talks, self.view):
            self.show(key)
