"""People at terminals: each a real client of a real server, driven by keys and read from its screen."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from prompt_toolkit.application import create_app_session

from chat import words
from chat.client import Client, connect
from chat.tui.desk.config import Config
from chat.tui.screen.app import Screen
from tests.patience import PATIENCE
from tests.tui.terminal import Terminal, terminal


class Person:
    """Somebody at a terminal."""

    def __init__(self, client: Client, screen: Screen, seen: Terminal, session: "asyncio.Task[None]") -> None:
        self.client = client
        self.screen = screen
        self.terminal = seen
        self.session = session
        self.ended = False

    async def left(self) -> None:
        """Wait until the screen has ended."""
        self.ended = True
        async with asyncio.timeout(PATIENCE):
            await self.session


async def _apart(screen: Screen, seen: Terminal) -> None:
    """Run a screen as if its process were its own: prompt_toolkit keeps the current program per session."""
    with create_app_session(seen.input, seen.output):
        await screen.run()


Sit = Callable[..., Awaitable[Person]]


@pytest.fixture(autouse=True)
def portuguese() -> Iterator[None]:
    """Screens speak Portuguese unless a test chooses otherwise; other tests see the ids."""
    words.use(words.PORTUGUESE)
    yield
    words.use(words.ENGLISH)


@pytest.fixture
async def sit() -> AsyncIterator[Sit]:
    """Seat a person at a terminal, connected to a port; they leave at the end of the test."""
    async with AsyncExitStack() as stack:
        people: list[Person] = []

        async def _sit(
            port: int,
            user: str,
            columns: int = 80,
            rows: int = 24,
            config: Config | None = None,
            **options: Any,
        ) -> Person:
            seen = stack.enter_context(terminal(columns, rows))
            client = await stack.enter_async_context(connect("127.0.0.1", port, user=user, **options))
            screen = Screen(client, config=config, input=seen.input, output=seen.output)
            people.append(Person(client, screen, seen, asyncio.create_task(_apart(screen, seen))))
            return people[-1]

        yield _sit
        for person in people:
            if not person.ended:
                person.screen.leave()
                await person.left()
