"""Reading a conversation back page by page, forward or backward."""

import asyncio

from chat import messages as m
from chat.check.ledger import Reading
from chat.check.line import Line
from chat.check.scene import Scene

AGAIN = 0.5
"""Seconds after which a page that was refused is asked for again."""


class Pager:
    """The `history` requests of one client, one at a time."""

    def __init__(self, scene: Scene, user: str, *, backward: bool) -> None:
        self._scene = scene
        self._user = user
        self._backward = backward
        self._answers: asyncio.Queue[m.AnyEvent] = asyncio.Queue()
        self._done: set[str] = set()

    def answered(self, event: m.HistoryPage | m.Error) -> None:
        """Take in an answer."""
        self._answers.put_nowait(event)

    async def read(self, line: Line, since: int, until: int, places: frozenset[str]) -> None:
        """Read what was said in each of the places, unless it was read on an earlier connection.

        Raises TimeoutError where the server does not answer. Cancellation loses the place it was at.
        """
        self._answers = asyncio.Queue()
        used = {attempt.place for attempt in self._scene.ledger.known.values()}
        for place in sorted((places & used) - self._done):
            reading = Reading(self._user, frozenset((place,)), since, final=True, until=until)
            pages = await self._pages(line, place, since)
            for message in (message for page in pages for message in page if message.id > since):
                self._scene.ledger.hear(reading, message)
            self._scene.ledger.readings.append(reading)
            self._done.add(place)

    async def _pages(self, line: Line, place: str, since: int) -> list[list[m.Message]]:
        pages: list[list[m.Message]] = []
        end: int | None = None if self._backward else since
        while True:
            page = await self._page(line, place, end)
            if page.messages:
                pages.append(page.messages)
                end = page.messages[0].id if self._backward else page.messages[-1].id
            if not page.more or not page.messages or (self._backward and end is not None and end <= since):
                return pages[::-1] if self._backward else pages

    async def _page(self, line: Line, place: str, end: int | None) -> m.HistoryPage:
        asked = m.History(before=end) if self._backward else m.History(after=end)
        if place.startswith("#"):
            asked.room = place
        else:
            mine = f"@{self._user}"
            asked.with_ = next((name for name in place.split() if name != mine), mine)
        async with asyncio.timeout(self._scene.settings.patience):
            while True:
                line.send(asked)
                answer = await self._answers.get()
                if isinstance(answer, m.HistoryPage):
                    return answer
                await asyncio.sleep(AGAIN)
