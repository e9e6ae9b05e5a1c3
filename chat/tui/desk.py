"""One person's place in the chat: what can be done from it, whichever kind of screen it has."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from chat.client import Client, Connection, Disconnected, OutboxFull, Refused, State, Talk, fold
from chat.sentences import fault, reason
from chat.tui.view import Crowd
from chat.words import t

Start = Callable[[Coroutine[Any, Any, None]], object]
"""Runs a coroutine in the background."""
PAGE = 100
"""Lines asked for at once when older ones are wanted: the most that the server gives."""


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

    def help(self) -> None:
        """Show what can be done here."""

    def leave(self) -> None:
        """Leave the chat politely."""


class Desk:
    """The client, what it knows, and the face of one session.

    No method waits or raises for anything a server does.
    """

    def __init__(self, client: Client, state: State, face: Face, start: Start, *, page: int = PAGE) -> None:
        self.client = client
        self.state = state
        self.face = face
        self._start = start
        self._page = page
        self._asking: set[tuple[str, str]] = set()
        self._asked: dict[str, int | None] = {}

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that asks the server, and tell what went wrong if it does."""
        self._start(self._guarded(work))

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Refused as refusal:
            self.face.tell(t("That did not work: {why}.", why=fault(refusal.code)), kind="error")
        except Disconnected as lost:
            self.face.tell(
                t("Not done, there is no connection: {why}.", why=reason(lost.reason)), kind="error"
            )

    def say(self, to: str, body: str) -> bool:
        """Say something to a room or a person; False if it cannot be sent at all, which is told."""
        if not body.strip():
            return True
        try:
            cid = self.client.post(to, body)
        except Refused as refusal:
            self.face.tell(t("Not sent: {why}.", why=fault(refusal.code)), kind="error")
            return False
        except OutboxFull:
            self.face.tell(t("Not sent: too many messages are waiting for the connection."), kind="error")
            return False
        except Disconnected as lost:
            self.face.tell(t("Not sent: {why}.", why=reason(lost.reason)), kind="error")
            return False
        if fold(to) != self.face.current:
            self.face.whisper(fold(to), cid)
        return True

    def open_private(self, name: str) -> None:
        """Open the private talk with a person."""
        talk = self.state.open(f"@{name.removeprefix('@')}")
        self.face.show(talk.key)

    def older(self, key: str) -> None:
        """Ask for the page before the oldest line of a talk, if it was not asked for already."""
        talk = self.state.talks.get(key)
        if talk is not None and talk.more and not talk.full and self._asked.get(key, -1) != talk.oldest:
            self._ask("older", key, self._older(talk))

    async def _older(self, talk: Talk) -> None:
        room, other = (talk.name, None) if talk.key.startswith("#") else (None, talk.name.removeprefix("@"))
        before = self._asked[talk.key] = talk.oldest
        try:
            await self.client.history(room, with_=other, before=before, limit=self._page)
        except Disconnected:
            del self._asked[talk.key]  # the next connection may ask again; after a refusal that is vain
            raise

    def forget(self) -> None:
        """Lines were dropped: every page may be asked for again."""
        self._asked.clear()

    def people(self, key: str) -> None:
        """Ask who is in a room, if they are not all known."""
        talk = self.state.talks.get(key)
        if talk is not None and talk.joined and key.startswith("#") and len(talk.people) < talk.members:
            self._ask("people", key, self._people(talk))

    async def _people(self, talk: Talk) -> None:
        await self.client.who(talk.name)

    def _ask(self, what: str, key: str, work: Coroutine[Any, Any, object]) -> None:
        """Ask in the background, once at a time; what fails fails quietly.

        Only on an open connection, but for older lines, which a copy may have.
        """
        can = self.state.connection is Connection.OPEN or (what == "older" and self.client.kept)
        if (what, key) in self._asking or not can:
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
