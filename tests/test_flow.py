"""The bytes of one connection, by what a transport would tell and be told."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.flow import CHUNK, Flow
from tests.fakes import within


class FakeTransport(asyncio.Transport):
    """Notes whether it is to read, and hands on only while it is."""

    def __init__(self, *, encrypted: bool = False) -> None:
        super().__init__({"sslcontext": "one"} if encrypted else {})
        self.reads = True
        self.shut = False

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        assert not self.shut, "a closed transport raises here, with uvloop"
        self.reads = True

    def is_closing(self) -> bool:
        return self.shut


def joined(transport: FakeTransport) -> Flow:
    """A flow of that transport."""
    flow = Flow()
    flow.connection_made(transport)
    return flow


@pytest.fixture
def transport() -> FakeTransport:
    """A plain one."""
    return FakeTransport()


pieces = st.lists(st.integers(1, 3 * CHUNK), min_size=1, max_size=8)
reads = st.lists(st.integers(CHUNK // 8, 2 * CHUNK), min_size=1, max_size=8)


@given(pieces, reads)
def test_what_comes_is_read_in_its_order(lengths: list[int], mosts: list[int]) -> None:
    """However it is cut on both sides; and what is not read is bounded, because the transport waits."""

    async def run() -> None:
        transport = FakeTransport()
        flow = joined(transport)
        sent = [bytes([number]) * length for number, length in enumerate(lengths)]
        waiting, read, held = list(sent), b"", 0
        for turn in range(1_000):
            if waiting and transport.reads:
                flow.data_received(waiting[0])
                held += len(waiting.pop(0))
                assert held <= 2 * CHUNK + 3 * CHUNK
            if not held and not waiting:
                break
            data = await flow.read(mosts[turn % len(mosts)])
            assert 0 < len(data) <= mosts[turn % len(mosts)]
            read, held = read + data, held - len(data)
        assert read == b"".join(sent)
        assert transport.reads

    asyncio.run(run())


async def test_a_read_that_is_cancelled_loses_nothing(transport: FakeTransport) -> None:
    """What comes at that very moment is there for the next one."""
    flow = joined(transport)
    reading = asyncio.create_task(flow.read(10))
    await asyncio.sleep(0)
    flow.data_received(b"abc")
    reading.cancel()
    await asyncio.wait({reading})
    assert reading.cancelled()
    assert await within(flow.read(10)) == b"abc"


async def test_the_end_comes_after_all_else(transport: FakeTransport) -> None:
    """What came before the end is read; then there is nothing, as often as one asks."""
    flow = joined(transport)
    flow.data_received(b"ab")
    flow.data_received(b"c")
    assert flow.eof_received()
    assert [await within(flow.read(2)) for _ in range(4)] == [b"ab", b"c", b"", b""]


async def test_tls_has_no_half_that_stays_open() -> None:
    """Where the transport is encrypted, the peer's end is the end."""
    assert not joined(FakeTransport(encrypted=True)).eof_received()


async def test_what_is_held_of_a_closed_connection_is_read(transport: FakeTransport) -> None:
    """A transport that is closed is not asked to read again."""
    flow = joined(transport)
    for _ in range(3):
        flow.data_received(bytes(CHUNK))
    assert not transport.reads
    transport.shut = True
    flow.connection_lost(None)
    assert [len(await within(flow.read(2 * CHUNK))) for _ in range(3)] == [2 * CHUNK, CHUNK, 0]


async def test_whoever_waits_is_told_that_it_is_gone(transport: FakeTransport) -> None:
    """A reader, those who drain and those who wait for the end, all of them."""
    flow = joined(transport)
    flow.pause_writing()
    waiting = [
        asyncio.create_task(call) for call in (flow.read(1), flow.drain(), flow.wait_closed(), flow.drain())
    ]
    await asyncio.sleep(0)
    assert flow.full
    flow.connection_lost(ConnectionResetError("by the peer"))
    read, first, closed, second = await within(asyncio.gather(*waiting, return_exceptions=True))
    assert (read, closed) == (b"", None)
    assert isinstance(first, ConnectionError)
    assert isinstance(second, ConnectionError)
    await within(flow.wait_closed())
