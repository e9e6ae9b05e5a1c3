"""What is asked of the server without anybody asking for it by hand: older pages, and who is in a room."""

from collections.abc import Callable, Coroutine
from typing import Any

from chat.client import Client, Connection, Disconnected, Refused, State, Talk, Unanswered

Start = Callable[[Coroutine[Any, Any, None]], object]
"""Runs a coroutine in the background."""
PAGE = 100
"""Lines asked for at once when older ones are wanted: the most that the server gives."""


class Asking:
    """Asks in the background, each thing once at a time. What fails fails quietly."""

    def __init__(self, client: Client, state: State, start: Start, page: int) -> None:
        self._client = client
        self._state = state
        self._start = start
        self._page = page
        self._asking: set[tuple[str, str]] = set()
        self._asked: dict[str, int | None] = {}

    def older(self, key: str) -> None:
        """Ask for the page before the oldest line of a talk, if it was not asked for already."""
        talk = self._state.talks.get(key)
        if talk is not None and talk.more and not talk.full and self._asked.get(key, -1) != talk.oldest:
            self._ask("older", key, self._older(talk))

    async def _older(self, talk: Talk) -> None:
        room, other = (talk.name, None) if talk.key.startswith("#") else (None, talk.name.removeprefix("@"))
        before = self._asked[talk.key] = talk.oldest
        try:
            await self._client.history(room, with_=other, before=before, limit=self._page)
        except (Disconnected, Unanswered):
            del self._asked[talk.key]  # the next connection may ask again; after a refusal that is vain
            raise

    def forget(self) -> None:
        """Lines were dropped: every page may be asked for again."""
        self._asked.clear()

    def people(self, key: str) -> None:
        """Ask who is in a room, if they are not all known, or more are than there are."""
        talk = self._state.talks.get(key)
        if talk is not None and talk.joined and key.startswith("#") and len(talk.people) != talk.members:
            self._ask("people", key, self._people(talk))

    async def _people(self, talk: Talk) -> None:
        await self._client.who(talk.name)

    def topics(self) -> None:
        """Ask what the rooms one is in are about, as news of it may be among what was missed.

        To go in again changes nothing there, and is answered with it.
        """
        for key, talk in self._state.talks.items():
            if talk.joined and key.startswith("#"):
                self._ask("topic", key, self._topic(talk))

    async def _topic(self, talk: Talk) -> None:
        await self._client.join(talk.name)

    def _ask(self, what: str, key: str, work: Coroutine[Any, Any, object]) -> None:
        """Ask where there is somebody to answer: the server, or for older lines the copy on this disk."""
        answered = self._state.connection is Connection.OPEN or (what == "older" and self._client.kept)
        if (what, key) in self._asking or not answered:
            work.close()
            return
        self._asking.add((what, key))
        self._start(self._quietly(what, key, work))

    async def _quietly(self, what: str, key: str, work: Coroutine[Any, Any, object]) -> None:
        try:
            await work
        except (Refused, Disconnected):
            pass  # nothing was asked for by hand; the next connection asks again
        finally:
            self._asking.discard((what, key))
