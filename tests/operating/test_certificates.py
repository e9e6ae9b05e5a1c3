"""The server's certificate: made once, kept for the owner only, renewed, and refused with a reason."""

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chat.errors import DataRefused
from chat.operating.certificates import CERTIFICATE, KEY, Certificates, own


def test_the_first_start_makes_one(tmp_path: Path) -> None:
    """P-256, signed by itself with SHA-256, good for years, for the owner only; the next start keeps it."""
    made = own(tmp_path, "chat")
    certificate = x509.load_pem_x509_certificate((tmp_path / CERTIFICATE).read_bytes())
    public = certificate.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert isinstance(public.curve, ec.SECP256R1)
    assert isinstance(certificate.signature_hash_algorithm, hashes.SHA256)
    certificate.verify_directly_issued_by(certificate)
    now = datetime.now(UTC)
    assert (
        certificate.not_valid_before_utc < now < now + timedelta(days=3_650) < certificate.not_valid_after_utc
    )
    assert made.fingerprint == certificate.fingerprint(hashes.SHA256()).hex()
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    assert sorted(path.name for path in tmp_path.iterdir()) == [CERTIFICATE, KEY]
    assert own(tmp_path, "chat").fingerprint == made.fingerprint


def test_a_long_name(tmp_path: Path) -> None:
    """A server's name that is longer than a certificate's may be, or no ASCII, does not keep it from one."""
    (tmp_path / "two").mkdir()
    assert own(tmp_path, "servidor" * 20).fingerprint
    assert own(tmp_path / "two", "çãé").fingerprint


def test_what_it_speaks(tmp_path: Path) -> None:
    """TLS 1.2 at least, with nothing but AEAD suites, no renegotiation and no compression."""
    context = own(tmp_path, "chat").context()
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.maximum_version is ssl.TLSVersion.MAXIMUM_SUPPORTED
    assert {cipher["aead"] for cipher in context.get_ciphers()} == {True}
    assert {cipher["name"].split("-")[0] for cipher in context.get_ciphers()} == {
        "ECDHE", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256",
    }  # fmt: skip
    assert context.options & ssl.OP_NO_RENEGOTIATION
    assert context.options & ssl.OP_NO_COMPRESSION


def test_renewed(tmp_path: Path) -> None:
    """After the files have changed the next connection gets the new one; a bad one changes nothing."""
    (tmp_path / "other").mkdir()
    mine, other = own(tmp_path, "chat"), own(tmp_path / "other", "chat")
    before = mine.context()
    (tmp_path / "other" / KEY).rename(tmp_path / KEY)
    with pytest.raises(DataRefused) as refused:
        mine.renew()
    assert refused.value.reason == "bad_certificate"
    assert mine.context() is before
    (tmp_path / "other" / CERTIFICATE).rename(tmp_path / CERTIFICATE)
    mine.renew()
    assert mine.fingerprint == other.fingerprint != before.fingerprint


def test_a_key_that_others_may_read(tmp_path: Path) -> None:
    """A key that everybody on the machine can read is not used."""
    own(tmp_path, "chat")
    (tmp_path / KEY).chmod(0o604)
    with pytest.raises(DataRefused) as refused:
        own(tmp_path, "chat")
    assert (refused.value.reason, refused.value.path) == ("exposed", str(tmp_path / KEY))


def _encrypted(folder: Path) -> None:
    key = serialization.load_pem_private_key((folder / KEY).read_bytes(), None)
    (folder / KEY).write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"x"),
        )
    )


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (lambda folder: (folder / CERTIFICATE).write_bytes(b""), "bad_certificate"),
        (lambda folder: (folder / CERTIFICATE).write_bytes(b"\xff" * 100), "bad_certificate"),
        (lambda folder: (folder / KEY).write_text("-----BEGIN PRIVATE KEY-----\n"), "bad_certificate"),
        (lambda folder: (folder / CERTIFICATE).write_bytes((folder / KEY).read_bytes()), "bad_certificate"),
        (_encrypted, "bad_certificate"),
        (lambda folder: (folder / KEY).unlink(), "unreadable_file"),
    ],
)
def test_files_that_are_none(tmp_path: Path, harm, reason: str) -> None:  # type: ignore[no-untyped-def]
    """Whatever is wrong with the operator's files is a reason with the file's name, never a question."""
    own(tmp_path, "chat")
    harm(tmp_path)
    with pytest.raises(DataRefused) as refused:
        Certificates(tmp_path / CERTIFICATE, tmp_path / KEY)
    assert refused.value.reason == reason
    assert str(tmp_path) in refused.value.path
