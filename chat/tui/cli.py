"""`chat-client`: connects, chooses the kind of screen, and says in one sentence why it could not."""

import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.application import Application
from prompt_toolkit.output import Output
from prompt_toolkit.output.defaults import create_output
from prompt_toolkit.output.vt100 import Vt100_Output

from chat import streams, words
from chat.client import Client, ConnectFailed, connect, folder_for
from chat.client.identity import NotAnIdentity, WrongPassphrase
from chat.configuration import Wrong
from chat.errors import DataRefused
from chat.text import Kind, safe
from chat.tui import config
from chat.tui.access import settings
from chat.tui.app import Screen
from chat.tui.arguments import Asked, Carrying, Sending, Tailing, parse
from chat.tui.ask import Dial, admitted
from chat.tui.desk import Face
from chat.tui.exits import SIGNAL, UNSENT, WELL, ending
from chat.tui.parting import goodbye, not_connected, not_read
from chat.tui.style import THEMES
from chat.usage import wanted_language

MEMORY = ":memory:"
FIRST = "CHAT_FIRST"
"""The variable with what whoever started this program wants to be shown first."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The console script; returns one of the exit codes of `chat.tui.exits`."""
    streams.ready()
    arguments = sys.argv[1:] if arguments is None else arguments
    words.use(words.language(os.environ, wanted_language(arguments) or config.language(os.environ)))
    asked = parse(arguments)
    logging.getLogger().addHandler(logging.NullHandler())  # a log line would go right across the screen
    with contextlib.suppress(KeyboardInterrupt):
        return asyncio.run(_RUN[type(asked)](asked))
    return SIGNAL + signal.SIGINT


def _dial(asked: Asked) -> Dial:
    """Clients that keep what they keep where it was asked for.

    With something kept, a person is shown it without waiting for a connection; what comes out of a pipe
    waits for one, as nobody is there to see that it was not sent.
    """

    seen = sys.stdin.isatty()

    def dial(user: str | None, passphrase: str) -> Client:
        folder = None
        if user is not None and asked.data != MEMORY:
            folder = folder_for(asked.host, asked.port, user, Path(asked.data) if asked.data else None)
        return connect(
            asked.host,
            asked.port,
            user=user,
            folder=folder,
            offline=seen,
            **settings(asked.access, passphrase, checked=not seen),
        )

    return dial


async def _chat(asked: Asked) -> int:
    linear = asked.linear or not _can_draw()
    try:
        async with AsyncExitStack() as stack:
            client = await (_line(stack, asked) if linear else _screen(stack, asked))
    except ConnectFailed as failure:
        print(not_connected(failure), file=sys.stderr)
        return ending(failure.reason)
    except (DataRefused, NotAnIdentity, WrongPassphrase) as error:
        print(not_read(error), file=sys.stderr)
        return UNSENT
    if client is None:
        return UNSENT
    streams.say(goodbye(client.pending, kept=client.was_kept))
    return UNSENT if client.pending else WELL


def _can_draw() -> bool:
    """Whether there is a terminal at both ends that can move its cursor."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


async def _screen(stack: AsyncExitStack, asked: Asked) -> Client | None:
    output = create_output()
    if isinstance(output, Vt100_Output):
        output.enable_cpr = False  # nothing here needs to know where the cursor is; asking can cost a second
    ask = partial(_prompted, output)
    client = await admitted(stack, _dial(asked), asked, ask, print, ask)
    if client is None:
        return None
    said, wrong = config.load(config.place(), tuple(THEMES))
    screen = Screen(client, config=said, output=output)
    screen.app.after_render += _freeze
    _tell_first(screen.stage, wrong)
    with _on_stop(screen.leave, "SIGTERM", "SIGHUP"):
        await screen.run()
    await client.close()
    return client


def _freeze(app: Application[None]) -> None:
    """What there is when the screen is first drawn stays to the end.

    Looking for garbage among it again and again held up a key for 15 ms each time, and the more is kept the
    longer.
    """
    app.after_render -= _freeze
    gc.freeze()


async def _prompted(output: Output, question: str) -> str | None:
    """What a person answers; a session for questions takes 12 ms to make, and most are never asked any."""
    session: PromptSession[str] = PromptSession(output=output)
    try:
        return await session.prompt_async(question)
    except (EOFError, KeyboardInterrupt):
        return None


def _tell_first(face: Face, wrong: Sequence[Wrong]) -> None:
    """What is wrong in the configuration, and what is to be shown before anything else."""
    for fault in wrong:
        face.tell(fault.sentence(), kind="error")
    if first := os.environ.get(FIRST):
        face.tell(safe(first, Kind.BLOCK))


async def _line(stack: AsyncExitStack, asked: Asked) -> Client | None:
    from chat.tui.line import Linear
    from chat.tui.stdin import Lines

    lines = Lines(sys.stdin.fileno())

    async def ask(question: str) -> str | None:
        streams.say(question, end="")
        return await lines.next()

    confirm = ask if sys.stdin.isatty() else None
    client = await admitted(stack, _dial(asked), asked, ask, streams.say, confirm)
    if client is None:
        return None
    said, wrong = config.load(config.place(), tuple(THEMES))
    linear = Linear(client, lines, sys.stdout, echo=not sys.stdin.isatty(), keywords=said.keywords)
    _tell_first(linear, wrong)
    with _on_stop(linear.leave, "SIGTERM", "SIGHUP", "SIGINT"):
        await linear.run()
    return client


@contextlib.contextmanager
def _on_stop(leave: Callable[[], None], *names: str) -> Iterator[None]:
    """While this lasts, the signals of these names (as far as the system has them) mean to leave politely."""
    loop = asyncio.get_running_loop()
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    with contextlib.suppress(NotImplementedError):  # Windows
        for number in numbers:
            loop.add_signal_handler(number, leave)
    try:
        yield
    finally:
        with contextlib.suppress(NotImplementedError):
            for number in numbers:
                loop.remove_signal_handler(number)


# The filters are imported when one is asked for: the screen is there 5 ms sooner.


async def _send(asked: Sending) -> int:
    from chat.tui.send import send

    return await send(asked)


async def _tail(asked: Tailing) -> int:
    from chat.tui.tail import tail

    return await tail(asked)


async def _carry(asked: Carrying) -> int:
    from chat.tui.carry import carry

    return await carry(asked)


_RUN: dict[type, Callable[[Any], Coroutine[Any, Any, int]]] = {
    Asked: _chat,
    Sending: _send,
    Tailing: _tail,
    Carrying: _carry,
}
