"""Faults of a cluster: nats-servers and nodes that are killed, hung, stopped, cut off, or lose their data."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise

import nats

from chat.check.run import Report
from chat.check.scene import Scene
from chat.cluster.connection import Connection, Servers
from chat.cluster.registry import NatsRegistry
from chat.cluster.stream import NAME
from chat.registry.base import Change
from tests.cluster.natses import Natses, NatsServer
from tests.torture.bench import DEADLINE, Bench, Served, Wire, free_port, judged, summary, under_load

OUTAGE, POLITE, NONE = 10.0, 1.0, 2.0
"""Seconds without an acknowledgement that an election may take, a polite stop, a follower's death (on two
shared cores; the last is 0.1 s of its own)."""


class Community:
    """Three nats-servers and some nodes of one community, each in a process of its own."""

    def __init__(self, bench: Bench, stack: ExitStack, nodes: int = 2) -> None:
        self.nats = Natses(bench.new(), 3)
        stack.callback(self.nats.end)
        self.nats.start()
        self._stack = stack
        self.folders = [bench.new() for _ in range(nodes)]
        self.ports = [free_port() for _ in range(nodes)]
        self.nodes = [self.serve(number) for number in range(nodes)]

    def serve(self, number: int, *urls: str) -> Served:
        """Start one of the nodes (again), over these nats-servers or all; it is in when this returns."""
        options = ("--cluster", ",".join(urls or self.nats.urls), "--node", f"n{number}")
        node = Served(self.folders[number], port=self.ports[number], options=options)
        self._stack.enter_context(node)
        node.port()
        return node

    def judged(self, mischief: Callable[[Scene], object], **settings: object) -> Report:
        """What chat-check finds, spread over all nodes, until the mischief is done."""

        async def until_done(scene: Scene) -> None:
            await mischief(scene)  # type: ignore[misc]
            scene.stop()

        others = [("127.0.0.1", port) for port in self.ports[1:]]
        usual = {"faults": [], "seconds": 3_600.0, "rate": 200.0, "stall": 15.0}
        return judged(self.ports[0], until_done, others=others, **(usual | settings))

    @property
    def leader(self) -> NatsServer:
        """Who leads the stream of the history; waits until there is somebody."""
        return self.nats.led(NAME)

    @property
    def follower(self) -> NatsServer:
        """Somebody who has a copy and does not lead."""
        return next(server for server in self.nats.servers if server is not self.leader)

    def whole(self) -> None:
        """Wait until every server has all of the stream."""
        self.nats.level(NAME)


@contextmanager
def community(bench: Bench, nodes: int = 2) -> Iterator[Community]:
    """A community for one fault."""
    with ExitStack() as stack:
        yield Community(bench, stack, nodes)


async def _outage(scene: Scene) -> float:
    """The seconds from now until something more is acknowledged."""
    began = time.monotonic()
    await under_load(scene, 2)  # one may be on its way to its sender
    return time.monotonic() - began


def _provoked(bench: Bench, name: str, times: int, most: float, back: str) -> str:
    """Do something to a server so many times, under load; nobody may wait for longer than `most`."""
    outages: list[float] = []
    with community(bench) as here:

        async def mischief(scene: Scene) -> None:
            for _ in range(times):
                await asyncio.to_thread(here.whole)
                await under_load(scene)
                server = await asyncio.to_thread(lambda: getattr(here, name))
                await asyncio.to_thread(getattr(server, back[: back.index("/")]))
                outages.append(await _outage(scene))
                await under_load(scene)
                await asyncio.to_thread(getattr(server, back[back.index("/") + 1 :]))

        report = here.judged(mischief)
    assert max(outages) <= most, outages
    return f"{times} times, {_times(outages)}; {summary(report)}"


def _times(outages: list[float]) -> str:
    ordered = sorted(outages)
    return f"writing back after {ordered[len(ordered) // 2]:.1f} s (longest {ordered[-1]:.1f} s)"


def leader_killed(bench: Bench) -> str:
    """F23: SIGKILL of the nats-server that leads, under load over two nodes: back within 10 s."""
    return _provoked(bench, "leader", bench.kills, OUTAGE, "kill/start")


def leader_hung(bench: Bench) -> str:
    """F24: SIGSTOP of the nats-server that leads: back within 10 s."""
    return _provoked(bench, "leader", 4 if bench.thorough else 1, OUTAGE, "hang/wake")


def leader_stopped(bench: Bench) -> str:
    """F24b: SIGTERM of the nats-server that leads, as for an upgrade: back within 1 s."""
    return _provoked(bench, "leader", 6 if bench.thorough else 1, POLITE, "stop/start")


def follower_killed(bench: Bench) -> str:
    """F25: SIGKILL of a nats-server that does not lead: no effect."""
    return _provoked(bench, "follower", 6 if bench.thorough else 1, NONE, "kill/start")


def majority_killed(bench: Bench) -> str:
    """F26: two of three nats-servers are killed for 8 s, then all three: no acks; all goes on by itself."""
    outages: list[float] = []
    with community(bench) as here:

        async def mischief(scene: Scene) -> None:
            for count in (2, 3) * (2 if bench.thorough else 1):
                await asyncio.to_thread(here.whole)
                await under_load(scene)
                servers = here.nats.servers[:count]
                for server in servers:
                    server.kill()
                await asyncio.sleep(0.5)  # what was acknowledged before may be on its way
                before = scene.ledger.acknowledged
                await asyncio.sleep(7.5)
                assert scene.ledger.acknowledged == before, "acknowledged without a majority"
                for server in servers:
                    await asyncio.to_thread(server.start)
                outages.append(await _outage(scene))

        report = here.judged(mischief)
    return f"{len(outages)} times, {_times(outages)}; {summary(report)}"


def cut_off(bench: Bench) -> str:
    """F27: a node's way to NATS swallows everything: its people are told, and read on; then all goes on."""
    with community(bench) as here:
        took, told = asyncio.run(_cut_off(here))
        here.nodes[1].kill()
        here.nodes[1] = here.serve(1)
        report = here.judged(under_load)
    return f"refused after {took:.1f} s, told of it after {told:.1f} s; {summary(report)}"


async def _cut_off(here: Community) -> tuple[float, float]:
    async with contextlib.AsyncExitStack() as stack:
        holes = [await stack.enter_async_context(_hole(server.port)) for server in here.nats.servers]
        here.nodes[1].kill()
        urls = [f"nats://127.0.0.1:{hole.port}" for hole in holes]
        here.nodes[1] = await asyncio.to_thread(here.serve, 1, *urls)
        return await asyncio.to_thread(_swallowed, here, holes)


def _swallowed(here: Community, holes: "list[_Hole]") -> tuple[float, float]:
    with Wire(here.ports[1], "ana") as ana, Wire(here.ports[0], "rui") as rui:
        before = ana.send("#geral", "all is well", "1")
        for hole in holes:
            hole.swallows = True
        began = time.monotonic()
        ana.say(type="send", to="#geral", body="is anybody there?", cid="2")
        ana.say(type="send", to="#geral", body="nobody?", cid="3")
        heard = {}
        while heard.keys() != {"error", "stale"}:
            event = ana.expect("error", "stale")
            heard[event["type"]] = (time.monotonic() - began, event)
        refused = heard["error"][1]
        assert (refused["code"], refused["cid"]) == ("storage_failed", "3"), heard
        assert ana.page()[-1] == before, "it does not read on"
        assert rui.send("#geral", "we do not hear ana", "1")["type"] == "message"
        for hole in holes:
            hole.swallows = False
        while ana.expect("stale").get("on", True):
            pass
        again = ana.send("#geral", "is anybody there?", "2")
        said = [one["body"] for one in ana.everything()]
        assert (said.count("is anybody there?"), said.count("nobody?")) == (1, 0), again
        assert ana.everything() == rui.everything()
    return heard["error"][0], heard["stale"][0]


class _Hole:
    """A way to a port that can swallow everything, in both directions, without a word."""

    def __init__(self) -> None:
        self.port = 0
        self.swallows = False

    async def accepted(self, target: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward = await asyncio.open_connection("127.0.0.1", target)
        ways = ((reader, onward[1]), (onward[0], writer))
        passing = [asyncio.ensure_future(self._pass(*way)) for way in ways]
        await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
        for task in passing:
            task.cancel()
        await asyncio.gather(*passing, return_exceptions=True)
        for end in (writer, onward[1]):
            end.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                if not self.swallows:
                    writer.write(data)


@contextlib.asynccontextmanager
async def _hole(target: int) -> AsyncIterator[_Hole]:
    hole = _Hole()

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await hole.accepted(target, reader, writer)

    server = await asyncio.start_server(accepted, "127.0.0.1", 0)
    hole.port = server.sockets[0].getsockname()[1]
    try:
        yield hole
    finally:
        server.close()


def stream_gone(bench: Bench) -> str:
    """F28: the stream is deleted, and made anew: every node ends and says why; none begins with nothing."""
    with community(bench) as here:
        with Wire(here.ports[0], "ana") as ana:
            ana.send("#geral", "kept", "1")
        asyncio.run(_deleted(here.nats.urls))
        codes = [node.ended() for node in here.nodes]
        with contextlib.suppress(AssertionError):
            here.serve(0)
            raise OSError("it started without its history")
    assert codes == [1, 1], codes
    return "2 nodes ended, and do not start"


async def _deleted(urls: list[str]) -> None:
    client = await nats.connect(urls)
    await client.jetstream().delete_stream(NAME)
    await client.close()


def node_killed(bench: Bench) -> str:
    """F30: a node is killed under load, also between NATS's word and its own; its people go to the other."""
    times = 20 if bench.thorough else 2
    with community(bench) as here:

        async def mischief(scene: Scene) -> None:
            for number in range(times):
                await under_load(scene)
                here.nodes[number % 2].kill()
                await under_load(scene)
                here.nodes[number % 2] = await asyncio.to_thread(here.serve, number % 2)

        report = here.judged(mischief, rate=0.0, stall=2.0)
    return f"{times} times; {summary(report)}"


def copy_deleted(bench: Bench) -> str:
    """F31: a node's copy is deleted: it makes it anew of the stream, the same as that of the others."""
    took = 0.0
    with community(bench) as here:

        async def mischief(scene: Scene) -> None:
            nonlocal took
            await under_load(scene, 5_000 if bench.thorough else 300)
            here.nodes[1].kill()
            for file in here.folders[1].glob("history.*"):
                file.unlink()
            began = time.monotonic()
            here.nodes[1] = await asyncio.to_thread(here.serve, 1)
            took = time.monotonic() - began
            await under_load(scene)

        report = here.judged(mischief, rate=0.0, stall=2.0)
        with Wire(here.ports[0], "ana") as ana, Wire(here.ports[1], "rui") as rui:
            assert ana.everything() == rui.everything()
    return f"started in {took:.1f} s; {summary(report)}"


def registry_stopped(bench: Bench) -> str:
    """F24c: SIGTERM of the nats-server that leads the registry, while rooms are made: back within 1 s."""
    servers = Natses(bench.new(), 3)
    try:
        servers.start()
        gaps, made = asyncio.run(_claiming(servers, 6 if bench.thorough else 1))
    finally:
        servers.end()
    assert max(gaps) <= POLITE, gaps
    return f"{len(gaps)} times, {_times(gaps)}; {made} changes, each made once, 0 refused"


async def _claiming(servers: Natses, times: int) -> tuple[list[float], int]:
    """Make record after record while the leader is stopped; the longest pauses, and how many were made."""
    async with _registry(servers) as registry, asyncio.TaskGroup() as group:
        done: list[float] = []

        async def claim() -> None:
            while True:
                await registry.change([Change(f"room/#{len(done)}", b"%d" % len(done), 0)])
                done.append(time.monotonic())

        claiming = group.create_task(claim())
        gaps = [await _stopped(servers, registry.stream, done) for _ in range(times)]
        claiming.cancel()
    async with _registry(servers) as other:
        found = {key: record.value for key, record in other.items("room/")}
    assert found.items() >= {(f"room/#{number}", b"%d" % number) for number in range(len(done))}
    return gaps, len(done)


async def _stopped(servers: Natses, stream: str, done: list[float]) -> float:
    """Stop who leads a stream and start it again; the longest time in which nothing was done."""
    await asyncio.to_thread(servers.level, stream)
    await _more(done, 50)
    began = len(done) - 1
    leader = await asyncio.to_thread(servers.led, stream)
    await asyncio.to_thread(leader.stop)
    await _more(done, 200)
    gap = max(later - earlier for earlier, later in pairwise(done[began:]))
    await asyncio.to_thread(leader.start)
    return gap


async def _more(done: list[float], count: int) -> None:
    wanted = len(done) + count
    async with asyncio.timeout(DEADLINE):
        while len(done) < wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def _registry(servers: Natses) -> AsyncIterator[NatsRegistry]:
    connection = Connection(Servers(servers.urls))
    await connection.open()
    registry = NatsRegistry(connection, "chat", 3, lambda error: None)
    await registry.open()
    try:
        yield registry
    finally:
        await registry.close()
        await connection.close()
