"""What happened, told to the person: comings and goings, the connection, private words, topics, refusals."""

from collections.abc import Callable
from typing import Any

from chat import messages as m
from chat.client import (
    ClientEvent,
    Connection,
    ConnectionChanged,
    Failed,
    Missed,
    PageHere,
    Reset,
    Unkept,
    fold,
)
from chat.deeds import done, sent_out
from chat.history.base import SAID
from chat.sentences import fault, freshness, named, reason
from chat.text import Kind, safe
from chat.tui.desk.desk import Desk
from chat.tui.desk.view import Crowd
from chat.words import mark, n, t

NAMES = frozenset({"name_taken", "bad_name"})
"""Why a server does not let somebody in under a name."""
ASKED = 500
"""Most people of a room who are asked for again when a crowd came or went: a page of names."""


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
        open = state.talks.get(face.current)
        gone = open is None or (open.key.startswith("#") and not open.joined)
        if gone and state.lobby is not None:
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
        if key is None or not key.startswith("@") or mine or self._desk.settings.ignores(event.from_):
            return
        self._desk.last_sender = event.from_
        if key != self._desk.face.current:
            self._desk.face.whisper(key, event.cid)

    def _topic(self, event: m.Topic) -> None:
        key, who = fold(event.to), safe(event.from_, Kind.NAME)
        if key not in self._desk.state.talks:
            return
        if event.topic:
            topic = safe(event.topic, Kind.LINE)
            self._desk.face.tell(t("{who} has set the topic: {topic}", who=who, topic=topic), talk=key)
        else:
            self._desk.face.tell(t("{who} has taken the topic away.", who=who), talk=key)

    def _failed(self, event: Failed) -> None:
        """A change that is refused has no line that could say so; a text in it is not lost."""
        if event.item is None or event.item.kind in SAID:
            return
        why = fault(event.code)
        if event.item.body:
            text = safe(event.item.body, Kind.LINE)
            self._desk.face.tell(
                t("That did not work: {why}. It was: {text}", why=why, text=text), kind="error"
            )
        else:
            self._desk.face.tell(t("That did not work: {why}.", why=why), kind="error")

    def _joined(self, event: m.Joined) -> None:
        if self._me in map(fold, event.users):
            self._desk.people(fold(event.room))
        self._who_else(event)
        self._crowd(event, lambda count, who: n("{who} came in", "{who} came in", count, who=who))

    def _left(self, event: m.Left) -> None:
        self._who_else(event)
        if event.why and self._me in map(fold, event.users):
            self._sent_out(event)
        self._crowd(event, lambda count, who: n("{who} went out", "{who} went out", count, who=who))

    def _who_else(self, event: m.Joined | m.Left) -> None:
        """Of a crowd not all are named: who is in the open room now has to be asked."""
        key = fold(event.room)
        talk = self._desk.state.talks.get(key)
        if event.more > 0 and key == self._desk.face.current and talk is not None and talk.members <= ASKED:
            self._desk.people(key)

    def _sent_out(self, event: m.Left) -> None:
        """Somebody has taken this room from one: what is open then is the lobby."""
        self._desk.face.close(fold(event.room))
        self._desk.face.tell(sent_out(event.room, event.why, event.by), kind="error")

    def _moderated(self, event: m.Moderated) -> None:
        key, told = fold(event.room), done(event.by, event.did, event.user, event.what)
        if key in self._desk.state.talks:
            self._desk.face.tell(f"{told}.", talk=key)
        elif event.did == "invite" and fold(event.user) == self._me:
            room, by = safe(event.room, Kind.NAME), safe(event.by, Kind.NAME)
            self._desk.face.tell(t("{by} invites you to {room}: go in with /room {room}", by=by, room=room))

    def _stale(self, event: m.Stale) -> None:
        self._desk.face.tell(freshness(event.on), kind="error" if event.on else "notice")

    def _crowd(self, event: m.Joined | m.Left, sentence: Callable[[int, str], str]) -> None:
        """Tell of the others: whoever came in or went out by hand knows."""
        key = fold(event.room)
        settings = self._desk.settings
        others = [user for user in event.users if fold(user) != self._me and not settings.ignores(user)]
        talk, more = self._desk.state.talks.get(key), event.more
        if (
            talk is not None and isinstance(event, m.Joined) and talk.returned
        ):  # after a restart: all come back
            others, more = [user for user in others if fold(user) not in talk.returned], 0
        if talk is not None and others:
            told = sentence(len(others) + more, named(others, more))
            self._desk.face.tell(told, talk=key, crowd=_crowd(event, others, more))

    @property
    def _me(self) -> str:
        return fold(self._desk.state.user or "")

    def _error(self, event: m.Error) -> None:
        if event.ref is None and event.cid is None:  # what has either is told where it was asked
            self._desk.face.tell(
                t("The server says: {why}.", why=fault(event.why or event.code)), kind="error"
            )

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
        self._desk.asking.topics()
        self._desk.face.tell(t("There was too much at once: reading it again from the server."))

    def _unkept(self, event: Unkept) -> None:
        why = _UNKEPT.get(event.code, _UNKEPT["not_kept"])
        self._desk.face.tell(t("What is said is not kept on this computer: {why}.", why=t(why)), kind="error")

    def _reset(self, event: Reset) -> None:
        self._desk.forget()
        self._desk.face.tell(t("The server has begun a new history: what was shown was of the old one."))


def _crowd(event: m.Joined | m.Left, others: list[str], more: int) -> Crowd:
    if isinstance(event, m.Joined):
        return Crowd(came=tuple(others), more_came=more)
    return Crowd(went=tuple(others), more_went=more)


_UNKEPT = {
    "in_use": mark("another chat-client of yours is open and keeps it"),
    "damaged": mark("the file it was kept in is damaged"),
    "newer_schema": mark("a newer chat-client has kept it; update this one"),
    "unreadable": mark("the folder cannot be used"),
    "not_kept": mark("the disk is full or has failed"),
}

_TELL: dict[type, Callable[[News, Any], None]] = {
    m.Welcome: News._welcome,
    PageHere: News._here,
    m.Message: News._message,
    m.Topic: News._topic,
    Failed: News._failed,
    m.Joined: News._joined,
    m.Left: News._left,
    m.Moderated: News._moderated,
    m.Stale: News._stale,
    m.Error: News._error,
    ConnectionChanged: News._connection,
    Missed: News._missed,
    Reset: News._reset,
    Unkept: News._unkept,
}
