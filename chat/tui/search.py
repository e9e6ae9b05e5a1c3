"""Searching the history, and reading on around what was found."""

from chat.client import Client, Line, fold
from chat.client.line import line_of
from chat.messages import HistoryPage
from chat.tui.overlay import Context, Results

PAGE = 20
"""Messages that are asked for at once."""
AROUND = 40
"""Messages on either side of one that was found."""


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

    async def more(self, *, local: bool) -> None:
        """Find the next page of older ones; `local` says that only the copy here can answer.

        Raises Refused, Disconnected.
        """
        results = self.results
        before = results.lines[-1].id if results.lines else None
        results.busy = True
        try:
            found = await self._client.search(
                self._text, room=self._room, with_=self._with, before=before, limit=PAGE
            )
        finally:
            results.busy = False
        results.lines += [line_of(message) for message in reversed(found.messages)]
        results.more, results.local = found.more, local


class Reading:
    """What was said around one message. `context` grows at either end as it is read on."""

    def __init__(self, client: Client, line: Line, user: str) -> None:
        room = line.to.startswith("#")
        other = line.to.removeprefix("@") if fold(line.sender) == fold(user) else line.sender
        self._client = client
        self._room = line.to if room else None
        self._with = None if room else other
        self.name = line.to if room else f"@{other}"
        self.context = Context(key=fold(self.name), lines=[line], marked=line.id or 0)
        self._before = self._after = True

    async def begin(self) -> None:
        """Read what stands on both sides. Raises Refused, Disconnected."""
        await self.back()
        await self.on()

    async def back(self) -> None:
        """Read what was said before, if there is more."""
        lines = self.context.lines
        if self._before:
            self._before = False  # not asked for twice at a time
            page = await self._page(before=lines[0].id)
            self._before = page.more
            lines[:0] = map(line_of, page.messages)
            self.context.at += len(page.messages)

    async def on(self) -> None:
        """Read what was said after, if there is more."""
        lines = self.context.lines
        if self._after:
            self._after = False
            page = await self._page(after=lines[-1].id)
            self._after = page.more
            lines += map(line_of, page.messages)

    async def moved(self, step: int) -> None:
        """Read on by so many lines, back if negative; near an end there is soon more."""
        context = self.context
        context.move(step)
        if context.at < AROUND // 2:
            await self.back()
        if context.at >= len(context.lines) - AROUND // 2:
            await self.on()

    async def _page(self, *, before: int | None = None, after: int | None = None) -> HistoryPage:
        return await self._client.history(
            self._room, with_=self._with, before=before, after=after, limit=AROUND, apart=True
        )
