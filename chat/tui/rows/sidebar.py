"""The two columns beside the messages: the talks with what is unread in them, and the people. Pure."""

from collections.abc import Callable
from typing import NamedTuple

from chat.client.state import State, Talk, fold
from chat.deeds import role_name
from chat.text import Kind, safe
from chat.tui.desk.style import shade
from chat.tui.desk.view import View, listed
from chat.tui.rows import cells
from chat.tui.rows.cells import Row, shown
from chat.tui.rows.flow import clipped, padded, plain
from chat.words import n, t


class Entry(NamedTuple):
    """One row of a column, and what a click on it means: a talk's key, a person's name, or nothing."""

    row: Row
    target: str = ""


Column = Callable[[State, View, int, int], list[Entry]]
"""The rows of a column for a width and a height."""


def talks(state: State, view: View, width: int, height: int) -> list[Entry]:
    """The rooms and private talks, the open one always among them."""
    keys = listed(state.talks, view)
    room = max(height - 1, 1)
    start = 0
    if view.current in keys:
        start = max(0, min(keys.index(view.current) - room // 2, len(keys) - room))
    heading = Entry([("class:heading", cells.pad(t("Rooms"), width))])
    entries = [_talk(state.talks[key], key == view.current, width) for key in keys[start : start + room]]
    return [heading, *entries][:height]


def _talk(talk: Talk, current: bool, width: int) -> Entry:
    count = counts(talk)
    style = "class:current" if current else ("class:unread" if talk.unread else "")
    name = shown(talk.name, Kind.NAME)
    row = padded([(style, ("▸" if current else " ") + name)], width - cells.width(plain(count)), style)
    return Entry(row + [(f"{style} {own}".strip(), text) for own, text in count], talk.key)


def counts(talk: Talk) -> Row:
    """How much is unread in a talk; of that, how often one is called."""
    row: Row = []
    if talk.mentions:
        row.append(("class:mention", f" @{_few(talk.mentions)}"))
    if talk.unread:
        row.append(("class:unread", f" {_few(talk.unread)}"))
    return row


def _few(count: int) -> str:
    return str(count) if count < 1_000 else "999+"


def people(state: State, view: View, width: int, height: int) -> list[Entry]:
    """Who is in the open talk, and how many more than are shown."""
    talk = state.talks.get(view.current)
    if talk is None:
        return []
    names = [talk.people[key] for key in _ranked(talk)] if talk.key.startswith("#") else [talk.name[1:]]
    count = max(talk.members, len(names))
    room = max(height - 1, 0)
    named = names if len(names) == count <= room else names[: max(room - 1, 0)]
    entries = [Entry([("class:heading", cells.pad(t("People"), width))])]
    entries += [_person(name, state, talk, width) for name in named]
    if len(named) < count and room:
        more = n("and {n} more", "and {n} more", count - len(named))
        entries.append(Entry([("class:notice", cells.pad(more, width))]))
    return entries[:height]


def _ranked(talk: Talk) -> list[str]:
    """Those who look after the room first, guests last, each by name."""
    return sorted(talk.people, key=lambda who: (who not in talk.roles, who in talk.guests, who))


def _person(name: str, state: State, talk: Talk, width: int) -> Entry:
    """A name, and what its owner is here in a word, as far as there is room."""
    own = fold(name) == fold(state.user or "")
    text, who = shown(name, Kind.NAME), fold(name)
    role = talk.roles.get(who) or ("guest" if who in talk.guests else "")
    row: Row = [("class:own" if own else shade(text), text)]
    row += [("class:notice", f" {role_name(role)}")] if role else []
    return Entry(clipped(row, width), safe(name, Kind.NAME))
