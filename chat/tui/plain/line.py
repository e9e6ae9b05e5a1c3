"""The linear mode: one event per line and nothing but printed lines, for pipes and screen readers."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TextIO

from chat.client import (
    Client,
    ClientEvent,
    Connection,
    ConnectionChanged,
    Failed,
    HistoryPage,
    Item,
    Line,
    Message,
    Pending,
    Welcome,
)
from chat.client.clock import LoopClock
from chat.client.line import line_of
from chat.messages import Change, Deleted, Edited, Reacted
from chat.sentences import fault
from chat.text import Kind, safe
from chat.tui.commands.commands import enter, help_lines
from chat.tui.desk.desk import Desk
from chat.tui.desk.news import News
from chat.tui.desk.overlay import Context, Results
from chat.tui.desk.view import Crowd
from chat.tui.plain.stdin import Lines
from chat.tui.rows import status
from chat.tui.rows.notes import crowd as told_crowd
from chat.tui.rows.transcript import Transcript, told
from chat.words import n, t

PAGE = 20
"""Lines of a talk that are printed when it is opened."""
FOLD = 2.0
"""Seconds that a coming or going waits for others, to be told with them."""
CROWD = 200
"""Cells that the names of those who come and go may take."""
PATIENCE = 30.0
"""Seconds to wait at the end of the input for what is not acknowledged yet."""


class Linear:
    """One session without a screen; `run` it once.

    `echo` says that what is typed is not to be seen already (a pipe): then own messages are printed too.
    `keywords` are the configured ones.
    """

    def __init__(
        self, client: Client, lines: Lines, out: TextIO, *, echo: bool, keywords: Sequence[str] = ()
    ) -> None:
        self.state = client.make_state()
        self.current = ""
        self._client = client
        self._lines = lines
        self._out = out
        self._echo = echo
        self._transcript = Transcript(self.state)
        self._before = ""
        self._crowds: dict[str, Crowd] = {}
        self._folding: asyncio.TimerHandle | None = None
        self._posted: dict[str, str] = {}
        self._work: set[asyncio.Task[None]] = set()
        self._seated = asyncio.Event()
        self._desk = Desk(client, self.state, self, self._start, page=PAGE, keywords=keywords)
        self._news = News(self._desk)

    async def run(self) -> tuple[Item, ...]:
        """Take lines until there are no more or the user leaves; returns what was never acknowledged.

        Cancellation leaves at once.
        """
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            listener = tasks.create_task(self._listen())
            self._reader = tasks.create_task(self._read())
            await asyncio.wait({self._reader})
            hurried = self._reader.cancelled()  # by a person, who would not understand a long silence
            unsent = await (self._client.close() if hurried else self._client.close(PATIENCE))
            await asyncio.wait({listener})  # it ends with the client, after the last acknowledgement
            for task in self._work:
                task.cancel()
        if self._folding is not None:
            self._folding.cancel()
        return unsent

    async def _listen(self) -> None:
        async for event in self._client:
            self._hear(event)

    async def _read(self) -> None:
        await self._seated.wait()  # before that there is no room to say anything in
        while (line := await self._lines.next()) is not None:
            if line.strip():
                before = set(self._work)
                enter(self._desk, line)
                await asyncio.gather(*self._work - before)  # a command is done before the next line is read
            elif self.state.connection is Connection.WAITING:
                self._client.retry()
            elif self.state.connection is Connection.CLOSED:
                return

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._tasks.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    # what is heard

    def _hear(self, event: ClientEvent) -> None:
        printed = _PRINT.get(type(event), _nothing)(self, event)  # before a change it says what there was
        changes = self.state.apply(event, LoopClock().wall())
        if printed and changes.talks:  # what is known already, or belongs nowhere, touches no talk
            self._print(printed)
        if self._reader.done():
            return  # that the connection ends now is no news
        self._news.hear(event)
        if isinstance(event, Welcome):
            self._seated.set()
        if isinstance(event, Welcome) or (isinstance(event, ConnectionChanged) and self._down()):
            self.tell(status.connection(self.state, LoopClock().wall()))
        if self.state.connection is Connection.CLOSED and self._echo:
            self.leave()  # nobody is there to press a key

    def _down(self) -> bool:
        return self.state.connection in (Connection.WAITING, Connection.CLOSED)

    def _pending(self, event: Pending) -> list[str]:
        self._posted[event.cid] = event.body
        return []

    def _failed(self, event: Failed) -> list[str]:
        body = safe(self._posted.pop(event.cid, ""), Kind.LINE)
        return told(t("Not sent: {why}. It was: {text}", why=fault(event.code), text=body))

    def _message(self, event: Message) -> list[str]:
        mine = self._posted.pop(event.cid, None) is not None
        if self._desk.settings.ignores(event.from_):
            return []
        return self._transcript.said(line_of(event), self.current) if self._echo or not mine else []

    def _changed(self, event: Change) -> list[str]:
        talk = self.state.talks.get(self.state.key_of(event) or "")
        if talk is None or self._desk.settings.ignores(event.from_):
            return []
        target = talk.line(getattr(event, "of", 0))
        return self._transcript.done(event, target, self.current)

    def _page(self, event: HistoryPage) -> list[str]:
        talk = self.state.talks.get(self.current)
        known = {line.id for line in talk.lines} if talk else set()
        fresh = [message for message in event.messages if message.id not in known]
        return [line for message in fresh for line in self._transcript.said(line_of(message), self.current)]

    # what the desk asks of its face

    def tell(self, text: str, *, kind: str = "notice", talk: str = "", crowd: Crowd | None = None) -> None:
        if crowd is not None:
            self._fold(talk, crowd)
            return
        self._print(told(f"{self._place(talk)}{text}"))

    def _place(self, key: str) -> str:
        """What stands before news of another talk than the open one."""
        known = self.state.talks.get(key)
        return "" if known is None or key == self.current else f"{safe(known.name, Kind.NAME)}: "

    def _fold(self, key: str, crowd: Crowd) -> None:
        """Comings and goings are told together: when something else is printed, or after FOLD seconds."""
        if key in self._desk.settings.hushed:
            return
        if not self._crowds:
            self._folding = asyncio.get_running_loop().call_later(FOLD, self._print, [])
        known = self._crowds.get(key)
        self._crowds[key] = known.joined(crowd) if known is not None else crowd

    def _unfold(self) -> list[str]:
        crowds, self._crowds = self._crowds, {}
        if self._folding is not None:
            self._folding.cancel()
        texts = {key: told_crowd(crowd, CROWD) for key, crowd in crowds.items()}
        return [f"* {self._place(key)}{text}" for key, text in texts.items() if text]  # none: came and went

    def whisper(self, key: str, cid: str) -> None:
        """Every message is printed when it comes, wherever it belongs."""

    def show(self, key: str) -> None:
        if key != self.current:
            self._before, self.current = self.current, key
        self.tell(t("You are in {name} now.", name=safe(self.state.talks[key].name, Kind.NAME)))
        self.state.read(key)
        if self.state.talks[key].newest is None:
            self._desk.older(key)

    def close(self, key: str) -> None:
        if key == self.current and self.state.lobby is not None:
            self.show(self.state.lobby)

    def help(self, about: str = "") -> None:
        self.tell("\n".join(line for line in help_lines() if about.casefold() in line.casefold()))

    def act(self, action: str) -> bool:
        """What needs no screen: False is the answer to what can only be seen there."""
        function = _ACTS.get(action)
        if function is not None:
            function(self)
        return function is not None

    def _older(self) -> None:
        talk = self.state.talks.get(self.current)
        if talk is None or not talk.more:
            self.tell(t("There is nothing older here."))
        else:
            self._desk.older(self.current)

    def _newest(self) -> None:
        """The last lines with their numbers, from which answers and corrections count."""
        lines = self._desk.placed[-PAGE:]
        self._list(list(reversed(lines)))

    def _unread(self) -> None:
        keys = [key for key, talk in self.state.talks.items() if talk.unread and key != self.current]
        if keys:
            self.show(keys[0])
        else:
            self.tell(t("There is nothing new anywhere else."))

    def _back(self) -> None:
        if self._before in self.state.talks:
            self.show(self._before)

    def _talks(self) -> None:
        """Every room and talk, with what is new in it: where the screen has its switcher."""
        for talk in self.state.talks.values():
            name = safe(talk.name, Kind.NAME)
            self.tell(n("{name}: {n} new message", "{name}: {n} new messages", talk.unread, name=name))

    def compose(self, line: Line, kind: str) -> bool:
        """What was printed cannot be written over: it is shown, and the command wants its text with it."""
        self.tell(self._transcript.numbered(1 + self._desk.placed[::-1].index(line), line))
        return False

    def ask(self, question: str) -> None:
        self.tell(t("{question} (yes or no)", question=question))

    def found(self, results: Results) -> None:
        if not results.busy:
            self._list(results.lines)

    def around(self, context: Context) -> None:
        self._list(context.lines)

    def _list(self, lines: Sequence[Line]) -> None:
        if not lines:
            self.tell(t("Nothing was found."))
        for number, line in enumerate(lines, 1):
            self.tell(self._transcript.numbered(number, line))

    def leave(self) -> None:
        """End `run`. Calling it again is harmless."""
        self._reader.cancel()

    def _print(self, lines: list[str]) -> None:
        try:
            for line in [*self._unfold(), *lines]:
                self._out.write(f"{line}\n")
            self._out.flush()
        except OSError:  # whoever read it has gone
            self.leave()


def _nothing(line: Linear, event: object) -> list[str]:
    return []


_ACTS: dict[str, Callable[[Linear], None]] = {
    "page_up": Linear._older,
    "newest": Linear._newest,
    "next_unread": Linear._unread,
    "last_talk": Linear._back,
    "switch": Linear._talks,
}
_PRINT: dict[type, Callable[[Linear, Any], list[str]]] = {
    Pending: Linear._pending,
    Failed: Linear._failed,
    Message: Linear._message,
    HistoryPage: Linear._page,
    Edited: Linear._changed,
    Deleted: Linear._changed,
    Reacted: Linear._changed,
}
