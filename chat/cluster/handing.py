"""Handing over: a nats-server leads no stream when it is stopped, so that nobody waits for an election."""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress

from nats.aio.client import Client
from nats.js.api import ClusterInfo, PeerInfo

from chat.cluster.connection import PASSING
from chat.cluster.stream import SILENT
from chat.errors import Code, Refused

_LOOK = 1.5
"""Seconds in which a leader that is new has heard of the others: each answers it once a second."""
_ANSWER = 1.0
"""Seconds for an answer of who leads."""
_TRY = 0.03
"""Seconds for the first such answer while nobody leads, and so nobody gives it; each next has twice that."""
_LEVEL = 0.3
"""Seconds in which a follower has all that was written: it needs one answer of the leader's (a few ms)."""
_LED = 4.0
"""Seconds in which another leads: some 0.1 (measured); an election would take 4 to 9."""
_PAUSE = 0.02

Halted = Callable[[], AbstractAsyncContextManager[None]]
"""Within it nobody writes to a stream, for as long as that may last."""


async def hand_over(client: Client, streams: Sequence[str], server: str, halted: Halted) -> None:
    """Have others lead what `server` leads of the streams. Raises Refused, and PASSING where nobody answers.

    Who is told to lead is elected only by who has nothing that it has not, else all wait 4 to 9 s (measured:
    2 of 126 that were just stopped under load). So it is one that has everything, while nothing is written,
    and who hands over is still there to vote.
    """
    found = await _looked_at(client, streams, server)
    led = [name for name, cluster in found.items() if cluster.leader == server]
    if not led:
        return
    async with halted():
        handed = [_hand_over(client, name, server) for name in led]
        for error in await asyncio.gather(*handed, return_exceptions=True):
            if error is not None:
                raise error


async def _looked_at(client: Client, streams: Sequence[str], server: str) -> dict[str, ClusterInfo]:
    """The streams, once it may be stopped as far as can be seen. Raises Refused."""
    clock = asyncio.get_running_loop().time
    until = clock() + _LOOK
    while True:
        found = await asyncio.gather(*(_cluster(client, name) for name in streams))
        why = _wrong(found, server)
        if not why:
            return dict(zip(streams, found, strict=True))
        if clock() >= until:
            raise Refused(Code.NOT_ALLOWED, why)
        await asyncio.sleep(_PAUSE)


def _wrong(found: Sequence[ClusterInfo], server: str) -> str:
    """What keeps it from being stopped, as a word; empty: nothing that can be seen."""
    if not any(_others(cluster) for cluster in found):
        return "one_nats"
    if not all(cluster.leader for cluster in found):
        return "nobody_leads"
    if not any(server in (cluster.leader, *(peer.name for peer in _others(cluster))) for cluster in found):
        return "no_such_nats"
    return "" if all(_most(cluster, server) for cluster in found) else "most_missing"


def _most(cluster: ClusterInfo, server: str) -> bool:
    """Whether most copies are there without it: else nothing could be written any more."""
    others = _others(cluster)
    there = [peer for peer in others if peer.name != server and _heard(peer)]
    return 2 * (len(there) + (cluster.leader != server)) > len(others) + 1


def _others(cluster: ClusterInfo) -> Sequence[PeerInfo]:
    return cluster.replicas or ()


async def _hand_over(client: Client, name: str, server: str) -> None:
    """Have another one lead a stream. Raises Refused."""
    heir = await _heir(client, name, server)
    wanted = json.dumps({"placement": {"preferred": heir}}).encode()
    answer = await client.request(f"$JS.API.STREAM.LEADER.STEPDOWN.{name}", wanted, timeout=_ANSWER)
    if not json.loads(answer.data).get("success"):
        raise Refused(Code.NOT_ALLOWED, "not_handed_over")
    await _led_by_another(client, name, server)


async def _heir(client: Client, name: str, server: str) -> str:
    """Who else has all of a stream, as soon as somebody has; who was heard of last. Raises Refused."""
    clock = asyncio.get_running_loop().time
    until = clock() + _LEVEL  # no timeout: nats-py may swallow what ends it
    while True:
        others = _others(await _cluster(client, name))
        fit = [peer for peer in others if peer.name != server and peer.current and _heard(peer)]
        if fit:  # of one that has just gone nobody knows yet that it has
            return str(min(fit, key=lambda peer: peer.active or 0).name)
        if clock() >= until:
            raise Refused(Code.NOT_ALLOWED, "nobody_level")
        await asyncio.sleep(_PAUSE)


def _heard(peer: PeerInfo) -> bool:
    """Whether it was, lately; of one never heard of, a leader says that it was 0 ns ago."""
    return not peer.offline and 0 < (peer.active or 0) < SILENT


async def _led_by_another(client: Client, name: str, server: str) -> None:
    """Wait until it does. Raises Refused."""
    clock = asyncio.get_running_loop().time
    until, patience = clock() + _LED, _TRY
    while clock() < until:
        with suppress(*PASSING):
            if (await _cluster(client, name, patience)).leader not in (None, "", server):
                return
        patience = min(2 * patience, _ANSWER)
        await asyncio.sleep(_PAUSE)
    raise Refused(Code.NOT_ALLOWED, "not_handed_over")


async def _cluster(client: Client, name: str, patience: float = _ANSWER) -> ClusterInfo:
    """Who leads and follows a stream."""
    return (await client.jetstream(timeout=patience).stream_info(name)).cluster or ClusterInfo()
