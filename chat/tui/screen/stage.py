"""What a person does on the full screen, and what is shown to them: the view's every change is made here."""

from collections.abc import Callable, Mapping

from chat.client import Client, ClientEvent, Connection, Line, Message, Reset, Welcome, fold
from chat.client.clock import LoopClock
from chat.client.keeping import OPEN_TALK
from chat.tui.commands.commands import help_lines
from chat.tui.commands.completion import Candidate, candidates
from chat.tui.commands.finding import SEARCH
from chat.tui.commands.speech import counting
from chat.tui.desk.alerts import Alerts
from chat.tui.desk.asking import Start
from chat.tui.desk.config import Config
from chat.tui.desk.desk import Desk
from chat.tui.desk.keys import Mode, key_lines
from chat.tui.desk.news import News
from chat.tui.desk.overlay import Context, Results
from chat.tui.desk.style import DARK, THEMES
from chat.tui.desk.view import Crowd, Note, View, listed
from chat.tui.rows import render
from chat.tui.screen.composer import Composer
from chat.tui.screen.field import Field
from chat.tui.screen.lists import Lists
from chat.tui.screen.moving import Moving
from chat.tui.screen.selection import Selection
from chat.tui.shell.parting import unsent_sentence
from chat.words import t

_clock = LoopClock()


class Stage:
    """The face of a desk that has a whole screen.

    `changed` asks for a drawing, `left` ends the session; both may be called from any of the methods.
    `parts` do the actions of the keys.
    """

    def __init__(
        self,
        client: Client,
        start: Start,
        changed: Callable[[], None],
        left: Callable[[], None],
        *,
        config: Config | None = None,
    ) -> None:
        self.config = config or Config()
        self.state = client.make_state()
        self.view = View(keys=self.config.keys)
        self.alerts: Alerts | None = None
        self.desk = Desk(client, self.state, self, start, keywords=self.config.keywords)
        self.field = Field(self._candidates, client.notes, self._written)
        self.composer = Composer(self.desk, self.field, changed)
        self.lists = Lists(self.desk, self.view)
        self.moving = Moving(self.desk, self.view, self.lists)
        self.selection = Selection(self.desk, self.view, self.field, self.composer, self.moving.reveal)
        self.parts: list[object] = [self, self.composer, self.selection, self.lists, self.moving]
        self._client = client
        self._news = News(self.desk)
        self._changed = changed
        self._left = left
        self._away: int | None = None
        self._warned: set[str] = set()
        """What is unsent and was told to be, when somebody was about to leave."""
        self.desk.links = self.view.links
        self.desk.settings.on_change = self._chosen
        self._heed()

    def _chosen(self) -> None:
        self.desk.heed()
        self._heed()
        self._changed()

    def _heed(self) -> None:
        """Let what was chosen be seen."""
        self.view.hushed = self.desk.settings.hushed
        self.view.ignored = self.desk.settings.ignored.keys()
        wanted = (self.desk.settings.theme, self.config.theme)
        self.view.theme = next((theme for theme in wanted if theme in THEMES), DARK)

    def hear(self, event: ClientEvent) -> None:
        """Take in one event of the client."""
        self.state.apply(event, _clock.wall())
        self._advance(event)
        self._news.hear(event)
        self._see()
        if isinstance(event, Message):
            self._alert(event)

    def _advance(self, event: ClientEvent) -> None:
        if isinstance(event, Reset):
            self.view.forget(0)
        elif isinstance(event, Welcome | Message):
            self.view.head = max(self.view.head, event.head if isinstance(event, Welcome) else event.id)

    def _alert(self, event: Message) -> None:
        talk = self.state.talks.get(self.state.key_of(event) or "")
        line = talk.line(event.id) if talk is not None else None
        if self.alerts is None or talk is None or line is None:
            return
        if fold(line.sender) != fold(self.state.user or ""):
            self.alerts.said(talk, line, seen=talk.key == self.current and self._looking)

    @property
    def _looking(self) -> bool:
        """Whether the newest line is to be seen."""
        return self.view.anchor is None and self.view.overlay is None

    def _see(self) -> None:
        """What stands at the lower edge has been seen."""
        if self._looking and self._away is None:
            self.state.read(self.view.current)
        elif (
            self._looking and self.view.mark is None and self.desk.talk is not None and self.desk.talk.unread
        ):
            self.view.mark = self._away
        self._changed()

    def _candidates(self, before: str) -> list[Candidate]:
        return candidates(self.state, self.view, before)

    def _written(self) -> None:
        """While a command with a number is written, the messages have numbers."""
        talk = self.desk.talk
        if not counting(self.field.text):
            self.view.counted = None
        elif self.view.counted is None and talk is not None:
            self.view.counted = talk.newest
        self.desk.counted = self.view.counted
        self._changed()

    @property
    def mode(self) -> Mode:
        """What the keys are for, as long as the field has the focus."""
        if self.desk.question is not None:
            return Mode.ASKING
        if self.view.selected is not None:
            return Mode.SELECTING
        return self.lists.mode or Mode.WRITING

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
        if key != self.current:
            self.composer.turn(self.current, key)
        talk = self.state.talks[key]
        mark = talk.seen if talk.unread else None
        self.view.show(key, news=bool(talk.unread))
        self.view.mark = mark or self.view.mark
        self._client.notes.setting(OPEN_TALK, key)
        self.desk.people(key)
        self._see()

    def close(self, key: str) -> None:
        self.view.closed.add(key)
        if key == self.current and self.state.lobby is not None:
            self.show(self.state.lobby)
            self.view.closed.add(key)
        self._changed()

    def help(self, about: str = "") -> None:
        lines = [*help_lines(), "", *key_lines(self.config.keys)]
        self.tell("\n".join(line for line in lines if about.casefold() in line.casefold()))
        self.view.anchor = render.from_its_top(self.state, self.view, self.moving.area, None)

    def leave(self) -> None:
        self.composer.save()
        self._left()

    def act(self, action: str) -> bool:
        """Do what a key of this action does; False if there is no such action."""
        if all(key.action != action for key in self.config.keys):
            return False
        function = next(f for part in self.parts if (f := getattr(part, action, None)) is not None)
        function()
        self._see()
        return True

    def compose(self, line: Line, kind: str) -> bool:
        self.composer.compose(line, kind)
        return True

    def found(self, results: Results) -> None:
        self.lists.found(results)
        self._changed()

    def around(self, context: Context) -> None:
        self.lists.around(context)
        self._changed()

    def ask(self, question: str) -> None:
        self._changed()  # it stands above the field

    # what keys and clicks do

    def send(self) -> None:
        """Say what is written, or do it; with nothing written, try to connect at once."""
        if self.field.choose():
            return
        if not self.field.text.strip() and self.composer.target is None:
            self._go_on()
        elif self.composer.send():
            self.view.anchor = self.view.mark = None

    def _go_on(self) -> None:
        self.field.clear()
        if self.state.connection is Connection.WAITING:
            self._client.retry()
        elif self.state.connection is Connection.CLOSED:
            self.leave()

    def interrupt(self) -> None:
        """Go back from what is shown; else clear what is written; with nothing written, leave.

        With something unsent it takes a second time, so that nobody leaves it behind unawares.
        """
        back = _BACK.get(self.mode)
        if back is not None:
            self.act(back)
        elif self.composer.target is not None:
            self.composer.cancel()
        elif self.field.text:
            self.field.throw()
        elif (unsent := {item.cid for item in self._client.pending}) - self._warned:
            self._warned |= unsent
            self.tell(unsent_sentence(len(unsent)))
        else:
            self.leave()

    def end(self) -> None:
        """Leave if nothing is written; else delete what is under the cursor."""
        if self.field.text:
            self.field.buffer.delete()
        else:
            self.leave()

    def yes(self) -> None:
        """Do what was asked about."""
        self.desk.answer(yes=True)

    def no(self) -> None:
        """Leave it as it is."""
        self.desk.answer(yes=False)

    def search(self) -> None:
        """Begin a command that searches."""
        self.field.begin(f"{SEARCH.name} ")

    def scroll(self, rows: int) -> None:
        """Move what is shown by so many rows: up if positive."""
        self.moving.scroll(rows)
        self._see()

    def point(self, row: int) -> None:
        """Choose what is drawn in a row of the messages."""
        item = render.item_at(self.state, self.view, row, self.moving.area, None)
        if isinstance(item, Line) and self.view.overlay is None:
            self.selection.choose_line(item)
            self._changed()

    def front(self, *, in_front: bool) -> None:
        """The terminal has come to the front, or gone: what comes meanwhile is new when it is back."""
        if self.alerts is not None:
            self.alerts.in_front = in_front
        self._away = None if in_front else self.view.head
        self._see()

    def reached_top(self) -> None:
        """The oldest line kept is on the screen: get what is before it."""
        self.desk.older(self.current)

    def visit(self, key: str) -> None:
        """Open a talk of the list, if it is still there."""
        if key in listed(self.state.talks, self.view):
            self.show(key)


_BACK: Mapping[Mode, str] = {
    Mode.SELECTING: "unselect",
    Mode.LISTING: "shut",
    Mode.READING: "shut",
    Mode.SWITCHING: "shut",
    Mode.ASKING: "no",
}
"""The action that goes back from each mode."""
