"""A history of one machine, and the registry that goes with it, carried into a cluster and out again."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import nats.errors
from nats.aio.client import Client
from nats.js.errors import APIError

from chat.cluster import batches, stream
from chat.cluster.connection import Connection
from chat.cluster.node import BUCKET, LOG, Settings, connected, looked_at, shared
from chat.cluster.registry import NatsRegistry
from chat.errors import DataRefused
from chat.history.backing import Told
from chat.history.base import Draft, Entry
from chat.history.carrying import Source
from chat.registry.base import Change, Snapshot

_PART = 900
"""Records of one change."""
_ATTEMPT = 10.0
"""Seconds for one batch."""


async def bring(settings: Settings, history: Path, registry: Snapshot, told: Told) -> None:
    """Fill a cluster that has nothing with the history in a file, ids and all, and a registry.

    Nothing can be used before all of it is there: an import that was cut short is begun anew. An entry that
    was damaged keeps its place, empty. Raises DataRefused ("stream_in_use": it has something), StorageFailed.
    """
    with closing(Source(history)) as source:
        async with connected(settings.servers, lambda reason: None) as connection:
            copies = await looked_at(connection, careful=settings.careful)
            await connection.during(partial(_clear, source.log))
            imported = (source.log, source.floor)
            await connection.during(partial(_made, min(stream.COPIES, copies) or 1, imported))
            await _register(connection, min(stream.COPIES, copies) or 1, registry)
            for entries in source.entries():
                for some in runs(entries):
                    await connection.during(partial(_publish, some))
                told(entries[-1].id, source.head)
            await connection.during(partial(stream.finish, name=stream.NAME))


async def _made(copies: int, imported: tuple[str, int], client: Client) -> None:
    found = await stream.make(client, stream.NAME, copies, imported=imported)
    if found.log != imported[0]:
        raise DataRefused("stream_in_use", stream.NAME)


async def _clear(log: str, client: Client) -> None:
    """Remove what an earlier import left. Raises DataRefused where there is something that is in use."""
    found = await stream.find(client, stream.NAME)
    if found is not None and found.whole:
        raise DataRefused("stream_in_use", stream.NAME)
    if found is None or found.log == log:
        return  # nothing, or this very import, begun before the connection was lost
    for name in (f"KV_{BUCKET}", stream.NAME):
        try:
            await client.jetstream().delete_stream(name)
        except APIError as error:
            if error.code != 404:
                raise


async def _register(connection: Connection, copies: int, kept: Snapshot) -> None:
    """Put all records and deeds into a bucket that has none."""
    registry = NatsRegistry(connection, BUCKET, copies, lambda error: None)
    await registry.open()
    try:
        if next(registry.items(""), None) is not None:
            raise DataRefused("stream_in_use", registry.stream)
        changes = [Change(key, record.value, 0) for key, record in kept.items("") if key != LOG]
        for start in range(0, len(changes), _PART):
            await registry.change(changes[start : start + _PART])
        for deed in kept.deeds:
            await registry.change([], deed)
    finally:
        await registry.close()


def runs(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """Entries whose ids follow one another, as many as one batch holds."""
    some: list[Entry] = []
    size = 0
    for entry in entries:
        row = len(bytes(batches.row(_draft(entry))))
        broken = some and (entry.id != some[-1].id + 1 or len(some) == batches.MOST)
        if broken or (some and size + row > batches.LARGEST):
            yield some
            some, size = [], 0
        some.append(entry)
        size += row
    if some:
        yield some


async def _publish(entries: Sequence[Entry], client: Client) -> None:
    """One batch, stored on return; a second time it changes nothing."""
    rows = [batches.row(_draft(entry)) for entry in entries]
    id = f"import-{entries[0].id}"
    answer = await client.request(
        stream.subject(stream.NAME),
        batches.encode(id, rows, entries[0].id - 1),
        timeout=_ATTEMPT,
        headers={"Nats-Msg-Id": id},
    )
    if b'"error"' in answer.data:
        raise nats.errors.Error(answer.data.decode(errors="replace"))


def _draft(entry: Entry) -> Draft:
    return Draft(
        entry.conversation,
        entry.owner,
        entry.cid,
        entry.to,
        entry.sender,
        entry.ts,
        entry.body,
        entry.readers,
        entry.author,
        entry.kind,
        entry.target,
    )


async def take(settings: Settings, folder: Path, staged: tuple[Path, Path], told: Told) -> None:
    """Copy all of a cluster to files of one machine, for the history and the registry.

    A copy of the stream is made in `folder`, from nothing. Raises DataRefused, StorageFailed, OSError.
    """
    history_file, registry_file = staged
    async with shared(settings, folder / "copy.db", lambda sentence: None, told) as (history, registry, _):
        await registry.open()
        try:
            await history.open(lambda outcomes, head: None, lambda failures: None)
            try:
                await history.back_up(history_file, told)
                await registry.back_up(registry_file)
            finally:
                await history.close()
        finally:
            await registry.close()
