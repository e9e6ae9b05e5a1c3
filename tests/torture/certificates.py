"""Faults of the server's certificate."""

import hashlib
import signal
import ssl
from datetime import UTC, datetime

from chat.certificate import make_certificate
from tests.torture.bench import Bench, Served, Wire


def replaced(bench: Bench) -> str:
    """F32: the certificate is replaced, then unreadable: who is in stays, the next get the last good one."""
    data = bench.new()
    with Served(data) as server:
        port = server.port()
        with Wire(port, "ana", tls=_trusting()) as ana:
            first = _fingerprint(ana)
            (data / "key.pem").unlink()
            make_certificate(data / "certificate.pem", data / "key.pem", "new", datetime.now(UTC))
            second = _hung_up(server, "Certificate read again")
            with Wire(port, "bia", tls=_trusting()) as bia:
                assert _fingerprint(bia) == second != first
            for spoilt in (b"", b"noise"):
                (data / "certificate.pem").write_bytes(spoilt)
                _hung_up(server, "no certificate")
                with Wire(port, "caio", tls=_trusting()) as caio:
                    assert _fingerprint(caio) == second
            ana.say(type="ping")
            ana.expect("pong")
            assert ana.send("#geral", "still here", "1")["type"] == "message"
    return "replaced once, unreadable twice; 1 old session went on, 3 new ones got the last good one"


def _hung_up(server: Served, part: str) -> str:
    """Tell it to read the files again; the end of the line it says then, without spaces and colons."""
    server.process.send_signal(signal.SIGHUP)
    assert server.process.stdout is not None
    for line in server.process.stdout:
        if part in line:
            return "".join(line.partition(": ")[2].split())
    raise AssertionError(server.complaint())


def _trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _fingerprint(wire: Wire) -> str:
    """The SHA-256 of what a connection was encrypted with, as the server shows it."""
    assert isinstance(wire.sock, ssl.SSLSocket)
    certificate = wire.sock.getpeercert(binary_form=True)
    assert certificate is not None
    return hashlib.sha256(certificate).hexdigest()
