"""`chat-load`: puts a load on a server, shows how it goes, and says what came of it."""

import asyncio
import os
import secrets
import sys
import time
from collections.abc import Callable, Sequence

from chat import streams, words
from chat.load.arguments import parse
from chat.load.report import as_json, as_text
from chat.load.result import Settings
from chat.load.run import CannotLoad, Watch, load
from chat.usage import wanted_language
from chat.words import mark, t

SOUND, UNSOUND, NOT_LOADED, INTERRUPTED = 0, 1, 3, 130
WIDTH = 30
"""Characters of the bar."""

_REASONS = {
    "absent": mark("nobody answers there, or does not let everybody in"),
    "closed": mark("it closed connections while they came in"),
    "failed": mark("a process of this program ended"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """The console script: 0 nothing lost, 1 something was, 2 wrong usage, 3 no load came about."""
    streams.ready()
    arguments = sys.argv[1:] if arguments is None else arguments
    words.use(words.language(os.environ, wanted_language(arguments)))
    asked = parse(arguments)
    try:
        result = asyncio.run(load(asked.settings, secrets.token_hex(2), _bar(asked.settings)))
    except CannotLoad as error:
        print(f"{_clear()}{t('No load came about: {why}.', why=t(_REASONS[error.why]))}", file=sys.stderr)
        return NOT_LOADED
    except KeyboardInterrupt:
        return INTERRUPTED
    print(_clear(), end="", file=sys.stderr, flush=True)
    print(as_json(result) if asked.json else as_text(result), end="")
    return SOUND if result.sound else UNSOUND


def _clear() -> str:
    return "\r\x1b[K" if sys.stderr.isatty() else ""


def _bar(settings: Settings) -> Callable[[Watch], None]:
    """What shows on a terminal how far it is."""

    def show(watch: Watch) -> None:
        if watch.began is None:
            part = watch.entered / watch.connections
            text = t("{n} of {all} are in", n=watch.entered, all=watch.connections)
        else:
            part = min(1.0, (time.monotonic() - watch.began) / max(settings.warmup + settings.seconds, 0.001))
            text = t("{n} deliveries", n=f"{watch.received:,}")
        full = round(part * WIDTH)
        print(f"{_clear()}[{'#' * full}{'.' * (WIDTH - full)}] {text}", end="", file=sys.stderr, flush=True)

    return show if sys.stderr.isatty() else lambda watch: None
