"""Faults of a cluster: nats-servers and nodes that are killed, hung, stopped, cut off, or lose their data."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from functools import partial

import nats

from chat.check.scene import Scene
from chat.cluster.stream import NAME
from tests.cluster.natses import NatsServer, wedge
from tests.processes import typed
from tests.torture.bench import DEADLINE, Bench, Said, Wire, summary, under_load
from tests.torture.community import Community, Hole, community, hole

OUTAGE, POLITE, NONE = 10.0, 1.0, 2.0
"""Seconds without an acknowledgement that an election may take, a polite stop, a follower's death (on two
shared cores; the last is 0.1 s of its own)."""
First = Callable[[Community, NatsServer], None]
"""What is done to a server before it is stopped."""
MORE = 30
"""Acknowledgements after which writing goes on: those of one batch may be on their way to their senders."""


async def _longest(scene: Scene, *steps: Callable[[], None]) -> float:
    """Take some steps; the most seconds without an acknowledgement, until writing goes on again."""
    working = asyncio.create_task(asyncio.to_thread(lambda: [step() for step in steps]))
    longest, last, seen, wanted = 0.0, time.monotonic(), scene.ledger.acknowledged, None
    while wanted is None or seen < wanted:
        await asyncio.sleep(0.005)
        now, acknowledged = time.monotonic(), scene.ledger.acknowledged
        if wanted is None and working.done():
            wanted = acknowledged + MORE
        longest = max(longest, now - last)
        assert longest < DEADLINE, "nothing is acknowledged any more"
        if acknowledged > seen:
            last, seen = now, acknowledged
    await working
    return longest


async def _outage(scene: Scene) -> float:
    """The seconds from now until something more is acknowledged."""
    began = time.monotonic()
    await under_load(scene, 2)  # one may be on its way to its sender
    return time.monotonic() - began


def _provoked(bench: Bench, name: str, times: int, most: float, back: str, first: First | None = None) -> str:
    """Do something to a server so many times, under load; nobody may wait for longer than `most`."""
    outages: list[float] = []
    with community(bench) as here:

        async def mischief(scene: Scene) -> None:
            for _ in range(times):
                await asyncio.to_thread(here.whole)
                await under_load(scene)
                server = await asyncio.to_thread(lambda: getattr(here, name))
                steps = [partial(first, here, server)] if first is not None else []
                steps.append(getattr(server, back[: back.index("/")]))
                outages.append(await _longest(scene, *steps))
                await under_load(scene)
                await asyncio.to_thread(getattr(server, back[back.index("/") + 1 :]))

        report = here.judged(mischief)
    assert max(outages) <= most, outages
    return f"{times} times, {paused(outages)}; {summary(report)}"


def paused(outages: list[float]) -> str:
    ordered = sorted(outages)
    return f"writing back after {ordered[len(ordered) // 2]:.1f} s (longest {ordered[-1]:.1f} s)"


def leader_killed(bench: Bench) -> str:
    """F23: SIGKILL of the nats-server that leads, under load over two nodes: back within 10 s."""
    return _provoked(bench, "leader", bench.kills, OUTAGE, "kill/start")


def leader_hung(bench: Bench) -> str:
    """F24: SIGSTOP of the nats-server that leads: back within 10 s."""
    return _provoked(bench, "leader", 4 if bench.thorough else 1, OUTAGE, "hang/wake")


def leader_stopped(bench: Bench) -> str:
    """F24d: SIGTERM of the nats-server that leads, which nobody asked to hand over: back within 10 s."""
    return _provoked(bench, "leader", 6 if bench.thorough else 1, OUTAGE, "stop/start")


def leader_handed_over(bench: Bench) -> str:
    """F24b: who leads is asked to hand over and stopped, as for an upgrade: at no moment a pause of 1 s."""
    times = 6 if bench.thorough else 1
    return _provoked(bench, "leader", times, POLITE, "stop/start", Community.hand_over)


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
                await asyncio.sleep(2.5)  # what was stored before may reach a node with its next connection
                before = scene.ledger.acknowledged
                await asyncio.sleep(5.5)
                assert scene.ledger.acknowledged == before, "acknowledged without a majority"
                for server in servers:
                    await asyncio.to_thread(server.start)
                outages.append(await _outage(scene))

        report = here.judged(mischief)
    return f"{len(outages)} times, {paused(outages)}; {summary(report)}"


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
        holes = [await stack.enter_async_context(hole(server.port)) for server in here.nats.servers]
        here.nodes[1].kill()
        urls = [f"nats://127.0.0.1:{hole.port}" for hole in holes]
        here.nodes[1] = await asyncio.to_thread(here.serve, 1, *urls)
        return await asyncio.to_thread(_swallowed, here, holes)


def _swallowed(here: Community, holes: list[Hole]) -> tuple[float, float]:
    with Wire(here.ports[1], "ana") as ana, Wire(here.ports[0], "rui") as rui:
        before = ana.send("#geral", "all is well", "1")
        for hole in holes:
            hole.swallows = True
        refused, told = _refused(ana)
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
    return refused, told


def _refused(ana: Wire) -> tuple[float, float]:
    """Say two lines where nothing can be kept: after how long the one that waits is refused, and all told.

    Whether the other is kept nobody knows, so it is not answered.
    """
    began = time.monotonic()
    ana.say(type="send", to="#geral", body="is anybody there?", cid="2")
    ana.say(type="send", to="#geral", body="nobody?", cid="3")
    heard: dict[str, tuple[float, Said]] = {}
    while heard.keys() != {"error", "stale"}:
        event = ana.expect("error", "stale")
        heard[event["type"]] = (time.monotonic() - began, event)
    refused = heard["error"][1]
    assert (refused["code"], refused["cid"]) == ("storage_failed", "3"), heard
    return heard["error"][0], heard["stale"][0]


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


def stream_wedged(bench: Bench) -> str:
    """F29: a stream takes nothing, though all three run: no acks, all are told; made anew, none is lost."""
    with community(bench) as here:
        here.judged(under_load)
        with Wire(here.ports[0], "ana") as ana:
            ana.send("#geral", "all is well", "1")
            asyncio.run(wedge(here.nats.urls, NAME))
            refused, told = _refused(ana)
            kept = ana.everything()
        said = typed(f"chat-server admin cluster --data {here.folders[0]}", bench.folder).stdout
        assert "stream  CHAT" in said
        assert "nobody leads" in said, said
        here.anew(bench.new())
        with Wire(here.ports[1], "ana") as ana:
            assert [one["body"] for one in ana.everything()] == [one["body"] for one in kept]
            assert ana.send("#geral", "is anybody there?", "2")["type"] == "message"
        report = here.judged(under_load)
    return f"refused after {refused:.1f} s, told of it after {told:.1f} s, then made anew; {summary(report)}"


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
