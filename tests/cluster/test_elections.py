"""Three nats-servers with a copy each: one or two of them go, and nothing acknowledged goes with them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from chat.cluster import health, watching
from chat.errors import StorageFailed
from chat.history.base import Draft, Entry
from tests.cluster.natses import Natses, wedge
from tests.cluster.nodes import PATIENCE, Node, talk
from tests.fakes import until
from tests.history.told import draft

LINES = 400


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Natses]:
    """Three nats-servers for all tests here: it takes them 4 to 9 s to find a leader."""
    nats = Natses(tmp_path_factory.mktemp("three"), 3)
    try:
        nats.start()
        yield nats
    finally:
        nats.end()


@pytest.fixture
def stream(request: pytest.FixtureRequest) -> str:
    """A stream for each test."""
    return str(request.node.name)


@pytest.fixture
async def nodes(three: Natses, stream: str, tmp_path: Path) -> AsyncIterator[list[Node]]:
    """Two nodes, as careful as in use, which hold what is sent for as long as it takes."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                Node(three, tmp_path / f"{number}.db", name=stream, hold=PATIENCE, careful=True)
            )
            for number in range(2)
        ]


async def checked(nodes: list[Node], talking: list["asyncio.Task[None]"]) -> None:
    """All that was said is there once, in the order of who said it, the same on both nodes."""
    await asyncio.wait_for(asyncio.gather(*talking), PATIENCE)
    first, second = [await node.has(2 * LINES) for node in nodes]
    assert first == second
    for who in ("ana", "rui"):
        assert [entry.cid for entry in first if entry.owner == who] == [f"c{n}" for n in range(LINES)]
    assert [node.told.failures for node in nodes] == [[], []]


def begin(nodes: list[Node]) -> list["asyncio.Task[None]"]:
    """Somebody talks through each node."""
    people = zip(nodes, ("ana", "rui"), strict=True)
    return [asyncio.create_task(talk(node, who, range(LINES))) for node, who in people]


async def test_the_leader_is_killed(three: Natses, nodes: list[Node], stream: str) -> None:
    """Nobody hears of an error; nothing is lost, twice or out of order."""
    talking = begin(nodes)
    await nodes[0].told.reports(100)
    leader = three.leader(stream)
    leader.kill()
    await checked(nodes, talking)
    await asyncio.to_thread(leader.start)


async def test_the_leader_is_stopped(three: Natses, nodes: list[Node], stream: str) -> None:
    """Asked to stop it hands the lead over: the same, and hardly a pause."""
    talking = begin(nodes)
    await nodes[0].told.reports(100)
    leader = three.leader(stream)
    await asyncio.to_thread(leader.stop)
    await checked(nodes, talking)
    await asyncio.to_thread(leader.start)


async def test_a_follower_is_killed(three: Natses, nodes: list[Node], stream: str) -> None:
    """The same."""
    talking = begin(nodes)
    await nodes[0].told.reports(100)
    follower = next(server for server in three.servers if server is not three.leader(stream))
    follower.kill()
    await checked(nodes, talking)
    await asyncio.to_thread(follower.start)


async def said_at_last(node: Node, said: Draft) -> None:
    """Stored, however often it has to be tried: the node's two seconds are less than an election takes."""
    while True:
        try:
            await node.history.append(said)
            return
        except StorageFailed as error:
            if error.final:  # it would fail at once, for ever
                raise


async def test_without_a_majority_nothing_is_acknowledged(three: Natses, stream: str, tmp_path: Path) -> None:
    """Two of three are killed: what was not sent by then fails in time, what was is stored with them back."""
    async with Node(three, tmp_path / "1.db", name=stream, hold=2.0, careful=True) as node:
        for number in range(50):
            await asyncio.wait_for(said_at_last(node, draft(number, room="#0", owner="ana")), PATIENCE)
        two = [server for server in three.servers if server is not three.leader(stream)]
        for server in two:
            server.kill()
        doubtful = asyncio.ensure_future(node.history.append(draft(50, room="#0", owner="ana")))
        await asyncio.sleep(0)
        with pytest.raises(StorageFailed):
            await asyncio.wait_for(node.history.append(draft(51, room="#0", owner="rui")), PATIENCE)
        assert len((await node.history.page("#0", limit=99)).entries) == 50
        for server in two:
            await asyncio.to_thread(server.start)
        (outcome,) = await asyncio.wait_for(asyncio.gather(doubtful, return_exceptions=True), PATIENCE)
        assert isinstance(outcome, Entry | StorageFailed)
        there = 50 + isinstance(outcome, Entry)
        assert [entry.cid for entry in await node.has(there)] == [f"c{number}" for number in range(there)]
        await asyncio.wait_for(said_at_last(node, draft(50, room="#0", owner="ana")), PATIENCE)
        assert [entry.cid for entry in await node.has(51)] == [f"c{number}" for number in range(51)]


async def test_a_stream_that_takes_nothing_any_more(
    three: Natses, stream: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All three run, and nobody leads it: nothing is acknowledged, all are told, everything can be read."""
    monkeypatch.setattr(watching, "LOOK", watching.LOOK / 4)
    said: list[str] = []
    options = {"name": stream, "hold": 3 * watching.LOOK, "careful": True}
    async with Node(three, tmp_path / "1.db", told=said.append, **options) as node:
        for number in range(20):
            await asyncio.wait_for(said_at_last(node, draft(number, room="#0", owner="ana")), PATIENCE)
        await wedge(three.urls, stream)
        doubtful = asyncio.ensure_future(node.history.append(draft(20, room="#0", owner="ana")))
        await asyncio.sleep(0)
        with pytest.raises(StorageFailed):
            await asyncio.wait_for(node.history.append(draft(21, room="#0", owner="rui")), PATIENCE)
        await until(lambda: node.history.stale and any("nobody leads it" in one for one in said))
        assert not doubtful.done()
        assert len((await node.history.page("#0", limit=99)).entries) == 20
        async with asyncio.timeout(PATIENCE):
            while "nobody leads" not in (await health.lines(node.connection, [stream]))[-1]:
                pass  # it has a deadline of its own, and says so
        async with Node(three, tmp_path / "2.db", **options) as other:
            assert await other.has(20) == await node.has(20)
    with pytest.raises(StorageFailed):
        await doubtful
