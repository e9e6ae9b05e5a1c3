"""What the word before the cursor may become: commands, people, rooms, emoji. Pure."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from chat.client.state import State, fold
from chat.text import Kind, safe
from chat.tui.commands.command import Command
from chat.tui.commands.commands import COMMANDS, NAMED
from chat.tui.commands.moderation import KIND_WORDS
from chat.tui.desk import emoji
from chat.tui.desk.settings import LEVELS
from chat.tui.desk.style import NAMES
from chat.tui.desk.view import View
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
    if word[:1] in _SIGNS and word:
        return _SIGNS[word[0]](state, view, word)
    command = NAMED.get(before.split(" ")[0].casefold()) if before.startswith("/") else None
    source = _ARGUMENTS.get(command.names[0]) if command is not None else None
    if source is not None and before.count(" ") == 1:
        return _matching(source(state, view), word, " ")
    return _matching(_people(state, view), word, ": " if first else " ") if word else []


def _commands(word: str) -> list[Candidate]:
    """Commands by any of their names; those of the user's language are offered first."""
    found = [_command(c.name, c, word) for c in COMMANDS if _begins(c.name, word)]
    return found or [_command(name, c, word) for name, c in NAMED.items() if _begins(name, word)]


def _command(name: str, command: Command, word: str) -> Candidate:
    return Candidate(f"{name} ", len(word), t(command.help))


def _begins(name: str, word: str) -> bool:
    return emoji.plain(name).startswith(emoji.plain(word))


def _matching(names: Iterable[str], word: str, after: str) -> list[Candidate]:
    start = fold(word)
    return [Candidate(name + after, len(word)) for name in names if fold(name).startswith(start)]


def _emoji(word: str) -> list[Candidate]:
    part = word[1:]
    return (
        [Candidate(f"{char} ", len(word), f":{name}:") for name, char in emoji.starting(part)] if part else []
    )


def _people(state: State, view: View) -> list[str]:
    """Those in the open talk, and those one has talked to in private."""
    talk = state.talks.get(view.current)
    found = dict(talk.people) if talk is not None else {}
    found |= {key[1:]: talk.name[1:] for key, talk in state.talks.items() if key.startswith("@")}
    found.pop(fold(state.user or ""), None)
    return [safe(found[key], Kind.NAME) for key in sorted(found)]


def _at_people(state: State, view: View) -> list[str]:
    return [f"@{name}" for name in _people(state, view)]


def _rooms(state: State, view: View) -> list[str]:
    return [safe(state.talks[key].name, Kind.NAME) for key in sorted(state.talks) if key.startswith("#")]


def _talks(state: State, view: View) -> list[str]:
    return [safe(state.talks[key].name, Kind.NAME) for key in sorted(state.talks)]


def _commands_by_name(state: State, view: View) -> list[str]:
    return [command.name for command in COMMANDS]


_SIGNS: dict[str, Callable[[State, View, str], list[Candidate]]] = {
    "#": lambda state, view, word: _matching(_rooms(state, view), word, " "),
    "@": lambda state, view, word: _matching(_at_people(state, view), word, " "),
    ":": lambda state, view, word: _emoji(word),
}
"""By the first character of a word."""

_ARGUMENTS: dict[str, Callable[[State, View], list[str]]] = {
    "/sala": _rooms,
    "/deixar": _talks,
    "/quem": _rooms,
    "/privado": _people,
    "/ignorar": _people,
    **dict.fromkeys(
        ("/convidar", "/expulsar", "/banir", "/silenciar", "/moderador", "/membro", "/dono"), _people
    ),
    "/tipo": lambda state, view: [t(word) for word in KIND_WORDS],
    "/ir": _talks,
    "/notificar": lambda state, view: [t(level) for level in LEVELS.values()],
    "/tema": lambda state, view: list(dict.fromkeys((*map(t, NAMES.values()), *NAMES))),
    "/ajuda": _commands_by_name,
}
"""What the first word after a command may be, by the command's first name."""
