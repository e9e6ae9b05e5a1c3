"""What an operator types to keep the data of a server: back it up, put it back, take it elsewhere, erase."""

import argparse
import asyncio
import contextlib
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from chat.errors import Code, DataRefused
from chat.names import BadName, Name, room_name, user_name
from chat.operating import shared
from chat.operating.admin import Answer, Ask, ask
from chat.operating.archive import appearing
from chat.operating.bar import Bar
from chat.operating.carrying import BadLine, bring, export
from chat.operating.data import HISTORY, REGISTRY, folder_of
from chat.operating.refusals import of_data
from chat.operating.restoring import restore
from chat.operating.saving import NotSaved, named, save
from chat.registry.sqlite import read_records
from chat.sentences import fault
from chat.text import Kind, safe
from chat.usage import LANGUAGE, Option, Parser, Section, Table, Usage
from chat.words import mark, n, t

DATA = Option("--data", mark("folder of the server (default: the user's data folder)"), mark("DIR"))
_FILE = mark("FILE")
_TO = Option("--to", mark("the file (default: standard output)"), _FILE)
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
"""What is wrong with a line."""
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


def _export(asked: argparse.Namespace) -> None:
    user = _name(asked.user, user_name)
    room = _name(asked.room, room_name)
    if user is not None and room is not None:
        raise Failed(t("--user and --room: give one of them"))
    _write_out(asked, user, room)


def _hand_out(asked: argparse.Namespace) -> None:
    _write_out(asked, _name(asked.user, user_name), None)


def _write_out(asked: argparse.Namespace, user: Name | None, room: Name | None) -> None:
    with contextlib.ExitStack() as stack:
        _write(asked, _source(asked, stack), user, room)


def _source(asked: argparse.Namespace, stack: contextlib.ExitStack) -> Path:
    """The folder with all that is kept: the server's, or one with a copy of what a cluster has."""
    if not asked.cluster:
        return folder_of(asked.data)
    settings = shared.settings(asked)
    from chat.cluster.carrying import take

    made, folder = (Path(stack.enter_context(TemporaryDirectory(prefix="chat-"))) for _ in range(2))
    with Bar() as bar:
        asyncio.run(take(settings, folder, (made / HISTORY, made / REGISTRY), bar))
    return made


def _write(asked: argparse.Namespace, data: Path, user: Name | None, room: Name | None) -> None:
    if asked.to is None or asked.to == "-":
        export(data, sys.stdout.buffer, lambda done, whole: None, user=user, room=room)
        sys.stdout.flush()
        return
    with Bar() as bar, appearing(Path(asked.to)) as out:
        count = export(data, out, bar, user=user, room=room)
    print(n("{path}: {n} entry.", "{path}: {n} entries.", count, path=asked.to))


def _import(asked: argparse.Namespace) -> None:
    with contextlib.ExitStack() as stack:
        data = folder_of(asked.data) if not asked.cluster else _nowhere(stack)
        bar = stack.enter_context(Bar())
        source = sys.stdin.buffer if asked.file == "-" else stack.enter_context(Path(asked.file).open("rb"))
        count = bring(data, source, secrets.token_hex(16), bar)
        if asked.cluster:
            _share(asked, data, bar)
    shown = ", ".join(url.rpartition("@")[2] for url in asked.cluster) or data
    print(n("{path}: {n} entry.", "{path}: {n} entries.", count, path=shown))


def _nowhere(stack: contextlib.ExitStack) -> Path:
    """A folder for what is on its way into a cluster."""
    return Path(stack.enter_context(TemporaryDirectory(prefix="chat-")))


def _share(asked: argparse.Namespace, data: Path, bar: Bar) -> None:
    settings = shared.settings(asked)
    from chat.cluster import carrying

    asyncio.run(carrying.bring(settings, data / HISTORY, read_records(data / REGISTRY), bar))


def _erase(asked: argparse.Namespace) -> None:
    name = user_name(asked.user)
    do = "erase and free" if asked.free_name else "erase"
    with Bar() as bar:
        try:
            answer = asyncio.run(ask(folder_of(asked.data), Ask(do, name.shown), bar))
        except ConnectionAbortedError:
            answer = Answer(error=Code.STORAGE_FAILED)
        except OSError:
            raise Failed(t("No server runs there; start it, or name its folder with --data.")) from None
    if answer.error == Code.STORAGE_FAILED:
        raise Failed(
            t("Not all of it is erased yet, as the server stopped or its disk failed. Run this again.")
        )
    if answer.error:
        raise NotSaved(answer.error)
    print(
        n(
            "{n} entry of {name} is empty now, here and on the disk.",
            "{n} entries of {name} are empty now, here and on the disk.",
            int(answer.lines[0]),
            name=name.shown,
        )
    )
    print(t("Backups and exports made before still have them."))


def _name(raw: str | None, read: Callable[[str], Name]) -> Name | None:
    return read(raw) if raw is not None else None


class _Command:
    """One command: what may be typed, and what does it."""

    def __init__(self, usage: Usage, do: Callable[[argparse.Namespace], None], needs: str = "") -> None:
        self.usage = usage
        self.do = do
        self.needs = needs


def _usage(name: str, description: str, *options: Option, cluster: bool = False) -> Usage:
    sections = [Section(mark("options"), (*options, DATA, LANGUAGE))]
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
    "export": _Command(
        _usage(
            "export",
            mark("Writes all that a server keeps as lines of JSON, whether it runs or not."),
            _TO,
            Option("--user", mark("only what one person said and was told"), mark("NAME")),
            Option("--room", mark("only one room"), mark("#ROOM")),
            cluster=True,
        ),
        _export,
    ),
    "import": _Command(
        _usage(
            "import",
            mark("Makes the data of a server of an export, in a folder that has none."),
            Option("file", mark("the export; - for standard input"), _FILE),
            cluster=True,
        ),
        _import,
        "file",
    ),
    "erase": _Command(
        _usage(
            "erase",
            mark("Takes back all that a person said and removes it from the disk; their places stay."),
            Option("user", mark("the person"), mark("NAME")),
            Option("--free-name", mark("let anybody have the name afterwards (default: it stays theirs)")),
        ),
        _erase,
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
        _hand_out,
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
    except (DataRefused, Failed, NotSaved, BadLine, OSError) as error:
        print(_sentence(error), file=sys.stderr)
        return 1
    return 0


def _named(asked: argparse.Namespace) -> str:
    """The name that was typed."""
    return asked.user or getattr(asked, "room", None) or ""


def _sentence(error: Exception) -> str:
    if isinstance(error, DataRefused):
        return of_data(error)
    if isinstance(error, BadLine):
        return t("Line {n}: {why}. Nothing was imported.", n=error.number, why=t(_LINES[error.why]))
    if isinstance(error, NotSaved):
        return t("Refused: {why}.", why=fault(error.code))
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return t("It could not be done ({why}).", why=f"{place}{error.strerror or type(error).__name__}")
    return str(error)
