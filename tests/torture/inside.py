"""Faults inside the server: a request function that raises, a loop that is blocked."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from chat import messages as m
from chat.history.base import Draft
from chat.hub import requests
from chat.limits.options import Options
from chat.registry.sqlite import SqliteRegistry
from chat.server.server import Server
from tests.fake_history import FakeHistory
from tests.peer import OPEN, Peer
from tests.servers import UNHURRIED, Recorder
from tests.torture.bench import Bench

REQUESTS: dict[type[m.Request], dict[str, Any]] = {
    m.Send: {"type": "send", "to": "#geral", "body": "oi", "cid": "1"},
    m.Edit: {"type": "edit", "id": 1, "body": "oi", "cid": "2"},
    m.Delete: {"type": "delete", "id": 1, "cid": "3"},
    m.React: {"type": "react", "id": 1, "emoji": "☕", "cid": "4"},
    m.SetTopic: {"type": "topic", "room": "#geral", "topic": "oi", "cid": "5"},
    m.Search: {"type": "search", "text": "oi"},
    m.Join: {"type": "join", "room": "#a"},
    m.Leave: {"type": "leave", "room": "#a"},
    m.History: {"type": "history", "room": "#geral"},
    m.Rooms: {"type": "rooms"},
    m.Who: {"type": "who"},
    m.Invite: {"type": "invite", "room": "#geral", "user": "bia"},
    m.Kick: {"type": "kick", "room": "#geral", "user": "bia"},
    m.Ban: {"type": "ban", "room": "#geral", "user": "bia"},
    m.Unban: {"type": "unban", "room": "#geral", "user": "bia"},
    m.Mute: {"type": "mute", "room": "#geral", "user": "bia"},
    m.Unmute: {"type": "unmute", "room": "#geral", "user": "bia"},
    m.SetRole: {"type": "role", "room": "#geral", "user": "bia", "role": "member"},
    m.SetKind: {"type": "kind", "room": "#geral", "kind": "public"},
    m.Slow: {"type": "slow", "room": "#geral", "seconds": 1},
    m.Roster: {"type": "roster", "room": "#geral"},
    m.Log: {"type": "log", "room": "#geral"},
    m.Ping: {"type": "ping"},
    m.Hello: {"type": "hello", "version": 1, "user": "caio"},
}
"""A request of each kind that has a function of its own that may go wrong."""
QUIET = {m.Pong, m.Bye, m.Prove}
"""Those that answer nothing, or end it anyhow."""


def raising(bench: Bench) -> str:
    """F33: each request function in turn raises: one session gets `internal`, nobody else notices."""
    return asyncio.run(_raising())


async def _raising() -> str:
    kinds = [kind for kind in requests.HANDLERS if kind not in QUIET]
    for kind in kinds:
        console = Recorder()
        server = Server(FakeHistory(), SqliteRegistry(None), console, Options(**UNHURRIED))
        async with server:
            (address,) = await server.listen("127.0.0.1", 0)
            ana, bia = [await Peer.hello(address[1], name) for name in ("ana", "bia")]
            other = await Peer.connect(address[1]) if kind is m.Hello else ana
            working, requests.HANDLERS[kind] = requests.HANDLERS[kind], _raise
            try:
                other.say(ref="x", **REQUESTS[kind])
                error = await other.expect("error")
            finally:
                requests.HANDLERS[kind] = working
            assert (error["code"], error["ref"]) == ("internal", "x"), error
            assert "deliberate" not in str(error)
            for peer in (ana, bia):
                peer.say(type="ping")
                await peer.expect("pong")
            await ana.send("#geral", "still here", "9")
            await bia.expect("message", body="still here")
            await _dropped()
        assert [event[0] for event in console.events].count("failed") == 1
    return f"{len(kinds)} request functions, one `internal` each"


def _raise(*_: object) -> Callable[[], None]:
    raise RuntimeError("deliberate")


async def _dropped() -> None:
    """End every raw connection."""
    while OPEN:
        left = OPEN.pop()
        left.reset()
        await left.closed()


class _Blocking(FakeHistory):
    """Blocks the loop for a while when it is told to."""

    def submit(self, draft: Draft, ticket: object = None) -> None:
        if draft.body.startswith("block"):
            time.sleep(float(draft.body.split()[1]))
        super().submit(draft, ticket)


def blocked(bench: Bench) -> str:
    """F34: the loop stands still for 2 s: the console is told where, nobody is cut for it, and it goes on."""
    return asyncio.run(_blocked(2.0))


async def _blocked(seconds: float) -> str:
    console = Recorder()
    options = Options(hello_deadline=seconds / 2, frame_deadline=seconds / 2, stuck_after=seconds / 2)
    async with Server(_Blocking(), SqliteRegistry(None), console, options) as server:
        (address,) = await server.listen("127.0.0.1", 0)
        peers = [await Peer.hello(address[1], f"u{number}") for number in range(20)]
        halves = [await Peer.connect(address[1]) for _ in range(5)]
        await peers[0].send("#geral", f"block {seconds}", "1")
        for number, half in enumerate(halves):
            half.say(type="hello", version=1, user=f"h{number}")
            await half.expect("welcome")
        for peer in peers:
            await peer.expect("message", cid="1") if peer is not peers[0] else None
            peer.say(type="ping")
            await peer.expect("pong")
        assert not [event for event in console.events if event[0] == "gone"], console.events
        (stalled,) = [event for event in console.events if event[0] == "stalled"]
        assert "time.sleep" in stalled[1], stalled
        await _dropped()
    return f"{seconds:g} s; 25 connections, none cut; told who it was"
