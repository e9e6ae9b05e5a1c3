"""How a client comes in, against a scripted server: refused, waited for, cancelled."""

import asyncio
import socket

import pytest

from chat import messages as m
from chat.client import (
    ConnectFailed,
    Connection,
    NameRefused,
    Refused,
    connect,
)
from chat.errors import Code
from tests.client.conftest import Dial
from tests.client.hearing import heard
from tests.fakes import Caller, FakeClock, FakeServer, error, refuse, within
from tests.patience import PATIENCE


@pytest.mark.parametrize("code", [Code.BAD_NAME, Code.NAME_TAKEN])
@pytest.mark.parametrize("wait", [False, True])
async def test_a_refused_name_raises(server: FakeServer, dial: Dial, code: Code, wait: bool) -> None:
    """Another name must be chosen: waiting would not help."""
    server.greeting = refuse(code)
    with pytest.raises(NameRefused) as refused:
        await within(dial(wait=wait).__aenter__())
    assert refused.value.code == code


@pytest.mark.parametrize("code", [Code.BAD_VERSION, Code.SERVER_FULL, Code.INTERNAL])
async def test_any_other_refusal_says_why(server: FakeServer, dial: Dial, code: Code) -> None:
    """A server that does not welcome, for whatever reason it gives, is no connection."""
    server.greeting = refuse(code)
    with pytest.raises(ConnectFailed) as failed:
        await within(dial().__aenter__())
    assert failed.value.reason == code


async def test_a_refused_room_does_not_keep_us_out(server: FakeServer, dial: Dial) -> None:
    """If a room in the hello is refused, the others are joined one by one, and the error is told."""
    server.greeting = refuse(Code.BAD_ROOM)
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:

        async def serve() -> Caller:
            caller = await server.accept()
            again = await caller.hear(m.Hello)
            assert again.rooms is None
            caller.welcome()
            return caller

        serving = group.create_task(serve())
        async with dial(rooms=["#a b", "#jogos"]) as client:
            caller = await serving
            bad, good = await caller.hear(m.Join), await caller.hear(m.Join)
            assert (bad.room, good.room) == ("#a b", "#jogos")
            caller.say(error("bad_room"), m.Joined(room="#jogos", users=["ana"]))
            events = await heard(client, 5)
            assert events[3] == error("bad_room")
            assert client.joined == ("#geral", "#jogos")


async def test_nobody_listens() -> None:
    """The reason, every address tried, and the error of the system."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(ConnectFailed) as failed:
            await within(connect("127.0.0.1", port, user="ana").__aenter__())
    assert failed.value.reason == "refused"
    assert failed.value.tried == (f"127.0.0.1:{port}",)
    assert isinstance(failed.value.error, ConnectionRefusedError)
    assert str(failed.value) == f"refused: 127.0.0.1:{port} (tried 127.0.0.1:{port})"


async def test_names_that_cannot_be_sent(dial: Dial) -> None:
    """What a command line gives may be no text: refused here, before it can break anything."""
    with pytest.raises(NameRefused) as refused:
        await dial(user="an\udce3").__aenter__()
    assert refused.value.code == Code.BAD_NAME
    with pytest.raises(Refused) as bad:
        await dial(rooms=["#an\udce3"]).__aenter__()
    assert bad.value.code == Code.BAD_ROOM


@pytest.mark.parametrize("port", [0, -1, 65_536])
def test_a_port_that_is_none(port: int) -> None:
    """A local mistake raises at once."""
    with pytest.raises(ValueError, match="port"):
        connect(port=port, user="ana")


async def test_waiting_for_a_server_that_comes_later(
    server: FakeServer, dial: Dial, clock: FakeClock
) -> None:
    """With `wait` entering tries on until somebody welcomes."""
    server.greeting = Caller.cut
    entering = asyncio.create_task(dial(wait=True).__aenter__())
    await server.accept()
    await clock.sleeps(0.5)
    assert not entering.done()
    server.greeting = Caller.welcome
    clock.advance(0.5)
    client = await within(entering)
    await server.accept()
    events = await heard(client, 5)
    assert [getattr(event, "connection", None) for event in events] == [
        Connection.CONNECTING,
        Connection.WAITING,
        Connection.CONNECTING,
        Connection.OPEN,
        None,
    ]
    await client.close()


async def test_entering_can_be_cancelled(server: FakeServer, dial: Dial) -> None:
    """Who gives up waiting leaves no connection behind."""
    server.greeting = lambda caller: None
    entering = asyncio.create_task(dial().__aenter__())
    caller = await server.accept()
    entering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await entering
    await within(caller.gone())


async def test_closing_what_was_never_entered(dial: Dial) -> None:
    """A client that was made and not used needs no closing, and does not mind it."""
    assert await dial().close() == ()


async def test_a_fault_of_our_own_at_the_start(dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should the client fail before it is welcomed, entering raises what it was."""
    client = dial()
    monkeypatch.setattr(client._exchange, "begin", None)
    with pytest.raises(TypeError):
        await within(client.__aenter__())
