"""Garbage: what connections leave behind, and how seldom it is looked for."""

import asyncio
import gc
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.server import collecting
from tests.encrypted import trusting_all
from tests.fakes import until
from tests.loops import FACTORIES, run
from tests.peer import Peer
from tests.server.test_accepting import listening
from tests.servers import Running

VISITS = 20


@pytest.fixture
def collector() -> Iterator[None]:
    """Leave the collector as it was."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()
    gc.set_debug(0)
    gc.garbage.clear()


async def _visit(running: Running, number: int, tls: bool) -> None:
    """Come in, say something, and go without a word."""
    ana = await Peer.connect(running.port)
    if tls:
        await ana.writer.start_tls(trusting_all())
    ana.say(type="hello", version=1, user=f"ana{number}")
    await ana.expect("welcome")
    ana.say(type="join", room="#sala")
    await ana.expect("joined", room="#sala")
    ana.say(type="send", to="#sala", body="oi", cid=str(number))
    await ana.expect("message", cid=str(number))
    ana.reset()
    await ana.closed()
    await until(lambda: not running.server.seats)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no uvloop")
@pytest.mark.parametrize("tls", [True, False], ids=["TLS", "plain"])
def test_connections_leave_no_cycles(tls: bool, tmp_path: Path, collector: None) -> None:
    """With uvloop nothing of a session that ended waits for the collector, so that it may look seldom."""

    async def work() -> None:
        async with listening(tmp_path) as running:
            await _visit(running, 0, tls)
            await asyncio.sleep(0)
            gc.collect()
            gc.disable()
            try:
                for number in range(1, VISITS):
                    await _visit(running, number, tls)
                await asyncio.sleep(0)
                gc.set_debug(gc.DEBUG_SAVEALL)
                gc.collect()
            finally:
                gc.enable()
            ours = [one for one in gc.garbage if type(one).__module__.startswith(("chat.", "uvloop"))]
            assert Counter(type(one).__name__ for one in ours) == {}

    run(FACTORIES["uvloop"], work)


def test_it_looks_seldom(collector: None) -> None:
    """At everything after 2,000,000 new objects, and at what is there already not at all."""
    collecting.seldom()
    young, ageing, everything = gc.get_threshold()
    assert young * ageing * everything == 2_000_000
    assert gc.get_freeze_count() > 10_000
