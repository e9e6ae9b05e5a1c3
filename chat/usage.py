"""Command lines that speak the user's language, and what both programs' have in common."""

import argparse
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from chat import __version__
from chat.words import t

DEFAULT_PORT = 10_101


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
    """Knows --version and --help. What is wrong is said first in the words of the original program."""

    def __init__(self, program: str, description: str) -> None:
        super().__init__(
            prog=program,
            description=description,
            formatter_class=_Formatter,
            add_help=False,
            allow_abbrev=False,
        )
        self.options = self.add_argument_group(t("options"))
        self.options.add_argument("--help", "-h", action="help", help=t("print this help"))
        self.options.add_argument(
            "--version", action="version", version=f"{program} {__version__}", help=t("print the version")
        )

    def read(self, arguments: Sequence[str]) -> argparse.Namespace:
        """The arguments; leaves with exit code 2 if they are wrong."""
        asked, unknown = self.parse_known_args(arguments)
        if unknown:
            self.error(t("There is no use for this: {arguments}", arguments=" ".join(unknown)))
        return asked

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and how it is right, and leave with exit code 2."""
        self.exit(2, f"{t('Correct use: script, IP address, port number')}\n{message}\n{self.format_usage()}")


def port(text: str, *, any_free: bool = False) -> int:
    """A TCP port, 1 to 65535; 0 where `any_free` is meant. Raises ArgumentTypeError."""
    lowest = 0 if any_free else 1
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and lowest <= int(text) <= 65_535):
        sentence = t("{text} is not a port: a number from {lowest} to 65535", text=repr(text), lowest=lowest)
        raise argparse.ArgumentTypeError(sentence)
    return int(text)


def wanted_language(arguments: Sequence[str]) -> str:
    """What `--lang` says: needed before the arguments are parsed, for the sentences of the parser."""
    for before, argument in zip(["", *arguments], arguments, strict=False):
        if before == "--lang" or argument.startswith("--lang="):
            return argument.removeprefix("--lang=")
    return ""
