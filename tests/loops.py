"""The event loops a server runs on, for tests that have to be right on each of them."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.peer import OPEN

Factory = Callable[[], asyncio.AbstractEventLoop]


def _factories() -> dict[str, Factory]:
    if sys.platform == "win32":
        return {"asyncio": asyncio.new_event_loop}
    import uvloop

    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


FACTORIES = _factories()
on_each_loop = pytest.mark.parametrize("factory", FACTORIES.values(), ids=FACTORIES)


def run(factory: Factory, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run something in a loop of its own; no raw connection outlives it."""

    async def _run() -> None:
        try:
            await work()
        finally:
            while OPEN:
                left = OPEN.pop()
                left.reset()
                await left.closed()

    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(_run())
