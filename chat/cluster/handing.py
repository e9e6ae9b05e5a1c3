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

_ANSWER = 1.0
"""Seconds for an answer of who leads."""
_TRY = 0.25
"""Seconds for one such answer while who leads may change: nobody gives it then."""
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
    2 of 114 handed over under load). So nothing is written meanwhile, and one is told that has everything.
    """
    found = dict(
        zip(streams, await asyncio.gather(*(_cluster(client, name) for name in streams)), strict=True)
    )
    _check(list(found.values()), server)
    led = [name for name, cluster in found.items() if cluster.leader == server]
    if not led:
        return
    async with halted():
        handed = [_hand_over(client, name, server) for name in led]
        for error in await asyncio.gather(*handed, return_exceptions=True):
            if error is not None:
                raise error


def _check(found: Sequence[ClusterInfo], server: str) -> None:
    """Raise Refused unless it has copies, as others have, and somebody leads each stream."""
    if all(cluster.leader is None and not cluster.replicas for cluster in found):
        raise Refused(Code.NOT_ALLOWED, "one_nats")
    if not all(cluster.leader for cluster in found):
        raise Refused(Code.NOT_ALLOWED, "nobody_leads")
    if server not in {name for cluster in found for name in _names(cluster)}:
        raise Refused(Code.NOT_ALLOWED, "no_such_nats")
    if any(cluster.leader == server and not cluster.replicas for cluster in found):
        raise Refused(Code.NOT_ALLOWED, "one_nats")


def _names(cluster: ClusterInfo) -> list[str | None]:
    return [cluster.leader, *(peer.name for peer in cluster.replicas or ())]


async def _hand_over(client: Client, name: str, server: str) -> None:
    """Have another one lead a stream. Raises Refused."""
    heir = await _heir(client, name, server)
    wanted = json.dumps({"placement": {"preferred": heir}}).encode()
    answer = await client.request(f"$JS.API.STREAM.LEADER.STEPDOWN.{name}", wanted, timeout=_ANSWER)
    if not json.loads(answer.data).get("success"):
        raise Refused(Code.NOT_ALLOWED, "not_handed_over")
    await _led_by_another(client, name, server)


async def _heir(client: Client, name: str, server: str) -> str:
    """Another one that has all of a stream, as soon as there is one. Raises Refused."""
    clock = asyncio.get_running_loop().time
    until = clock() + _LEVEL  # no timeout: nats-py may swallow what ends it
    while True:
        for peer in (await _cluster(client, name)).replicas or ():
            if peer.name and peer.name != server and _level(peer):
                return peer.name
        if clock() >= until:
            raise Refused(Code.NOT_ALLOWED, "nobody_level")
        await asyncio.sleep(_PAUSE)


def _level(peer: PeerInfo) -> bool:
    """Whether it has everything, as the leader knows, who says of one never heard of that it was 0 ns ago."""
    return bool(peer.current and not peer.offline and 0 < (peer.active or 0) < SILENT)


async def _led_by_another(client: Client, name: str, server: str) -> None:
    """Wait until it does. Raises Refused."""
    clock = asyncio.get_running_loop().time
    until = clock() + _LED
    while clock() < until:
        with suppress(*PASSING):
            if (await _cluster(client, name, _TRY)).leader not in (None, "", server):
                return
        await asyncio.sleep(_PAUSE)
    raise Refused(Code.NOT_ALLOWED, "not_handed_over")


async def _cluster(client: Client, name: str, patience: float = _ANSWER) -> ClusterInfo:
    """Who leads and follows a stream."""
    return (await client.jetstream(timeout=patience).stream_info(name)).cluster or ClusterInfo()
