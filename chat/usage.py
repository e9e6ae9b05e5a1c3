"""Command lines that speak the user's language: tables of options, and what is said of a wrong one."""

import argparse
import re
import shutil
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

from msgspec import Struct

from chat import __version__
from chat.words import mark, t

DEFAULT_PORT = 10_101


class Option(Struct, frozen=True):
    """One thing that a command line may say: `--name`, or a bare word that stands for `name`.

    `help` and `value` (what its value is called) are msgids; without `value` it is a switch. `read` makes
    the value of the text and raises ArgumentTypeError. A `many` option gathers a list, one word a time.
    """

    name: str
    help: str
    value: str = ""
    read: Callable[[str], Any] = str
    default: Any = None
    choices: tuple[str, ...] = ()
    many: bool = False

    @property
    def bare(self) -> bool:
        """Whether it is a word by its place."""
        return not self.name.startswith("-")

    @property
    def attribute(self) -> str:
        """Under which name its value is found in what was asked for."""
        return self.name.removeprefix("--").replace("-", "_")

    def settings(self) -> dict[str, Any]:
        """What argparse wants to know of it, but for the help."""
        if not self.value:
            return {"action": "store_true"}
        settings: dict[str, Any] = {"type": self.read, "metavar": t(self.value), "default": self.default}
        if self.bare:
            settings["nargs"] = "*" if self.many else "?"
        elif self.many:
            settings |= {"action": "append", "default": []}
        return settings | ({"choices": self.choices} if self.choices else {})


class Section(Struct, frozen=True):
    """Options under a title, which is a msgid."""

    title: str
    options: tuple[Option, ...]


class Table(Struct, frozen=True):
    """Two columns of text under a title, all msgids but the first column: exit codes, examples."""

    title: str
    rows: tuple[tuple[str, str], ...]


class Usage(Struct, frozen=True):
    """All that one program's command line may say. `first` is what a wrong one is answered with at first."""

    program: str
    description: str
    sections: tuple[Section, ...]
    tables: tuple[Table, ...] = ()
    first: str = ""


LANGUAGE = Option(
    "--lang", mark("language of this program (default: from the environment)"), "pt|en", default=""
)
JUDGING = (Option("--json", mark("print the result as JSON")), LANGUAGE)
"""What every program that judges a server may be told."""
VERDICTS = Table(
    mark("exit codes"),
    (
        ("0", mark("nothing is lost, doubled or out of order")),
        ("1", mark("something is")),
        ("2", mark("wrong use")),
        ("3", mark("it could not be found out")),
        ("130", mark("ended by Ctrl-C")),
    ),
)
"""How such a program ends."""
CORRECT = mark("Correct use: script, IP address, port number")
"""How the first of the original programs answered what was wrong."""

_WRONG = (
    (r"expected one argument", mark("a value is missing")),
    (r"invalid choice: (?P<value>.*) \(choose from (?P<choices>.*)\)", mark("{value} is none of {choices}")),
    (r"ignored explicit argument (?P<value>.*)", mark("takes no value, but {value} was given")),
)
"""What argparse says of one argument, and what it means."""


class _Formatter(argparse.HelpFormatter):
    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, t("usage: ") if prefix is None else prefix)


class Parser(argparse.ArgumentParser):
    """Knows --version and --help beside the usage; `facts`, and `n` for the default, fill in the helps."""

    def __init__(self, usage: Usage, facts: Mapping[str, object]) -> None:
        super().__init__(
            prog=usage.program,
            description=t(usage.description),
            formatter_class=_Formatter,
            add_help=False,
            allow_abbrev=False,
        )
        self._said = usage
        for section in usage.sections:
            group = self.add_argument_group(t(section.title))
            for option in section.options:
                text = t(option.help, n=option.default, **facts).replace("%", "%%")
                group.add_argument(option.name, help=text, **option.settings())
        group.add_argument("--help", "-h", action="help", help=t("print this help"))
        version = f"{usage.program.split()[0]} {__version__}"
        group.add_argument("--version", action="version", version=version, help=t("print the version"))

    def read(self, arguments: Sequence[str]) -> argparse.Namespace:
        """The arguments; leaves with exit code 2 if they are wrong."""
        asked, unknown = self.parse_known_args(arguments)
        if unknown:
            self.error(t("There is no use for this: {arguments}", arguments=" ".join(unknown)))
        return asked

    def error(self, message: str) -> NoReturn:
        """Say how it is right and, last, where the eye is, what is wrong; leave with exit code 2."""
        first = f"{t(self._said.first)}\n" if self._said.first else ""
        more = t("All of it: {command}", command=f"{self.prog} --help")
        self.exit(2, f"{first}{self.format_usage()}{more}\n{in_words(message)}\n")

    def format_help(self) -> str:
        """The help, as wide as the terminal, with the tables below it."""
        width = max(shutil.get_terminal_size().columns - 2, 11)
        parts = [super().format_help()]
        for table in self._said.tables:
            parts += ["", f"{t(table.title)}:", *laid_out(table, width)]
        return "\n".join(parts).replace("\n\n\n", "\n\n") + "\n" * bool(self._said.tables)


def laid_out(table: Table, width: int) -> list[str]:
    """The rows of a table in lines of at most `width` columns; with a long first column it stands alone."""
    alone = any(len(name) > 6 for name, _ in table.rows)
    lines = []
    for name, sentence in table.rows:
        head = f"  {name:<6}"
        lines += [head.rstrip()] if alone else []
        rows = textwrap.wrap(t(sentence), width, initial_indent=" " * 8, subsequent_indent=" " * 8)
        lines += rows if alone else [head + rows[0].lstrip(), *rows[1:]]
    return lines


def in_words(message: str) -> str:
    """What argparse says, in the user's language; what is said here already stays as it is."""
    found = re.fullmatch(r"argument (?P<name>[^:]+): (?P<why>.*)", message, re.S)
    if found is None:
        return message
    for pattern, sentence in _WRONG:
        if wrong := re.fullmatch(pattern, found["why"], re.S):
            return f"{found['name']}: {t(sentence, **wrong.groupdict())}"
    return f"{found['name']}: {found['why']}"


def port(text: str, *, any_free: bool = False) -> int:
    """A TCP port, 1 to 65535; 0 where `any_free` is meant. Raises ArgumentTypeError."""
    lowest = 0 if any_free else 1
    return number(text, lowest, 65_535, mark("{text} is not a port: a number from {lowest} to {highest}"))


def number(
    text: str, lowest: int, highest: int, sentence: str = mark("{text} is not a number of {lowest} or more")
) -> int:
    """A whole number within bounds. Raises ArgumentTypeError with the sentence, which is a msgid."""
    digits = text.isascii() and text.isdigit() and len(text) <= len(str(highest))
    if not digits or not lowest <= int(text) <= highest:
        raise argparse.ArgumentTypeError(t(sentence, text=repr(text), lowest=lowest, highest=highest))
    return int(text)


def wanted(arguments: Sequence[str], option: str) -> str:
    """What an option says, "" if it is not there: for what is needed before the arguments are parsed."""
    for before, argument in zip(["", *arguments], arguments, strict=False):
        if before == option or argument.startswith(f"{option}="):
            return argument.removeprefix(f"{option}=")
    return ""


def wanted_language(arguments: Sequence[str]) -> str:
    """What `--lang` says: the sentences of the parser need it."""
    return wanted(arguments, "--lang")
