"""What a client knows, kept up to date by applying events one after another. Sans-I/O."""

from collections.abc import Callable
from typing import Any

from msgspec import UNSET

from chat import messages as m
from chat.bounds import Rank
from chat.client.changes import Changes, Notice, NoticeKind
from chat.client.events import (
    ClientEvent,
    Connection,
    ConnectionChanged,
    Failed,
    Missed,
    PageHere,
    Pending,
    Reset,
)
from chat.client.line import Line, Status, fold
from chat.client.talk import MAX_PEOPLE, Talk
from chat.client.talks import MAX_TALKS, Talks

RETURNING = 60_000
"""Milliseconds after a welcome in which who was there before is back, and has not come in."""
_DIGITS = 10
"""More than a number of seconds has."""

__all__ = ["Changes", "Connection", "Line", "Notice", "NoticeKind", "State", "Status", "Talk", "fold"]


class State(Talks):
    """Everything a screen shows. Apply each event once, in the order the client yields them.

    `now` is ms since 1970, UTC. Nothing that a server says raises; what makes no sense is left out.
    """

    def __init__(self, user: str | None = None) -> None:
        super().__init__(user)
        self.connection = Connection.CONNECTING
        self.reason: str | None = None
        """Why the connection is down, as a code."""
        self.attempt = 0
        self.retry_at: int | None = None
        """When the next try is due, in ms since 1970; only while WAITING."""
        self.back_until = 0
        """Until when others come back too who were cut off together with this client; ms since 1970."""
        self.server = ""
        self.log: str | None = None
        self.max_body = m.MAX_BODY
        self.stale = False
        """The server says that what it shows may be old."""

    def apply(self, event: ClientEvent, now: int) -> Changes:
        """Take in one event, from the server or from this side."""
        changes = Changes()
        function = _APPLY.get(type(event))
        if function is not None:
            function(self, event, now, changes)
        return changes


def _welcome(state: State, event: m.Welcome, now: int, changes: Changes) -> None:
    if event.reset:
        state.reset()
    if event.reset or event.log != state.log:
        state.cursor = event.head
    state.user, state.server, state.log = event.user, event.server, event.log
    state.stale = False
    state.max_body = event.max_body if event.max_body > 0 else m.MAX_BODY
    state.back_until = now + RETURNING
    for talk in state.talks.values():
        talk.joined = talk.naming = False
        talk.returned = frozenset()
        talk.close_gaps()
        talk.expect()  # who came and went meanwhile was not told: ask `who` again
    for room in event.rooms:
        if fold(room.name) not in state.talks and len(state.talks) >= MAX_TALKS:
            continue
        talk = state.open(room.name)
        talk.name, talk.topic, talk.members, talk.joined = room.name, room.topic, room.members, True
        talk.kind, talk.slow, talk.role = room.kind, room.slow, room.role
        talk.enter([event.user], roles={event.user: room.role if room.role != Rank.MEMBER else ""})
    state.lobby = fold(event.rooms[0].name) if event.rooms else None
    changes.talks.update(state.talks)


def _stale(state: State, event: m.Stale, now: int, changes: Changes) -> None:
    state.stale = event.on


def _message(state: State, event: m.Message, now: int, changes: Changes) -> None:
    state.message(event, changes)


def _change(state: State, event: m.Change, now: int, changes: Changes) -> None:
    state.change(event, changes)


def _topic(state: State, event: m.Topic, now: int, changes: Changes) -> None:
    state.topic(event, changes)


def _history(state: State, event: m.HistoryPage, now: int, changes: Changes) -> None:
    state.page(event, changes)


def _joined(state: State, event: m.Joined, now: int, changes: Changes) -> None:
    entered = state._me in map(fold, event.users)
    talk = state.talks.get(fold(event.room))
    if entered and (talk is not None or len(state.talks) < MAX_TALKS):
        talk = state.open(event.room)
        if not talk.joined:
            talk.forget()  # what was said while one was not there did not come
        talk.joined, talk.name = True, event.room
    if talk is None:
        return
    if now >= state.back_until:
        talk.expect_nobody()
    talk.welcome_back(event.users)
    known = talk.people.keys() | talk.returned
    new = tuple(user for user in event.users if fold(user) not in known)
    more = 0 if talk.returned else event.more
    counted = talk.members + len(set(map(fold, event.users)) - talk.people.keys()) + event.more
    talk.enter(event.users, event.guests, event.roles)
    if event.topic is not UNSET:
        talk.topic, talk.kind, talk.slow, talk.role = event.topic, event.kind, event.slow, event.role
    talk.members = event.members if event.members is not UNSET else counted
    changes.talks.add(talk.key)
    if new or more > 0:
        changes.notices.append(Notice(NoticeKind.JOINED, talk.key, new, more))


def _left(state: State, event: m.Left, now: int, changes: Changes) -> None:
    talk = state.talks.get(fold(event.room))
    if talk is None:
        return
    talk.depart(event.users)
    if state._me in map(fold, event.users):
        talk.joined = False
        talk.empty()
    elif event.more > 0 and not talk.naming:  # which of them was not told: ask `who` again
        talk.empty()
        talk.enter([state.user or ""])
    counted = max(0, talk.members - len(event.users) - event.more)
    talk.members = event.members if event.members is not UNSET else counted
    changes.talks.add(talk.key)
    changes.notices.append(Notice(NoticeKind.LEFT, talk.key, tuple(event.users), event.more))


def _moderated(state: State, event: m.Moderated, now: int, changes: Changes) -> None:
    talk = state.talks.get(fold(event.room))
    if talk is None:
        return
    if event.did == "kind":
        talk.kind = event.what
    elif event.did == "slow":
        talk.slow = int(event.what) if event.what.isdecimal() and len(event.what) < _DIGITS else 0
    elif event.did == "role":
        _appoint(state, talk, event)
    changes.talks.add(talk.key)
    changes.notices.append(
        Notice(NoticeKind.MODERATED, talk.key, (event.by, event.user), code=event.did, text=event.what)
    )


def _appoint(state: State, talk: Talk, event: m.Moderated) -> None:
    """Somebody has another role; who was the owner before a new one is a moderator now."""
    who, role = fold(event.user), event.what if event.what != Rank.MEMBER else ""
    before = [one for one, known in talk.roles.items() if known == Rank.OWNER and role == Rank.OWNER]
    for one in before:
        talk.appoint(one, Rank.MODERATOR)
    if state._me in before:
        talk.role = Rank.MODERATOR
    talk.appoint(who, role)
    if who == state._me:
        talk.role = role


def _who(state: State, event: m.Members, now: int, changes: Changes) -> None:
    talk = state.talks.get(fold(event.room)) if event.room is not UNSET else None
    if talk is None:
        return
    if not talk.naming:
        talk.empty()
    talk.naming = event.more
    talk.enter(event.users, event.guests, event.roles)
    if not event.more and len(talk.people) < MAX_PEOPLE:
        talk.members = len(talk.people)
    changes.talks.add(talk.key)


def _rooms(state: State, event: m.RoomList, now: int, changes: Changes) -> None:
    for room in event.rooms:
        talk = state.talks.get(fold(room.name))
        if talk is not None:
            talk.topic, talk.members = room.topic, room.members
            talk.kind, talk.slow, talk.role = room.kind, room.slow, room.role
            changes.talks.add(talk.key)


def _error(state: State, event: m.Error, now: int, changes: Changes) -> None:
    changes.notices.append(Notice(NoticeKind.ERROR, code=event.code))


def _connection(state: State, event: ConnectionChanged, now: int, changes: Changes) -> None:
    state.connection, state.reason, state.attempt = event.connection, event.reason, event.attempt
    waits = event.connection is Connection.WAITING
    state.retry_at = now + round(event.delay * 1000) if waits else None
    changes.notices.append(Notice(NoticeKind.CONNECTION, code=event.reason))


def _pending(state: State, event: Pending, now: int, changes: Changes) -> None:
    state.pending(event.cid, event.to, event.body, event.ts, reply=event.reply, act=event.act)
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
        if talk.joined:  # so may be who came and went: ask `who` again
            talk.people.clear()
            talk.enter([state.user or ""])
    changes.talks.update(state.talks)
    changes.notices.append(Notice(NoticeKind.MISSED, more=event.count))


_APPLY: dict[type, Callable[[State, Any, int, Changes], None]] = {
    m.Welcome: _welcome,
    m.Message: _message,
    m.Edited: _change,
    m.Deleted: _change,
    m.Reacted: _change,
    m.Topic: _topic,
    m.HistoryPage: _history,
    PageHere: _history,
    m.Joined: _joined,
    m.Left: _left,
    m.Moderated: _moderated,
    m.Members: _who,
    m.RoomList: _rooms,
    m.Stale: _stale,
    m.Error: _error,
    ConnectionChanged: _connection,
    Pending: _pending,
    Failed: _failed,
    Reset: _reset,
    Missed: _missed,
}
