"""What a server says, and to whom, when it cannot go on: nothing that it does not know."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from chat.errors import StorageFailed
from chat.history.base import Draft, Failure
from chat.hub import hub
from chat.hub.seat import Seat
from chat.limits.options import Options
from chat.registry.base import Change, Deed
from chat.registry.sqlite import SqliteRegistry
from chat.server.server import Server
from tests.fake_history import FakeHistory
from tests.fakes import until
from tests.peer import Peer
from tests.servers import Recorder


class DeadHistory(FakeHistory):
    """A disk that failed: nobody knows what is on it."""

    def submit(self, draft: Draft, ticket: object = None) -> None:
        self._failed([Failure(draft, ticket, final=True, reason="disk I/O error")])


class FullHistory(FakeHistory):
    """A disk with no room left."""

    def submit(self, draft: Draft, ticket: object = None) -> None:
        self._failed([Failure(draft, ticket, final=False, reason="database or disk is full")])


class DeadRegistry(SqliteRegistry):
    """A registry on a disk that failed, once the lobby is made."""

    async def change(self, changes: Sequence[Change], deed: Deed | None = None) -> None:
        if "room/#new" in {change.key for change in changes}:
            raise StorageFailed("disk I/O error", final=True)
        await super().change(changes, deed)


@asynccontextmanager
async def serving(
    history: FakeHistory | None = None, registry: SqliteRegistry | None = None
) -> AsyncIterator[tuple[Server, int, Recorder]]:
    """A server, its port and what its operator is told."""
    console = Recorder()
    history, registry = history or FakeHistory(), registry or SqliteRegistry(None)
    async with Server(history, registry, console, Options()) as server:
        (address,) = await server.listen("127.0.0.1", 0)
        yield server, address[1], console


async def test_a_dead_disk_leaves_it_open() -> None:
    """After a failed fsync an entry may be there at the next start, so nobody is told that it is not."""
    async with serving(DeadHistory()) as (server, port, console):
        ana = await Peer.hello(port, "ana")
        ana.say(type="send", to="#geral", body="oi", cid="1")
        assert [said for said in await ana.silent() if said["type"] in ("message", "error")] == []
        assert server.broken.is_set()
        assert ("failed", "history", "StorageFailed('disk I/O error')") in console.events


async def test_the_operator_hears_of_a_full_disk() -> None:
    """Every sender is told, and the operator once for a while, however many try."""
    async with serving(FullHistory()) as (server, port, console):
        ana = await Peer.hello(port, "ana")
        for cid in "123":
            ana.say(type="send", to="#geral", body="oi", cid=cid)
            assert (await ana.expect("error", cid=cid))["code"] == "storage_failed"
        assert [event for event in console.events if event[0] == "failed"] == [
            ("failed", "history", "StorageFailed('database or disk is full')")
        ]
        assert not server.broken.is_set()


async def test_a_dead_registry_ends_the_server_too() -> None:
    """A room that cannot be made durable because the disk failed: the server has to end."""
    async with serving(registry=DeadRegistry(None)) as (server, port, _):
        ana = await Peer.hello(port, "ana")
        ana.say(type="join", room="#new")
        assert (await ana.expect("error"))["code"] == "storage_failed"
        assert server.broken.is_set()


async def test_who_may_have_missed_something_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where telling a batch fails half-way, nobody hears a later one: all come back and resume."""

    def fails(talks: Sequence[object], own: object) -> None:
        raise MemoryError

    async with serving() as (server, port, console):
        ana, bia = await Peer.hello(port, "ana"), await Peer.hello(port, "bia")
        await ana.send("#geral", "one", "1")
        await bia.expect("message", body="one")
        monkeypatch.setattr(hub, "spread", fails)
        ana.say(type="send", to="#geral", body="two", cid="2")
        ana.say(type="send", to="#geral", body="three", cid="3")
        for peer in (ana, bia):
            assert [said for said in await peer.closed() if said["type"] == "message"] == []
        assert server.broken.is_set()
        assert ("failed", "commit") in {event[:2] for event in console.events}


async def test_nobody_hears_what_came_after_a_batch_that_was_not_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Even where the sessions cannot be cut off, for want of memory too, none goes on with a later batch."""

    def fails(*_: object) -> None:
        raise MemoryError

    history = FakeHistory()
    async with serving(history) as (server, port, _):
        ana, bia = await Peer.hello(port, "ana"), await Peer.hello(port, "bia")
        asyncio.get_running_loop().set_exception_handler(fails_are_expected)
        with monkeypatch.context() as patched:
            patched.setattr(hub, "spread", fails)
            patched.setattr(Seat, "abandon", fails)
            ana.say(type="send", to="#geral", body="one", cid="1")
            await server.broken.wait()
        ana.say(type="send", to="#geral", body="two", cid="2")
        await until(lambda: history.head == 2)
        assert [said for said in await bia.silent() if said["type"] == "message"] == []


def fails_are_expected(loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """What the loop is told of errors that a test makes."""
    assert isinstance(context.get("exception"), MemoryError)
