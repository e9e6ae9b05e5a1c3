"""What every test of the doors gets."""

from collections.abc import AsyncIterator

import pytest

from chat.doors.link import header_link
from tests.doors import plain
from tests.doors.plain import opened
from tests.peer import Peer
from tests.servers import Running


@pytest.fixture(autouse=True)
async def drop_plain() -> AsyncIterator[None]:
    """No plain connection outlives its test."""
    yield
    while plain.OPEN:
        left = plain.OPEN.pop()
        left.reset()
        await left.closed()


@pytest.fixture
async def door(running: Running) -> int:
    """The port of the text door of `running`."""
    return await opened(running)


@pytest.fixture
async def headed(running: Running) -> int:
    """The port of the header door of `running`."""
    return await opened(running, header_link)


@pytest.fixture
async def canary(running: Running) -> AsyncIterator[None]:
    """Two wire clients who must still hear each other after the test."""
    dora, edu = await Peer.hello(running.port, "dora"), await Peer.hello(running.port, "edu")
    yield
    sent = await dora.send("#geral", "ainda aqui", "canary")
    assert await edu.expect("message", cid="canary") == sent
