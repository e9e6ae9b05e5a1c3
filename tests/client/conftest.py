"""A scripted server, a clock the test moves, and clients with known chance."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from chat.client import Client, Timings, connect, folder_for
from chat.client.state import State
from tests.client.states import NOW, welcome
from tests.fakes import FakeClock, FakeServer, fake_server
from tests.patience import PATIENCE


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    """A scripted server on a free port."""
    async with fake_server() as fake:
        yield fake


@pytest.fixture
def clock() -> FakeClock:
    """Time that passes when the test says so."""
    return FakeClock()


Dial = Callable[..., Client]
TIMINGS = Timings(connect=PATIENCE)
"""The product's own, which the clock of the test counts; connecting alone takes time of this machine."""


@pytest.fixture
def dial(server: FakeServer, clock: FakeClock) -> Dial:
    """Make a client of the scripted server, to be entered; named `ana` unless the test says otherwise."""

    def _dial(**options: Any) -> Client:
        settings = {"user": "ana", "rng": Random(1), "clock": clock, "timings": TIMINGS} | options
        return connect("127.0.0.1", server.port, **settings)

    return _dial


@pytest.fixture
def state() -> State:
    """The state of somebody who has just been welcomed."""
    state = State("ana")
    state.apply(welcome(), NOW)
    return state


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a client keeps what it keeps."""
    return folder_for("localhost", 10101, "Ana", tmp_path)
