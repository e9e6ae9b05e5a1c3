"""The two bars: what talk is open, and the truth about the connection. Pure."""

from collections.abc import Callable

from chat.client.state import Connection, State, Status
from chat.deeds import kind_word
from chat.sentences import reason
from chat.text import Kind
from chat.tui.desk.keys import shown as key_for
from chat.tui.desk.view import View, listed
from chat.tui.rows import cells
from chat.tui.rows.cells import Row, shown
from chat.tui.rows.flow import padded
from chat.words import n, t


def title(state: State, view: View, width: int) -> Row:
    """The open talk, its topic and how many people are in it."""
    talk = state.talks.get(view.current)
    if talk is None:
        return [("class:title", " " * width)]
    room = talk.key.startswith("#")
    kind = f" {word} ·" if room and (word := kind_word(talk.kind)) else ""
    count = f"{kind} {n('{n} person', '{n} people', talk.members)} " if room else t(" private ")
    left: Row = [("class:title.name", f" {shown(talk.name, Kind.NAME)}")]
    left.append(("class:title", f"  {shown(talk.topic, Kind.LINE)}" if talk.topic else ""))
    rest = max(width - cells.width(count), 0)
    return padded([*padded(left, rest, "class:title"), ("class:title", count)], width, "class:title")


def status(state: State, view: View, now: int, width: int, *, columns: bool) -> Row:
    """How the connection stands, what waits for it, and what is unread where no column shows it.

    `now` is ms since 1970, UTC; `columns` whether the talks have their column.
    """
    parts = [connection(state, now)]
    stale = state.stale and state.connection is Connection.OPEN
    if stale:
        parts.append(t("may be old"))
    waiting = pending(state)
    if waiting:
        parts.append(n("{n} waiting", "{n} waiting", waiting))
    if not columns:
        parts += elsewhere(state, view)
    if state.connection is Connection.WAITING:
        parts.append(reason(state.reason))
    well = state.connection is Connection.OPEN and not stale
    style = "class:status" if well else "class:status.bad"
    help_hint = t(" {key} help ", key=key_for(view.keys, "help"))
    text = " " + " · ".join(parts)
    if cells.width(text) + cells.width(help_hint) <= width:
        text = cells.pad(text, width - cells.width(help_hint)) + help_hint
    return [(f"class:status {style}", cells.pad(text, width))]


def connection(state: State, now: int) -> str:
    """How the connection stands, in words."""
    return _CONNECTIONS[state.connection](state, now)


def pending(state: State) -> int:
    """How many of one's own messages are not acknowledged yet."""
    count = 0
    for talk in state.talks.values():
        for line in reversed(talk.lines):
            if line.id is not None:
                break
            count += line.status is Status.PENDING
    return count


def elsewhere(state: State, view: View) -> list[str]:
    """The other talks with something unread, mentions first."""
    keys = [key for key in listed(state.talks, view) if state.talks[key].unread and key != view.current]
    keys.sort(key=lambda key: not state.talks[key].mentions)
    return [f"{shown(state.talks[key].name, Kind.NAME)} {state.talks[key].unread}" for key in keys]


def _connecting(state: State, now: int) -> str:
    return t("Connecting…")


def _open(state: State, now: int) -> str:
    me, server = shown(state.user or "", Kind.NAME), shown(state.server, Kind.LINE)
    return t("Connected as {user} to {server}", user=me, server=server)


def _waiting(state: State, now: int) -> str:
    seconds = max(0, -((now - (state.retry_at or now)) // 1000))
    return t("Not connected: trying again in {seconds} s", seconds=seconds)


def _closed(state: State, now: int) -> str:
    return t("Disconnected: {why}", why=reason(state.reason))


_CONNECTIONS: dict[Connection, Callable[[State, int], str]] = {
    Connection.CONNECTING: _connecting,
    Connection.OPEN: _open,
    Connection.WAITING: _waiting,
    Connection.CLOSED: _closed,
}
