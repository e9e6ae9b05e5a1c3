"""What the filters share: who one is, how long they bear no connection, and what ends them."""

import asyncio
import contextlib
import getpass
import math
import random
import signal
import sys
from collections.abc import Coroutine, Iterable, Iterator
from contextlib import AsyncExitStack
from typing import Any

from chat.client import Client, ConnectFailed, Connection, ConnectionChanged, NameRefused, connect
from chat.client.backoff import Backoff
from chat.errors import ChatError, Code
from chat.names import BadName, user_name
from chat.sentences import fault, reason
from chat.tui.plain.bookmark import Mark
from chat.tui.shell.access import unlocked
from chat.tui.shell.asked import Sending, Tailing
from chat.tui.shell.exits import FINAL, REFUSED, SIGNAL, UNSENT, WRONG_USE, ending
from chat.tui.shell.parting import not_connected, not_read
from chat.words import t

WAIT = 300.0
"""Seconds without a connection after which a filter that was connected gives up, unless told otherwise."""
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


class Ended(Exception):
    """The filter ends with this exit code; `why` is a sentence, empty where nothing is to be said."""

    def __init__(self, code: int, why: str = "") -> None:
        super().__init__(why)
        self.code = code
        self.why = why


def tell(text: str) -> None:
    """Say something to the person, beside what is printed for programs."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)


async def opened(
    stack: AsyncExitStack,
    asked: Sending | Tailing,
    rooms: Iterable[str],
    mark: Mark | None = None,
    wait: float = 0.0,
) -> Client:
    """A client that has been welcomed, resuming after `mark`; it is closed with `stack`.

    For `wait` seconds it is tried again. Raises Ended.
    """
    user = asked.user or _account()
    after, log = (mark.id, mark.log) if mark else (None, None)
    now = asyncio.get_running_loop().time
    tries, deadline = Backoff(random.SystemRandom(), first=0.5, most=5.0, settled=60.0), now() + wait
    try:
        access = await asyncio.to_thread(unlocked, asked.access)
    except ChatError as error:
        raise Ended(WRONG_USE, not_read(error)) from error
    while True:
        client = connect(asked.host, asked.port, user=user, rooms=rooms, after=after, log=log, **access)
        try:
            return await stack.enter_async_context(client)
        except NameRefused as refusal:
            held = refusal.code == Code.NAME_TAKEN  # perhaps by what is left of an earlier conversation
            if not held or now() >= deadline:
                raise Ended(REFUSED, t("Sorry, {why}.", why=fault(refusal.word))) from None
        except ConnectFailed as failure:
            if failure.reason in FINAL or now() >= deadline:
                raise Ended(ending(failure.reason), not_connected(failure).lstrip("\n")) from None
        await asyncio.sleep(min(tries.next(0.0), max(deadline - now(), 0.0)))


def _account() -> str:
    try:
        return user_name(getpass.getuser()).shown
    except (BadName, OSError, KeyError):
        raise Ended(WRONG_USE, t("Say under which name with --user NAME.")) from None


class Watch:
    """Follows how the connection stands; `over` comes true when it was lost for more than `wait` seconds."""

    def __init__(self, wait: float) -> None:
        self._wait = wait
        self._timer: asyncio.TimerHandle | None = None
        self._lost = False
        self._over = asyncio.Event()

    def hear(self, event: ConnectionChanged) -> None:
        """Take in a change; the first of a loss and its end are told."""
        if event.connection is Connection.OPEN:
            self._opened()
        elif event.connection is Connection.WAITING and not self._lost:
            self._lost = True
            tell(t("The connection was lost: {why}. Trying again...", why=reason(event.reason)))
            if not math.isinf(self._wait):
                self._timer = asyncio.get_running_loop().call_later(self._wait, self._over.set)

    def _opened(self) -> None:
        if self._lost:
            tell(t("Connected again."))
        self._lost = False
        if self._timer is not None:
            self._timer.cancel()

    async def over(self) -> None:
        """Wait until there was no connection for too long. Raises Ended."""
        try:
            await self._over.wait()
        finally:
            if self._timer is not None:
                self._timer.cancel()
        raise Ended(
            UNSENT, t("There was no connection for too long. See that the server runs and start again.")
        )


async def first(*works: Coroutine[Any, Any, None]) -> None:
    """Run all until the first ends, whose exception is raised; the others are cancelled. So with this."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


@contextlib.contextmanager
def until_stopped() -> Iterator["asyncio.Future[None]"]:
    """A future in which a signal that comes while this lasts raises Ended, with its number."""
    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[None] = loop.create_future()
    numbers = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
    with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C cancels what runs instead
        for number in numbers:
            loop.add_signal_handler(number, _stop, stopped, number)
    try:
        yield stopped
    finally:
        stopped.cancel()
        with contextlib.suppress(NotImplementedError):
            for number in numbers:
                loop.remove_signal_handler(number)


def _stop(stopped: "asyncio.Future[None]", number: int) -> None:
    if not stopped.done():
        stopped.set_exception(Ended(SIGNAL + number))


async def wait_for(stopped: "asyncio.Future[None]") -> None:
    """Wait for a future that others wait for too."""
    await asyncio.shield(stopped)
