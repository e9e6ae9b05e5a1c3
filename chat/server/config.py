"""The server's configuration file: the options of the command line by their names, read as words of one."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chat import configuration
from chat.configuration import BadEntry, BadFile, Wrong, line_of
from chat.usage import Option, wanted
from chat.words import mark, t


def place() -> Path:
    """Where the file is looked for if none is named."""
    return configuration.place("server.toml")


def with_file(arguments: Sequence[str], options: Sequence[Option]) -> list[str]:
    """The arguments with those of the configuration file before them: of two, the last one counts.

    The file is the one of `--config`; without it the one at `place`, if it is there. Raises BadFile.
    """
    named = wanted(arguments, "--config")
    path = Path(named) if named else place()
    try:
        text, said = configuration.read(path)
    except FileNotFoundError as error:
        if named:
            raise BadFile(Wrong(path, 0, "", mark("there is no such file"))) from error
        return list(arguments)
    known = {option.name.removeprefix("--"): option for option in options if option.name != "--config"}
    return [*_words(path, text, said, known), *arguments]


def _words(path: Path, text: str, said: Mapping[str, Any], known: Mapping[str, Option]) -> list[str]:
    words: list[str] = []
    for name, value in said.items():
        try:
            words += _word(name, value, known)
        except BadEntry as bad:
            raise BadFile(Wrong(path, line_of(text, name), name, bad.reason, bad.allowed)) from bad
    return words


def _word(name: str, value: object, known: Mapping[str, Option]) -> list[str]:
    option = known.get(name)
    if option is None:
        raise BadEntry(mark("there is no such entry; there are: {allowed}"), ", ".join(known))
    if not option.value:
        if not isinstance(value, bool):
            raise BadEntry(mark("it can be one of: {allowed}"), "true, false")
        return [option.name] if value else []
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadEntry(mark("it has to be a text or a number"))
    _checked(option, str(value))
    return [f"{option.name}={value}"]


def _checked(option: Option, text: str) -> None:
    """Raise BadEntry where the command line would not take the text either."""
    if option.choices and text not in option.choices:
        raise BadEntry(mark("it can be one of: {allowed}"), ", ".join(option.choices))
    try:
        option.read(text)
    except argparse.ArgumentTypeError as error:
        raise BadEntry(str(error)) from error


def refused(bad: BadFile) -> str:
    """What is said of a file that is wrong."""
    return t("The configuration is wrong: {why}", why=bad.wrong.sentence())
