"""Readers that stop: they fall behind, catch up in order, hold nobody up and cost little."""

import asyncio
import socket
import sys
from collections.abc import Collection

import pytest

from chat import link
from chat.errors import StorageFailed
from chat.history.base import Page
from chat.hub.pulse import Pulse
from chat.limits.counters import Limit
from tests.fake_history import FakeHistory
from tests.peer import Peer, Said
from tests.servers import Start

MESSAGES = 10_000
QUESTIONS = 6_000
"""Their answers are more than the sockets of a reader that stopped can hold (some 200 kB)."""


async def _stopped_reader(port: int, user: str) -> Peer:
    """A welcomed peer whose connection holds little and reads only when asked."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=sock, limit=1_024)
    peer = Peer(reader, writer)
    peer.say(type="hello", version=1, user=user)
    peer.welcome = await peer.expect("welcome")
    return peer


async def _flood(ana: Peer, count: int) -> None:
    """Send `count` messages, a hundred in flight, each acknowledged."""
    for start in range(0, count, 100):
        for number in range(start, start + 100):
            ana.say(type="send", to="#geral", body=f"{number} {'x' * 200}", cid=str(number))
        for number in range(start, start + 100):
            await ana.expect("message", cid=str(number))


async def test_a_reader_that_stops_gets_everything_later(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that stops for 10,000 messages gets all of them, in order, once; nobody waited for it."""
    monkeypatch.setattr(link, "USER_TIMEOUT", 600_000)  # on a busy machine it stops for more than 30 s
    running = await start(FakeHistory(), stuck_after=600)
    ana, slow = await Peer.hello(running.port, "ana"), await _stopped_reader(running.port, "devagar")
    quick = await Peer.hello(running.port, "depressa")
    everything = asyncio.create_task(_ids(quick, MESSAGES))
    await _flood(ana, MESSAGES)
    assert await everything == list(range(1, MESSAGES + 1))
    (seat,) = [seat for seat in running.server.seats if seat.user == "devagar"]
    assert seat.member.outbox.behind
    assert seat.link.waiting <= running.server.options.mark + 100 * 512
    assert await _ids(slow, MESSAGES) == list(range(1, MESSAGES + 1))
    await ana.send("#geral", "e agora?", "last")
    assert (await slow.expect("message", cid="last"))["id"] == MESSAGES + 1


async def _ids(peer: Peer, count: int) -> list[int]:
    return [(await peer.expect("message"))["id"] for _ in range(count)]


async def test_a_reader_that_never_reads_is_let_go(start: Start) -> None:
    """A connection whose kernel buffer takes nothing for a while is aborted."""
    running = await start(FakeHistory(), stuck_after=1.5, notice_interval=0.05)
    ana, stuck = await Peer.hello(running.port, "ana"), await _stopped_reader(running.port, "parada")
    await _flood(ana, 4_000)
    if not any(said["type"] == "left" for said in ana.heard):  # on a busy machine it comes amid the flood
        await ana.expect("left", users=["parada"])
    assert ("gone", "parada", "stuck") in running.console.events
    assert running.server.core.counters[Limit.STUCK] == 1
    stuck.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only there the kernel tells what it holds")
async def test_a_reader_that_trickles_stays(start: Start) -> None:
    """Who takes a little again and again is not taken for stuck, though the kernel asks for nothing more."""
    running = await start(FakeHistory(), stuck_after=30.0, notice_interval=3_600.0)  # only the test looks
    ana, slow = await Peer.hello(running.port, "ana"), await _stopped_reader(running.port, "devagar")
    await _flood(ana, 4_000)
    (seat,) = [seat for seat in running.server.seats if seat.user == "devagar"]
    pulse, now, ids = Pulse(running.server.core, [seat]), running.server.core.clock(), list[int]()
    for _ in range(5):
        seen = seat.link.written - seat.link.untaken
        while seat.link.written - seat.link.untaken == seen:
            ids += await _ids(slow, 4)  # about 1 KB
        now += 20.0
        pulse.look(now)
        assert not seat.link.closing
    ids += await _ids(slow, 4_000 - len(ids))
    assert ids == list(range(1, 4_001))


async def test_answers_wait_for_a_reader(start: Start) -> None:
    """Who asks for pages without reading them is not read any further; memory stays bounded."""
    running = await start(FakeHistory(), stuck_after=600)
    ana, greedy = await Peer.hello(running.port, "ana"), await _stopped_reader(running.port, "gulosa")
    await _flood(ana, 200)
    for _ in range(400):
        greedy.say(type="history", room="#geral")
    await ana.send("#geral", "tudo bem", "x")
    (seat,) = [seat for seat in running.server.seats if seat.user == "gulosa"]
    assert seat.link.waiting <= running.server.options.mark + 2 * 65_536
    answers = [await greedy.expect("history") for _ in range(400)]
    assert all(len(answer["messages"]) == 100 for answer in answers)


@pytest.mark.parametrize("asked", [{"type": "rooms"}, {"type": "who"}, {"type": "nothing"}])
async def test_short_answers_wait_for_a_reader_too(start: Start, asked: Said) -> None:
    """However short the answers, who reads none is not read any further, and gets each of them later."""
    running = await start(FakeHistory(), stuck_after=600, mark=16_384)
    ana, greedy = await Peer.hello(running.port, "ana"), await _stopped_reader(running.port, "gulosa")
    for number in range(QUESTIONS):
        greedy.say(ref=str(number), **asked)
    (seat,) = [seat for seat in running.server.seats if seat.user == "gulosa"]
    sizes = []
    for _ in range(50):
        await ana.silent()
        sizes.append(seat.link.waiting)
    assert 0 < max(sizes) <= running.server.options.mark + 65_536
    answer = "error" if asked["type"] == "nothing" else asked["type"]
    refs = [(await greedy.expect(answer))["ref"] for _ in range(QUESTIONS)]
    assert refs == [str(number) for number in range(QUESTIONS)]


async def test_sends_wait_for_their_commits(start: Start) -> None:
    """While the disk is busy a session is read no further than its allowance, and nothing is lost."""
    history = FakeHistory()
    running = await start(history, in_flight=10)
    ana, bia = await Peer.hello(running.port, "ana"), await Peer.hello(running.port, "bia")
    history.held = True
    for number in range(3_000):
        ana.say(type="send", to="#geral", body="x" * 50, cid=str(number))
    await bia.silent()
    (seat,) = [seat for seat in running.server.seats if seat.user == "ana"]
    assert 0 < seat.member.in_flight < 1_000
    history.held = False
    history.release()
    assert await _ids(bia, 3_000) == list(range(1, 3_001))


async def test_what_cannot_be_stored_is_said(start: Start) -> None:
    """A failed commit answers storage_failed; nobody sees the message, and its cid may be used again."""
    history = FakeHistory()
    running = await start(history)
    ana, bia = await Peer.hello(running.port, "ana"), await Peer.hello(running.port, "bia")
    history.failing = True
    ana.say(type="send", to="#geral", body="oi", cid="1", ref="r")
    error = await ana.expect("error")
    assert (error["code"], error["cid"], error["ref"]) == ("storage_failed", "1", "r")
    history.failing = False
    assert (await ana.send("#geral", "oi de novo", "1"))["body"] == "oi de novo"
    assert (await bia.expect("message"))["body"] == "oi de novo"
    assert [event[:2] for event in running.failures] == [("failed", "history")]  # the operator is told too
    running.console.events.clear()


class Closing(FakeHistory):
    """Reads until it is closed, and then fails."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.closed = asyncio.Event(), asyncio.Event()

    async def follow(
        self, conversations: Collection[str], reader: str, *, after: int, until: int, limit: int
    ) -> Page:
        self.asked.set()
        await self.closed.wait()
        raise StorageFailed("the history is closed")

    async def close(self) -> None:
        await super().close()
        self.closed.set()
        await asyncio.sleep(0)


async def test_stopping_while_somebody_is_behind(start: Start) -> None:
    """Who was reading from the history hears why like everybody else; the operator hears of no failure."""
    history = Closing()
    running = await start(history)
    ana = await Peer.hello(running.port, "ana")
    await ana.send("#geral", "oi", "1")
    bia = await Peer.hello(running.port, "bia", after=0, log="fake")
    await history.asked.wait()
    await running.server.stop()
    for peer in (ana, bia):
        assert (await peer.closed())[-1] == {"type": "bye", "reason": "shutting_down"}
    assert running.failures == []


async def test_stopping_commits_tells_and_closes(start: Start) -> None:
    """A stop commits and acknowledges what waits, tells everybody, and closes."""
    history = FakeHistory()
    running = await start(history)
    ana, bia = await Peer.hello(running.port, "ana"), await Peer.hello(running.port, "bia")
    history.held = True
    ana.say(type="send", to="#geral", body="a tempo", cid="1")
    await ana.silent()
    await running.server.stop()
    for peer in (ana, bia):
        last = await peer.closed()
        assert last[-1] == {"type": "bye", "reason": "shutting_down"}
        assert "a tempo" in [message.get("body") for message in last]
