"""`chat-load`: puts a load on a server, shows how it goes, and says what came of it."""

import asyncio
import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Sequence

from chat import streams, words
from chat.load.arguments import parse
from chat.load.report import as_json, as_text
from chat.load.result import Settings, Verdict
from chat.load.run import CannotLoad, Watch, load
from chat.load.trouble import trouble
from chat.usage import wanted_language
from chat.words import t

SOUND, UNSOUND, NOT_LOADED, INTERRUPTED = 0, 1, 3, 130
CODES: dict[Verdict, int] = {"holds": SOUND, "most": SOUND, "limited": NOT_LOADED, "busy": NOT_LOADED}
WIDTH, LEAST = 30, 5
"""Characters of the bar: as many as that, or as there is room for; none where that is too few."""
PIPED = 10_000
"""Columns where nobody looks on: as many as are wanted."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The console script: 0 it holds, 1 it does not, 2 wrong usage, 3 it could not be found out."""
    streams.ready()
    arguments = sys.argv[1:] if arguments is None else arguments
    words.use(words.language(os.environ, wanted_language(arguments)))
    asked = parse(arguments)
    try:
        result = asyncio.run(load(asked.settings, secrets.token_hex(2), _bar(asked.settings)))
    except CannotLoad as error:
        why = t("No load came about. {why}", why=trouble(error, asked.settings))
        print(f"{_clear()}{why}", file=sys.stderr)
        return NOT_LOADED
    except KeyboardInterrupt:
        stopped = t("Stopped before its end: nothing is known.")
        print(f"{_clear()}{stopped}", file=sys.stderr)
        return INTERRUPTED
    print(_clear(), end="", file=sys.stderr, flush=True)
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else PIPED
    streams.say(as_json(result) if asked.json else as_text(result, columns), end="")
    return CODES.get(result.verdict, UNSOUND)


def _clear() -> str:
    return "\r\x1b[K" if sys.stderr.isatty() else ""


def _bar(settings: Settings) -> Callable[[Watch], None]:
    """What shows on a terminal how far it is."""

    def show(watch: Watch) -> None:
        if watch.began is None:
            part = watch.entered / watch.connections
            text = t("{n} of {all} are in", n=f"{watch.entered:,}", all=f"{watch.connections:,}")
        else:
            part = min(1.0, (time.monotonic() - watch.began) / max(settings.warmup + settings.seconds, 0.001))
            text = t("{n} deliveries", n=f"{watch.received:,}")
        columns = shutil.get_terminal_size().columns
        print(f"{_clear()}{bar(part, text, columns)}", end="", file=sys.stderr, flush=True)

    return show if sys.stderr.isatty() else lambda watch: None


def bar(part: float, text: str, columns: int) -> str:
    """How far it is, in one line that fits a terminal of so many columns: its last one stays free."""
    width = min(WIDTH, columns - len(text) - 4)
    if width < LEAST:
        return text[: max(0, columns - 1)]
    full = round(part * width)
    return f"[{'#' * full}{'.' * (width - full)}] {text}"
