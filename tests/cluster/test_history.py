"""A stream of a real nats-server with a copy of it is a history as any other, and several copies are one."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing, suppress
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from nats.aio.client import Client

from chat.cluster import stream, watching
from chat.cluster.batches import encode
from chat.cluster.connection import Connection, Servers
from chat.cluster.copying import APPLIED
from chat.cluster.history import StreamHistory
from chat.errors import DataRefused, StorageFailed
from chat.history.base import Draft
from chat.history.database import connect, remove
from chat.history.schema import note
from chat.history.sqlite import SqliteHistory
from chat.history.store import Submission
from tests.cluster.natses import ACCOUNTS, Natses, StartNats
from tests.cluster.nodes import PATIENCE, Node, talk
from tests.fakes import until
from tests.history.conformance import DurableConformance, Make
from tests.history.told import Told, draft


@pytest.fixture
async def connection(nats: Natses) -> AsyncIterator[Connection]:
    """A connection to the one nats-server."""
    made = Connection(Servers(nats.urls))
    await made.open()
    yield made
    await made.close()


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nodes look at the stream ten times as often as in use."""
    monkeypatch.setattr(watching, "LOOK", watching.LOOK / 10)


class TestConformance(DurableConformance):
    """All that a history must do, on one nats-server."""

    @pytest.fixture
    def fresh(self, tmp_path: Path, connection: Connection) -> Callable[[], Make]:
        numbers = count()

        def _fresh() -> Make:
            number = next(numbers)
            path = tmp_path / f"{number}.db"
            return lambda: StreamHistory(path, connection, name=f"S{number}", careful=False)

        return _fresh


async def test_two_nodes_count_the_same_ids(nats: Natses, tmp_path: Path) -> None:
    """Four people talk through two nodes at once: both nodes have the same entries under the same ids."""
    async with Node(nats, tmp_path / "1.db") as one, Node(nats, tmp_path / "2.db") as two:
        assert one.history.log == two.history.log
        await asyncio.gather(
            *(
                talk(node, who, range(60))
                for node, who in ((one, "ana"), (two, "rui"), (one, "eva"), (two, "ze"))
            )
        )
        first, second = await one.has(240), await two.has(240)
        assert first == second
        assert [entry.id for entry in first] == list(range(1, 241))
        for who in ("ana", "rui", "eva", "ze"):
            assert [entry.cid for entry in first if entry.owner == who] == [f"c{n}" for n in range(60)]
        assert [outcome.entry for outcome in one.told.outcomes] == first
        assert [outcome.ticket is None for outcome in two.told.outcomes].count(True) == 120


async def test_the_same_cid_through_two_nodes_is_one_entry(nats: Natses, tmp_path: Path) -> None:
    """Everything is sent through both nodes at once: each entry is there once, and both senders get it."""
    async with Node(nats, tmp_path / "1.db") as one, Node(nats, tmp_path / "2.db") as two:
        drafts = [draft(number) for number in range(200)]
        both = await asyncio.gather(*(node.history.append(said) for said in drafts for node in (one, two)))
        assert [entry.id for entry in both[::2]] == [entry.id for entry in both[1::2]]
        assert len({entry.id for entry in both}) == 200
        assert await one.has(200) == await two.has(200)


async def test_a_copy_that_is_lost_is_made_again(nats: Natses, tmp_path: Path) -> None:
    """The file is deleted: the next start makes the same one of the stream, and tells how far it is."""
    path = tmp_path / "1.db"
    async with Node(nats, path) as node:
        for number in range(30):
            await node.history.append(draft(number))
        await asyncio.gather(
            *(node.history.append(draft(number % 100, owner="rui")) for number in range(150))
        )
        before, log = await node.has(130), node.history.log
    remove(path)
    steps: list[tuple[int, int]] = []
    async with Node(nats, path, far=lambda done, whole: steps.append((done, whole))) as node:
        assert await node.has(130) == before
        assert node.history.log == log
        assert node.told.outcomes == []
        assert steps
        assert (await node.history.append(draft(5, body="again"))).id == before[5].id


async def test_a_copy_of_a_copy_goes_on_where_it_is(nats: Natses, tmp_path: Path) -> None:
    """A new node that is given a stopped one's file reads only what came since."""
    async with Node(nats, tmp_path / "1.db") as node:
        for number in range(30):
            await node.history.append(draft(number))
    shutil.copy(tmp_path / "1.db", tmp_path / "2.db")
    async with Node(nats, tmp_path / "1.db") as node:
        await node.history.append(draft(30))
        steps: list[tuple[int, int]] = []
        async with Node(
            nats, tmp_path / "2.db", far=lambda done, whole: steps.append((done, whole))
        ) as other:
            assert await other.has(31) == await node.has(31)
        assert [done for done, _ in steps if done < 29] == []  # the last may be read again


async def test_what_is_applied_again_changes_nothing(nats: Natses, tmp_path: Path) -> None:
    """A copy that has more than it knows of reads the same messages again, and stays as it was."""
    path = tmp_path / "1.db"
    async with Node(nats, path) as node:
        for number in range(40):
            await node.history.append(draft(number))
        before = await node.has(40)
    with closing(connect(path, "rw")) as db:
        note(db, APPLIED, "7")
    async with Node(nats, path) as node, Node(nats, tmp_path / "2.db") as other:
        assert node.history.head == 40
        assert await node.has(40) == before
        assert (await other.history.append(draft(41))).id == 41
        assert await node.has(41) == await other.has(41)


async def test_a_batch_nobody_acknowledged_comes_once(nats: Natses, tmp_path: Path) -> None:
    """The same batch is in the stream twice, beyond what NATS filters: its entries are there once."""
    async with Node(nats, tmp_path / "1.db") as one, Node(nats, tmp_path / "2.db") as two:
        first = await one.history.append(draft(1))
        client = await one.connection.client()
        js = client.jetstream()
        data = (await js.get_msg("CHAT", 1)).data
        assert data is not None
        await js.publish("CHAT.history", data)
        await one.history.append(draft(2))
        assert [entry.id for entry in await two.has(2)] == [first.id, first.id + 1]
        assert await one.has(2) == await two.has(2)


async def test_what_is_none_of_ours_is_left_out_and_told(nats: Natses, tmp_path: Path) -> None:
    """Somebody else's message in the stream is no batch: every node leaves it out, and says so."""
    said: list[str] = []
    async with Node(nats, tmp_path / "1.db", told=said.append) as one, Node(nats, tmp_path / "2.db") as two:
        await one.history.append(draft(1))
        await (await one.connection.client()).jetstream().publish("CHAT.history", b"hello there")
        assert (await one.history.append(draft(2))).id == 2
        assert await one.has(2) == await two.has(2)
    assert any("message 2 " in sentence for sentence in said)


async def test_a_newer_batch_stops_a_node(nats: Natses, tmp_path: Path) -> None:
    """A node that cannot read a batch would count other ids than the rest: it goes no further."""
    async with Node(nats, tmp_path / "1.db") as one:
        await one.history.append(draft(1))
        data = b"\x02" + encode("x", [])[1:]
        await (await one.connection.client()).jetstream().publish("CHAT.history", data)
        with pytest.raises(DataRefused, match="newer_batch"):
            await asyncio.wait_for(one.history.inspect(), PATIENCE)
        one.history.submit(draft(2), "ticket")
        await one.told.reports(2)
        assert [(failure.ticket, failure.final) for failure in one.told.failures] == [("ticket", True)]


async def test_a_stream_that_was_made_anew_is_refused(nats: Natses, tmp_path: Path, often: None) -> None:
    """A node that runs notices within some looks; one that starts refuses; a new folder is welcome."""
    path = tmp_path / "1.db"
    async with Node(nats, path) as node:
        await node.history.append(draft(1))
        js = (await node.connection.client()).jetstream()
        await js.delete_stream("CHAT")
        async with Node(nats, tmp_path / "2.db") as other:
            assert other.history.log != node.history.log
            with pytest.raises(DataRefused, match="stream_replaced"):
                await asyncio.wait_for(node.history.inspect(), PATIENCE)
    with pytest.raises(DataRefused, match="other_stream"):
        async with Node(nats, path):
            pass


async def _went_back_and_on(nats: Natses, one: Node, path: Path) -> None:
    """What `one` has of 1, 2, 3, of which the stream loses 2 and 3, and gets 4, 5, 6 while it is cut off."""
    (server,) = nats.servers
    disk, aside = server.folder / "jetstream", server.folder / "aside"
    await one.history.append(draft(1))
    server.stop()
    shutil.copytree(disk, aside)
    await asyncio.to_thread(server.start)
    for number in (2, 3):
        await one.history.append(draft(number))
    await one.connection.close()
    server.stop()
    shutil.rmtree(disk)
    aside.rename(disk)
    await asyncio.to_thread(server.start)
    async with Node(nats, path) as two:
        for number in (4, 5, 6):
            await two.history.append(draft(number))


async def test_a_stream_that_went_back_and_on_is_followed_no_more(nats: Natses, tmp_path: Path) -> None:
    """The numbers fit, and all ids would differ from those of other nodes."""
    async with Node(nats, tmp_path / "1.db") as one:
        await _went_back_and_on(nats, one, tmp_path / "2.db")
        await one.connection.open()
        with pytest.raises(DataRefused) as refused:
            await asyncio.wait_for(one.history.inspect(), PATIENCE)
        assert refused.value.reason == "stream_lost"
        assert one.history.head == 3


async def test_a_copy_of_what_was_lost_is_refused(nats: Natses, tmp_path: Path) -> None:
    """A node that was not there when the stream went back, and on, finds it when it starts."""
    async with Node(nats, tmp_path / "1.db") as one:
        await _went_back_and_on(nats, one, tmp_path / "2.db")
    with pytest.raises(DataRefused) as refused:
        async with Node(nats, tmp_path / "1.db") as one:
            await asyncio.wait_for(one.history.inspect(), PATIENCE)
    assert refused.value.reason == "stream_lost"


async def test_a_stream_that_is_gone_is_not_made_anew(nats: Natses, tmp_path: Path, often: None) -> None:
    """Who has a copy of something does not begin with nothing."""
    path = tmp_path / "1.db"
    async with Node(nats, path) as node:
        await node.history.append(draft(1))
        await (await node.connection.client()).jetstream().delete_stream("CHAT")
        with pytest.raises(DataRefused, match="stream_gone"):
            await asyncio.wait_for(node.history.inspect(), PATIENCE)
    with pytest.raises(DataRefused, match="stream_gone"):
        async with Node(nats, path):
            pass


async def test_a_history_of_one_machine_is_no_copy(nats: Natses, tmp_path: Path) -> None:
    """A folder of an embedded history is refused, and not touched."""
    path = tmp_path / "1.db"
    own, told = SqliteHistory(path), Told()
    await own.open(told.committed, told.failed)
    await own.append(draft(1))
    await own.close()
    before = path.read_bytes()
    async with Node(nats, tmp_path / "2.db"):
        pass
    with pytest.raises(DataRefused, match="no_copy"):
        async with Node(nats, path):
            pass
    assert path.read_bytes() == before


async def test_a_single_server_is_refused_unless_asked_for(nats: Natses, tmp_path: Path) -> None:
    """One copy of a stream is gone with its disk."""
    with pytest.raises(DataRefused, match="too_few"):
        async with Node(nats, tmp_path / "1.db", careful=True):
            pass
    async with Node(nats, tmp_path / "1.db"):
        pass


async def test_servers_that_do_not_sync_are_refused(start_nats: StartNats, tmp_path: Path) -> None:
    """What nats-server does by default loses a young stream in a power cut; so it is asked."""
    lazy = start_nats(sync="2m")
    with pytest.raises(DataRefused, match="lazy_sync"):
        async with Node(lazy, tmp_path / "1.db", careful=True):
            pass


async def test_servers_that_do_not_say_whether_they_sync_are_refused(
    start_nats: StartNats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the account may not ask, nobody knows."""
    monkeypatch.setattr("chat.cluster.stream.FORMING", 0.5)
    silent = start_nats(more="")
    with pytest.raises(DataRefused, match="sync_unknown"):
        async with Node(silent, tmp_path / "1.db", careful=True):
            pass


def part(size: int) -> bytes:
    """What a server of a cluster says, that knows so many."""
    return (
        b'{"server":{"name":"n"},"data":{"config":{"sync_always":true},"meta_cluster":{"cluster_size":%d}}}'
        % size
    )


async def test_servers_that_have_not_found_each_other_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """At their start nobody answers, then each knows only itself: what they become counts."""
    looks = iter([[], [part(1)], [part(2)] * 2, [part(3)] * 3])

    async def ask_all(client: object) -> list[object]:
        return [stream._decode(said) for said in next(looks)]

    monkeypatch.setattr(stream, "_ask_all", ask_all)
    assert await stream.look(Client(), careful=True) == 3
    assert next(looks, None) is None


async def test_a_stream_that_forgets_is_refused(nats: Natses, tmp_path: Path) -> None:
    """Somebody limits the age of what is kept: the node does not start."""
    async with Node(nats, tmp_path / "1.db") as node:
        js = (await node.connection.client()).jetstream()
        config = (await js.stream_info("CHAT")).config
        config.max_age = 3_600
        await js.update_stream(config)
    with pytest.raises(DataRefused, match="max_age"):
        async with Node(nats, tmp_path / "1.db"):
            pass


async def test_cut_off_it_fails_what_is_sent_and_goes_on_reading(nats: Natses, tmp_path: Path) -> None:
    """NATS is gone: sends fail after the time they may wait, reading goes on, and is said to be old."""
    changed: asyncio.Queue[bool] = asyncio.Queue()
    async with Node(nats, tmp_path / "1.db", hold=1.0) as node:
        node.history.on_stale = changed.put_nowait
        entry = await node.history.append(draft(1))
        lost = asyncio.create_task(node.lost())
        await asyncio.sleep(0)
        nats.servers[0].kill()
        await asyncio.wait_for(lost, PATIENCE)
        node.history.submit(draft(2), "lost")
        with pytest.raises(StorageFailed) as caught:
            await node.history.append(draft(3))
        assert caught.value.final is False
        first = node.told.failures[0]
        assert (first.ticket, first.final) == ("lost", False)
        assert (await node.history.page("#geral", limit=9)).entries == [entry]
        assert await asyncio.wait_for(changed.get(), PATIENCE) is True
        assert node.history.stale
        await asyncio.to_thread(nats.servers[0].start)
        assert await asyncio.wait_for(changed.get(), PATIENCE) is False
        assert (await node.history.append(draft(4))).id >= 2


async def test_servers_that_take_no_whole_batch_are_refused(start_nats: StartNats, tmp_path: Path) -> None:
    """A max_payload that a batch may not fit in is told at the start."""
    nats = start_nats(more=f"max_payload: 65536\n{ACCOUNTS}")
    with pytest.raises(DataRefused) as refused:
        async with Node(nats, tmp_path / "1.db"):
            pass
    assert (refused.value.reason, refused.value.detail) == ("small_payload", "65536")


async def test_what_nats_takes_no_more_fails_in_time(nats: Natses, tmp_path: Path) -> None:
    """A server that comes back with a smaller max_payload has certainly not stored a batch: it fails."""
    async with Node(nats, tmp_path / "1.db", hold=1.0) as node:
        await node.history.append(draft(1))
        (server,) = nats.servers
        server.stop()
        server.more = f"max_payload: 1024\n{ACCOUNTS}"
        server.configure([server.route])
        await asyncio.to_thread(server.start)
        with pytest.raises(StorageFailed) as caught:
            await node.history.append(draft(2, body="x" * 4_000))
        assert caught.value.final is False
        await _stored(node, draft(3))
        assert [entry.cid for entry in await node.has(2)] == ["c1", "c3"]


async def _stored(node: Node, one: Draft) -> None:
    """Say it until it is stored: on a machine that stands still its second may be over at once."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(StorageFailed):
                await node.history.append(one)
                return


async def test_a_short_absence_is_not_noticed(nats: Natses, tmp_path: Path) -> None:
    """NATS is killed and comes back while 300 lines are said: none fails, none is twice, the order stays."""
    async with Node(nats, tmp_path / "1.db", hold=PATIENCE) as node:
        talking = asyncio.create_task(talk(node, "ana", range(300)))
        await node.told.reports(50)
        nats.servers[0].kill()
        await asyncio.to_thread(nats.servers[0].start)
        await asyncio.wait_for(talking, PATIENCE)
        assert [entry.cid for entry in await node.has(300)] == [f"c{number}" for number in range(300)]
        assert node.told.failures == []


async def test_a_full_disk_is_waited_for(
    nats: Natses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node whose disk takes nothing leaves nothing out; what is sent there meanwhile fails at once."""
    async with Node(nats, tmp_path / "1.db") as one, Node(nats, tmp_path / "2.db") as two:
        await one.history.append(draft(1))
        await two.has(1)
        tried = asyncio.Event()
        real = SqliteHistory.apply

        async def full(self: SqliteHistory, batch: Sequence[Submission], after: int = 0) -> None:
            tried.set()
            raise StorageFailed("no room")

        local = two.history._local
        monkeypatch.setattr(local, "apply", partial(full, local))
        await one.history.append(draft(2))
        await asyncio.wait_for(tried.wait(), PATIENCE)
        with pytest.raises(StorageFailed, match="no room"):
            await two.history.append(draft(3))
        monkeypatch.setattr(local, "apply", partial(real, local))
        assert await two.has(2) == await one.has(2)
        await until(lambda: not two.history._applier.stuck)  # a turn of the loop after it is told
        assert (await two.history.append(draft(3))).id == 3


async def test_a_node_that_dies_between_the_two_words(
    nats: Natses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NATS has the line, its sender has not heard of it: sent again through another node it is one entry."""
    dying = Node(nats, tmp_path / "1.db")
    await dying.__aenter__()
    stored = asyncio.Event()

    async def hang(batch: Sequence[Submission], after: int = 0) -> None:
        stored.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(dying.history._local, "apply", hang)
    dying.history.submit(draft(1), "unheard")
    await asyncio.wait_for(stored.wait(), PATIENCE)
    await dying.history._stop()  # as a process that is killed: nothing is waited for, nobody told
    await dying.connection.close()
    assert dying.told.tickets == []
    async with Node(nats, tmp_path / "2.db") as two:
        assert two.history.head == 1
        assert (await two.history.append(draft(1, body="again"))).id == 1
        async with Node(nats, tmp_path / "1.db") as one:
            assert await one.has(1) == await two.has(1)
