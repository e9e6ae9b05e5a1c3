"""A stream of a real nats-server with a copy of it is a history as any other, and several copies are one."""

from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path

import pytest

from chat.cluster.connection import Connection, Servers
from chat.cluster.history import StreamHistory
from tests.cluster.natses import Natses
from tests.history.conformance import DurableConformance, Make


@pytest.fixture
async def connection(nats: Natses) -> AsyncIterator[Connection]:
    """A connection to the one nats-server."""
    made = Connection(Servers(nats.urls))
    await made.open()
    yield made
    await made.close()


class TestConformance(DurableConformance):
    """All that a history must do, on one nats-server."""

    @pytest.fixture
    def fresh(self, tmp_path: Path, connection: Connection) -> Callable[[], Make]:
        numbers = count()

        def _fresh() -> Make:
            number = next(numbers)
            path = tmp_path / f"{number}.db"
            return lambda: StreamHistory(path, connection, name=f"S{number}", careful=False)

        return _fresh
