"""A server in this process, on a free port, over a history in memory."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from chat.history.base import History
from chat.limits.options import Options
from chat.registry.sqlite import SqliteRegistry
from chat.server.server import Server
from tests.fake_history import FakeHistory
from tests.patience import PATIENCE

UNHURRIED = {
    "send_rate": 0.0,
    "join_rate": 0.0,
    "make_rate": 0.0,
    "hello_deadline": PATIENCE,
    "handshake_deadline": PATIENCE,
    "frame_deadline": PATIENCE,
    "stuck_after": PATIENCE,
}
"""Most tests say more in a moment than anybody may, and stand still at times; those about a limit set it."""


class Recorder:
    """A console that keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[tuple[str, ...]] = []

    def connected(self, address: str) -> None:
        self.events.append(("connected", address))

    def entered(self, user: str, address: str, *, guest: bool) -> None:
        self.events.append(("entered", user))

    def gone(self, user: str, address: str, reason: str) -> None:
        self.events.append(("gone", user, reason))

    def refused(self, address: str, code: str) -> None:
        self.events.append(("refused", code))

    def turned_away(self, address: str, limit: str) -> None:
        self.events.append(("turned away", limit))

    def crowded(self, limit: str) -> None:
        self.events.append(("crowded", limit))

    def stalled(self, seconds: float, where: str) -> None:
        self.events.append(("stalled", where))

    def failed(self, what: str, error: BaseException) -> None:
        self.events.append(("failed", what, repr(error)))


class Running:
    """A server that listens, and what a test looks at from outside."""

    def __init__(self, server: Server, port: int, console: Recorder) -> None:
        self.server = server
        self.port = port
        self.console = console

    @property
    def failures(self) -> list[tuple[str, ...]]:
        """What failed inside the server."""
        return [event for event in self.console.events if event[0] == "failed"]


Start = Callable[..., Awaitable[Running]]


@pytest.fixture
def make_history() -> Callable[[], History]:
    """What a server gets where a test brings no history of its own."""
    return FakeHistory


@pytest.fixture
async def start(make_history: Callable[[], History]) -> AsyncIterator[Start]:
    """Start servers with options of the test's own; each is stopped, and must not have failed inside."""
    async with AsyncExitStack() as stack:
        running: list[Running] = []

        async def _start(history: History | None = None, **options: Any) -> Running:
            console = Recorder()
            server = Server(
                history or make_history(), SqliteRegistry(None), console, Options(**UNHURRIED | options)
            )
            await stack.enter_async_context(server)
            (address,) = await server.listen("127.0.0.1", 0)
            running.append(Running(server, address[1], console))
            return running[-1]

        yield _start
    assert [failure for one in running for failure in one.failures] == []


@pytest.fixture
async def running(start: Start) -> Running:
    """A server as it comes, but that one may say as much as one likes."""
    return await start()
