"""Somebody is told when the loop stands still, once, and where."""

import asyncio
import time

import pytest

from chat.server import watchdog
from chat.server.watchdog import Watchdog
from tests.patience import PATIENCE


async def test_told_once_and_where(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that blocks is named while it does; one that does not is never named."""
    monkeypatch.setattr(watchdog, "LIMIT", 0.1)
    monkeypatch.setattr(watchdog, "LOOK", 0.05)
    told: list[str] = []
    watching = Watchdog(asyncio.get_running_loop(), lambda seconds, where: told.append(where))

    def blocks() -> None:
        until = time.monotonic() + PATIENCE
        while not told and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.3)

    blocks()
    watching.stop()
    assert len(told) == 1
    assert "in blocks" in told[0]
