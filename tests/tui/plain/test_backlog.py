"""What was said before now, page by page, from rooms that are only lists."""

from typing import Any

import pytest

from chat.messages import HistoryPage, Message
from chat.tui.plain import backlog
from tests.fakes import message

ROOMS = {"#a": range(1, 700, 2), "#b": range(2, 700, 4), "#c": range(0)}
"""Each room's ids."""


class Shelf:
    """Gives pages as a server would; counts the most messages given at once."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    async def history(
        self, room: str, *, before: int | None = None, after: int | None = None, limit: int = 100
    ) -> HistoryPage:
        self.asked.append(limit)
        ids = [id for id in ROOMS[room] if (before is None or id < before) and (after is None or id > after)]
        chosen = ids[:limit] if after is not None else ids[-limit:]
        page: list[Message] = [message(id, to=room) for id in chosen]
        return HistoryPage(messages=page, more=len(ids) > len(chosen))


def all_up_to(head: int, after: int = 0) -> list[int]:
    """The ids of all rooms in this span."""
    return sorted(id for ids in ROOMS.values() for id in ids if after < id <= head)


@pytest.mark.parametrize("after", [0, 1, 350, 599, 600, 900])
async def test_since(after: int) -> None:
    """All that lies between two ids comes in one order, each once, whatever the pages."""
    shelf: Any = Shelf()
    found = [said.id async for said in backlog.since(shelf, list(ROOMS), after, 600)]
    assert found == all_up_to(600, after)


@pytest.mark.parametrize("count", [0, 1, 100, 101, 250, 1_000])
async def test_newest(count: int) -> None:
    """The last so many of each room come in one order; no page is larger than a server gives."""
    shelf: Any = Shelf()
    found = [said.id for said in await backlog.newest(shelf, list(ROOMS), count, 600)]
    wanted = [[id for id in ids if id <= 600][-count:] if count else [] for ids in ROOMS.values()]
    assert found == sorted(id for ids in wanted for id in ids)
    assert max(shelf.asked, default=0) <= 100
