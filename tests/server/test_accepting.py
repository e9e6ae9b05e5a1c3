"""Listening on each event loop: what is accepted, and what is not while there is no room."""

import asyncio
import contextlib
import errno
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from chat import descriptors
from chat.limits.counters import Limit
from chat.limits.options import Options
from chat.link import SEND_BUFFER, USER_TIMEOUT
from chat.operating.certificates import own
from chat.registry.sqlite import SqliteRegistry
from chat.server import accepting
from chat.server.accepting import Listener, quieten
from chat.server.securing import Security
from chat.server.server import Server
from tests.encrypted import trusting_all
from tests.fake_history import FakeHistory
from tests.fakes import until
from tests.loops import Factory, on_each_loop, run
from tests.patience import PATIENCE
from tests.peer import Peer
from tests.servers import UNHURRIED, Recorder, Running, Start


@asynccontextmanager
async def listening(folder: Path, **options: int) -> AsyncIterator[Running]:
    """A server that listens with TLS, in whatever loop this is."""
    console = Recorder()
    async with Server(FakeHistory(), SqliteRegistry(None), console, Options(**UNHURRIED | options)) as server:
        ((_, port),) = await server.listen("127.0.0.1", 0, security=Security(own(folder, "chat").context))
        yield Running(server, port, console)
    assert [event for event in console.events if event[0] == "failed"] == []


@on_each_loop
@pytest.mark.parametrize("tls", [True, False], ids=["TLS", "plain"])
@pytest.mark.parametrize("late", [True, False], ids=["late", "at once"])
def test_the_first_byte_decides(factory: Factory, tls: bool, late: bool, tmp_path: Path) -> None:
    """Whether it is there before anybody looks, or comes when the connection has long been waited on."""

    async def work() -> None:
        async with listening(tmp_path) as running:
            ana = await Peer.connect(running.port)
            if late:
                await until(lambda: len(running.server.reception.opening) == 1)
            if tls:
                await ana.writer.start_tls(trusting_all())
            ana.say(type="hello", version=1, user="ana")
            await ana.expect("welcome")
            body = "x" * 4_000
            for number in range(30):
                ana.say(type="send", to="#geral", body=body, cid=str(number))
            for number in range(30):
                assert (await ana.expect("message", cid=str(number)))["body"] == body

    run(factory, work)


@on_each_loop
@pytest.mark.parametrize("tls", [True, False], ids=["TLS", "plain"])
def test_what_is_accepted_is_tuned(factory: Factory, tls: bool, tmp_path: Path) -> None:
    """It sends at once, the kernel holds little for it, and gives up a peer that takes nothing for 30 s."""

    async def work() -> None:
        async with listening(tmp_path) as running:
            ana = await Peer.connect(running.port)
            if tls:
                await ana.writer.start_tls(trusting_all())
            ana.say(type="hello", version=1, user="ana")
            await ana.expect("welcome")
            (seat,) = running.server.seats
            found = seat.link.extra("socket")
            assert found.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
            assert SEND_BUFFER <= found.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= 2 * SEND_BUFFER
            if sys.platform == "linux":
                assert found.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == USER_TIMEOUT

    run(factory, work)


@on_each_loop
def test_all_of_a_hello_is_there_before_it_is_accepted(factory: Factory, tmp_path: Path) -> None:
    """What a fast client has sent before the server even looks is neither lost nor read by the wrong side."""

    async def work() -> None:
        async with listening(tmp_path) as running:
            for tls in (True, False):
                quick = asyncio.open_connection(
                    "127.0.0.1", running.port, ssl=trusting_all() if tls else None
                )
                peer = Peer(*await quick)
                for _ in range(3):
                    peer.say(type="hello", version=1, user=f"ana{tls:d}")
                await peer.expect("welcome")
                await peer.expect("error", code="not_allowed")

    run(factory, work)


@on_each_loop
def test_without_descriptors_it_rests(
    factory: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No more are let in than there are descriptors for; who is in talks on, and with one free it goes on."""

    async def work() -> None:
        async with listening(tmp_path) as running:
            ana = await Peer.hello(running.port, "ana")
            lowest = os.dup(0)
            os.close(lowest)
            monkeypatch.setattr(descriptors, "_RESERVE", 1)
            # Their own ends are in this process, too: 30 of the 40 at most.
            monkeypatch.setattr(descriptors, "most", lambda: lowest + 40)
            others = [await Peer.connect(running.port) for _ in range(30)]
            counters = running.server.core.counters
            await until(lambda: counters[Limit.DESCRIPTORS] > 0)
            assert len(running.server.reception.opening) < len(others)
            await ana.send("#geral", "oi", "1")
            assert running.console.events.count(("crowded", "descriptors")) == 1
            for other in others:
                other.close()
            await _welcomed(running.port)
            assert running.console.events.count(("crowded", "descriptors")) == 1

    run(factory, work)


async def _welcomed(port: int) -> Peer:
    """Somebody who tries until there is room: who comes when there is none is closed, or waits."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with contextlib.suppress(AssertionError, ConnectionError):
                return await Peer.hello(port, "bia")


@on_each_loop
def test_with_too_many_nobodies_it_rests(factory: Factory, tmp_path: Path) -> None:
    """Who comes then waits, is turned away by nobody, and is served once another has a name."""

    async def work() -> None:
        async with listening(tmp_path, max_unwelcomed=3) as running:
            ana = await Peer.hello(running.port, "ana")
            nobodies = [await Peer.connect(running.port) for _ in range(3)]
            counters = running.server.core.counters
            await until(lambda: counters[Limit.UNWELCOMED] == 1)
            bia = await Peer.connect(running.port)
            bia.say(type="hello", version=1, user="bia")
            await ana.send("#geral", "oi", "1")
            assert running.console.events.count(("entered", "bia")) == 0
            nobodies[0].say(type="hello", version=1, user="caio")
            await bia.expect("welcome")
            assert ("crowded", "unwelcomed_connections") in running.console.events

    run(factory, work)


@on_each_loop
def test_closing_while_it_rests(factory: Factory, tmp_path: Path) -> None:
    """A server that has no room stops like any other."""

    async def work() -> None:
        async with listening(tmp_path, max_unwelcomed=1) as running:
            first = await Peer.connect(running.port)
            await until(lambda: running.server.core.counters[Limit.UNWELCOMED] == 1)
        assert await first.closed() == []
        with pytest.raises(ConnectionRefusedError):
            await Peer.connect(running.port)

    run(factory, work)


@on_each_loop
def test_closing_while_they_come(factory: Factory, tmp_path: Path) -> None:
    """Whoever has just connected when the server stops is closed, and nothing is left behind."""

    async def work() -> None:
        for count in range(5):
            async with listening(tmp_path) as running:
                peers = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(5)]
                for _ in range(count):
                    await asyncio.sleep(0)
            loop = asyncio.get_running_loop()
            for peer in peers:
                peer.setblocking(False)
                with contextlib.suppress(ConnectionError):
                    async with asyncio.timeout(PATIENCE):
                        assert await loop.sock_recv(peer, 1) == b""
                peer.close()

    run(factory, work)


def test_a_loop_that_runs_out_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    """Where the loop itself fails to accept, that is noted; any other failure is logged as ever."""
    told: list[None] = []
    loop = asyncio.new_event_loop()
    quieten(loop, lambda: told.append(None))
    loop.call_exception_handler({"message": "accept", "exception": OSError(errno.EMFILE, "too many")})
    assert (len(told), caplog.records) == (1, [])
    loop.call_exception_handler({"message": "something else", "exception": ValueError("else")})
    assert [record.getMessage().splitlines()[0] for record in caplog.records] == ["something else"]
    loop.close()


async def test_listening_again_is_tried_until_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where listening again fails, it is tried once more a little later."""
    monkeypatch.setattr(accepting, "_REST", 0.001)
    came: list[asyncio.Transport] = []
    full = True

    def take(_: Listener, transport: asyncio.Transport) -> None:
        came.append(transport)

    listener = Listener(take, lambda: full, lambda _: None, 10)
    await listener.open("127.0.0.1", 0)
    (address,) = listener.addresses
    first = await asyncio.open_connection(*address)
    await until(lambda: len(came) == 1)
    second = await asyncio.open_connection(*address)
    real, tries = asyncio.start_server, 0

    async def failing(*arguments: object, **more: object) -> asyncio.Server:
        nonlocal tries
        tries += 1
        if tries < 3:
            more["sock"].close()  # type: ignore[attr-defined]
            raise OSError(errno.EMFILE, "too many")
        return await real(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(asyncio, "start_server", failing)
    full = False
    await until(lambda: len(came) == 2)
    await listener.close()
    for transport in (*came, first[1].transport, second[1].transport):
        transport.abort()
    assert tries == 3


async def test_the_address_is_taken(start: Start, running: Running) -> None:
    """A port in use raises what the system says."""
    with pytest.raises(OSError, match="in use"):
        await running.server.listen("127.0.0.1", running.port)
    with pytest.raises(socket.gaierror):
        await running.server.listen("no.such.host.invalid", 0)


async def test_both_families() -> None:
    """A name with several addresses is listened on at each of them; only this machine can connect there."""
    listener = Listener(lambda *_: None, lambda: False, lambda _: None, 10)
    await listener.open("localhost", 0)
    hosts = [host for host, _ in listener.addresses]
    assert "127.0.0.1" in hosts
    assert set(hosts) <= {"127.0.0.1", "::1"}
    assert listener.private
    await listener.close()
