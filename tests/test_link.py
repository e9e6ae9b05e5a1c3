"""A protocol joined to streams, over real sockets."""

import asyncio
import socket
import struct
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

import pytest

from chat import messages as m
from chat.errors import Code
from chat.flow import CHUNK
from chat.framing import HEADER_SIZE, frame
from chat.link import SEND_BUFFER, USER_TIMEOUT, ClientLink, ServerLink, client_link, server_link, tune
from chat.protocol import Fault, State, client_side, server_side
from tests.fakes import until
from tests.patience import PATIENCE

HELLO = m.Hello(version=1, user="ana")


class Pair(NamedTuple):
    """Both ends of one connection."""

    server: ServerLink
    client: ClientLink


@asynccontextmanager
async def connected(way: str) -> AsyncIterator[Pair]:
    """Two ends over loopback or over a pair of Unix sockets, gone afterwards."""
    ends = await (over_tcp() if way == "tcp" else over_a_socketpair())
    try:
        yield ends
    finally:
        for link in ends:
            link.abort()
            await link.wait_closed()


@pytest.fixture(params=["tcp", "unix"])
async def pair(request: pytest.FixtureRequest) -> AsyncIterator[Pair]:
    """Two ends, each way."""
    async with connected(request.param) as ends:
        yield ends


@pytest.fixture
async def tcp() -> AsyncIterator[Pair]:
    """Two ends over loopback."""
    async with connected("tcp") as ends:
        yield ends


async def over_tcp() -> Pair:
    """Two ends of a connection to a port of this machine."""
    loop, server = asyncio.get_running_loop(), server_link(server_side())
    listener = await loop.create_server(lambda: server, "127.0.0.1", 0)
    tune(listener.sockets[0])
    port = listener.sockets[0].getsockname()[1]
    _, client = await loop.create_connection(lambda: client_link(client_side()), "127.0.0.1", port)
    await until(lambda: hasattr(server, "_transport"))
    listener.close()
    return Pair(server, client)


async def over_a_socketpair() -> Pair:
    """Two ends of a pair of Unix sockets."""
    loop, (one, other) = asyncio.get_running_loop(), socket.socketpair()
    _, server = await loop.create_connection(lambda: server_link(server_side()), sock=one)
    _, client = await loop.create_connection(lambda: client_link(client_side()), sock=other)
    return Pair(server, client)


async def heard(link: ServerLink | ClientLink) -> list[object] | None:
    """What the next bytes complete."""
    async with asyncio.timeout(PATIENCE):
        items = await link.receive()
    return None if items is None else list(items)


async def hear(link: ServerLink | ClientLink, count: int) -> list[object]:
    """The next items, however many reads they take."""
    items: list[object] = []
    while len(items) < count:
        more = await heard(link)
        assert more is not None, f"closed after {items}"
        items += more
    return items


async def arrived(link: ServerLink) -> None:
    """Wait until bytes have come that make no whole frame."""
    assert await heard(link) == []


async def the_next_moment() -> None:
    """Wait until the loop's clock has moved: uvloop's counts milliseconds."""
    loop = asyncio.get_running_loop()
    now = loop.time()
    while loop.time() == now:  # noqa: ASYNC110 (nothing tells when a clock moves)
        await asyncio.sleep(0)


def reset(link: ClientLink) -> None:
    """Break the connection as a machine does that is switched off and on again."""
    sock = link.extra("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    link.abort()


async def test_messages_go_both_ways(pair: Pair) -> None:
    """What one end sends the other receives, in order."""
    pair.client.send(HELLO)
    pair.client.send(HELLO)
    assert await hear(pair.server, 2) == [HELLO, HELLO]
    pair.server.send(m.Error(code="bad_name", message="x"))
    pair.server.send(m.ByeEvent())
    assert await hear(pair.client, 2) == [m.Error(code="bad_name", message="x"), m.ByeEvent()]


async def test_nothing_more_is_read_once_the_conversation_is_closed(pair: Pair) -> None:
    """After bye there is nothing to receive, though the connection stands and more is said."""
    pair.client.send(m.Bye())
    assert await hear(pair.server, 1) == [m.Bye()]
    pair.client.write(frame(b'{"type":"ping"}'))
    assert await heard(pair.server) is None
    assert not pair.server.closing


async def test_bytes_that_are_no_frame_are_one_fatal_fault(pair: Pair) -> None:
    """The fault can still be answered."""
    pair.client.write(b"x" * HEADER_SIZE)
    assert await hear(pair.server, 1) == [Fault(Code.BAD_FRAME, fatal=True)]
    assert pair.server.protocol.state is State.CLOSED
    pair.server.send(m.Error(code="bad_frame", message="x"))
    assert await hear(pair.client, 1) == [m.Error(code="bad_frame", message="x")]


async def test_a_frame_in_pieces_has_begun_with_its_first_byte(pair: Pair) -> None:
    """The deadline counts from the first piece, not from the last, and ends with the frame."""
    stream = frame(m.encode(HELLO))
    assert pair.server.frame_began is None
    pair.client.write(stream[:1])
    await arrived(pair.server)
    began = pair.server.frame_began
    assert began is not None
    assert began == pair.server.heard
    await the_next_moment()
    pair.client.write(stream[1:70])
    await arrived(pair.server)
    assert pair.server.frame_began == began < pair.server.heard
    pair.client.write(stream[70:])
    assert await hear(pair.server, 1) == [HELLO]
    assert pair.server.frame_began is None


async def test_each_frame_begins_its_own_time(pair: Pair) -> None:
    """The end of one frame and the first piece of the next in one read: the next has just begun."""
    stream = frame(m.encode(HELLO))
    pair.client.write(stream[:10])
    await arrived(pair.server)
    first = pair.server.frame_began
    await the_next_moment()
    pair.client.write(stream[10:] + stream[:10])
    assert await hear(pair.server, 1) == [HELLO]
    assert first is not None
    assert pair.server.frame_began is not None
    assert pair.server.frame_began == pair.server.heard > first


async def test_many_frames_in_one_read(pair: Pair) -> None:
    """All of them come, also those that the next read completes."""
    count = 2 * CHUNK // 100
    pair.client.write(frame(m.encode(HELLO)) * count)
    assert await hear(pair.server, count) == [HELLO] * count


async def test_the_other_end_closes(pair: Pair) -> None:
    """Nothing more is received, what was sent before the end is."""
    pair.client.send(HELLO)
    pair.client.close(PATIENCE)
    assert pair.client.closing
    assert await hear(pair.server, 1) == [HELLO]
    assert await heard(pair.server) is None
    await pair.client.wait_closed()


async def test_the_other_end_is_gone(tcp: Pair) -> None:
    """A reset is as good as an end, nothing is raised, and what is sent then is dropped."""
    reset(tcp.client)
    assert await heard(tcp.server) is None
    await tcp.server.wait_closed()
    written = tcp.server.written
    tcp.server.send(m.PingEvent())
    assert tcp.server.written == written


async def test_half_a_frame_and_the_end(pair: Pair) -> None:
    """A frame that is never whole is nothing."""
    pair.client.write(frame(b'{"type":"ping"}')[:-1])
    pair.client.close(PATIENCE)
    received: list[object] = []
    while (items := await heard(pair.server)) is not None:
        received += items
    assert received == []


async def test_abort_drops_what_is_queued(pair: Pair) -> None:
    """A peer that does not read cannot hold the connection."""
    pair.server.write(b"x" * 2**24)
    assert pair.server.waiting > 0
    pair.server.abort()
    async with asyncio.timeout(PATIENCE):
        await pair.server.wait_closed()
    assert pair.server.closing
    assert pair.server.waiting == 0


async def test_close_sends_what_is_queued(pair: Pair) -> None:
    """Megabytes that a slow reader has not taken yet still arrive, and then the end."""
    count = 100_000
    pair.server.write(frame(b'{"type":"ping"}') * count)
    pair.server.close(PATIENCE)
    pair.server.close(PATIENCE)  # once more is no mistake
    assert pair.server.waiting > 0
    assert await hear(pair.client, count) == [m.PingEvent()] * count
    assert await heard(pair.client) is None


async def test_close_loses_patience(pair: Pair) -> None:
    """A peer that does not read is cut off when the time is over."""
    pair.server.write(b"x" * 2**24)
    pair.server.close(0.01)
    assert pair.server.waiting > 0
    async with asyncio.timeout(PATIENCE):
        await pair.server.wait_closed()
    assert pair.server.waiting == 0


async def test_close_ends_a_receive_that_waits(pair: Pair) -> None:
    """Who waits for the peer's next word sees that there is none."""
    waiting = asyncio.create_task(heard(pair.server))
    await asyncio.sleep(0)  # it has begun to wait
    pair.server.close(PATIENCE)
    assert await waiting is None


async def test_a_cancelled_receive_loses_nothing(pair: Pair) -> None:
    """What arrives afterwards is there for the next one."""
    waiting = asyncio.create_task(heard(pair.server))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    pair.client.send(HELLO)
    assert await hear(pair.server, 1) == [HELLO]


async def test_drain_waits_for_the_reader(pair: Pair) -> None:
    """It returns once the queue is under the mark, and not before the peer has read."""
    pair.server.low_water(1_000)
    pair.server.write(frame(b'{"type":"ping"}') * 100_000)
    assert pair.server.waiting > 1_000
    draining = asyncio.create_task(pair.server.drain())
    await asyncio.sleep(0)
    assert not draining.done()
    while not draining.done():
        await heard(pair.client)
    await draining
    assert pair.server.waiting <= 1_000


async def test_drain_ends_with_the_connection(pair: Pair) -> None:
    """Aborted here it returns, and there is nothing to wait for later: it does not wait for ever."""
    pair.server.low_water(1_000)
    pair.server.write(b"x" * 2**24)
    draining = asyncio.create_task(pair.server.drain())
    await asyncio.sleep(0)
    assert not draining.done()
    pair.server.abort()
    async with asyncio.timeout(PATIENCE):
        await draining
    assert pair.server.closing
    with pytest.raises(ConnectionError):
        await pair.server.drain()


async def test_drain_tells_of_a_peer_that_is_gone(tcp: Pair) -> None:
    """A reset while it waits is raised."""
    tcp.server.low_water(1_000)
    tcp.server.write(b"x" * 2**24)
    draining = asyncio.create_task(tcp.server.drain())
    await asyncio.sleep(0)
    reset(tcp.client)
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(ConnectionError):
            await draining


async def test_what_was_written_is_counted(pair: Pair) -> None:
    """In bytes, header included; what is sent to a closed connection is not."""
    stream = frame(m.encode(HELLO))
    pair.client.send(HELLO)
    pair.client.write(stream)
    assert pair.client.written == 2 * len(stream)
    pair.client.abort()
    pair.client.write(stream)
    assert pair.client.written == 2 * len(stream)


async def test_what_may_not_be_said_is_not_sent(pair: Pair) -> None:
    """A mistake of the caller raises at once and writes nothing."""
    with pytest.raises(ValueError, match="may not be sent"):
        pair.client.send(m.Ping())
    assert pair.client.written == 0


async def test_addresses(tcp: Pair) -> None:
    """Host and port of the peer; a Unix socket has none."""
    host, port = tcp.client.extra("sockname")
    assert tcp.server.address == f"{host}:{port}"
    async with connected("unix") as unix:
        assert unix.server.address == ""


async def test_the_kernel_holds_little(tcp: Pair) -> None:
    """The socket sends at once, buffers within the bound, and notices a peer that vanished."""
    for link in tcp:
        sock = link.extra("socket")
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
        assert SEND_BUFFER <= sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= 2 * SEND_BUFFER
        if sys.platform == "linux":
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == USER_TIMEOUT


def test_what_is_no_tcp_socket_is_left_alone() -> None:
    """A transport without a socket, a Unix socket."""
    tune(None)
    one, other = socket.socketpair()
    with one, other:
        before = one.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
        tune(one)
        assert one.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) == before


EACH = [
    test
    for name, test in list(globals().items())
    if asyncio.iscoroutinefunction(test) and name[:5] == "test_"
]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no uvloop")
@pytest.mark.parametrize("test", EACH, ids=lambda test: test.__name__[5:])
def test_in_the_loop_of_the_server(test: Callable[[Pair], Awaitable[None]]) -> None:
    """All of the above again in uvloop, where transports and sockets are other ones."""
    import uvloop

    async def run() -> None:
        async with connected("tcp") as ends:
            await test(ends)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())
