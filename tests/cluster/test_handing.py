"""A nats-server hands over what it leads: who is asked to lead, what is refused, and nothing is lost."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nats.aio.client import Client
from nats.js.api import ClusterInfo, PeerInfo

from chat.cluster import handing
from chat.cluster.handing import hand_over
from chat.cluster.peers import Halt
from chat.cluster.stream import NAME
from chat.errors import Refused, StorageFailed
from chat.history.base import Entry
from chat.registry.base import Change
from tests.cluster.communities import Node as Community
from tests.cluster.communities import StartNode
from tests.cluster.natses import Natses, StartNats
from tests.cluster.nodes import Node
from tests.fakes import until
from tests.history.told import draft
from tests.patience import PATIENCE
from tests.peer import Peer

HEARD = 40_000_000


def peer(name: str, **state: Any) -> PeerInfo:
    """Who follows and has everything, unless something else is said of it."""
    return PeerInfo(**{"name": name, "current": True, "offline": False, "active": HEARD} | state)


class Leaders:
    """nats-servers that answer as they do: who leads each stream, who follows, and who takes it over."""

    def __init__(self, *told: ClusterInfo | None, takes: bool = True) -> None:
        self.told = {f"S{number}": one for number, one in enumerate(told)}
        self.takes = takes
        self.asked: list[tuple[str, str]] = []
        self.halted: list[bool] = []
        self._halted = False
        self.looks = 0
        self.halts = 0

    def jetstream(self, timeout: float) -> "Leaders":
        return self

    async def stream_info(self, name: str) -> Any:
        self.looks += 1
        return SimpleNamespace(cluster=self.told[name])

    async def request(self, subject: str, payload: bytes, **patience: float) -> Any:
        name, heir = subject.rpartition(".")[2], json.loads(payload)["placement"]["preferred"]
        self.asked.append((name, heir))
        self.halted.append(self._halted)
        if self.takes:
            self.told[name] = ClusterInfo(leader=heir, replicas=[])
        return SimpleNamespace(data=json.dumps({"success": True}).encode())

    @asynccontextmanager
    async def halt(self) -> AsyncIterator[None]:
        self._halted = True
        self.halts += 1
        yield
        self._halted = False

    async def hand_over(self, server: str) -> None:
        await hand_over(self, list(self.told), server, self.halt)  # type: ignore[arg-type]


def led(leader: str | None, *others: PeerInfo) -> ClusterInfo:
    """A stream that somebody leads."""
    return ClusterInfo(leader=leader, replicas=list(others))


async def test_who_has_everything_leads() -> None:
    """Of each stream that the server leads, and of no other, while all nodes write nothing."""
    late, old = peer("b", current=False, lag=3), peer("b", active=30 * HEARD)
    told = led("a", late, peer("c")), led("c", peer("a"), peer("b")), led("a", old, peer("c"))
    servers = Leaders(*told)
    await servers.hand_over("a")
    assert servers.asked == [("S0", "c"), ("S2", "c")]
    assert servers.halted == [True, True]


async def test_who_leads_nothing_is_asked_nothing() -> None:
    """It may be stopped as it is, though it is not heard of; nobody is halted for that."""
    servers = Leaders(led("b", peer("a", offline=True), peer("c")), led("b", peer("c"), peer("d")))
    await servers.hand_over("a")
    assert (servers.asked, servers.halted) == ([], [])


GONE = (peer("c", offline=True), peer("c", active=0), peer("c", active=9_000_000_000))
"""Who is not there, each in a way of its own."""


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ([None, None], "one_nats"),
        ([led("a")], "one_nats"),
        ([led("b", peer("c"), peer("d"))], "no_such_nats"),
        ([led("a", peer("b"), peer("c")), led(None, peer("a"), peer("b"))], "nobody_leads"),
        *(([led("a", peer("b"), gone)], "most_missing") for gone in GONE),
        ([led("b", peer("a"), GONE[0])], "most_missing"),
        ([led("a", peer("b", current=False), peer("c", current=False))], "nobody_level"),
    ],
)
async def test_what_cannot_be_done(
    told: Sequence[ClusterInfo | None], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused with a word of its own, and nobody was asked to step down."""
    monkeypatch.setattr(handing, "_LEVEL", 0.05)
    monkeypatch.setattr(handing, "_LOOK", 0.05)
    servers = Leaders(*told)
    with pytest.raises(Refused) as refused:
        await servers.hand_over("a")
    assert (refused.value.why, servers.asked) == (why, [])


async def test_nobody_takes_it_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of two streams stays where it is: that is said, once both are decided."""
    monkeypatch.setattr(handing, "_LED", 0.05)
    servers = Leaders(*[led("a", peer("b"), peer("c"))] * 2, takes=False)
    with pytest.raises(Refused) as refused:
        await servers.hand_over("a")
    assert (refused.value.why, len(servers.asked)) == ("not_handed_over", 2)


async def test_what_is_held_goes_out_afterwards(nats: Natses, tmp_path: Path) -> None:
    """A node sends nothing in a stillness, and all of it in order when that has ended by itself."""
    async with Node(nats, tmp_path / "1.db") as node:
        await node.history.append(draft(0))
        node.connection.stillness.begin(1.0)
        waiting = [asyncio.ensure_future(node.history.append(draft(number))) for number in range(1, 4)]
        await asyncio.sleep(0)
        await node.connection.stillness.reached()
        assert messages(nats) == 1
        await asyncio.wait_for(asyncio.gather(*waiting), PATIENCE)
        assert [entry.cid for entry in await node.has(4)] == [f"c{number}" for number in range(4)]


async def test_what_is_late_in_it_never_appears(nats: Natses, tmp_path: Path) -> None:
    """What was said to have failed is not sent when it ends, though it was packed; what comes later is."""
    async with Node(nats, tmp_path / "1.db", hold=0.3) as node:
        node.connection.stillness.begin(1.0)
        late = [node.history.append(draft(number)) for number in range(2)]
        failed = await asyncio.wait_for(asyncio.gather(*late, return_exceptions=True), PATIENCE)
        assert [type(failure) for failure in failed] == [StorageFailed] * 2
        node.connection.stillness.end()
        stored: Entry | None = None
        async with asyncio.timeout(PATIENCE):
            while stored is None:
                with suppress(StorageFailed):  # a third of a second may be too little here
                    stored = await node.history.append(draft(2))
        assert [entry.cid for entry in await node.has(1)] == ["c2"]


def messages(nats: Natses) -> int:
    """How many the stream has, as its server says."""
    (account,) = nats.servers[0].ask("/jsz?streams=true")["account_details"]
    (found,) = [one for one in account["stream_detail"] if one["name"] == NAME]
    return int(found["state"]["messages"])


async def test_who_just_came_is_waited_for() -> None:
    """A leader that is new has not heard of the others yet, and a follower is level a moment later."""
    servers = Leaders(led("a", peer("b", active=0), peer("c", active=0)))
    handing_over = asyncio.create_task(servers.hand_over("a"))
    await until(lambda: servers.looks > 2)
    servers.told["S0"] = led("a", peer("b", current=False), peer("c", current=False))
    await until(lambda: servers.halts == 1)
    servers.told["S0"] = led("a", peer("b"), peer("c", current=False))
    await asyncio.wait_for(handing_over, PATIENCE)
    assert servers.asked == [("S0", "b")]


async def test_without_nats(nats: Natses, start_node: StartNode, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused where there is one server, where the connection is lost on the way, and where it was."""
    node = await start_node(nats)

    async def why() -> str | None:
        with pytest.raises(Refused) as refused:
            await asyncio.wait_for(node.server.core.bus.hand_over(nats.servers[0].name), PATIENCE)
        return refused.value.why

    async def lost(client: Client, streams: Sequence[str], server: str, halted: handing.Halted) -> None:
        async with halted():
            await node.connection.close()
            await client.jetstream(timeout=0.1).stream_info(NAME)

    assert await why() == "one_nats"
    monkeypatch.setattr(handing, "hand_over", lost)
    assert await why() == "nats_away"
    assert await why() == "nats_away"


class Talk:
    """Somebody who says line after line, and a node that changes record after record, until they may stop."""

    def __init__(self, node: Community, who: str) -> None:
        self.node = node
        self.who = who
        self.said = 0
        self.changed = 0
        self.enough = False

    async def say(self) -> None:
        peer = await Peer.hello(self.node.port, self.who)
        while not self.enough:
            await peer.send("#geral", f"{self.who} {self.said}", str(self.said))
            self.said += 1

    async def change(self) -> None:
        while not self.enough:
            key = f"noted/{self.who}-{self.changed}"
            await self.node.server.core.registry.change([Change(key, b"{}", 0)])
            self.changed += 1

    async def more(self) -> None:
        """Wait until it has got on with both."""
        said, changed = self.said + 20, self.changed + 20
        await until(lambda: self.said >= said and self.changed >= changed)


def misses_the_end(node: Community) -> None:
    """From now on it does not hear that a halt is over."""
    heard = node.server.core.bus._done  # type: ignore[attr-defined]
    halt = heard[Halt]
    heard[Halt] = lambda said: halt(said) if said.seconds else None


async def test_stopped_under_load(start_nats: StartNats, start_node: StartNode) -> None:
    """Who leads hands over, then stops: no election, nothing lost; who misses the halt's end goes on."""
    nats = await asyncio.to_thread(start_nats, 3)
    streams = (NAME, "KV_chat")
    talks = [Talk(await start_node(nats, streams=streams), who) for who in ("ana", "bia")]
    misses_the_end(talks[1].node)
    bus = talks[0].node.server.core.bus
    with pytest.raises(Refused) as refused:
        await bus.hand_over("nobody")
    assert refused.value.why == "no_such_nats"
    talking = [asyncio.create_task(work()) for talk in talks for work in (talk.say, talk.change)]
    for stream in streams:
        await asyncio.gather(*(asyncio.to_thread(nats.level, one) for one in streams))
        await asyncio.gather(*(talk.more() for talk in talks))
        leader = await asyncio.to_thread(nats.led, stream)
        lines = await bus.hand_over(leader.name)
        assert [f"{leader.name} leads" in line for line in lines] == [False, False]
        leaders = [nats.leader(one) for one in streams]
        await asyncio.to_thread(leader.stop)
        await asyncio.gather(*(talk.more() for talk in talks))
        assert [nats.leader(one) for one in streams] == leaders
        await asyncio.to_thread(leader.start)
    for talk in talks:
        talk.enough = True
    await asyncio.wait_for(asyncio.gather(*talking), PATIENCE)
    for talk in talks:
        assert await there(talk.node, talks) == [(one.said, one.changed) for one in talks]


async def there(node: Community, talks: list[Talk]) -> list[tuple[int, int]]:
    """How much a node has of what each has said and changed; fails for what is not in its order."""
    core = node.server.core
    await until(lambda: core.hub.head == sum(talk.said for talk in talks))
    page = await core.history.follow(["#geral"], "", after=0, until=core.hub.head, limit=10**6)
    found = []
    for talk in talks:
        cids = [entry.cid for entry in page.entries if entry.body.startswith(talk.who)]
        assert cids == [str(number) for number in range(talk.said)]
        found.append((len(cids), sum(1 for _ in core.registry.items(f"noted/{talk.who}-"))))
    return found
