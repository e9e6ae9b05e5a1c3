"""The linear mode: one event per line and nothing but printed lines, for pipes and screen readers."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TextIO

from chat.client import (
    Client,
    ClientEvent,
    Connection,
    ConnectionChanged,
    Failed,
    HistoryPage,
    Item,
    Message,
    Pending,
    Welcome,
)
from chat.client.clock import LoopClock
from chat.sentences import fault
from chat.text import Kind, safe
from chat.tui import status
from chat.tui.commands import enter, help_lines
from chat.tui.desk import Desk
from chat.tui.news import News
from chat.tui.stdin import Lines
from chat.tui.transcript import Transcript, told
from chat.tui.view import Crowd
from chat.words import t

PAGE = 20
"""Lines of a talk that are printed when it is opened."""
PATIENCE = 30.0
"""Seconds to wait at the end of the input for what is not acknowledged yet."""


class Linear:
    """One session without a screen; `run` it once.

    `echo` says that what is typed is not to be seen already (a pipe): then own messages are printed too.
    """

    def __init__(self, client: Client, lines: Lines, out: TextIO, *, echo: bool) -> None:
        self.state = client.make_state()
        self.current = ""
        self._client = client
        self._lines = lines
        self._out = out
        self._echo = echo
        self._transcript = Transcript(self.state)
        self._posted: dict[str, str] = {}
        self._work: set[asyncio.Task[None]] = set()
        self._seated = asyncio.Event()
        self._desk = Desk(client, self.state, self, self._start, page=PAGE)
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
        printed = _PRINT.get(type(event), _nothing)(self, event)
        changes = self.state.apply(event, LoopClock().wall())
        if changes.talks:  # what is known already, or belongs nowhere, touches no talk
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
        return self._transcript.said(event, self.current) if self._echo or not mine else []

    def _page(self, event: HistoryPage) -> list[str]:
        talk = self.state.talks.get(self.current)
        known = {line.id for line in talk.lines} if talk else set()
        fresh = [message for message in event.messages if message.id not in known]
        return [line for message in fresh for line in self._transcript.said(message, self.current)]

    # what the desk asks of its face

    def tell(self, text: str, *, kind: str = "notice", talk: str = "", crowd: Crowd | None = None) -> None:
        self._print(told(text))

    def whisper(self, key: str, cid: str) -> None:
        """Every message is printed when it comes, wherever it belongs."""

    def show(self, key: str) -> None:
        if key != self.current:
            self.current = key
            self.tell(t("You are in {name} now.", name=safe(self.state.talks[key].name, Kind.NAME)))
        if self.state.talks[key].newest is None:
            self._desk.older(key)

    def close(self, key: str) -> None:
        if key == self.current and self.state.lobby is not None:
            self.show(self.state.lobby)

    def help(self) -> None:
        self.tell("\n".join(help_lines()))

    def leave(self) -> None:
        """End `run`. Calling it again is harmless."""
        self._reader.cancel()

    def _print(self, lines: list[str]) -> None:
        try:
            for line in lines:
                self._out.write(f"{line}\n")
            self._out.flush()
        except OSError:  # whoever read it has gone
            self.leave()


def _nothing(line: Linear, event: object) -> list[str]:
    return []


_PRINT: dict[type, Callable[[Linear, Any], list[str]]] = {
    Pending: Linear._pending,
    Failed: Linear._failed,
    Message: Linear._message,
    HistoryPage: Linear._page,
}
