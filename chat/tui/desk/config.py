"""The user's configuration file: what it says, and what is wrong with it in one sentence each."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from chat import configuration
from chat.configuration import BadEntry, BadFile, Wrong, line_of
from chat.tui.desk.keys import KEYS, Keys, bound
from chat.words import mark

LANGUAGES = ("pt", "en")
NOTICES = ("auto", "off", "9", "99", "777")
"""How a desktop notice is given: by the terminal's own sequence, not at all, or by the one of this number."""
MAX_KEYWORDS = 50


class Config(Struct, frozen=True):
    """What can be configured. `theme` and `language` empty: as the surroundings say."""

    theme: str = ""
    language: str = ""
    keywords: tuple[str, ...] = ()
    bell: bool = True
    notices: str = "auto"
    keys: Keys = KEYS


def place() -> Path:
    """Where the file is looked for."""
    return configuration.place("client.toml")


def language(environ: Mapping[str, str]) -> str:
    """The language that the file asks for; "" where it asks for none, or CHAT_LANG has been set."""
    return "" if environ.get("CHAT_LANG") else load(place())[0].language


def load(path: Path, themes: tuple[str, ...] = ()) -> tuple[Config, list[Wrong]]:
    """What the file says, as far as it is right, and what is not. No file is no fault, and nothing raises."""
    try:
        text, said = configuration.read(path)
    except FileNotFoundError:
        return Config(), []
    except BadFile as bad:
        return Config(), [bad.wrong]
    return _read(path, text, said, themes)


def _read(path: Path, text: str, said: dict[str, Any], themes: tuple[str, ...]) -> tuple[Config, list[Wrong]]:
    right: dict[str, Any] = {}
    wrong: list[Wrong] = []
    for name, value in said.items():
        try:
            right[name] = _ENTRIES.get(name, _unknown)(value, themes)
        except BadEntry as bad:
            wrong.append(Wrong(path, line_of(text, name), name, bad.reason, bad.allowed))
    wishes = right.pop("keys", {})
    keys, refused = bound(wishes)
    for problem in refused:
        action = next((name for name, keys in wishes.items() if problem.wish in (name, *keys)), "")
        entry = action if action == problem.wish else f"{action} = {problem.wish}"
        wrong.append(Wrong(path, line_of(text, action), entry, problem.reason))
    return Config(**right, keys=keys), wrong


def _unknown(value: object, themes: tuple[str, ...]) -> object:
    raise BadEntry(mark("there is no such entry; there are: {allowed}"), ", ".join(_ENTRIES))


def _one_of(value: object, allowed: tuple[str, ...]) -> str:
    if str(value) not in allowed or isinstance(value, bool):
        raise BadEntry(mark("it can be one of: {allowed}"), ", ".join(allowed))
    return str(value)


def _yes_or_no(value: object, themes: tuple[str, ...]) -> bool:
    if not isinstance(value, bool):
        raise BadEntry(mark("it can be one of: {allowed}"), "true, false")
    return value


def _words(value: object, themes: tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) and word.strip() for word in value):
        raise BadEntry(mark('it has to be a list of words, like this: ["one", "two"]'))
    return tuple(value[:MAX_KEYWORDS])


def _keys(value: object, themes: tuple[str, ...]) -> dict[str, list[str]]:
    if not isinstance(value, dict):
        raise BadEntry(mark("it has to be a table of actions and keys, under [keys]"))
    wishes = {name: [keys] if isinstance(keys, str) else keys for name, keys in value.items()}
    for keys in wishes.values():
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            raise BadEntry(
                mark('keys are written like this: switch = "Ctrl-K" or switch = ["Ctrl-K", "Alt-K"]')
            )
    return wishes


_ENTRIES: dict[str, Callable[[object, tuple[str, ...]], object]] = {
    "theme": _one_of,
    "language": lambda value, themes: _one_of(value, LANGUAGES),
    "keywords": _words,
    "bell": _yes_or_no,
    "notices": lambda value, themes: _one_of(value, NOTICES),
    "keys": _keys,
}
