"""The stream that is the history: how it is made, and what is looked at before it is trusted."""

import asyncio
import secrets
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import nats.errors
from msgspec import Struct
from nats.aio.client import Client
from nats.js.api import (
    ClusterInfo,
    DiscardPolicy,
    RePublish,
    RetentionPolicy,
    StorageType,
    StreamConfig,
    StreamInfo,
)
from nats.js.errors import APIError, NotFoundError

from chat.errors import DataRefused

NAME = "CHAT"
"""What the stream is called; one account of NATS holds one community."""
COPIES = 3
"""A line is acknowledged once two of three have it on their disks."""
LOOK = 2.0
"""Seconds in which every nats-server answers how it keeps its streams."""
FORMING = 10.0
"""Seconds in which servers that belong together have found each other (measured: 3.3)."""
SILENT = 5_000_000_000
"""Nanoseconds after which who follows a stream is taken to be gone: it answers the leader each second."""
PAUSE = 0.2
"""Seconds between two looks at servers that have not."""
PAYLOAD = 512 * 1024
"""Bytes that a message may have at least: a batch has up to half of it, as what nodes say of who is there."""
SERVERS = "$SYS.REQ.SERVER.PING.JSZ"
"""The question to all of them; the account of the nodes has to import it from the system's."""

_UNFINISHED = "unfinished"
_TAKEN = 10_058
"""Another node made it in this very moment."""


class Found(NamedTuple):
    """A stream: the name of the history, the id before its first one, its first and its last message."""

    log: str
    floor: int
    first: int
    last: int
    whole: bool = True
    """Whether the import that made it has come to its end."""
    led: bool = True
    """Whether somebody leads it who hears of most copies; nats-server answers for others, too (2.15.1)."""


class _Config(Struct, frozen=True):
    sync_always: bool = False


class _Meta(Struct, frozen=True):
    cluster_size: int = 1


class _Kept(Struct, frozen=True):
    config: _Config = _Config()
    meta_cluster: _Meta | None = None


class _Server(Struct, frozen=True):
    name: str = ""


class _Said(Struct, frozen=True):
    server: _Server = _Server()
    data: _Kept = _Kept()

    @property
    def size(self) -> int:
        """How many servers it counts, itself among them."""
        return self.data.meta_cluster.cluster_size if self.data.meta_cluster is not None else 1


_decode = msgspec.json.Decoder(_Said).decode


async def look(client: Client, *, careful: bool) -> int:
    """How many nats-servers there are. Raises PASSING where nobody answers, DataRefused if `careful`.

    Refused is a single one, which loses all with its disk, and any that does not sync each write: by
    default nats-server does so every two minutes, and a power cut then erases a young stream as a whole (6 of
    6 measured). Refused in any case is one that does not take a whole batch.
    """
    if client.max_payload < PAYLOAD:
        raise DataRefused("small_payload", str(PAYLOAD), str(client.max_payload))
    said = await _formed(client, careful=careful)
    lazy = [one.server.name for one in said if not one.data.config.sync_always]
    size = max((one.size for one in said), default=0)
    if careful and not said:
        raise DataRefused("sync_unknown", SERVERS)
    if careful and lazy:
        raise DataRefused("lazy_sync", ", ".join(sorted(lazy)))
    if careful and size < COPIES:
        raise DataRefused("too_few", str(size))
    return size


async def _formed(client: Client, *, careful: bool) -> list[_Said]:
    """What every server says, once they have found each other: at their start each counts only itself.

    A server on its own is no part of a cluster, and is not waited for. Where nobody answers it may be that
    they do not know yet who may ask: only a `careful` node waits for that.
    """
    clock = asyncio.get_running_loop().time
    until = clock() + FORMING
    while True:
        said = await _ask_all(client)
        parts = [one.size for one in said if one.data.meta_cluster is not None]
        forming = max(parts) < COPIES if parts else careful and not said
        if not forming or clock() >= until:
            return said
        await asyncio.sleep(PAUSE)


async def _ask_all(client: Client) -> list[_Said]:
    """What every server says, until all have or no more comes."""
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox)
    found: list[_Said] = []
    try:
        await client.publish(SERVERS, b'{"config":true}', reply=inbox)
        async with asyncio.timeout(LOOK):
            while not found or len(found) < max(one.size for one in found):
                message = await subscription.next_msg(timeout=LOOK)
                if message.headers and message.headers.get("Status"):
                    return []  # nobody may ask this, or nobody is there
                found.append(_decode(message.data))
    except TimeoutError:
        pass  # a server that is down; what the others say counts
    finally:
        await subscription.unsubscribe()
    return found


async def find(client: Client, name: str, patience: float = 2.0) -> Found | None:
    """The stream of a name, None where there is none. Raises PASSING, DataRefused if it is none of ours."""
    try:
        info = await client.jetstream(timeout=patience).stream_info(name)
    except NotFoundError:
        return None
    return _found(info)


async def make(client: Client, name: str, copies: int, *, imported: tuple[str, int] | None = None) -> Found:
    """Make the stream, unless another node has; either way, the one there is. Raises PASSING, DataRefused.

    One that is to be `imported` has a name and the id before its first one, and is of no use until `finish`.
    """
    config = _wanted(name, copies)
    log, floor = imported or (secrets.token_hex(16), 0)
    config.metadata = {"log": log, "floor": str(floor)} | ({_UNFINISHED: "1"} if imported else {})
    try:
        return _found(await client.jetstream().add_stream(config))
    except APIError as error:
        if error.err_code != _TAKEN:
            raise
    found = await find(client, name)
    if found is None:
        raise nats.errors.Error(f"{name} was there and is not")
    return found


async def finish(client: Client, name: str) -> None:
    """An import has come to its end. Raises PASSING."""
    config = (await client.jetstream().stream_info(name)).config
    config.metadata = {key: value for key, value in (config.metadata or {}).items() if key != _UNFINISHED}
    await client.jetstream().update_stream(config)


async def checked(client: Client, name: str, *, careful: bool) -> None:
    """Raise DataRefused for a stream that forgets, or if `careful`, one of which there is one copy only."""
    config = (await client.jetstream().stream_info(name)).config
    wanted = _wanted(name, config.num_replicas or 1)
    wrong = [field for field in _KEPT if getattr(config, field) != getattr(wanted, field)]
    if wrong:
        raise DataRefused("stream_settings", name, ", ".join(wrong))
    if careful and (config.num_replicas or 1) < COPIES:
        raise DataRefused("too_few", str(config.num_replicas or 1))


def _wanted(name: str, copies: int) -> StreamConfig:
    return StreamConfig(
        name=name,
        subjects=[subject(name)],
        description="What was said in a chat: one message is a batch of entries.",
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        num_replicas=min(COPIES, copies),
        max_msgs=-1,
        max_bytes=-1,
        max_age=0.0,
        max_msgs_per_subject=-1,
        deny_delete=True,
        deny_purge=True,
        allow_direct=True,
        republish=RePublish(src=subject(name), dest=told(name)),
    )


_KEPT: Sequence[str] = (
    "retention",
    "storage",
    "discard",
    "max_msgs",
    "max_bytes",
    "max_age",
    "max_msgs_per_subject",
    "deny_delete",
    "deny_purge",
    "allow_direct",
    "republish",
)
"""What has to be as it was made, or something may be missing or come late."""


def subject(name: str) -> str:
    """Where batches are published."""
    return f"{name}.history"


def told(name: str) -> str:
    """Where each message is said once more as soon as it is stored."""
    return f"{name}.stored"


def _found(info: StreamInfo) -> Found:
    metadata = info.config.metadata or {}
    try:
        log, floor = metadata["log"], int(metadata["floor"])
    except (KeyError, ValueError):
        raise DataRefused("stream_settings", str(info.config.name), "metadata") from None
    whole = _UNFINISHED not in metadata
    return Found(log, floor, info.state.first_seq, info.state.last_seq, whole, led(info.cluster))


def led(cluster: ClusterInfo | None) -> bool:
    """Whether somebody leads who has heard of most copies, its own among them, just now.

    Who lost two of two followers goes on for some 10 s as if it led, and acknowledges nothing (measured). One
    that it never heard of since it leads was active 0 ns ago, it says.
    """
    if cluster is None:
        return True
    copies = cluster.replicas or []
    heard = sum(1 for copy in copies if not copy.offline and 0 < (copy.active or 0) < SILENT)
    return bool(cluster.leader) and 2 * (heard + 1) > len(copies) + 1
