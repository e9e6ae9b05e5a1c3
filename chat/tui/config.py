"""The user's configuration file: what it says, and what is wrong with it in one sentence each."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import platformdirs
from msgspec import Struct

from chat.text import Kind, safe
from chat.tui.keys import KEYS, Keys, bound
from chat.words import mark, t

LANGUAGES = ("pt", "en")
NOTICES = ("auto", "off", "9", "99", "777")
"""How a desktop notice is given: by the terminal's own sequence, not at all, or by the one of this number."""
MAX_KEYWORDS = 50
MOST = 1_000_000
"""Longest file read, in bytes; longer is no configuration."""


class Config(Struct, frozen=True):
    """What can be configured. `theme` and `language` empty: as the surroundings say."""

    theme: str = ""
    language: str = ""
    keywords: tuple[str, ...] = ()
    bell: bool = True
    notices: str = "auto"
    keys: Keys = KEYS


class Wrong(Struct, frozen=True):
    """Something in the file that is not as it should be: where, and why as a msgid. `line` 0: not known."""

    path: Path
    line: int
    entry: str
    reason: str
    allowed: str = ""

    def sentence(self) -> str:
        """It in the user's language."""
        place = t("{file}, line {n}", file=self.path, n=self.line) if self.line else str(self.path)
        entry = f" {self.entry}:" if self.entry else ""
        return safe(f"{place}:{entry} {t(self.reason, allowed=self.allowed)}", Kind.LINE)


class _Bad(ValueError):
    def __init__(self, reason: str, allowed: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.allowed = allowed


def place() -> Path:
    """Where the file is looked for."""
    return platformdirs.user_config_path("chat", appauthor=False) / "client.toml"


def language(environ: Mapping[str, str]) -> str:
    """The language that the file asks for; "" where it asks for none, or CHAT_LANG has been set."""
    return "" if environ.get("CHAT_LANG") else load(place())[0].language


def load(path: Path, themes: tuple[str, ...] = ()) -> tuple[Config, list[Wrong]]:
    """What the file says, as far as it is right, and what is not. No file is no fault, and nothing raises."""
    try:
        text = _text(path)
        said = _parsed(text)
    except FileNotFoundError:
        return Config(), []
    except OSError:
        return Config(), [Wrong(path, 0, "", mark("it cannot be read"))]
    except (ValueError, RecursionError) as error:  # not TOML, or not UTF-8
        found = re.search(r"line (\d+)", str(error))
        return Config(), [Wrong(path, int(found[1]) if found else 0, "", mark("this is not TOML"))]
    return _read(path, text, said, themes)


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(MOST).decode()


def _parsed(text: str) -> dict[str, Any]:
    import tomllib  # here: 3 ms, and most people have no such file

    return tomllib.loads(text)


def _read(path: Path, text: str, said: dict[str, Any], themes: tuple[str, ...]) -> tuple[Config, list[Wrong]]:
    right: dict[str, Any] = {}
    wrong: list[Wrong] = []
    for name, value in said.items():
        try:
            right[name] = _ENTRIES.get(name, _unknown)(value, themes)
        except _Bad as bad:
            wrong.append(Wrong(path, _line(text, name), name, bad.reason, bad.allowed))
    wishes = right.pop("keys", {})
    keys, refused = bound(wishes)
    for problem in refused:
        action = next((name for name, keys in wishes.items() if problem.wish in (name, *keys)), "")
        entry = action if action == problem.wish else f"{action} = {problem.wish}"
        wrong.append(Wrong(path, _line(text, action), entry, problem.reason))
    return Config(**right, keys=keys), wrong


def _line(text: str, name: str) -> int:
    """The line in which an entry begins, 0 if it is written in a way that is not found."""
    pattern = re.compile(rf"\s*(\[\s*)?[\"']?{re.escape(name)}[\"']?\s*[\].=]")
    lines = (number for number, line in enumerate(text.splitlines(), 1) if pattern.match(line))
    return next(lines, 0)


def _unknown(value: object, themes: tuple[str, ...]) -> object:
    raise _Bad(mark("there is no such entry; there are: {allowed}"), ", ".join(_ENTRIES))


def _one_of(value: object, allowed: tuple[str, ...]) -> str:
    if str(value) not in allowed or isinstance(value, bool):
        raise _Bad(mark("it can be one of: {allowed}"), ", ".join(allowed))
    return str(value)


def _yes_or_no(value: object, themes: tuple[str, ...]) -> bool:
    if not isinstance(value, bool):
        raise _Bad(mark("it can be one of: {allowed}"), "true, false")
    return value


def _words(value: object, themes: tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) and word.strip() for word in value):
        raise _Bad(mark('it has to be a list of words, like this: ["one", "two"]'))
    return tuple(value[:MAX_KEYWORDS])


def _keys(value: object, themes: tuple[str, ...]) -> dict[str, list[str]]:
    if not isinstance(value, dict):
        raise _Bad(mark("it has to be a table of actions and keys, under [keys]"))
    wishes = {name: [keys] if isinstance(keys, str) else keys for name, keys in value.items()}
    for keys in wishes.values():
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            raise _Bad(mark('keys are written like this: switch = "Ctrl-K" or switch = ["Ctrl-K", "Alt-K"]'))
    return wishes


_ENTRIES: dict[str, Callable[[object, tuple[str, ...]], object]] = {
    "theme": _one_of,
    "language": lambda value, themes: _one_of(value, LANGUAGES),
    "keywords": _words,
    "bell": _yes_or_no,
    "notices": lambda value, themes: _one_of(value, NOTICES),
    "keys": _keys,
}
