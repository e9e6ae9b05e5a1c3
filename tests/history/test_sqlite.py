"""SqliteHistory keeps what a history promises, in a file and in memory."""

import asyncio
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from chat.history import folds
from chat.history.search import Search
from chat.history.sqlite import SqliteHistory
from tests.history.conformance import Conformance, DurableConformance, Make
from tests.history.told import draft, opened


class TestFile(DurableConformance):
    @pytest.fixture
    def fresh(self, tmp_path: Path) -> Callable[[], Make]:
        numbers = itertools.count()

        def another() -> Make:
            path = tmp_path / f"{next(numbers)}.db"
            return lambda: SqliteHistory(path, synchronous="off")

        return another


class TestChangedOften(DurableConformance):
    """Where what became of an entry is kept after two changes already."""

    @pytest.fixture
    def fresh(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Make]:
        monkeypatch.setattr(folds, "MANY", 1)
        numbers = itertools.count()

        def another() -> Make:
            path = tmp_path / f"{next(numbers)}.db"
            return lambda: SqliteHistory(path, synchronous="off")

        return another


class TestMemory(Conformance):
    @pytest.fixture
    def fresh(self) -> Callable[[], Make]:
        return lambda: lambda: SqliteHistory(None)


async def test_a_batch_is_told_whatever_else_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without memory for what is done beside it, no batch is passed over: the next would leave a gap."""

    def fails(search: Search, head: int) -> None:
        raise MemoryError

    async with opened(lambda: SqliteHistory(None)) as (history, told):
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        monkeypatch.setattr(Search, "grown", fails)
        history.submit(draft(1))
        await told.reports(1)
        history.submit(draft(2))
        await told.reports(2)
        assert told.heads == [1, 2]
