"""SqliteHistory keeps what a history promises, in a file and in memory."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from chat.history import folds
from chat.history.sqlite import SqliteHistory
from tests.history.conformance import Conformance, DurableConformance, Make


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
