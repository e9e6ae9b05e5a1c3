"""What a key proves at login: the text it signs, the check of it, and how keys are written. Sans-I/O."""

import base64
import hashlib
from binascii import Error as NotBase64

LABEL = "chat login"
"""The first words of the text: what is signed here is a login and can be taken for nothing else."""
VERSION = 1
KEY_SIZE = 32
NONCE_SIZE = 32
SIGNATURE_SIZE = 64

_GROUP = 4
_SHOWN = 20
"""Hexadecimal digits of a key's fingerprint for people: 80 bits, which nobody finds a second key for."""


def encoded(data: bytes) -> str:
    """Bytes as they travel: base64url (RFC 4648, section 5) without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str, size: int) -> bytes | None:
    """The `size` bytes that `text` stands for, None unless it is written in the one right way."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (NotBase64, ValueError):
        return None
    return data if len(data) == size and encoded(data) == text else None


def is_key(text: str) -> bool:
    """Whether `text` is an Ed25519 public key as it travels."""
    return decoded(text, KEY_SIZE) is not None


def place(certificate: str, name: str) -> str:
    """What a proof is good for: the server with this certificate (SHA-256 in hexadecimal digits).

    Where there is none, the connection being plain, the server of this name.
    """
    return f"certificate {certificate}" if certificate else f"name {name}"


def text(place: str, user: str, nonce: str, own_nonce: str) -> bytes:
    """What is signed: by NUL, label, version, place, user as in `hello`, server's and client's nonce.

    Raises ValueError where one of them holds a NUL, which could make two texts of one.
    """
    parts = (LABEL, str(VERSION), place, user, nonce, own_nonce)
    if any("\0" in part for part in parts):
        raise ValueError("NUL in the text to be signed")
    return "\0".join(parts).encode()


def holds(key: str, signature: str, text: bytes) -> bool:
    """Whether `signature` shows that the holder of `key` signed `text`. Never raises."""
    # Imported here: it costs a client's start 10 ms, and only a server asks.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    public, proof = decoded(key, KEY_SIZE), decoded(signature, SIGNATURE_SIZE)
    if public is None or proof is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(proof, text)
    except (InvalidSignature, ValueError):
        return False
    return True


def identity(key: str, name: str) -> str:
    """Who the holder of a key is under a (folded) name: what private messages belong to. 160 bits.

    Each name of one key is somebody of its own; whoever gets a freed name is somebody else.
    """
    return "k" + hashlib.sha256(f"{key}\0{name}".encode()).hexdigest()[:40]


def shown(key: str) -> str:
    """A key's fingerprint for people to compare, in groups: `3f2a 91bc 77d0 e812 04ac`."""
    digits = hashlib.sha256(key.encode()).hexdigest()[:_SHOWN]
    return " ".join(digits[start : start + _GROUP] for start in range(0, _SHOWN, _GROUP))
