"""One key-value bucket of JetStream: made if it is not there, changed by batches, each as a whole or not.

A batch is one of nats-server 2.12 (ADR-50), each message with the revision that it expects of its subject.
It is the same on one server and on three (measured, 2.15.1): what is not as expected is answered by 10071 or
10164, and a batch that is repeated meets itself so.
"""

import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from nats.aio.client import Client
from nats.js.api import DiscardPolicy, RawStreamMsg, RePublish, StorageType, StreamConfig, StreamInfo
from nats.js.errors import APIError, BadRequestError, NotFoundError

from chat.cluster import stream
from chat.cluster.stillness import Stillness
from chat.errors import DataRefused

OLDEST = (2, 12)
"""The nats-server that first knew batches."""
MOST = 1_000
"""Messages of a batch, by the server's default."""
ATTEMPT = 1.0
"""Seconds for one try: a server that has not answered by then may not be the leader any more."""
_WRONG_REVISION = frozenset({10_071, 10_164})
_IN_USE = 10_058


class Write(NamedTuple):
    """A place that is to get a value; `revision` is what is expected there, 0: nothing, None: whatever."""

    place: str
    value: bytes
    headers: dict[str, str]
    revision: int | None


class Bucket:
    """The bucket `name`, kept by so many servers."""

    def __init__(self, name: str, replicas: int, stillness: Stillness) -> None:
        self.stream = f"KV_{name}"
        self.told = f"{stream.told(self.stream)}.>"
        """Where each message is said once more as soon as it is stored."""
        self._prefix = f"$KV.{name}."
        self._replicas = replicas
        self._stillness = stillness
        self._created: datetime | None = None

    def place(self, subject: str) -> str:
        """The place that a subject is about."""
        return subject.removeprefix(self._prefix)

    def subject(self, place: str) -> str:
        """The subject of a place, or of all that match it."""
        return self._prefix + place

    async def look(self, client: Client) -> StreamInfo:
        """What its leader says of it; made the first time, if it is not there.

        Raises DataRefused for a server that is too old and a bucket that was made anew, and what NATS raises.
        """
        version = client.connected_server_version
        if (version.major, version.minor) < OLDEST:
            raise DataRefused("old_nats", self.stream, str(version))
        js = client.jetstream(timeout=ATTEMPT)
        try:
            info = await js.stream_info(self.stream)
        except NotFoundError:
            if self._created is not None:
                raise DataRefused("bucket_gone", self.stream) from None
            info = await self._make(client)
        if self._created not in (None, info.created):
            raise DataRefused("bucket_gone", self.stream, f"made {info.created}")
        if not info.config.allow_atomic or info.config.max_msgs_per_subject != 1:
            raise DataRefused("bucket_strange", self.stream)
        copies = info.config.num_replicas or 1
        if copies < self._replicas:
            raise DataRefused("too_few", str(copies))
        self._created = info.created
        return info

    async def write(self, client: Client, writes: Sequence[Write], patience: float = ATTEMPT) -> int | None:
        """Make all writes (at most MOST) or none; the last one's revision, None if one was not as expected.

        Waits for `patience` seconds, and before that for the end of a stillness. Raises what NATS raises;
        after a timeout or a lost connection they may be made nevertheless.
        """
        await self._stillness.over()
        with self._stillness.writing():
            return await self._write(client, writes, patience)

    async def _write(self, client: Client, writes: Sequence[Write], patience: float) -> int | None:
        said = [_headers(write) for write in writes]
        if len(writes) > 1:  # a batch of one would take ten times as long (measured: 5 ms and 0.5)
            batch = secrets.token_hex(8)
            for number, headers in enumerate(said, 1):
                headers |= {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
            said[-1]["Nats-Batch-Commit"] = "1"
        for write, headers in zip(writes[:-1], said, strict=False):
            await client.publish(self._prefix + write.place, write.value, headers=headers)
        last = self._prefix + writes[-1].place
        answer = await client.request(last, writes[-1].value, patience, headers=said[-1])
        return _answered(json.loads(answer.data))

    async def read(self, client: Client, place: str) -> RawStreamMsg | None:
        """What its leader has at a place. Raises what NATS raises."""
        try:
            return await client.jetstream(timeout=ATTEMPT).get_last_msg(self.stream, self._prefix + place)
        except NotFoundError:
            return None

    async def _make(self, client: Client) -> StreamInfo:
        config = StreamConfig(
            name=self.stream,
            subjects=[f"{self._prefix}>"],
            num_replicas=self._replicas,
            storage=StorageType.FILE,
            discard=DiscardPolicy.NEW,
            max_msgs_per_subject=1,
            allow_rollup_hdrs=True,
            allow_direct=True,
            allow_atomic=True,
            deny_delete=True,
            republish=RePublish(src=f"{self._prefix}>", dest=self.told),
        )
        js = client.jetstream(timeout=ATTEMPT)
        try:
            await js.add_stream(config)
        except BadRequestError as error:
            if error.err_code != _IN_USE:  # else another node has just made it
                raise
        return await js.stream_info(self.stream)


def _headers(write: Write) -> dict[str, str]:
    if write.revision is None:
        return dict(write.headers)
    return write.headers | {"Nats-Expected-Last-Subject-Sequence": str(write.revision)}


def _answered(answer: dict[str, object]) -> int | None:
    error = answer.get("error")
    if isinstance(error, dict):
        if error.get("err_code") in _WRONG_REVISION:
            return None
        APIError.from_error(error)
    seq = answer["seq"]
    assert isinstance(seq, int), answer
    return seq
