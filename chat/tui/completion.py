"""What the word before the cursor may become: commands, people, rooms. Pure."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from chat.client.state import State, fold
from chat.text import Kind, safe
from chat.tui.commands import COMMANDS, NAMED, PRIVATE, ROOM, Command
from chat.tui.view import View
from chat.words import t


class Candidate(NamedTuple):
    """What replaces the last `length` characters, and what is said about it."""

    text: str
    length: int
    meaning: str = ""


def candidates(state: State, view: View, before: str) -> list[Candidate]:
    """What may be meant by the last word of `before` (the text up to the cursor), best first."""
    word = before.split(" ")[-1].split("\n")[-1]
    first = word == before
    if first and word.startswith("/"):
        return _commands(word)
    if word.startswith("#"):
        return _matching(_rooms(state), word, " ")
    if word.startswith("@"):
        return _matching((f"@{name}" for name in _people(state, view)), word, " ")
    command = NAMED.get(before.split(" ")[0]) if before.startswith("/") else None
    source = _ARGUMENTS.get(command) if command is not None else None
    if source is not None and before.count(" ") == 1:
        return _matching(source(state, view), word, " ")
    return _matching(_people(state, view), word, ": " if first else " ") if word else []


def _commands(word: str) -> list[Candidate]:
    """Commands by any of their names; those of the user's language are offered first."""
    found = [Candidate(f"{c.name} ", len(word), t(c.help)) for c in COMMANDS if c.name.startswith(word)]
    if not found:
        found = [
            Candidate(f"{name} ", len(word), t(command.help))
            for name, command in NAMED.items()
            if name.startswith(word)
        ]
    return found


def _matching(names: Iterable[str], word: str, after: str) -> list[Candidate]:
    start = fold(word)
    return [Candidate(name + after, len(word)) for name in names if fold(name).startswith(start)]


def _people(state: State, view: View) -> list[str]:
    """Those in the open talk, and those one has talked to in private."""
    talk = state.talks.get(view.current)
    found = dict(talk.people) if talk is not None else {}
    found |= {key[1:]: talk.name[1:] for key, talk in state.talks.items() if key.startswith("@")}
    found.pop(fold(state.user or ""), None)
    return [safe(found[key], Kind.NAME) for key in sorted(found)]


def _rooms(state: State) -> list[str]:
    return [safe(state.talks[key].name, Kind.NAME) for key in sorted(state.talks) if key.startswith("#")]


_ARGUMENTS: dict[Command, Callable[[State, View], list[str]]] = {
    ROOM: lambda state, view: _rooms(state),
    PRIVATE: _people,
}
