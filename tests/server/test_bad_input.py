"""Malformed input of every row, on a server of this process on which two others are talking."""

import asyncio
from collections.abc import AsyncIterator, Callable
from random import Random

import pytest

from tests.fakes import until
from tests.peer import Peer, framed
from tests.server.inputs import CUTS, SEED, Bad, judge
from tests.server.inputs.table import ROWS
from tests.servers import Running


@pytest.fixture
async def pair(running: Running) -> AsyncIterator[Callable[[], object]]:
    """Two who talk; after the test they must still hear each other, on a server where nothing failed."""
    ana, kika = await Peer.hello(running.port, "ana"), await Peer.hello(running.port, "kika")

    async def talk(number: int) -> None:
        sent = await ana.send("#geral", f"canário {number}", f"canary{number}")
        assert (await kika.expect("message", cid=f"canary{number}")) == sent

    await talk(1)
    yield talk
    await talk(2)
    assert running.failures == []


async def _said(running: Running, one: Bad, cut: str, number: int) -> None:
    """One connection that says it, and is gone afterwards."""
    evil = await Peer.connect(running.port)
    if one.welcomed:
        evil.say(type="hello", version=1, user="evil")
        await evil.expect("welcome")
    await judge(evil, one, CUTS[cut], number=number)
    evil.close()
    await until(lambda: running.server.core.hub.people.named("evil") is None)


@pytest.mark.usefixtures("pair")
@pytest.mark.parametrize("row", ROWS)
async def test_a_row(running: Running, row: int) -> None:
    """Each input of a row, cut in a way by chance, is answered as it should be; no task is left behind."""
    dice, tasks = Random(f"{SEED} {row}"), len(asyncio.all_tasks())
    for number, one in enumerate(ROWS[row].values()):
        await _said(running, one, dice.choice(list(CUTS)), number)
    await until(lambda: len(asyncio.all_tasks()) <= tasks)


@pytest.mark.usefixtures("pair")
@pytest.mark.parametrize("data", [b"1", b"10".ljust(63), b"100".ljust(64) + b"x" * 99], ids=len)
async def test_a_stream_that_ends_in_a_frame_is_closed_silently(running: Running, data: bytes) -> None:
    """A peer that goes in the middle of a frame is let go without a word and without a trace."""
    for leave in (Peer.close, Peer.reset):
        evil = await Peer.hello(running.port, "evil")
        evil.raw(data)
        leave(evil)
        assert all(message["type"] != "error" for message in await evil.closed())
        again = await Peer.hello(running.port, "evil", session=evil.welcome["session"])
        again.say(type="bye")
        await again.closed()


@pytest.mark.usefixtures("pair")
async def test_the_largest_frame_passes(running: Running) -> None:
    """A frame of exactly max_frame bytes is read; its unknown members are ignored."""
    ana = await Peer.hello(running.port, "maior")
    start = b'{"type":"ping","ref":"big","x":"'
    ana.raw(framed(start + b"x" * (65_536 - len(start) - 2) + b'"}'))
    assert (await ana.expect("pong"))["ref"] == "big"


@pytest.mark.usefixtures("pair")
async def test_ten_thousand_frames_in_one_write(running: Running) -> None:
    """A flood of good frames is answered in order, every one."""
    evil = await Peer.hello(running.port, "evil")
    evil.raw(b"".join(framed(b'{"type":"ping","ref":"%d"}' % n) for n in range(10_000)))
    for number in range(10_000):
        assert (await evil.expect("pong"))["ref"] == str(number)
