"""What a client knows, kept up to date by applying events one after another. Sans-I/O."""

import re
from collections.abc import Callable
from typing import Any

from msgspec import UNSET

from chat import messages as m
from chat.client.changes import Changes, Notice, NoticeKind
from chat.client.events import (
    ClientEvent,
    Connection,
    ConnectionChanged,
    Failed,
    Missed,
    Pending,
    Reset,
)
from chat.client.talk import MAX_PEOPLE, Line, Status, Talk, fold

__all__ = ["Changes", "Connection", "Line", "Notice", "NoticeKind", "State", "Status", "Talk", "fold"]

MAX_TALKS = 500
"""Most talks the server can open here; what belongs to one more is not shown."""


class State:
    """Everything a screen shows. Apply each event once, in the order the client yields them.

    `now` is ms since 1970, UTC. Nothing that a server says raises; what makes no sense is left out.
    """

    def __init__(self, user: str | None = None) -> None:
        self.talks: dict[str, Talk] = {}
        self.lobby: str | None = None
        """The key of the room that everybody is in."""
        self.connection = Connection.CONNECTING
        self.reason: str | None = None
        """Why the connection is down, as a code."""
        self.attempt = 0
        self.retry_at: int | None = None
        """When the next try is due, in ms since 1970; only while WAITING."""
        self.server = ""
        self.log: str | None = None
        self.cursor: int | None = None
        """The id up to which everything was applied: to resume `after`. Opaque, to be compared only."""
        self.max_body = m.MAX_BODY
        self._waiting: dict[str, Line] = {}
        self.user = user

    @property
    def user(self) -> str | None:
        """The name under which the server knows this client."""
        return self._user

    @user.setter
    def user(self, name: str | None) -> None:
        self._user = name
        self._me = fold(name or "")
        self._mention = re.compile(rf"(?<!\w){re.escape(name.casefold())}(?!\w)") if name else None

    def apply(self, event: ClientEvent, now: int) -> Changes:
        """Take in one event, from the server or from this side."""
        changes = Changes()
        function = _APPLY.get(type(event))
        if function is not None:
            function(self, event, now, changes)
        return changes

    def open(self, name: str) -> Talk:
        """The talk of this name (`#room` or `@user`), made if it is new."""
        key = fold(name)
        talk = self.talks.get(key)
        if talk is None:
            talk = self.talks[key] = Talk(key, name)
        return talk

    def read(self, key: str) -> None:
        """Nothing in this talk is unread any more."""
        talk = self.talks.get(key)
        if talk is not None:
            talk.unread = talk.mentions = 0

    def pending(self, cid: str, to: str, body: str, ts: int) -> Line:
        """Show something said here that is not acknowledged yet."""
        talk = self.open(to)
        known = self._waiting.get(cid)
        if known is not None:
            return known
        line = Line(cid, to, self.user or "", ts, body, status=Status.PENDING)
        self._waiting[cid] = line
        talk.wait(line)
        return line

    def failed(self, cid: str, code: str) -> Line | None:
        """Mark a pending line as not sent; None if there is none with this `cid`."""
        line = self._waiting.get(cid)
        if line is not None:
            line.status, line.code = Status.FAILED, code
        return line

    def discard(self, cid: str) -> None:
        """Take away a line that failed (it was dismissed, or said again under a new `cid`)."""
        line = self._waiting.get(cid)
        if line is not None and line.status is Status.FAILED:
            self._withdraw(line)

    def reset(self) -> None:
        """The history is another one: drop the lines, keep what is pending; pages are to be read anew."""
        self.cursor = None
        for talk in self.talks.values():
            talk.forget()
            talk.unread = talk.mentions = 0

    def key_of(self, message: m.Message) -> str | None:
        """The key of the talk a message belongs to, None if it is none of ours."""
        to, sender = fold(message.to), fold(message.from_)
        if to.startswith("#"):
            return to
        if sender == self._me:
            return to if to.startswith("@") else None
        return f"@{sender}" if to == f"@{self._me}" else None

    def _withdraw(self, line: Line) -> None:
        del self._waiting[line.cid]
        self.open(line.to).withdraw(line)

    def _talk_for(self, message: m.Message) -> Talk | None:
        """Where to show a message: a room that was joined, a private talk; else nowhere."""
        key = self.key_of(message)
        if key is None:
            return None
        talk = self.talks.get(key)
        if talk is not None or key.startswith("#") or len(self.talks) >= MAX_TALKS:
            return talk
        return self.open(message.to if fold(message.from_) == self._me else f"@{message.from_}")


def _line(message: m.Message) -> Line:
    return Line(message.cid, message.to, message.from_, message.ts, message.body, id=message.id)


def _welcome(state: State, event: m.Welcome, now: int, changes: Changes) -> None:
    if event.reset:
        state.reset()
    if event.reset or event.log != state.log:
        state.cursor = event.head
    state.user, state.server, state.log = event.user, event.server, event.log
    state.max_body = event.max_body if event.max_body > 0 else m.MAX_BODY
    for talk in state.talks.values():
        talk.joined = talk.naming = False
        talk.people.clear()  # who came and went meanwhile was not told: ask `who` again
    for room in event.rooms:
        if fold(room.name) not in state.talks and len(state.talks) >= MAX_TALKS:
            continue
        talk = state.open(room.name)
        talk.name, talk.topic, talk.members, talk.joined = room.name, room.topic, room.members, True
        talk.enter([event.user])
    state.lobby = fold(event.rooms[0].name) if event.rooms else None
    changes.talks.update(state.talks)


def _message(state: State, event: m.Message, now: int, changes: Changes) -> None:
    mine = fold(event.from_) == state._me
    line = _line(event)
    waiting = state._waiting.get(event.cid) if mine else None
    if waiting is None:
        state.cursor = max(event.id, state.cursor or 0)
    else:  # the answer to a repeated send may come out of its turn: see Resume.fresh
        state._withdraw(waiting)
        changes.talks.add(fold(waiting.to))
        line.changed = waiting.body != event.body
    talk = state._talk_for(event)
    if talk is None or not talk.place(line):
        return
    changes.talks.add(talk.key)
    if not mine:
        talk.unread += 1
        talk.mentions += _mentions(state, event.body)


def _mentions(state: State, body: str) -> bool:
    return state._mention is not None and state._mention.search(body.casefold()) is not None


def _history(state: State, event: m.HistoryPage, now: int, changes: Changes) -> None:
    name = event.room if event.room is not UNSET else None
    if name is None and event.with_ is not UNSET:
        name = f"@{event.with_.removeprefix('@')}"
    talk = state.talks.get(fold(name)) if name is not None else None
    if talk is None:
        return
    lines = [_line(message) for message in event.messages]
    for line in lines:
        waiting = state._waiting.get(line.cid) if fold(line.sender) == state._me else None
        if waiting is not None:
            state._withdraw(waiting)
            line.changed = waiting.body != line.body
    talk.merge(lines, event.more)
    changes.talks.add(talk.key)


def _joined(state: State, event: m.Joined, now: int, changes: Changes) -> None:
    entered = state._me in map(fold, event.users)
    talk = state.talks.get(fold(event.room))
    if entered and (talk is not None or len(state.talks) < MAX_TALKS):
        talk = state.open(event.room)
        talk.joined, talk.name = True, event.room
    if talk is None:
        return
    talk.enter(event.users)
    if event.topic is not UNSET:
        talk.topic = event.topic
    counted = talk.members + len(event.users) + event.more
    talk.members = event.members if event.members is not UNSET else counted
    changes.talks.add(talk.key)
    changes.notices.append(Notice(NoticeKind.JOINED, talk.key, tuple(event.users), event.more))


def _left(state: State, event: m.Left, now: int, changes: Changes) -> None:
    talk = state.talks.get(fold(event.room))
    if talk is None:
        return
    talk.depart(event.users)
    if state._me in map(fold, event.users):
        talk.joined = False
        talk.people.clear()
    counted = max(0, talk.members - len(event.users) - event.more)
    talk.members = event.members if event.members is not UNSET else counted
    changes.talks.add(talk.key)
    changes.notices.append(Notice(NoticeKind.LEFT, talk.key, tuple(event.users), event.more))


def _who(state: State, event: m.Members, now: int, changes: Changes) -> None:
    talk = state.talks.get(fold(event.room)) if event.room is not UNSET else None
    if talk is None:
        return
    if not talk.naming:
        talk.people.clear()
    talk.naming = event.more
    talk.enter(event.users)
    if not event.more and len(talk.people) < MAX_PEOPLE:
        talk.members = len(talk.people)
    changes.talks.add(talk.key)


def _rooms(state: State, event: m.RoomList, now: int, changes: Changes) -> None:
    for room in event.rooms:
        talk = state.talks.get(fold(room.name))
        if talk is not None:
            talk.topic, talk.members = room.topic, room.members
            changes.talks.add(talk.key)


def _error(state: State, event: m.Error, now: int, changes: Changes) -> None:
    changes.notices.append(Notice(NoticeKind.ERROR, code=event.code))


def _connection(state: State, event: ConnectionChanged, now: int, changes: Changes) -> None:
    state.connection, state.reason, state.attempt = event.connection, event.reason, event.attempt
    waits = event.connection is Connection.WAITING
    state.retry_at = now + round(event.delay * 1000) if waits else None
    changes.notices.append(Notice(NoticeKind.CONNECTION, code=event.reason))


def _pending(state: State, event: Pending, now: int, changes: Changes) -> None:
    state.pending(event.cid, event.to, event.body, event.ts)
    changes.talks.add(fold(event.to))


def _failed(state: State, event: Failed, now: int, changes: Changes) -> None:
    line = state.failed(event.cid, event.code)
    if line is not None:
        changes.talks.add(fold(line.to))


def _reset(state: State, event: Reset, now: int, changes: Changes) -> None:
    state.reset()
    changes.talks.update(state.talks)
    changes.notices.append(Notice(NoticeKind.RESET))


def _missed(state: State, event: Missed, now: int, changes: Changes) -> None:
    for talk in state.talks.values():
        talk.forget()  # lines between are missing: what is shown must not look whole
    changes.talks.update(state.talks)
    changes.notices.append(Notice(NoticeKind.MISSED, more=event.count))


_APPLY: dict[type, Callable[[State, Any, int, Changes], None]] = {
    m.Welcome: _welcome,
    m.Message: _message,
    m.HistoryPage: _history,
    m.Joined: _joined,
    m.Left: _left,
    m.Members: _who,
    m.RoomList: _rooms,
    m.Error: _error,
    ConnectionChanged: _connection,
    Pending: _pending,
    Failed: _failed,
    Reset: _reset,
    Missed: _missed,
}
