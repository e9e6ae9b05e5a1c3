"""Being told to stop: the signals as an event, and what is given up where nothing has started yet."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from typing import Literal


class NotStarted(Exception):
    """It was told to stop before it was there."""


def on_signals() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set from now on; a second signal ends the process at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stopped() -> None:
        if stop.is_set():
            os._exit(1)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C cancels what runs instead
            loop.add_signal_handler(number, stopped)
    return stop


@contextlib.asynccontextmanager
async def giving_up(stop: asyncio.Event) -> AsyncIterator[None]:
    """Cancel what is awaited in here where `stop` is set meanwhile, and then raise NotStarted.

    A node waits 30 s for its cluster; who has started it by mistake waits for less.
    """
    loop = asyncio.get_running_loop()
    told = asyncio.ensure_future(stop.wait())
    try:
        async with asyncio.timeout(None) as patience:

            def end(told: asyncio.Future[Literal[True]]) -> None:
                with contextlib.suppress(RuntimeError):  # it was there a moment before
                    if not told.cancelled():
                        patience.reschedule(loop.time())

            told.add_done_callback(end)
            yield
    except TimeoutError:
        if patience.expired():
            raise NotStarted from None
        raise
    finally:
        told.cancel()


async def either(*events: asyncio.Event) -> None:
    """Wait for the first of several events."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
