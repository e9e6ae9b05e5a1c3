"""Which server a client speaks to: known by its fingerprint, vouched for, or told nothing at all."""

import asyncio
import contextlib
import ssl
import stat
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from chat import messages as m
from chat import proof, tls
from chat.certificate import VALID, make_certificate
from chat.client import (
    Client,
    ConnectFailed,
    Connection,
    ConnectionChanged,
    Identity,
    KnownServers,
    NameRefused,
    Trust,
    connect,
)
from chat.client.identity import made
from chat.errors import DataRefused
from chat.operating.certificates import CERTIFICATE, own
from chat.registry import admission
from chat.registry.admission import Registration
from chat.server.securing import Security
from tests.client.conftest import Dial
from tests.client.cutter import cutter
from tests.clients import SOON
from tests.encrypted import Encrypted, StartEncrypted
from tests.fakes import Caller, FakeServer, until, within
from tests.patience import PATIENCE
from tests.servers import Running

ALWAYS = {"encrypted": True}


def person() -> Identity:
    return made()


async def failure(client: Client) -> ConnectFailed:
    """Why a client could not connect."""
    with pytest.raises(ConnectFailed) as failed:
        async with asyncio.timeout(PATIENCE):
            await client.__aenter__()
    await client.close()
    return failed.value


def trusting(port: int, fingerprint: str = "", **more: Any) -> Client:
    trust = Trust(encrypted=True, fingerprint=fingerprint)
    return connect("127.0.0.1", port, trust=trust, **{"user": "ana", "timings": SOON} | more)


async def test_known_by_its_fingerprint(encrypted: Encrypted) -> None:
    """With the fingerprint nothing is asked: the client talks, proves who it is, and owns the name."""
    me = person()
    async with trusting(encrypted.port, encrypted.certificates.fingerprint, identity=me) as ana:
        assert (await within(ana.send("#geral", "oi"))).from_ == "ana"
    with pytest.raises(NameRefused):
        await trusting(encrypted.port, encrypted.certificates.fingerprint, identity=person()).__aenter__()
    async with trusting(encrypted.port, encrypted.certificates.fingerprint, identity=me) as ana:
        assert ana.user == "ana"


async def test_a_fingerprint_alone_encrypts(encrypted: Encrypted) -> None:
    """Whoever gives a fingerprint never speaks in the clear, on this machine neither."""
    trust = Trust(fingerprint=encrypted.certificates.fingerprint)
    async with connect("127.0.0.1", encrypted.port, user="ana", trust=trust) as ana:
        assert ana.user == "ana"


async def test_an_unknown_server_is_told_nothing(encrypted: Encrypted) -> None:
    """Nobody vouches for it: the client says what it showed, and nothing was said to it."""
    failed = await failure(trusting(encrypted.port))
    assert (failed.reason, failed.fingerprint) == ("unknown_server", encrypted.certificates.fingerprint)
    assert not any(event[0] == "entered" for event in encrypted.running.console.events)


async def test_pinned_once_and_refused_when_changed(encrypted: Encrypted, tmp_path: Path) -> None:
    """What was confirmed is known from then on; any other certificate there is refused."""
    known = KnownServers(tmp_path / "known")
    trust = Trust(encrypted=True, known=known)
    known.add("127.0.0.1", encrypted.port, encrypted.certificates.fingerprint)
    async with connect("127.0.0.1", encrypted.port, user="ana", trust=trust):
        pass
    (encrypted.folder / CERTIFICATE).unlink()
    own(encrypted.folder, "chat")
    encrypted.certificates.renew()
    failed = await failure(connect("127.0.0.1", encrypted.port, user="ana", trust=trust))
    assert failed.reason == "certificate_changed"
    assert failed.fingerprint == encrypted.certificates.fingerprint


async def test_known_servers_that_cannot_be_read(encrypted: Encrypted, tmp_path: Path) -> None:
    """At the first try that is said; later it is one more failure, and the client goes on trying."""
    known = KnownServers(tmp_path / "known")
    trust = Trust(encrypted=True, known=known)
    known.path.mkdir()
    with pytest.raises(DataRefused):
        await connect("127.0.0.1", encrypted.port, user="ana", trust=trust).__aenter__()
    known.path.rmdir()
    known.add("127.0.0.1", encrypted.port, encrypted.certificates.fingerprint)
    async with connect("127.0.0.1", encrypted.port, user="ana", trust=trust, timings=SOON) as ana:
        known.path.rename(tmp_path / "kept")
        known.path.mkdir()
        for seat in list(encrypted.running.server.seats):
            seat.abandon("cut")
        async with asyncio.timeout(PATIENCE):
            async for event in ana:
                if isinstance(event, ConnectionChanged) and event.reason == "trust_unreadable":
                    break
        known.path.rmdir()
        (tmp_path / "kept").rename(known.path)
        await until(lambda: ana.connection is Connection.OPEN)


async def test_vouched_for_by_an_authority(encrypted: Encrypted, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate of an authority the system trusts is asked nothing, but must be this host's."""
    real = ssl.create_default_context

    def with_ours() -> ssl.SSLContext:
        context = real(cafile=str(encrypted.folder / CERTIFICATE))
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        return context

    monkeypatch.setattr(ssl, "create_default_context", with_ours)
    failed = await failure(trusting(encrypted.port))
    assert failed.reason == "certificate_other"
    monkeypatch.setattr(ssl.SSLContext, "check_hostname", False)
    context = tls.trusting_context()
    assert context.verify_mode is ssl.CERT_REQUIRED


async def test_the_loop_goes_on_while_authorities_are_read(
    encrypted: Encrypted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's certificates take 80 ms to read; what is on a screen does not stand still for that."""
    loop, read = asyncio.get_running_loop(), tls.trusting_context
    alive: list[bool] = []

    def slow() -> ssl.SSLContext:
        went_on = threading.Event()
        loop.call_soon_threadsafe(went_on.set)
        alive.append(went_on.wait(PATIENCE))
        return read()

    monkeypatch.setattr(tls, "trusting_context", slow)
    assert (await failure(trusting(encrypted.port))).reason == "unknown_server"
    assert alive == [True]


@asynccontextmanager
async def in_the_middle(folder: Path) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Somebody between client and server, with a certificate of their own, who reads what is said."""
    certificates, said = own(folder, "chat"), list[bytes]()
    relaying: set[asyncio.Task[None]] = set()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):  # who distrusts what it is shown does not say goodbye
            while data := await reader.read(65_536):
                said.append(data)
        writer.transport.abort()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        relaying.add(asyncio.create_task(relay(reader, writer)))

    listener = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=certificates.context())
    gone = asyncio.create_task(listener.wait_closed())  # asked once it is closed Python 3.11 waits for nobody
    yield listener.sockets[0].getsockname()[1], said
    listener.close()
    await within(asyncio.gather(gone, *relaying))


async def test_somebody_in_the_middle_hears_nothing(encrypted: Encrypted, tmp_path: Path) -> None:
    """With a fingerprint, known or given, a man in the middle sees no frame at all (C20)."""
    async with in_the_middle(tmp_path) as (port, said):
        given = await failure(trusting(port, encrypted.certificates.fingerprint, identity=person()))
        known = KnownServers(tmp_path / "known")
        known.add("127.0.0.1", port, encrypted.certificates.fingerprint)
        trust = Trust(encrypted=True, known=known)
        pinned = await failure(connect("127.0.0.1", port, user="ana", trust=trust))
        unknown = await failure(trusting(port))
        assert [given.reason, pinned.reason, unknown.reason] == [
            "certificate_changed",
            "certificate_changed",
            "unknown_server",
        ]
        assert said == []


@pytest.mark.parametrize("days", [-1, VALID.days + 2])
async def test_a_certificate_out_of_date(running: Running, tmp_path: Path, days: int) -> None:
    """One that is not good today is refused, even where it is the very one that is known."""
    now = datetime.now(UTC) + (timedelta(days=-days) if days > 0 else timedelta(days=3))
    make_certificate(tmp_path / "certificate.pem", tmp_path / "key.pem", "chat", now)
    context = tls.server_context(tmp_path / "certificate.pem", tmp_path / "key.pem")
    security = Security(lambda: context)
    ((_, port),) = await running.server.listen("127.0.0.1", 0, security=security)
    for pin in ("", context.fingerprint):
        assert (await failure(trusting(port, pin))).reason == "certificate_expired"


async def test_tls_to_a_plain_server(running: Running) -> None:
    """A server that does not encrypt is told apart, and never hears a word in the clear."""
    assert (await failure(trusting(running.port))).reason == "not_encrypted"
    assert (await failure(trusting(running.port, "ab" * 32))).reason == "not_encrypted"
    assert {event[0] for event in running.console.events} == {"connected", "refused", "gone"}


async def test_plain_to_a_server_that_encrypts(encrypted: Encrypted) -> None:
    """Who speaks in the clear where that is not heard gets the reason."""
    assert (await failure(connect("127.0.0.1", encrypted.port, user="ana"))).reason == "tls_required"


async def test_other_addresses_are_encrypted() -> None:
    """What leaves the machine is encrypted unless it was said otherwise; what is pinned always is."""
    assert not Trust().encrypts("127.0.0.1", "")
    assert not Trust().encrypts("::1", "")
    assert Trust().encrypts("127.0.0.1", "ab")
    for address in ("192.0.2.1", "10.0.0.1", "2001:db8::1", "fe80::1", "::ffff:10.0.0.1", "nonsense"):
        assert Trust().encrypts(address, "")
        assert not Trust(encrypted=False).encrypts(address, "")


def test_the_file_of_known_servers(tmp_path: Path) -> None:
    """A line for each, the last word counts, 0600, and what is no such line is left alone."""
    known = KnownServers(tmp_path / "known")
    assert known.fingerprint("a", 1) == ""
    known.add("Casa", 1, "aa")
    known.add("casa", 2, "bb")
    known.add("::1", 1, "cc")
    with known.path.open("a") as file:
        file.write("# a note of mine\n\xff\xff not a line at all\n")
    known.add("casa", 1, "dd")
    assert [known.fingerprint("CASA", 1), known.fingerprint("casa", 2)] == ["dd", "bb"]
    assert known.fingerprint("::1", 1) == "cc"
    assert "# a note of mine" in known.path.read_text()
    assert stat.S_IMODE(known.path.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["known"]


async def test_an_invitation(running: Running) -> None:
    """With an invitation one new person is let in; the reason is told to the others."""
    registry = running.server.core.registry
    await admission.set_registration(registry, Registration.INVITED)
    await admission.invite(registry, "convite", 1)
    me = person()
    async with connect("127.0.0.1", running.port, user="ana", identity=me, invitation="convite"):
        pass
    for identity, invitation, reason in (
        (person(), "convite", "not_invited"),
        (person(), None, "not_invited"),
        (None, "convite", "no_guests"),
    ):
        client = connect("127.0.0.1", running.port, user="bia", identity=identity, invitation=invitation)
        assert (await failure(client)).reason == reason
    async with connect("127.0.0.1", running.port, user="ana", identity=me) as ana:
        assert ana.user == "ana"


async def test_two_devices_reconnect(start_encrypted: StartEncrypted) -> None:
    """Each device of one person comes back after a cut as itself, and hears what the other said."""
    encrypted, me = await start_encrypted(linger=0.0), person()
    settings = {"identity": me, "rng": Random(1)}
    async with (
        trusting(encrypted.port, encrypted.certificates.fingerprint, **settings) as phone,
        trusting(encrypted.port, encrypted.certificates.fingerprint, **settings) as desk,
    ):
        for seat in list(encrypted.running.server.seats):
            seat.link.abort()
        sent = await within(phone.send("#geral", "de novo aqui"))
        await until(lambda: desk.connection is Connection.OPEN)
        heard = [event async for event in until_message(desk, sent.id)]
        assert heard[-1].body == "de novo aqui"
        assert len(encrypted.running.server.seats) == 2


async def test_what_passes_on_the_network_tells_nothing(encrypted: Encrypted) -> None:
    """Whoever records a conversation has no name, room, topic, body or frame of it in the clear."""
    words = ("Conceição", "#segredos", "prova na sexta", "só entre nós")
    async with cutter(encrypted.port) as way:
        way.listening = True
        settings = {"identity": person(), "rooms": [words[1]]}
        pin = encrypted.certificates.fingerprint
        async with (
            trusting(way.port, pin, user=words[0], **settings) as one,
            trusting(way.port, pin, user="bia", **(settings | {"identity": person()})) as other,
        ):
            await within(one.set_topic(words[1], words[2]))
            sent = await within(one.send("@bia", words[3]))
            assert [event async for event in until_message(other, sent.id)][-1].body == words[3]
    recorded = b"".join(way.heard)
    assert len(recorded) > 1_000
    assert [word for word in (*words, '"type"', "welcome") if word.encode() in recorded] == []


async def until_message(client: Client, id: int) -> AsyncIterator[Any]:
    async with asyncio.timeout(PATIENCE):
        async for event in client:
            yield event
            if isinstance(event, m.Message) and event.id == id:
                return


def challenged(**members: Any) -> m.Challenge:
    return m.Challenge(**{"nonce": proof.encoded(bytes(32)), "server": "fake"} | members)


async def test_a_proof_is_for_this_conversation(server: FakeServer, dial: Dial) -> None:
    """The proof is for the name claimed, the place it is asked at and the nonce given; its own is new."""
    me, proofs = person(), list[m.Prove]()

    async def answer(caller: Caller) -> None:
        prove = await caller.hear(m.Prove)
        text = proof.text("name fake", "ana", proof.encoded(bytes(32)), prove.nonce)
        assert proof.holds(me.public, prove.signature, text)
        proofs.append(prove)
        caller.welcome()

    for chance in range(2):
        server.greeting = lambda caller: caller.link.send(challenged())
        entering = asyncio.create_task(dial(identity=me, rng=Random(chance)).__aenter__())
        caller = await server.accept()
        assert caller.hello.key == me.public
        await within(answer(caller))
        await (await within(entering)).close()
    assert proofs[0].nonce != proofs[1].nonce


@pytest.mark.parametrize(
    "challenge",
    [
        challenged(nonce=""),
        challenged(nonce="x" * 43),
        challenged(nonce="\0" * 43),
        challenged(server="a\0b"),
    ],
)
async def test_a_challenge_that_is_none(server: FakeServer, dial: Dial, challenge: m.Challenge) -> None:
    """A nonce that is none, or a name that could shift the text, gets no signature."""
    server.greeting = lambda caller: caller.link.send(challenge)
    assert (await failure(dial(identity=person()))).reason == "bad_message"
    assert not any(isinstance(one, m.Prove) for caller in server.callers for one in caller.heard)


async def test_asked_for_proofs_again_and_again(server: FakeServer, dial: Dial) -> None:
    """One proof a connection: a server that asks for a second gets none (C22)."""
    server.greeting = lambda caller: caller.say(challenged(), challenged(), challenged())
    failing = asyncio.create_task(failure(dial(identity=person())))
    caller = await server.accept()
    await caller.gone()
    assert (await within(failing)).reason == "bad_message"
    assert sum(isinstance(one, m.Prove) for one in caller.heard) <= 1


async def test_a_guest_has_nothing_to_prove_with(server: FakeServer, dial: Dial) -> None:
    """Without a key a challenge means that the name is somebody's."""
    server.greeting = lambda caller: caller.link.send(challenged())
    with pytest.raises(NameRefused):
        await within(dial().__aenter__())
