"""What happened, told to the person: comings and goings, the connection, private words."""

from collections.abc import Callable
from typing import Any

from chat import messages as m
from chat.client import ClientEvent, Connection, ConnectionChanged, Missed, PageHere, Reset, fold
from chat.sentences import fault, named, reason
from chat.text import Kind, safe
from chat.tui.desk import Desk
from chat.tui.view import Crowd
from chat.words import n, t

NAMES = frozenset({"name_taken", "bad_name"})
"""Why a server does not let somebody in under a name."""


class News:
    """Tells a desk's face about each event, after the state has taken it in."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._welcomed = False
        self._refused = False

    def hear(self, event: ClientEvent) -> None:
        """Tell what there is to tell of one event."""
        tell = _TELL.get(type(event))
        if tell is not None:
            tell(self, event)

    def _welcome(self, event: m.Welcome) -> None:
        face, state = self._desk.face, self._desk.state
        self._welcomed, self._refused = True, False
        self._desk.forget()  # a copy may have answered what the server knows better
        if face.current not in state.talks and state.lobby is not None:
            face.show(state.lobby)
        face.tell(t("Connected."))
        self._desk.people(face.current)

    def _here(self, event: PageHere) -> None:
        """What was open the last time is open again, before there is a connection."""
        state = self._desk.state
        name = event.room if isinstance(event.room, str) else f"@{event.with_}"
        if self._desk.face.current not in state.talks and fold(name) in state.talks:
            self._desk.face.show(fold(name))

    def _message(self, event: m.Message) -> None:
        key = self._desk.state.key_of(event)
        mine = fold(event.from_) == self._me
        if key is not None and key.startswith("@") and key != self._desk.face.current and not mine:
            self._desk.face.whisper(key, event.cid)

    def _joined(self, event: m.Joined) -> None:
        if self._me in map(fold, event.users):
            self._desk.people(fold(event.room))
        self._crowd(event, lambda count, who: n("{who} came in", "{who} came in", count, who=who))

    def _left(self, event: m.Left) -> None:
        self._crowd(event, lambda count, who: n("{who} went out", "{who} went out", count, who=who))

    def _crowd(self, event: m.Joined | m.Left, sentence: Callable[[int, str], str]) -> None:
        """Tell of the others: whoever came in or went out by hand knows."""
        key = fold(event.room)
        others = [user for user in event.users if fold(user) != self._me]
        if key in self._desk.state.talks and others:
            told = sentence(len(others) + event.more, named(others, event.more))
            self._desk.face.tell(told, talk=key, crowd=_crowd(event, others))

    @property
    def _me(self) -> str:
        return fold(self._desk.state.user or "")

    def _error(self, event: m.Error) -> None:
        if event.ref is None and event.cid is None:  # what has either is told where it was asked
            self._desk.face.tell(t("The server says: {why}.", why=fault(event.code)), kind="error")

    def _connection(self, event: ConnectionChanged) -> None:
        if event.connection is Connection.CLOSED:
            self._desk.face.tell(t("Disconnected: {why}.", why=reason(event.reason)), kind="error")
            self._desk.face.tell(t("Press <ENTER> to continue."))
        elif event.reason in NAMES and not self._refused:
            self._refused = True
            told = t(
                "The server does not let you in as {user}: {why}.",
                user=safe(self._desk.state.user or "", Kind.NAME),
                why=fault(event.reason),
            )
            self._desk.face.tell(told, kind="error")
            self._desk.face.tell(
                t("What you write waits. To come in under another name: chat-client --user NAME")
            )
        elif event.connection is Connection.WAITING and self._welcomed:
            self._welcomed = False  # once for each time it was lost, not for each try
            self._desk.face.tell(t("Could not stay connected."), kind="error")
            self._desk.face.tell(t("Press <ENTER> to continue."))

    def _missed(self, event: Missed) -> None:
        self._desk.forget()
        self._desk.face.tell(t("There was too much at once: reading it again from the server."))

    def _reset(self, event: Reset) -> None:
        self._desk.forget()
        self._desk.face.tell(t("The server has begun a new history: what was shown was of the old one."))


def _crowd(event: m.Joined | m.Left, others: list[str]) -> Crowd:
    if isinstance(event, m.Joined):
        return Crowd(came=tuple(others), more_came=event.more)
    return Crowd(went=tuple(others), more_went=event.more)


_TELL: dict[type, Callable[[News, Any], None]] = {
    m.Welcome: News._welcome,
    PageHere: News._here,
    m.Message: News._message,
    m.Joined: News._joined,
    m.Left: News._left,
    m.Error: News._error,
    ConnectionChanged: News._connection,
    Missed: News._missed,
    Reset: News._reset,
}
