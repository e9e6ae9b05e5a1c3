"""A key is drawn soon, however much is said and however long the talk is."""

import timeit
from datetime import UTC
from functools import partial
from time import process_time

from chat.tui.rows import render
from tests.tui.latency import measure
from tests.tui.sheets import NOON, said, seen


def test_a_busy_room_holds_up_no_key() -> None:
    """With the installed programs: among 1,000 messages a second a key takes little longer than in silence.

    By the median, without the time that other programs have the cores. Measured: 1.1 to 1.7 times as long;
    a client that drew each message would be seconds behind.
    """
    silent, busy = measure([0, 1_000], 30)
    assert busy["rate"] > 100
    assert busy["own p50"] < 6 * silent["own p50"]


def test_a_long_talk_is_drawn_as_quickly_as_a_short_one() -> None:
    """Only what is to be seen is looked at: 10,000 lines cost what 100 do."""

    def cost(count: int) -> float:
        state, view = seen(*(said(id, f"linha {id}", ts=NOON + id * 60_000) for id in range(1, count + 1)))
        draw = partial(render.messages, state, view, 80, 40, UTC)
        return min(timeit.repeat(draw, timer=process_time, number=20, repeat=5))

    assert cost(10_000) < 5 * cost(100)
