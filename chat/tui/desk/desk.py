"""One person's place in the chat: what can be done from it, whichever kind of screen it has."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, NamedTuple, Protocol

from chat import messages as m
from chat.client import (
    Change,
    Client,
    Disconnected,
    Line,
    OutboxFull,
    Refused,
    State,
    Status,
    Talk,
    fold,
)
from chat.sentences import fault, reason
from chat.tui.desk import emoji
from chat.tui.desk.asking import PAGE, Asking, Start
from chat.tui.desk.links import Links
from chat.tui.desk.overlay import Context, Results
from chat.tui.desk.search import Reading, Search
from chat.tui.desk.settings import Settings
from chat.tui.desk.switch import matching
from chat.tui.desk.view import Crowd
from chat.words import t


class Face(Protocol):
    """What a desk asks of its screen."""

    @property
    def current(self) -> str:
        """The key of the open talk, empty before there is one."""

    def tell(self, text: str, *, kind: str = "notice", talk: str = "", crowd: Crowd | None = None) -> None:
        """Show sentences that are no part of the history, in a talk (else the open one).

        With `crowd` they tell of comings and goings, which may be shown together with others.
        """

    def whisper(self, key: str, cid: str) -> None:
        """Show a line of a private talk that is not the open one."""

    def show(self, key: str) -> None:
        """Open a talk."""

    def close(self, key: str) -> None:
        """Take a talk off the list until something new is said in it."""

    def help(self, about: str = "") -> None:
        """Show what can be done here; only what has this in it, unless it is empty."""

    def leave(self) -> None:
        """Leave the chat politely."""

    def act(self, action: str) -> bool:
        """Do what a key of this action does; False if this screen has no such thing."""

    def compose(self, line: Line, kind: str) -> bool:
        """Let an answer ("reply") or other words ("edit") be written for a line; False if it cannot be."""

    def found(self, results: Results) -> None:
        """Show what a search has found, or what more of it."""

    def around(self, context: Context) -> None:
        """Show what was said around a message."""

    def ask(self, question: str) -> None:
        """Show a question that waits for a yes or no."""


class Question(NamedTuple):
    """What is asked, and what a yes will do."""

    text: str
    do: Callable[[], object]


class Desk:
    """The client, what it knows, and the face of one session.

    No method waits or raises for anything a server does. `keywords` are mentions beside those chosen here.
    `counted` is the id of the line that has the number 1 (None: the newest has), `question` what waits for
    a yes; `search` is the last one, `reading` what is read around one of its results.
    """

    def __init__(
        self,
        client: Client,
        state: State,
        face: Face,
        start: Start,
        *,
        page: int = PAGE,
        keywords: Sequence[str] = (),
    ) -> None:
        self.client = client
        self.state = state
        self.face = face
        self.settings = Settings(client.notes)
        self.settings.on_change = self.heed
        self.asking = Asking(client, state, start, page)
        self.counted: int | None = None
        self.question: Question | None = None
        self.search: Search | None = None
        self.reading: Reading | None = None
        self.links = Links()
        self.last_sender: str | None = None
        """Who wrote in private last."""
        self._start = start
        self._keywords = keywords
        self.heed()

    def heed(self) -> None:
        """Let what was chosen count in the state."""
        self.state.keywords = (*self._keywords, *self.settings.keywords)
        self.state.ignored = self.settings.ignored.keys()

    @property
    def talk(self) -> Talk | None:
        """The open talk."""
        return self.state.talks.get(self.face.current)

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that asks the server, and tell what went wrong if it does."""
        self._start(self._guarded(work))

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Refused as refusal:
            self.face.tell(t("That did not work: {why}.", why=fault(refusal.word)), kind="error")
        except Disconnected as lost:
            self.face.tell(
                t("Not done, there is no connection: {why}.", why=reason(lost.reason)), kind="error"
            )

    def act(self, action: str) -> None:
        """Do on the screen what a key does."""
        if not self.face.act(action):
            self.face.tell(t("That is only for the full screen."), kind="error")

    def ask(self, question: str, do: Callable[[], object]) -> None:
        """Ask something that is answered by yes or no, and do it after a yes."""
        self.question = Question(question, do)
        self.face.ask(question)

    def answer(self, *, yes: bool) -> None:
        """What was asked is answered."""
        question, self.question = self.question, None
        if question is not None and yes:
            question.do()
        elif question is not None:
            self.face.tell(t("Left as it is."))

    # what is said

    def say(self, to: str, body: str, *, reply: int | None = None, act: bool = False) -> bool:
        """Say something to a room or a person; False if it cannot be sent at all, which is told."""
        if not body.strip():
            return True
        cid = self._posted(lambda: self.client.post(to, emoji.expand(body), reply=reply, act=act))
        if cid is not None and fold(to) != self.face.current:
            self.face.whisper(fold(to), cid)
        return cid is not None

    def edit(self, line: Line, body: str) -> bool:
        """Say a message in other words; False if it cannot be sent at all, which is told."""
        if body == line.body:
            return True
        return self.change(m.Edit(cid="", id=line.id or 0, body=emoji.expand(body)))

    def change(self, asked: Change) -> bool:
        """Change what was said, or a topic; False if it cannot be sent at all, which is told."""
        return self._posted(lambda: self.client.change(asked)) is not None

    def resend(self, line: Line) -> bool:
        """Send again what could not be sent; False if it still cannot."""
        sent = self._posted(lambda: self.client.again(line.cid)) is not None
        if sent:
            self.state.discard(line.cid)
        return sent

    def discard(self, line: Line) -> None:
        """Throw away what could not be sent."""
        self.client.discard(line.cid)
        self.state.discard(line.cid)

    def _posted(self, post: Callable[[], str | None]) -> str | None:
        try:
            return post()
        except Refused as refusal:
            why = fault(refusal.word)
        except OutboxFull:
            why = t("too many messages are waiting for the connection")
        except Disconnected as lost:
            why = reason(lost.reason)
        self.face.tell(t("Not sent: {why}.", why=why), kind="error")
        return None

    # which line is meant

    @property
    def placed(self) -> list[Line]:
        """The lines of the open talk that have numbers: those on the server, but of nobody who is ignored."""
        lines = self.talk.lines if self.talk is not None else []
        return [line for line in lines if line.id is not None and not self.settings.ignores(line.sender)]

    def line(self, number: int) -> Line | None:
        """The line of the open talk with this number, counted from the newest; that there is none is told."""
        last = self.counted
        lines = [line for line in self.placed if last is None or (line.id or 0) <= last]
        if 0 < number <= len(lines):
            return lines[-number]
        self.face.tell(t("There is no message number {n} here.", n=number), kind="error")
        return None

    def last_own(self) -> Line | None:
        """One's own newest message in the open talk that can be edited."""
        me = fold(self.state.user or "")
        lines = reversed(self.talk.lines if self.talk is not None else [])
        return next((line for line in lines if fold(line.sender) == me and _whole(line)), None)

    def failed(self) -> list[Line]:
        """What could not be sent, in the open talk."""
        lines = self.talk.lines if self.talk is not None else []
        return [line for line in lines if line.status is Status.FAILED]

    # where one is

    def open_private(self, name: str) -> None:
        """Open the private talk with a person."""
        talk = self.state.open(f"@{name.removeprefix('@')}")
        self.face.show(talk.key)

    def matching(self, part: str) -> list[str]:
        """The keys of the talks with this in their names, best first."""
        return matching(self.state.talks, part)

    def older(self, key: str) -> None:
        """Ask for the page before the oldest line of a talk, if it was not asked for already."""
        self.asking.older(key)

    def people(self, key: str) -> None:
        """Ask who is in a room, if they are not all known."""
        self.asking.people(key)

    def forget(self) -> None:
        """Lines were dropped: every page may be asked for again."""
        self.asking.forget()


def _whole(line: Line) -> bool:
    return line.id is not None and not line.deleted and not line.damaged and not line.act
