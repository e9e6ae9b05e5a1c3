"""`tail` in the process, against a server that does what it is told."""

import asyncio
import json
import os
from collections.abc import AsyncIterator

import pytest

from chat import messages as m
from chat.tui.plain.filters import Ended
from chat.tui.plain.stdout import Out
from chat.tui.plain.tail import Tail
from chat.tui.plain.tape import Tape
from chat.tui.shell.arguments import parse
from chat.tui.shell.asked import Tailing
from tests.fakes import Caller, FakeServer, error, fake_server, message, until, within


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    """A scripted server on a free port."""
    async with fake_server() as fake:
        yield fake


class Tailed:
    """A tail that runs, and what it has printed."""

    def __init__(self, server: FakeServer, *arguments: str) -> None:
        asked = parse(["tail", "--port", str(server.port), "--user", "ana", "--json", *arguments])
        assert isinstance(asked, Tailing)
        self._read, self._write = os.pipe()
        self._out = Out(self._write)
        self.tape = Tape(self._out, None)
        self.running = asyncio.create_task(Tail(asked, self.tape).run())
        self._printing = asyncio.create_task(self.tape.run())

    async def printed(self) -> list[str]:
        """What all lines say that are printed so far."""
        await within(self.tape.printed())
        lines = os.read(self._read, 65_536).splitlines()
        return [json.loads(line).get("body", json.loads(line)["type"]) for line in lines]

    def close(self) -> None:
        self.running.cancel()
        self._printing.cancel()
        self._out.close()
        os.close(self._read)
        os.close(self._write)


@pytest.fixture
async def tailed(server: FakeServer) -> AsyncIterator[Tailed]:
    """A tail of the lobby from the beginning on, for three lines."""
    one = Tailed(server, "--last", "0", "--count", "3")
    yield one
    one.close()


async def test_changes_that_are_in_it_already(server: FakeServer, tailed: Tailed) -> None:
    """A message read late has its changes in it: those are no lines of their own, later ones are."""
    caller = await server.accept()
    late = message(5, "como ficou")
    late.version, late.edited = 8, True
    head = {"to": "#geral", "from_": "bia", "ts": 1, "cid": "c"}
    caller.say(late, m.Edited(**head, id=8, of=5, body="como ficou"), m.Deleted(**head, id=9, of=5))
    caller.say(message(10, "de outra sala", to="#nunca"), message(11, "fim"))
    await within(tailed.running)
    assert await tailed.printed() == ["como ficou", "deleted", "fim"]


async def test_another_history(
    server: FakeServer, tailed: Tailed, capsys: pytest.CaptureFixture[str]
) -> None:
    """After a cut it resumes; where the server has another history then, that is told and it goes on."""
    caller = await server.accept()
    caller.say(message(5, "um"), message(6, "dois"))
    await until(lambda: tailed.tape.mark is not None and tailed.tape.mark.id == 6)
    server.greeting = lambda caller: caller.welcome(log="log-2", head=3, reset=True)
    caller.cut()
    caller = await server.accept()
    assert (caller.hello.after, caller.hello.log) == (6, "log-1")
    caller.say(message(4, "da nova"))
    await within(tailed.running)
    assert await tailed.printed() == ["um", "dois", "da nova"]
    assert tailed.tape.mark is not None
    assert (tailed.tape.mark.log, tailed.tape.mark.id) == ("log-2", 4)
    assert "O servidor começou um novo histórico" in capsys.readouterr().err


async def test_a_room_that_is_closed_to_it(server: FakeServer) -> None:
    """Where the server will not let it in, it ends and says why."""

    def refused(caller: Caller) -> None:
        caller.say(error("not_allowed"))

    server.greeting = refused
    tailed = Tailed(server, "--room", "ops", "--last", "0")
    caller = await server.accept()
    while not isinstance(hello := await caller.next(), m.Hello):
        pass
    assert hello.rooms is None
    caller.welcome()
    while not isinstance(join := await caller.next(), m.Join):
        pass
    assert join.room == "#ops"
    caller.say(error("not_allowed"))
    with pytest.raises(Ended) as ended:
        await within(tailed.running)
    assert ended.value.code == 3
    assert "não é permitido" in ended.value.why
    tailed.close()
