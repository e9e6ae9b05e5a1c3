"""What an operator types to keep the data of a server: back it up, put it back, take it elsewhere, erase."""

import argparse
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from chat.errors import DataRefused
from chat.sentences import fault
from chat.server.bar import Bar
from chat.server.data import folder_of
from chat.server.refusals import refusal
from chat.server.restoring import restore
from chat.server.saving import NotSaved, named, save
from chat.usage import LANGUAGE, Option, Parser, Section, Table, Usage
from chat.words import mark, t

DATA = Option("--data", mark("folder of the server (default: the user's data folder)"), mark("DIR"))
_FILE = mark("FILE")
EXITS = Table(
    mark("exit codes"),
    (("0", mark("done")), ("1", mark("it could not be done; why is said")), ("2", mark("wrong use"))),
)


class Failed(Exception):
    """It could not be done; why, in a sentence."""


def _backup(asked: argparse.Namespace) -> None:
    now = time.time_ns() // 1_000_000
    to = Path(asked.to or ".")
    to = to / named(now) if to.is_dir() else to
    if not to.parent.is_dir():
        raise Failed(t("There is no folder {path}.", path=to.parent))
    with Bar() as bar:
        found = save(folder_of(asked.data), to, now, bar)
    print(t("Backup: {path}, with all up to message {head}.", path=to, head=found.head))


def _restore(asked: argparse.Namespace) -> None:
    data = folder_of(asked.data)
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    with Bar() as bar:
        done = restore(Path(asked.file), data, secrets.token_hex(16), stamp, bar)
    made = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(done.manifest.made / 1_000))
    print(
        t(
            "Restored to {path}: all up to message {head}, as of {made}.",
            path=data,
            made=made,
            head=done.manifest.head,
        )
    )
    if done.kept is not None:
        print(t("What was there before is kept in {path}.", path=done.kept))
    print(t("Clients will notice: they fetch what there is now, and send again what was never stored."))


class _Command:
    """One command: what may be typed, and what does it."""

    def __init__(self, usage: Usage, do: Callable[[argparse.Namespace], None], needs: str = "") -> None:
        self.usage = usage
        self.do = do
        self.needs = needs


def _usage(name: str, description: str, *options: Option) -> Usage:
    return Usage(
        f"chat-server {name}", description, (Section(mark("options"), (*options, DATA, LANGUAGE)),), (EXITS,)
    )


COMMANDS: dict[str, _Command] = {
    "backup": _Command(
        _usage(
            "backup",
            mark("Puts all that a server keeps into one file, whether it runs or not."),
            Option("--to", mark("the file, or the folder it is to be in (default: here)"), _FILE),
        ),
        _backup,
    ),
    "restore": _Command(
        _usage(
            "restore",
            mark("Puts a backup into the folder of a server that does not run; what is there is kept."),
            Option("file", mark("the backup"), _FILE),
        ),
        _restore,
        "file",
    ),
}
"""The first words that ask for this rather than for a server."""


def run(arguments: Sequence[str]) -> int:
    """Do what was typed and print what came of it; returns the exit code."""
    command = COMMANDS[arguments[0]]
    parser = Parser(command.usage, {})
    asked = parser.read(arguments[1:])
    if command.needs and getattr(asked, command.needs) is None:
        parser.error(t("a value is missing"))
    try:
        command.do(asked)
    except KeyboardInterrupt:
        return 130
    except (DataRefused, Failed, NotSaved, OSError) as error:
        print(_sentence(error), file=sys.stderr)
        return 1
    return 0


def _sentence(error: Exception) -> str:
    if isinstance(error, DataRefused):
        return refusal(error)
    if isinstance(error, NotSaved):
        return t("Refused: {why}.", why=fault(error.code))
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return t("It could not be done ({why}).", why=f"{place}{error.strerror or type(error).__name__}")
    return str(error)
