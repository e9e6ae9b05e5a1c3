"""Each bound of connections and sessions: tripped, told by its code, counted, and nobody else's concern."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from chat.hub.pulse import Pulse
from chat.limits import gate
from chat.limits.counters import Limit
from chat.link import Link
from chat.server import reception
from tests.encrypted import Encrypted, StartEncrypted, trusting_all
from tests.fakes import until
from tests.keys import Key
from tests.peer import Peer
from tests.servers import Running, Start

SLOW_DOWN = {
    "type": "error",
    "code": "slow_down",
    "message": "too much at once; try again a little later",
}


async def neighbour(port: int, user: str) -> Peer:
    """Somebody at another address of this machine, who is welcomed."""
    peer = Peer(*await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0)))
    peer.say(type="hello", version=1, user=user)
    await peer.expect("welcome")
    return peer


def counted(running: Running) -> dict[Limit, int]:
    """The bounds that were reached, and how often."""
    counters = running.server.core.counters
    return {limit: counters[limit] for limit in Limit if counters[limit]}


async def test_too_many_from_one_address(start: Start) -> None:
    """One frame says why and it is closed; the others there and elsewhere go on; one gone, one may come."""
    running = await start(exempt_loopback=False, per_address=2)
    ana, bia = await Peer.hello(running.port, "ana"), await Peer.hello(running.port, "bia")
    for _ in range(3):
        caio = await Peer.connect(running.port)
        caio.say(type="hello", version=1, user="caio")
        assert await caio.closed() == [SLOW_DOWN]
    duda = await neighbour(running.port, "duda")
    await ana.send("#geral", "oi", "1")
    await duda.expect("message", cid="1")
    assert counted(running) == {Limit.CONNECTIONS_PER_ADDRESS: 3}
    assert running.console.events.count(("turned away", "connections_per_address")) == 1
    bia.say(type="bye")
    await bia.closed()
    await until(lambda: len(running.server.seats) == 2)
    await Peer.hello(running.port, "caio")


async def test_too_many_new_ones_from_one_address(start: Start) -> None:
    """Coming and going is bounded too."""
    running = await start(exempt_loopback=False, new_per_address=3)
    ana = await Peer.hello(running.port, "ana")
    for _ in range(2):
        passing = await Peer.hello(running.port, "bia")
        passing.say(type="bye")
        await passing.closed()
    assert await (await Peer.connect(running.port)).closed() == [SLOW_DOWN]
    duda = await neighbour(running.port, "duda")
    await duda.send("#geral", "oi", "1")
    await ana.expect("message", cid="1")
    assert counted(running) == {Limit.NEW_PER_ADDRESS: 1}


async def test_this_machines_own_are_free_where_nobody_else_can_connect(start: Start) -> None:
    """By default 40 may come from here, though 16 from one address may, and 32 anew."""
    running = await start()
    peers = [await Peer.hello(running.port, f"aluno{number}") for number in range(40)]
    await peers[0].send("#geral", "oi", "1")
    assert counted(running) == {}


async def test_turned_away_with_tls(start_encrypted: StartEncrypted, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where TLS is spoken it is said there, once in a while; plainly it is said each time."""
    monkeypatch.setattr(gate, "_SELDOM", 3_600.0)
    encrypted = await start_encrypted(exempt_loopback=False, per_address=1)
    ana = await Peer.hello(encrypted.port, "ana")
    told = await Peer.connect(encrypted.port, tls=trusting_all())
    assert await told.closed() == [SLOW_DOWN]
    with pytest.raises(ConnectionError):
        await Peer.connect(encrypted.port, tls=trusting_all())
    plain = await Peer.connect(encrypted.port)
    plain.say(type="hello", version=1, user="bia")
    assert await plain.closed() == [SLOW_DOWN]
    await ana.send("#geral", "oi", "1")
    assert counted(encrypted.running) == {Limit.CONNECTIONS_PER_ADDRESS: 3}


@pytest.mark.parametrize("plain", [True, False])
async def test_turned_away_and_silent(
    start_encrypted: StartEncrypted, monkeypatch: pytest.MonkeyPatch, plain: bool
) -> None:
    """Who says nothing is told all the same, where plain frames are heard, and is closed soon."""
    monkeypatch.setattr(reception, "_HEAR", 0.01)
    encrypted = await start_encrypted(lambda address: plain, exempt_loopback=False, per_address=1)
    await Peer.hello(encrypted.running.port, "ana")
    silent = await Peer.connect(encrypted.port)
    assert await silent.closed() == ([SLOW_DOWN] if plain else [])


async def test_too_many_to_be_told(start_encrypted: StartEncrypted, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond so many at once whoever is turned away is closed without a word."""
    monkeypatch.setattr(reception, "_TURNED_AWAY", 0)
    encrypted = await start_encrypted(exempt_loopback=False, per_address=1)
    ana = await Peer.hello(encrypted.port, "ana")
    for port in (encrypted.port, encrypted.running.port):
        assert await (await Peer.connect(port)).closed() == []
    await ana.send("#geral", "oi", "1")


async def test_stopping_while_somebody_is_turned_away(start_encrypted: StartEncrypted) -> None:
    """A stop does not wait for those who are told why."""
    encrypted = await start_encrypted(exempt_loopback=False, per_address=1)
    await Peer.hello(encrypted.port, "ana")
    silent = [await Peer.connect(port) for port in (encrypted.port, encrypted.running.port)]
    await until(lambda: len(encrypted.running.server.reception._turned_away) == 2)
    await encrypted.running.server.stop()
    assert await silent[0].closed() == []
    assert await silent[1].closed() in ([], [SLOW_DOWN])


async def test_the_server_is_full(start: Start) -> None:
    """Beyond the most clients: `server_full`."""
    running = await start(max_clients=1)
    ana = await Peer.hello(running.port, "ana")
    assert [said["code"] for said in await (await Peer.connect(running.port)).closed()] == ["server_full"]
    await ana.send("#geral", "oi", "1")
    assert counted(running) == {Limit.CONNECTIONS: 1}


async def test_too_many_sessions(start: Start) -> None:
    """The sessions of one user are counted by their bound."""
    running, key = await start(max_sessions=1), Key()
    ana = await key.hello(running.port, "ana")
    assert await key.refused(running.port, "ana") == "too_many_sessions"
    await ana.send("#geral", "oi", "1")
    assert counted(running) == {Limit.SESSIONS_PER_USER: 1}


def _as_it_is(link: Link[Any, Any], host: str) -> None:
    """The loopback address that a link finds is not the one it tells."""


async def test_wrong_proofs_from_one_64(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong proofs count for the /64 of IPv6 that they come from, whichever of its addresses it is."""
    hosts = iter(f"2001:db8::{number}" for number in range(1_000))
    monkeypatch.setattr(Link, "host", property(lambda link: next(hosts), _as_it_is))
    for number in range(3):
        peer, challenge = await Key().challenged(running.port, f"ana{number}")
        peer.say(**Key().proof(challenge, f"ana{number}"))
        assert (await peer.expect("error"))["code"] == "proof_refused"
    assert await Key().refused(running.port, "bia") == "slow_down"
    assert counted(running) == {Limit.FAILED_PROOFS: 1}
    monkeypatch.setattr(Link, "host", property(lambda link: "2001:db8:0:1::", _as_it_is))
    await Key().hello(running.port, "bia")


async def test_silence_before_a_first_word(start_encrypted: StartEncrypted) -> None:
    """A connection that says nothing is closed at the hello deadline, which is counted."""
    encrypted = await start_encrypted(notice_interval=0.01)
    ana = await Peer.hello(encrypted.running.port, "ana")
    encrypted.running.server.options.hello_deadline = 0.05
    for port in (encrypted.port, encrypted.running.port):
        mute = await Peer.connect(port)
        assert await mute.closed() == [{"type": "bye", "reason": "hello_timeout"}]
    await ana.send("#geral", "ainda aqui", "1")
    assert counted(encrypted.running) == {Limit.HELLO_DEADLINE: 2}


@pytest.mark.parametrize("cut", [1, 50, 150])
async def test_a_handshake_that_never_ends(start_encrypted: StartEncrypted, cut: int) -> None:
    """Row 24: closed at the TLS deadline; others talk meanwhile."""
    encrypted = await start_encrypted(lambda address: False, handshake_deadline=0.1)
    ana = await Peer.hello(encrypted.running.port, "ana")
    half = await Peer.connect(encrypted.port)
    half.raw((bytes.fromhex("1603010200010001fc0303") + bytes(200))[:cut])
    await ana.send("#geral", "ainda aqui", "1")
    with contextlib.suppress(ConnectionError):
        assert await half.reader.read() == b""
    await until(lambda: counted(encrypted.running) == {Limit.TLS_DEADLINE: 1})
    assert ("gone", "", "tls_timeout") in encrypted.running.console.events


class Drip:
    """A peer that gives its bytes one by one, and a clock that is looked at when the test says so."""

    def __init__(self, running: Running, peer: Peer) -> None:
        self._seat = next(seat for seat in running.server.seats if seat.user in ("", "mau"))
        self._pulse = Pulse(running.server.core, running.server.seats)
        self._clock: Callable[[], float] = running.server.core.clock
        self._peer = peer
        self._heard = 0

    async def byte(self, data: bytes) -> None:
        """Give one byte, and wait until the server has heard it."""
        cutter: Any = self._seat.link.protocol._cutter
        self._peer.raw(data)
        self._heard += 1
        await until(lambda: len(cutter._buffer) == self._heard)

    def look(self, later: float) -> bool:
        """What the server does when it looks so many seconds from now; whether it lets the peer stay."""
        self._pulse.look(self._clock() + later)
        return not self._seat.link.closing


async def test_a_header_byte_by_byte(start: Start) -> None:
    """Row 17: a byte now and then does not move the frame deadline."""
    running = await start(frame_deadline=20.0)
    ana, evil = await Peer.hello(running.port, "ana"), await Peer.hello(running.port, "mau")
    drip = Drip(running, evil)
    for _ in range(5):
        await drip.byte(b"1")
        assert drip.look(19.0)
    assert not drip.look(20.5)
    assert (await evil.closed())[-1] == {"type": "bye", "reason": "frame_timeout"}
    await ana.send("#geral", "ainda aqui", "1")
    assert counted(running) == {Limit.FRAME_DEADLINE: 1}


async def test_a_header_byte_by_byte_before_hello(start: Start) -> None:
    """Row 17: nor the hello deadline."""
    running = await start(hello_deadline=10.0)
    ana = await Peer.hello(running.port, "ana")
    evil = await Peer.connect(running.port)
    await until(lambda: len(running.server.seats) == 2)
    drip = Drip(running, evil)
    for _ in range(5):
        await drip.byte(b"1")
        assert drip.look(9.0)
    assert not drip.look(10.5)
    assert await evil.closed() == [{"type": "bye", "reason": "hello_timeout"}]
    await ana.send("#geral", "ainda aqui", "1")
    assert counted(running) == {Limit.HELLO_DEADLINE: 1}


async def test_a_header_and_then_silence(start: Start) -> None:
    """Row 16: closed at the frame deadline, and no task is left of it."""
    running = await start(frame_deadline=20.0)
    ana, evil = await Peer.hello(running.port, "ana"), await Peer.hello(running.port, "mau")
    before = len(asyncio.all_tasks())
    drip = Drip(running, evil)
    evil.raw(b"10".ljust(64))
    (seat,) = (seat for seat in running.server.seats if seat.user == "mau")
    await until(lambda: seat.link.frame_began is not None)
    assert drip.look(19.0)
    assert not drip.look(20.5)
    assert (await evil.closed())[-1] == {"type": "bye", "reason": "frame_timeout"}
    await until(lambda: len(running.server.seats) == 1 and len(asyncio.all_tasks()) < before)
    await ana.send("#geral", "ainda aqui", "1")


async def test_bytes_waiting(start: Start) -> None:
    """A reader over the mark goes on from the history, and that is counted."""
    running = await start(mark=4_096)
    ana = await Peer.hello(running.port, "ana")
    slow = await Peer.hello(running.port, "lenta")
    slow.writer.transport.pause_reading()  # type: ignore[attr-defined]
    number = 0
    while not counted(running):
        number += 1
        await ana.send("#geral", "x" * 4_000, str(number))
    assert counted(running) == {Limit.BYTES_WAITING: 1}
    slow.writer.transport.resume_reading()  # type: ignore[attr-defined]
    for count in range(number):
        assert (await slow.expect("message"))["cid"] == str(count + 1)


async def test_encrypted_counts_but_once(encrypted: Encrypted) -> None:
    """A conversation over TLS is one connection, and none is left when it ends."""
    gate = encrypted.running.server.core.gate
    ana = await Peer.connect(encrypted.port, tls=trusting_all())
    await until(lambda: gate.unwelcomed == 1)
    ana.say(type="hello", version=1, user="ana")
    await ana.expect("welcome")
    assert gate.unwelcomed == 0
    ana.close()
    await until(lambda: not encrypted.running.server.seats)
    assert gate.unwelcomed == 0
