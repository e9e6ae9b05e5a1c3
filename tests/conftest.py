"""What every test gets."""

from collections.abc import AsyncIterator

import pytest

from tests import peer
from tests.processes import launch
from tests.servers import make_history, running, start

__all__ = ["drop_peers", "launch", "make_history", "running", "start"]


@pytest.fixture(autouse=True)
async def drop_peers() -> AsyncIterator[None]:
    """No raw connection outlives its test."""
    yield
    while peer.OPEN:
        left = peer.OPEN.pop()
        left.reset()
        await left.closed()
