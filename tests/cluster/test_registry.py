"""NatsRegistry keeps what a registry promises, on real nats-servers, whoever changes it and whoever dies."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import nats as nats_py
import pytest
from nats.aio.client import Client

from chat.cluster import records
from chat.cluster.bucket import Bucket
from chat.cluster.connection import Connection, Servers
from chat.cluster.mirror import Mirror
from chat.cluster.registry import NatsRegistry
from chat.cluster.stillness import Stillness
from chat.errors import DataRefused, StorageFailed
from chat.registry.base import GONE, Change, Conflict, Deed
from chat.registry.sqlite import SqliteRegistry
from tests.cluster.natses import Natses, StartNats
from tests.cluster.registries import BUCKET, STREAM, MakeOn, Node
from tests.fakes import until, within
from tests.registry.conformance import Conformance, Heard, Make, claimed, kept

numbers = count()


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Natses]:
    """Three nats-servers for all tests that end none of them."""
    servers = Natses(tmp_path_factory.mktemp("three"), 3)
    servers.start()
    yield servers
    servers.end()


@pytest.fixture
async def two(nats: Natses, make_on: MakeOn) -> AsyncIterator[tuple[Node, Node]]:
    """Two nodes over one bucket."""
    nodes = make_on(nats), make_on(nats)
    for node in nodes:
        await node.open()
    yield nodes
    for node in nodes:
        await node.close()


class TestOne(Conformance):
    @pytest.fixture
    def make(self, nats: Natses, make_on: MakeOn) -> Make:
        return lambda: make_on(nats, deeds=3)


class TestThree(Conformance):
    @pytest.fixture
    def make(self, three: Natses, make_on: MakeOn) -> Make:
        bucket = f"bucket-{next(numbers)}"
        return lambda: make_on(three, bucket=bucket, deeds=3)


async def test_another_node_hears_of_it(nats: Natses, make_on: MakeOn) -> None:
    """What one node changes the others have in memory, as a whole, with the deed; it is not theirs."""
    heard = Heard()
    one, other = make_on(nats), make_on(nats)
    await one.open()
    await other.open(heard)
    await one.change([Change("a", b"1", 0), Change("b", b"2", 0)], Deed("#geral", 1, "ana", "kick", "bia"))
    await until(lambda: len(heard.changes) == 1)
    assert heard.values == [[("a", b"1"), ("b", b"2")]]
    (change,) = heard.changes
    assert change.deed == Deed("#geral", 1, "ana", "kick", "bia", number=1)
    assert not change.mine
    assert kept(other) == kept(one)
    await other.change([other.changed("a", GONE)], Deed("#geral", 2, "ana", "kick", "caio"))
    await until(lambda: one.get("a") is None)
    assert [deed.whom for deed in await one.deeds("#geral", None, 10)] == ["bia", "caio"]
    await one.close()
    await other.close()


async def test_of_two_nodes_that_claim_a_name_one_wins(two: tuple[Node, Node]) -> None:
    """Two people claim one name, or its likes, on two nodes at once, fifty times: exactly one gets it."""
    for round_ in range(50):
        names = (f"Ida{round_}", f"lda{round_}") if round_ % 2 else (f"ana{round_}", f"Ana{round_}")
        wins = await asyncio.gather(*(claimed(two[n], names[n], f"k{n}-{round_}") for n in range(2)))
        assert wins.count(True) == 1


async def test_of_two_nodes_that_change_one_key_one_meets_a_conflict(two: tuple[Node, Node]) -> None:
    """And has in memory by then what the other made of it; counting by looking again loses nothing."""

    async def count(node: Node) -> None:
        for _ in range(20):
            while True:
                record = node.get("n")
                try:
                    await node.put("n", b"%d" % (int(record.value) + 1 if record else 1), node.revision("n"))
                except Conflict:
                    assert node.get("n") != record
                    continue
                break

    await asyncio.gather(*map(count, two))
    await until(lambda: {node.get("n") and node.get("n").value for node in two} == {b"40"})  # type: ignore[union-attr]


async def test_more_than_one_batch_takes(two: tuple[Node, Node]) -> None:
    """A change of more keys than a batch takes is made all the same, the deed with the last of them."""
    deed = Deed("#geral", 1, "ana", "kind", what="private")
    await two[0].change([Change(f"k{n}", b"x", 0) for n in range(2_100)], deed)
    await until(lambda: len(kept(two[1])) == 2_100)
    assert len(await two[1].deeds("#geral", None, 10)) == 1


async def test_many_deeds_at_once_are_all_kept(two: tuple[Node, Node]) -> None:
    """Deeds of one room done on two nodes at once get numbers of their own, none is lost."""
    await asyncio.gather(
        *(node.change([], Deed("#geral", n, "ana", "kick")) for n in range(10) for node in two)
    )
    while len(deeds := await two[0].deeds("#geral", None, 100)) < 20:  # the last ones are on their way here
        pass
    assert [deed.number for deed in deeds] == list(range(1, 21))
    assert sorted(deed.at for deed in deeds) == sorted([*range(10)] * 2)


async def test_without_nats_nothing_is_stored(nats: Natses, make_on: MakeOn) -> None:
    """A change is refused in time, reading goes on; once NATS is back, changes are made again."""
    node = make_on(nats, patience=1.0)
    await node.open()
    await node.put("a", b"1", 0)
    nats.servers[0].kill()
    with pytest.raises(StorageFailed):
        await node.put("a", b"2", node.revision("a"))
    assert kept(node) == [("a", b"1")]
    await asyncio.to_thread(nats.servers[0].start)
    await until(lambda: node.level)
    await node.put("a", b"3", node.revision("a"))
    assert kept(node) == [("a", b"3")]
    await node.close()


async def test_what_was_missed_is_heard_of_later(nats: Natses, make_on: MakeOn) -> None:
    """A node that was cut off hears of every deed and every change once it is back."""
    heard = Heard()
    one, other = make_on(nats), make_on(nats)
    await one.open()
    await other.open(heard)
    await other.connection.close()
    for n in range(5):
        await one.change([one.changed("a", b"%d" % n)], Deed("#geral", n, "ana", "kick", f"u{n}"))
    assert heard.changes == []
    await other.connection.open()
    await until(lambda: len(heard.changes) >= 5)
    assert [change.deed and change.deed.at for change in heard.changes] == list(range(5))
    assert kept(other) == [("a", b"4")]
    await one.close()
    await other.close()


async def test_an_election_loses_no_change(start_nats: StartNats, make_on: MakeOn) -> None:
    """The bucket's leader goes while names are claimed: each is somebody's, once, on every node."""
    three = start_nats(3)
    nodes = [make_on(three, patience=60.0) for _ in range(2)]
    for node in nodes:
        await node.open()

    async def claim(n: int) -> int:
        wins = await asyncio.gather(
            *(claimed(node, f"ana{n}", f"k{n}-{at}") for at, node in enumerate(nodes))
        )
        return wins.count(True)

    assert await claim(0) == 1
    claiming = [asyncio.ensure_future(claim(n)) for n in range(1, 20)]
    await asyncio.to_thread(three.leader(STREAM).stop)
    assert await within(asyncio.gather(*claiming)) == [1] * 19
    await until(lambda: kept(nodes[0]) == kept(nodes[1]))
    assert len(kept(nodes[0], "name/")) == 20
    for node in nodes:
        await node.close()


async def test_a_bucket_made_anew_is_refused(nats: Natses, make_on: MakeOn) -> None:
    """Where the bucket is deleted, or another takes its place, the node says so and goes on no more."""
    node = make_on(nats)
    await node.open()
    await node.put("a", b"1", 0)
    client = await nats_py.connect(nats.urls)
    await client.jetstream().delete_stream(STREAM)
    await client.close()
    failure = await within(node.failed)
    assert isinstance(failure, DataRefused)
    assert failure.reason == "bucket_gone"
    await node.close()


@pytest.mark.parametrize("damage", ["another value", "no checksum"])
async def test_what_was_changed_by_others_is_refused(nats: Natses, make_on: MakeOn, damage: str) -> None:
    """A record that is not what a node has written is named, at the start and while it runs."""
    node = make_on(nats)
    await node.open()
    await node.put("a", b"1", 0)
    client = await nats_py.connect(nats.urls)
    said = await client.jetstream().get_last_msg(STREAM, f"$KV.{BUCKET}.r.a")
    headers = {"Chat-Checksum": (said.headers or {})["Chat-Checksum"]} if damage == "another value" else None
    await client.jetstream().publish(f"$KV.{BUCKET}.r.a", b"2", headers=headers)
    await client.close()
    assert isinstance(await within(node.failed), DataRefused)
    assert kept(node) == [("a", b"1")]
    await node.close()
    with pytest.raises(DataRefused) as refused:
        await make_on(nats).open()
    assert (refused.value.reason, refused.value.detail) == ("damaged_bucket", "r.a")


async def test_a_copy_for_one_machine(nats: Natses, make_on: MakeOn, tmp_path: Path) -> None:
    """All records and deeds, in the order in which they were done, as one machine keeps them."""
    node = make_on(nats)
    await node.open()
    await node.change([Change(f"k{n}", b"%d" % n, 0) for n in range(1_500)], Deed("#geral", 1, "ana", "kick"))
    await node.change([node.changed("k0", GONE)], Deed("#aula", 2, "ana", "topic", what="oi"))
    await node.change([], Deed("#geral", 3, "bia", "mute", "caio", "60"))
    await node.back_up(tmp_path / "back.db")
    records = kept(node)
    await node.close()
    back = SqliteRegistry(tmp_path / "back.db")
    await back.open()
    assert kept(back) == records
    assert [deed.what for deed in await back.deeds("#aula", None, 10)] == ["oi"]
    assert [deed.at for deed in await back.deeds("#geral", None, 10)] == [1, 3]
    await back.close()


async def test_too_few_copies_are_refused(start_nats: StartNats, make_on: MakeOn) -> None:
    """A bucket that was made when there was one server is not taken where three copies are wanted."""
    nats = start_nats()
    node = make_on(nats)
    await node.open()
    await node.close()
    careful = NatsRegistry(node.connection, BUCKET, 3, node.failed.set_result)
    with pytest.raises(DataRefused) as refused:
        await careful.open()
    assert refused.value.reason == "too_few"


@asynccontextmanager
async def losing(nats: Natses) -> AsyncIterator[None]:
    """What the one server is given within this it has lost afterwards."""
    (server,) = nats.servers
    disk, aside = server.folder / "jetstream", server.folder / "aside"
    server.stop()
    shutil.copytree(disk, aside)
    await asyncio.to_thread(server.start)
    yield
    server.stop()
    shutil.rmtree(disk)
    aside.rename(disk)
    await asyncio.to_thread(server.start)


async def test_a_bucket_that_went_back_is_refused(nats: Natses, make_on: MakeOn) -> None:
    """A server that has lost what was heard of, by a power cut or a restored disk, is followed no more."""
    node = make_on(nats)
    await node.open()
    await node.put("a", b"1", 0)
    async with losing(nats):
        for key in "bcd":
            await node.put(key, b"1", 0)
    failure = await within(node.failed)
    assert isinstance(failure, DataRefused)
    assert failure.reason == "bucket_lost"
    await node.close()


async def test_a_bucket_that_went_back_and_on_is_refused(nats: Natses, make_on: MakeOn) -> None:
    """What was lost has been replaced by as much: the last change that was heard of is another one there."""
    node, other = make_on(nats), make_on(nats)
    await node.open()
    await node.put("a", b"1", 0)
    async with losing(nats):
        for key in "bcd":
            await node.put(key, b"1", 0)
        await node.connection.close()
    await other.open()
    for key in "efgh":
        await other.put(key, b"1", 0)
    await node.connection.open()
    failure = await within(node.failed)
    assert isinstance(failure, DataRefused)
    assert failure.reason == "damaged_bucket"
    await node.close()
    await other.close()


class Doomed(Mirror):
    """One that finds damage and the bucket gone in the same moment."""

    async def _hear(self, client: Client) -> None:
        raise records.Damaged("r.a")

    async def _watch(self, client: Client) -> None:
        raise DataRefused("bucket_gone", STREAM)


async def test_it_fails_once(nats: Natses) -> None:
    """Of two reasons to go no further one is told."""
    connection = Connection(Servers(nats.urls))
    await connection.open()
    failures: list[Exception] = []
    mirror = Doomed(connection, Bucket(BUCKET, 1, Stillness()), lambda made: None, failures.append)
    mirror.start()
    await until(lambda: bool(failures))
    await mirror.stop()
    await connection.close()
    (failure,) = failures
    assert isinstance(failure, DataRefused)
