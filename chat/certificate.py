"""A certificate of the server's own: made, and looked at for how long it is good.

Apart from `chat.tls`, and to be imported where it is needed: it costs every start 130 ms.
"""

import os
import ssl
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

VALID = timedelta(days=20 * 365)
"""How long a certificate made here is good: it is known by its fingerprint, which a new one would change."""
_AHEAD = timedelta(days=1)
"""A certificate is good from a day ago: the client's clock may be behind."""


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
