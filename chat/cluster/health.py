"""How NATS is, for the operator: whether there is a connection, and who leads and follows each stream."""

import asyncio
from collections.abc import Sequence

from nats.aio.client import Client
from nats.js.api import PeerInfo, StreamInfo

from chat.cluster.connection import PASSING, Connection
from chat.cluster.stream import SILENT

_PATIENCE = 2.0
"""Seconds for an answer: an operator waits for it."""


async def lines(connection: Connection, streams: Sequence[str]) -> list[str]:
    """A line for the connection, and one for each stream."""
    if not connection.up.is_set():
        return [f"nats  cut off  {connection.reason}"]
    client = await connection.client()
    place = client.connected_url.netloc.rpartition("@")[2] if client.connected_url is not None else ""
    return [f"nats  connected  {place}", *await led(client, streams)]


async def led(client: Client, streams: Sequence[str]) -> list[str]:
    """A line for each stream."""
    return await asyncio.gather(*(_stream(client, name) for name in streams))


async def _stream(client: Client, name: str) -> str:
    try:
        info = await client.jetstream(timeout=_PATIENCE).stream_info(name)
    except PASSING as error:
        return f"stream  {name}  no answer  {error}"
    return f"stream  {name}  messages {info.state.messages}  bytes {info.state.bytes}  {_servers(info)}"


def _servers(info: StreamInfo) -> str:
    """Who leads it, and of each follower whether it has all: `n1 leads  n2 level  n3 12 late`."""
    cluster = info.cluster
    if cluster is None or not cluster.replicas:
        return f"{cluster.leader} leads" if cluster is not None and cluster.leader else "one server"
    if not cluster.leader:
        return "nobody leads"  # what a follower says of the others is old, and of itself wrong
    told = [f"{cluster.leader} leads"]
    for peer in cluster.replicas:
        told.append(f"{peer.name} {_state(peer)}")
    return "  ".join(told)


def _state(peer: PeerInfo) -> str:
    """What a leader says of a server that it has not heard of since it leads is no lag."""
    if peer.offline:
        return "offline"
    if peer.active is not None and peer.active >= SILENT:
        return f"silent {peer.active / 1e9:.0f} s"
    if peer.current:
        return "level"
    return f"{peer.lag or 0} late" if peer.active else "not heard"
