"""Searching the history, and reading on around what was found."""

from chat.client import Client, fold
from chat.client.events import FoundHere
from chat.client.line import line_of
from chat.messages import Message
from chat.tui.desk.overlay import Context, Results

PAGE = 20
"""Messages that are asked for at once."""
AROUND = 80
"""Messages that are read at once around one that was found."""
NEAR = 20
"""So many messages from the last one that is there, more are read."""


class Search:
    """One search. `results` is what it has found so far, the newest first; `client` answers.

    `room` or `with_` says where to search, neither: everywhere one may read.
    """

    def __init__(self, client: Client, text: str, room: str | None, with_: str | None) -> None:
        self.results = Results(query=text, busy=True)
        self._client = client
        self._text = text
        self._room = room
        self._with = with_
        self.messages: list[Message] = []
        """What was found, as `results` has it."""

    async def more(self) -> None:
        """Find the next page of older ones. Raises Refused, Disconnected."""
        results = self.results
        before = results.lines[-1].id if results.lines else None
        results.busy = True
        try:
            found = await self._client.search(
                self._text, room=self._room, with_=self._with, before=before, limit=PAGE
            )
        finally:
            results.busy = False
        self.messages += reversed(found.messages)
        results.lines = [line_of(message) for message in self.messages]
        results.more, results.local = found.more, isinstance(found, FoundHere)


class Reading:
    """What was said around one message. `context` grows at either end as it is read on."""

    def __init__(self, client: Client, message: Message, user: str) -> None:
        mine = fold(message.from_) == fold(user)
        self.name = message.to if mine or message.to.startswith("#") else f"@{message.from_}"
        self.context = Context(key=fold(self.name), lines=[], marked=message.id)
        self._client = client
        self._messages = [message]
        self._older = self._newer = True

    async def begin(self) -> None:
        """Read what stands on both sides. Raises Refused, Disconnected."""
        around = await self._client.around(self._messages[0], AROUND)
        self._older, self._newer = around.older, around.newer
        self._show(around.messages)
        self.context.at = max(0, [line.id for line in self.context.lines].index(self.context.marked))

    async def moved(self, step: int) -> None:
        """Read on by so many lines, back if negative; near an end there is soon more."""
        context = self.context
        context.move(step)
        if self._older and context.at < NEAR:
            self._older = False  # not asked for twice at a time
            more = await self._client.around(self._messages[0], AROUND)
            older = [message for message in more.messages if message.id < self._messages[0].id]
            self._older = more.older
            self._show([*older, *self._messages])
            context.at += len(older)
        if self._newer and context.at >= len(context.lines) - NEAR:
            self._newer = False
            more = await self._client.around(self._messages[-1], AROUND)
            self._newer = more.newer
            self._show([*self._messages, *(one for one in more.messages if one.id > self._messages[-1].id)])

    def _show(self, messages: list[Message]) -> None:
        self._messages = messages
        self.context.lines = [line_of(message) for message in messages]
