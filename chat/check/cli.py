"""`chat-check`: checks a server, says what it found, and by its exit code whether all was well."""

import asyncio
import contextlib
import os
import secrets
import signal
import sys
from collections.abc import Callable, Sequence

from chat import streams, words
from chat.check.arguments import Asked, parse
from chat.check.entry import CannotCheck
from chat.check.report import as_json, as_text
from chat.check.run import Report, check
from chat.check.scene import Scene
from chat.sentences import fault
from chat.usage import wanted_language
from chat.words import mark, t

PASSED, FAILED, NOT_CHECKED, INTERRUPTED = 0, 1, 3, 130
LOOK = 0.5
"""Seconds between two lines of progress."""
SEEDS = 2**31

_REASONS = {
    "absent": mark("no chat server answers there, or not for long enough"),
    "broken": mark("what answers there is no chat server of this version"),
    "challenge": mark("it wants proof of who one is, and lets no guests in"),
    "unanswered": mark("it stopped answering"),
    "command": mark("the command does not start a server that goes on running"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """The console script: 0 all is well, 1 a fault was found, 2 wrong usage, 3 no check came about."""
    streams.ready()
    arguments = sys.argv[1:] if arguments is None else arguments
    words.use(words.language(os.environ, wanted_language(arguments)))
    asked = parse(arguments, secrets.randbelow(SEEDS))
    try:
        report = asyncio.run(_check(asked))
    except CannotCheck as error:
        print(t("Could not check: {why}.", why=_why(error.code)), file=sys.stderr)
        return NOT_CHECKED
    except (KeyboardInterrupt, asyncio.CancelledError):
        return INTERRUPTED
    print(as_json(report) if asked.json else as_text(report), end="")
    if report.passed:
        return PASSED
    return FAILED if report.verdict.faults else NOT_CHECKED


def _why(code: str) -> str:
    return t(_REASONS[code]) if code in _REASONS else fault(code)


async def _check(asked: Asked) -> Report:
    async def watch(scene: Scene) -> None:
        _on_interrupt(scene.stop)
        await _progress(scene)

    return await check(asked.settings, secrets.token_hex(3), watch)


def _on_interrupt(stop: Callable[[], None]) -> None:
    """Let the first Ctrl-C end the talking, so that what was said is judged; the second ends the program."""
    loop = asyncio.get_running_loop()

    def interrupted() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        stop()

    with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C ends the program
        loop.add_signal_handler(signal.SIGINT, interrupted)


async def _progress(scene: Scene) -> None:
    """Show on a terminal how it goes, in one line that is written anew, until cancelled."""
    if not sys.stderr.isatty():
        return
    try:
        while True:
            print(f"\r\x1b[K{_line(scene)}", end="", file=sys.stderr, flush=True)
            await asyncio.sleep(LOOK)
    finally:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _line(scene: Scene) -> str:
    what = t("reading back") if scene.met("heard").is_set() else t("talking")
    return t(
        "{what}: {said} said, {acknowledged} acknowledged, {connections} connections, {cuts} broken",
        what=what,
        said=len(scene.ledger.attempts),
        acknowledged=scene.ledger.acknowledged,
        connections=scene.connections,
        cuts=scene.cuts,
    )
