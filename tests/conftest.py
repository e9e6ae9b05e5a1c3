"""What every test gets."""

import fcntl
import gc
import importlib
import inspect
import itertools
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import forked, peer
from tests.clients import unhurried
from tests.encrypted import encrypted, start_encrypted
from tests.processes import launch
from tests.servers import make_history, running, start

# Two cores shared with other work: an example is slow for reasons of its own, never for the code's.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")

# Programs are started a hundred times: compiling them anew each time takes as long as their start itself.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# What collecting makes stays: a sixth of its time went into looking for garbage there.
gc.disable()

__all__ = ["drop_peers", "encrypted", "launch", "make_history", "running", "start", "start_encrypted"]


def pytest_collection_finish() -> None:
    """From here on garbage is looked for, and only in what the tests make."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def own_places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Places for one test each, which nothing has made yet.

    A numbered folder of pytest's own looks through all there are: with thousands of tests, 5 ms for each.
    """
    base = tmp_path_factory.mktemp("own")
    return (base / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def own_data(own_places: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees or makes files of whoever runs it: identities, known servers, copies, configuration."""
    place = next(own_places)
    monkeypatch.setenv("XDG_DATA_HOME", str(place / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(place / "config"))


@pytest.fixture(autouse=True, scope="session")
def unhurried_clients() -> Iterator[None]:
    """A client of this process that is given no timings does not give up because a machine stood still."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importlib.import_module("chat.client.connect"), "Timings", unhurried)
        yield


@pytest.fixture(autouse=True, scope="session")
def programs() -> Iterator[None]:
    """What programs are copied from ends with the last test."""
    yield
    forked.end()


@pytest.fixture(autouse=True)
def tidied(request: pytest.FixtureRequest) -> None:
    """Only where there is a loop already: making one takes longer than most tests that need none."""
    if inspect.iscoroutinefunction(request.function):
        request.getfixturevalue("drop_peers")


@pytest.fixture
async def drop_peers() -> AsyncIterator[None]:
    """No raw connection outlives its test."""
    yield
    while peer.OPEN:
        left = peer.OPEN.pop()
        left.reset()
        await left.closed()


@pytest.fixture
def usual_port() -> Iterator[int]:
    """The port of `make run`, for one test at a time, whichever worker runs it."""
    with (Path(tempfile.gettempdir()) / "chat-tests-10101.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield 10_101
