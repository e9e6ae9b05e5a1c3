"""Lines read from a descriptor while other things go on."""

import asyncio
import os
from collections.abc import Iterator

import pytest

from chat.tui.plain import stdin
from chat.tui.plain.stdin import Lines
from tests.patience import PATIENCE


class Pipe:
    """Both ends of a pipe."""

    def __init__(self) -> None:
        self.read, self.write = os.pipe()
        self._open = True

    def put(self, data: bytes) -> None:
        os.write(self.write, data)

    def end(self) -> None:
        if self._open:
            self._open = False
            os.close(self.write)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """A pipe that is closed after the test."""
    made = Pipe()
    yield made
    made.end()
    os.close(made.read)


async def everything(lines: Lines) -> list[str]:
    async with asyncio.timeout(PATIENCE):
        found = []
        while (line := await lines.next()) is not None:
            found.append(line)
        return found


async def test_lines(pipe):
    """Lines come as they end, also those of Windows, and the last one without an end."""
    pipe.put("um\r\n\ndois é".encode()[:-1])
    lines = Lines(pipe.read)
    assert [await lines.next(), await lines.next()] == ["um", ""]
    pipe.put("é".encode()[-1:])
    pipe.end()
    assert await everything(lines) == ["dois é"]
    assert await lines.next() is None


async def test_bad_bytes(pipe):
    """Bytes that are no UTF-8 are replaced and break nothing."""
    pipe.put(b"a\xffb\nc\n")
    pipe.end()
    assert await everything(Lines(pipe.read)) == ["a\ufffdb", "c"]


async def test_endless_line(pipe, monkeypatch):
    """A line that does not end comes in pieces instead of filling the memory."""
    monkeypatch.setattr(stdin, "LONGEST", 1_000)
    pipe.put(b"x" * 5_000)
    pipe.end()
    found = await everything(Lines(pipe.read))
    assert "".join(found) == "x" * 5_000


async def test_cancelled_wait_loses_nothing(pipe):
    """Giving up waiting for a line leaves it for the next who asks."""
    lines = Lines(pipe.read)
    waiting = asyncio.create_task(lines.next())
    await asyncio.sleep(0)
    waiting.cancel()
    pipe.put(b"aqui\n")
    assert await lines.next() == "aqui"
