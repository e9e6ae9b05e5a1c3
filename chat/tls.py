"""TLS for both sides: what is accepted, the server's own certificate, and what a client may trust."""

import hashlib
import os
import ssl
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HANDSHAKE = 10.0
"""Seconds that a handshake may take; asyncio's own default is 60."""
VALID = timedelta(days=20 * 365)
"""How long a certificate made here is good: it is known by its fingerprint, which a new one would change."""
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Those of TLS 1.2 that authenticate what they encrypt, with keys that are forgotten; 1.3 has no others."""
_AHEAD = timedelta(days=1)
"""A certificate is good from a day ago: the client's clock may be behind."""


class ServerContext(ssl.SSLContext):
    """A server's side; `fingerprint` is the SHA-256 of its certificate in hexadecimal digits."""

    fingerprint = ""


def server_context(certificate: Path, key: Path) -> ServerContext:
    """A context for a certificate (with its chain) and its key, both PEM.

    Raises OSError (and SSLError, which is one), ValueError.
    """
    context = ServerContext(ssl.PROTOCOL_TLS_SERVER)
    _strict(context)
    context.load_cert_chain(certificate, key, password=_no_password)
    first = x509.load_pem_x509_certificate(certificate.read_bytes())
    context.fingerprint = fingerprint(first.public_bytes(serialization.Encoding.DER))
    return context


def pinning_context() -> ssl.SSLContext:
    """A client's context that takes any certificate: for one that is judged by its fingerprint."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _strict(context)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def trusting_context() -> ssl.SSLContext:
    """A client's context that trusts the system's authorities and wants the host's name certified."""
    context = ssl.create_default_context()
    _strict(context)
    return context


def certificate(connection: ssl.SSLObject | None) -> str:
    """The fingerprint of the server's certificate of a connection, at either end; empty for a plain one."""
    if connection is None:
        return ""
    if isinstance(connection.context, ServerContext):
        return connection.context.fingerprint
    return fingerprint(connection.getpeercert(binary_form=True) or b"")


def fingerprint(certificate: bytes) -> str:
    """The SHA-256 of a certificate (DER) in hexadecimal digits."""
    return hashlib.sha256(certificate).hexdigest()


def expired(connection: ssl.SSLObject, now: datetime) -> bool:
    """Whether the peer's certificate is not good at this time."""
    peer = x509.load_der_x509_certificate(connection.getpeercert(binary_form=True) or b"")
    return not peer.not_valid_before_utc <= now <= peer.not_valid_after_utc


def make_certificate(certificate: Path, key: Path, name: str, now: datetime) -> None:
    """Write a new P-256 key and its certificate, both for their owner only. Raises OSError."""
    private = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _AHEAD)
        .not_valid_after(now + VALID)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    secret = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(key, secret)
    _write(certificate, made.public_bytes(serialization.Encoding.PEM))


def _write(path: Path, data: bytes) -> None:
    """Replace a file as a whole: half a key would keep the server from starting."""
    new = path.with_name(path.name + ".new")
    with open(os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)


def _strict(context: ssl.SSLContext) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION


def _no_password() -> str:
    """Without it OpenSSL asks on the terminal for the password of an encrypted key."""
    raise ValueError("the key is encrypted")
