"""`chat-client`: connects, chooses the kind of screen, and says in one sentence why it could not."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from chat import streams, words
from chat.client import Client, ConnectFailed, NameRefused, connect, folder_for
from chat.client.identity import NotAnIdentity, WrongPassphrase
from chat.errors import DataRefused
from chat.sentences import fault
from chat.tui.desk import config
from chat.tui.desk.style import THEMES
from chat.tui.lasting import lasting
from chat.tui.plain.ask import Dial, admitted
from chat.tui.shell.access import settings
from chat.tui.shell.arguments import parse
from chat.tui.shell.asked import Asked, Carrying, Sending, Tailing
from chat.tui.shell.exits import REFUSED, SIGNAL, UNSENT, WELL, ending
from chat.tui.shell.first import tell_first
from chat.tui.shell.parting import goodbye, not_connected, not_read
from chat.tui.shell.stopping import on_stop
from chat.usage import wanted_language
from chat.words import t

MEMORY = ":memory:"


def main(arguments: Sequence[str] | None = None) -> int:
    """The console script; returns one of the exit codes of `chat.tui.shell.exits`."""
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
    except NameRefused as refusal:
        print(t("Sorry, {why}.", why=fault(refusal.word)), file=sys.stderr)
        return REFUSED
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
    with lasting():
        from chat.tui.screen.full import sit

    return await sit(stack, _dial(asked), asked)


async def _line(stack: AsyncExitStack, asked: Asked) -> Client | None:
    from chat.tui.plain.line import Linear
    from chat.tui.plain.stdin import Lines

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
    tell_first(linear, wrong)
    with on_stop(linear.leave, "SIGTERM", "SIGHUP", "SIGINT"):
        await linear.run()
    return client


# Each is imported when it is asked for: a filter needs no screen (120 ms), and a screen no filter (5 ms).


async def _send(asked: Sending) -> int:
    from chat.tui.plain.send import send

    return await send(asked)


async def _tail(asked: Tailing) -> int:
    from chat.tui.plain.tail import tail

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
