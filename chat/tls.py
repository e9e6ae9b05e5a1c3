"""TLS for both sides: what is spoken, and by which fingerprint a certificate is known."""

import hashlib
import ssl
from pathlib import Path

HANDSHAKE = 10.0
"""Seconds that a handshake may take; asyncio's own default is 60."""
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Those of TLS 1.2 that authenticate what they encrypt, with keys that are forgotten; 1.3 has no others."""


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
    first = certificate.read_text("latin-1").partition(ssl.PEM_FOOTER)[0].partition(ssl.PEM_HEADER)[2]
    context.fingerprint = fingerprint(ssl.PEM_cert_to_DER_cert(ssl.PEM_HEADER + first + ssl.PEM_FOOTER))
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


def _strict(context: ssl.SSLContext) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION


def _no_password() -> str:
    """Without it OpenSSL asks on the terminal for the password of an encrypted key."""
    raise ValueError("the key is encrypted")
