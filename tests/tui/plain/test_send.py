"""`send` in the process, against a server that does what it is told."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from chat import messages as m
from chat.client import connect
from chat.tui.plain.send import WINDOW, Sender
from tests.fakes import Caller, FakeServer, error, fake_server, until


class Endless:
    """An input that never ends; it counts the lines taken."""

    def __init__(self) -> None:
        self.taken = 0

    async def next(self) -> str:
        self.taken += 1
        return f"linha {self.taken}"


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    """A scripted server on a free port."""
    async with fake_server() as fake:
        yield fake


async def _sends(caller: Caller, count: int) -> list[m.Send]:
    sends: list[m.Send] = []
    while len(sends) < count:
        request = await caller.next()
        sends += [request] if isinstance(request, m.Send) else []
    return sends


async def test_no_more_is_read_than_can_be_sent(server: FakeServer) -> None:
    """While nothing is acknowledged only WINDOW lines are taken from an endless input; then as many more."""
    async with connect("127.0.0.1", server.port, user="robo") as client:
        caller = await server.accept()
        lines = Endless()
        sender = Sender(client, "#geral")
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(sender._each(group, lines))  # type: ignore[arg-type]
            (first, *_) = await _sends(caller, 32)
            await until(lambda: lines.taken == WINDOW + 1)
            server.greeting = Caller.cut
            caller.cut()
            await server.accept()
            assert lines.taken == WINDOW + 1
            server.greeting = Caller.welcome
            client.retry()
            caller = await server.accept()
            (again,) = await _sends(caller, 1)
            assert (again.cid, again.body) == (first.cid, "linha 1")
            caller.acknowledge(again, 1)
            await until(lambda: lines.taken == WINDOW + 2)
            reading.cancel()
            await client.close(0.0)


async def test_what_is_refused_for_good(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    """A refusal that would meet every line ends it: what follows is not said, and is told as unsent."""
    async with connect("127.0.0.1", server.port, user="robo") as client:
        caller = await server.accept()
        sender = Sender(client, "#geral")
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(sender._each(group, Endless()))  # type: ignore[arg-type]
            giving_up = group.create_task(sender._give_up())
            (first, *_) = await _sends(caller, 1)
            caller.say(error("not_in_room", cid=first.cid))
            await giving_up
            reading.cancel()
            await client.close(0.0)
        sender.report()
    assert sender.refused == 1
    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith("A linha 1 não foi enviada: você não está nessa sala")
    assert told[2] == "linha 2"
