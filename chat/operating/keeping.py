"""What an operator types to keep the data of a server: back it up, put it back, take it elsewhere, erase."""

import sys
from argparse import Namespace
from collections.abc import Callable, Sequence

from msgspec import Struct

from chat.errors import DataRefused
from chat.names import BadName
from chat.operating import doing, shared
from chat.operating.carrying import BadLine
from chat.operating.refusals import of_data
from chat.operating.saving import NotSaved
from chat.sentences import fault
from chat.text import Kind, safe
from chat.usage import LANGUAGE, Option, Parser, Section, Table, Usage
from chat.words import mark, t

_FILE = mark("FILE")
_TO = Option("--to", mark("the file (default: standard output)"), _FILE)
EXITS = Table(
    mark("exit codes"),
    (("0", mark("done")), ("1", mark("it could not be done; why is said")), ("2", mark("wrong use"))),
)


class _Command(Struct, frozen=True):
    """One command: what may be typed, what does it, and without which of its words it cannot be done."""

    usage: Usage
    do: Callable[[Namespace], None]
    needs: str = ""


def _usage(name: str, description: str, *options: Option, cluster: bool = False) -> Usage:
    sections = [Section(mark("options"), (*options, shared.DATA, LANGUAGE))]
    if cluster:
        sections.insert(0, Section(mark("many machines"), (shared.URLS, *shared.WITH)))
    return Usage(f"chat-server {name}", description, tuple(sections), (EXITS,))


COMMANDS: dict[str, _Command] = {
    "backup": _Command(
        _usage(
            "backup",
            mark("Puts all that a server keeps into one file, whether it runs or not."),
            Option("--to", mark("the file, or the folder it is to be in (default: here)"), _FILE),
        ),
        doing.backup,
    ),
    "restore": _Command(
        _usage(
            "restore",
            mark("Puts a backup into the folder of a server that does not run; what is there is kept."),
            Option("file", mark("the backup"), _FILE),
        ),
        doing.restore,
        "file",
    ),
    "export": _Command(
        _usage(
            "export",
            mark("Writes all that a server keeps as lines of JSON, whether it runs or not."),
            _TO,
            Option("--user", mark("only what one person said and was told"), mark("NAME")),
            Option("--room", mark("only one room"), mark("#ROOM")),
            cluster=True,
        ),
        doing.export,
    ),
    "import": _Command(
        _usage(
            "import",
            mark("Makes the data of a server of an export, in a folder that has none."),
            Option("file", mark("the export; - for standard input"), _FILE),
            cluster=True,
        ),
        doing.import_,
        "file",
    ),
    "erase": _Command(
        _usage(
            "erase",
            mark("Takes back all that a person said and removes it from the disk; their places stay."),
            Option("user", mark("the person"), mark("NAME")),
            Option("--free-name", mark("let anybody have the name afterwards (default: it stays theirs)")),
        ),
        doing.erase,
        "user",
    ),
    "hand-out": _Command(
        _usage(
            "hand-out",
            mark("Writes all of one person's data as lines of JSON: what they said and were told."),
            Option("user", mark("the person"), mark("NAME")),
            _TO,
            cluster=True,
        ),
        doing.hand_out,
        "user",
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
    if hasattr(asked, "cluster") and (sentence := shared.wrong(asked)):
        parser.error(sentence)
    try:
        command.do(asked)
    except KeyboardInterrupt:
        return 130
    except BadName:
        print(
            t("{name} is not a name that is allowed.", name=safe(_named(asked), Kind.NAME)), file=sys.stderr
        )
        return 2
    except (DataRefused, doing.Failed, NotSaved, BadLine, OSError) as error:
        print(_sentence(error), file=sys.stderr)
        return 1
    return 0


def _named(asked: Namespace) -> str:
    """The name that was typed."""
    return asked.user or getattr(asked, "room", None) or ""


_LINES = {
    "header": mark("it does not begin like an export"),
    "newer": mark("it was made by a newer version of chat"),
    "line": mark("it is no line of an export"),
    "order": mark("it is not where it belongs"),
    "text": mark("it has characters that cannot be kept"),
    "target": mark("it is about a message that comes later"),
    "twice": mark("the same was there before"),
    "count": mark("lines before it are missing"),
    "cut": mark("the file ends too early"),
    "after_end": mark("it comes after the end"),
}
"""What is wrong with a line of an import."""


def _sentence(error: Exception) -> str:
    match error:
        case DataRefused():
            return of_data(error)
        case BadLine():
            return t("Line {n}: {why}. Nothing was imported.", n=error.number, why=t(_LINES[error.why]))
        case NotSaved():
            return t("Refused: {why}.", why=fault(error.code))
        case OSError():
            place = f"{error.filename}: " if error.filename else ""
            return t("It could not be done ({why}).", why=f"{place}{error.strerror or type(error).__name__}")
    return str(error)
