"""Who is heard in the clear and who is not, and what becomes of connections that open badly."""

import asyncio
import contextlib
import socket
import ssl

import pytest

from chat.operating.certificates import CERTIFICATE, own
from chat.server import securing
from tests.encrypted import Encrypted, StartEncrypted, fingerprint, trusting_all
from tests.fakes import until
from tests.keys import Key
from tests.patience import PATIENCE
from tests.peer import Peer, framed


async def test_talking_encrypted(encrypted: Encrypted) -> None:
    """Over TLS 1.3 two talk as they do in the clear, and what the server shows is its certificate."""
    ana = await Peer.connect(encrypted.port, tls=trusting_all())
    assert ana.writer.get_extra_info("ssl_object").version() == "TLSv1.3"
    assert fingerprint(ana) == encrypted.certificates.fingerprint
    ana.say(type="hello", version=1, user="ana")
    await ana.expect("welcome")
    bia = await Peer.hello(encrypted.running.port, "bia")
    await ana.send("#geral", "oi", "1")
    assert (await bia.expect("message"))["body"] == "oi"


async def test_a_large_page_encrypted(encrypted: Encrypted) -> None:
    """What takes many records comes whole: 100 messages of 4 KiB in pages."""
    ana = await Peer.connect(encrypted.port, tls=trusting_all())
    ana.say(type="hello", version=1, user="ana")
    await ana.expect("welcome")
    for number in range(100):
        ana.say(type="send", to="#geral", body="x" * 4_000, cid=str(number))
    for number in range(100):
        await ana.expect("message", cid=str(number))
    ana.say(type="history", room="#geral")
    page = await ana.expect("history")
    assert page["more"]
    assert {one["body"] for one in page["messages"]} == {"x" * 4_000}


async def test_tls_1_2(encrypted: Encrypted) -> None:
    """TLS 1.2 is spoken too, with an AEAD suite."""
    context = trusting_all()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    ana = await Peer.connect(encrypted.port, tls=context)
    assert "GCM" in ana.writer.get_extra_info("cipher")[0]
    ana.say(type="hello", version=1, user="ana")
    await ana.expect("welcome")


@pytest.mark.parametrize(
    "ciphers", ["ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-SHA", "AES128-GCM-SHA256"]
)
async def test_suites_that_are_not_spoken(encrypted: Encrypted, ciphers: str) -> None:
    """CBC suites, and keys that are not forgotten, end in the handshake."""
    context = trusting_all()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(ciphers)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await Peer.connect(encrypted.port, tls=context)


OLD_HELLO = bytes.fromhex("160302002f0100002b0302") + bytes(32) + bytes.fromhex("000004002f00ff0100")


async def test_tls_1_1(encrypted: Encrypted) -> None:
    """A client that speaks nothing newer than TLS 1.1 ends in the handshake."""
    with socket.create_connection(("127.0.0.1", encrypted.port)) as old:
        old.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(
            old, bytes.fromhex("160302002f0100002b0302") + bytes(32) + bytes.fromhex("000004002f00ff0100")
        )
        answer = b""
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(PATIENCE):
                while piece := await loop.sock_recv(old, 1_000):
                    answer += piece
    assert answer[:1] in (b"", b"\x15")


async def test_plain_frames_from_elsewhere(encrypted: Encrypted) -> None:
    """A plain frame is answered by one plain sentence that says what to do, and nothing of it is heard."""
    peer = await Peer.connect(encrypted.port)
    peer.say(type="hello", version=1, user="ana")
    assert await peer.closed() == [
        {
            "type": "error",
            "code": "tls_required",
            "message": "connect with TLS: nothing is said in the clear here",
        }
    ]
    assert ("gone", "", "tls_required") in encrypted.running.console.events
    assert not any(event[0] == "entered" for event in encrypted.running.console.events)


async def test_plain_frames_from_this_machine(start_encrypted: StartEncrypted) -> None:
    """On the same port this machine's own clients may speak plainly, and with TLS."""
    encrypted = await start_encrypted()
    await Peer.hello(encrypted.port, "ana")
    bia = await Peer.connect(encrypted.port, tls=trusting_all())
    bia.say(type="hello", version=1, user="bia")
    await bia.expect("welcome")


@pytest.mark.parametrize("mark", ["its certificate", "its name", "another certificate"])
async def test_a_login_is_bound_to_the_certificate(encrypted: Encrypted, mark: str) -> None:
    """With TLS a proof is good for this certificate alone, and neither for a name nor for another."""
    key, user = Key(), "ana"
    places = {
        "its certificate": f"certificate {encrypted.certificates.fingerprint}",
        "its name": "name chat",
        "another certificate": "certificate " + "0" * 64,
    }
    peer = await Peer.connect(encrypted.port, tls=trusting_all())
    peer.say(**key.proof(await key.ask(peer, user), user, place=places[mark]))
    answer = await peer.hear()
    assert answer is not None
    assert answer["type"] == ("welcome" if mark == "its certificate" else "error")


async def test_a_relayed_challenge_is_worthless(
    encrypted: Encrypted, start_encrypted: StartEncrypted
) -> None:
    """A server that passes another's challenge on gets a proof of no use there (C21)."""
    victim, evil = Key(), await start_encrypted()
    there = await Peer.connect(encrypted.port, tls=trusting_all())
    challenge = await victim.ask(there, "ana")
    here = await Peer.connect(evil.port, tls=trusting_all())
    proof = victim.proof(challenge, "ana", place=f"certificate {fingerprint(here)}")
    there.say(**proof)
    assert (await there.expect("error"))["code"] == "proof_refused"


async def test_a_renewed_certificate_drops_nobody(encrypted: Encrypted) -> None:
    """Who is connected talks on, and proves the certificate it was shown; the next sees the new one."""
    key, old = Key(), encrypted.certificates.fingerprint
    ana = await Peer.connect(encrypted.port, tls=trusting_all())
    challenge = await key.ask(ana, "ana")
    (encrypted.folder / CERTIFICATE).unlink()
    own(encrypted.folder, "chat")
    encrypted.certificates.renew()
    ana.say(**key.proof(challenge, "ana", place=f"certificate {old}"))
    await ana.expect("welcome")
    bia = await Peer.connect(encrypted.port, tls=trusting_all())
    assert fingerprint(bia) == encrypted.certificates.fingerprint != old
    bia.say(**key.proof(await key.ask(bia, "ana"), "ana", place=f"certificate {fingerprint(bia)}"))
    await bia.expect("welcome")
    await ana.send("#geral", "oi", "1")
    await bia.expect("message", cid="1")


HALF = {
    "nothing": b"",
    "one byte of TLS": b"\x16",
    "half a hello": bytes.fromhex("1603010200010001fc0303") + bytes(100),
    "one digit": b"1",
    "half a header": b"100   ",
}


@pytest.mark.parametrize("first", HALF.values(), ids=HALF)
async def test_who_never_gets_to_a_hello(start_encrypted: StartEncrypted, first: bytes) -> None:
    """Whatever is begun and not gone on with is closed at the deadline."""
    encrypted = await start_encrypted(handshake_deadline=0.5, notice_interval=0.01)
    ana = await Peer.hello(encrypted.running.port, "ana")
    encrypted.running.server.options.hello_deadline = 0.2
    mute = await Peer.connect(encrypted.port)
    mute.raw(first)
    ended = await mute.closed()
    assert ended in ([], [{"type": "bye", "reason": "hello_timeout"}])
    await ana.send("#geral", "ainda aqui", "1")
    await until(
        lambda: ("gone", "", "hello_timeout") in encrypted.running.console.events or bool(ended == [])
    )


GARBAGE = {
    "TLS of nonsense": b"\x16\x03\x01\xff\xff" + b"\xff" * 400,
    "an alert": bytes.fromhex("15030100020228"),
    "a record too large": b"\x16\x03\x01\xff\xff" + bytes(70_000),
    "HTTP": b"GET / HTTP/1.1\r\n\r\n",
    "NUL": bytes(100),
    "high bytes": b"\xff" * 100,
    "a frame": framed(b"{}"),
}


@pytest.mark.parametrize("data", GARBAGE.values(), ids=GARBAGE)
async def test_garbage_for_a_handshake(encrypted: Encrypted, data: bytes) -> None:
    """Garbage ends its own connection and nobody else's, and fails nothing inside (row 82)."""
    ana = await Peer.hello(encrypted.running.port, "ana")
    for cut in (len(data), 1, 7):
        peer = await asyncio.open_connection("127.0.0.1", encrypted.port)
        with contextlib.suppress(ConnectionError):
            for start in range(0, min(len(data), 500), cut):
                peer[1].write(data[start : start + cut])
                await peer[1].drain()
            async with asyncio.timeout(PATIENCE):
                await peer[0].read()
        peer[1].close()
        await ana.send("#geral", "ainda aqui", f"{cut}")
    await until(lambda: not encrypted.running.server.reception.opening)


@pytest.mark.parametrize("moment", ["before the handshake", "in the handshake", "after it", "welcomed"])
async def test_cut_at_any_moment(encrypted: Encrypted, moment: str) -> None:
    """A connection that is reset while it opens leaves nothing behind."""
    ana = await Peer.hello(encrypted.running.port, "ana")
    if moment in ("after it", "welcomed"):
        peer = await Peer.connect(encrypted.port, tls=trusting_all())
        peer.say(type="hello", version=1, user="bia")
        if moment == "welcomed":
            await peer.expect("welcome")
    else:
        peer = await Peer.connect(encrypted.port)
        peer.raw(b"\x16\x03\x01" if moment == "in the handshake" else b"")
        await peer.writer.drain()
    peer.reset()
    server = encrypted.running.server
    await until(lambda: not server.reception.opening and len(server.seats) == 1)
    await ana.send("#geral", "oi", "1")


async def test_stopping_while_somebody_opens(start_encrypted: StartEncrypted) -> None:
    """A stop does not wait for those who have not said anything."""
    encrypted = await start_encrypted()
    quiet = await Peer.connect(encrypted.port)
    begun = await Peer.connect(encrypted.port)
    begun.raw(b"\x16\x03\x01")
    await until(lambda: len(encrypted.running.server.reception.opening) == 2)
    async with asyncio.timeout(PATIENCE):
        await encrypted.running.server.stop()
    assert await quiet.closed() == await begun.closed() == []


@pytest.mark.parametrize("tls", [True, False], ids=["TLS", "plain"])
async def test_where_no_byte_can_be_looked_at(
    start_encrypted: StartEncrypted, monkeypatch: pytest.MonkeyPatch, tls: bool
) -> None:
    """As on Windows: there the peer's address decides, and what the wrong side would hear ends it."""
    monkeypatch.setattr(securing, "PEEKS", False)
    encrypted = await start_encrypted(lambda address: not tls)
    ana = await Peer.connect(encrypted.port, tls=trusting_all() if tls else None)
    ana.say(type="hello", version=1, user="ana")
    await ana.expect("welcome")
    for number in range(20):
        ana.say(type="send", to="#geral", body="x" * 4_000, cid=str(number))
    for number in range(20):
        await ana.expect("message", cid=str(number))
    if tls:
        plain = await Peer.connect(encrypted.port)
        plain.say(type="hello", version=1, user="bia")
        with contextlib.suppress(ValueError):  # an alert of TLS is no frame
            assert await plain.closed() == []
