"""Bytes written to a descriptor while other things go on."""

import asyncio
import os
from pathlib import Path

import pytest

from chat.tui.plain.bookmark import Bookmark, Mark
from chat.tui.plain.stdout import Out
from chat.tui.plain.tape import ROOM, Tape
from tests.patience import PATIENCE

MUCH = b"x" * 1_000_000
"""More than a pipe holds."""


async def test_a_slow_reader_holds_nothing_up() -> None:
    """While a pipe is full other tasks go on, and all of it arrives in its order."""
    read, write = os.pipe()
    out = Out(write)
    writing = asyncio.create_task(out.write(MUCH + b"end"))
    await asyncio.sleep(0)
    assert not writing.done()
    got = b""
    while len(got) < len(MUCH) + 3:
        got += await asyncio.to_thread(os.read, read, 65_536)
    async with asyncio.timeout(PATIENCE):
        await writing
    assert got == MUCH + b"end"
    out.close()
    os.close(read)
    os.close(write)


async def test_the_reader_goes() -> None:
    """That nobody reads is noticed before the next write, and raised by it."""
    read, write = os.pipe()
    out = Out(write)
    os.close(read)
    async with asyncio.timeout(PATIENCE):
        await out.gone.wait()
        with pytest.raises(BrokenPipeError):
            await out.write(b"oi")
    os.close(write)


async def test_tape(tmp_path: Path) -> None:
    """What is put is printed once each, in order; only what was printed is in the bookmark."""
    read, write = os.pipe()
    out = Out(write)
    with Bookmark(tmp_path / "mark") as bookmark:
        tape = Tape(out, bookmark)
        for number in range(ROOM):
            await tape.put(Mark("log", number), f"{number}")
        beyond = asyncio.create_task(tape.put(Mark("log", 5_000), "last"))
        await asyncio.sleep(0)
        assert not beyond.done()
        assert bookmark.mark is None
        running = asyncio.create_task(tape.run())
        async with asyncio.timeout(PATIENCE):
            await beyond
            await tape.printed()
            assert bookmark.mark == Mark("log", 5_000)
            await tape.put(Mark("log", 6_000))
            await tape.printed()
        assert bookmark.mark == Mark("log", 6_000)
        running.cancel()
    assert os.read(read, 65_536).split() == [*(str(number).encode() for number in range(ROOM)), b"last"]
    out.close()
    os.close(read)
    os.close(write)
