"""A person's secret key at work: made, signing, sealed by a passphrase.

Apart from `chat.client.identity`, and to be imported where it is needed: it costs every start 10 ms.
"""

import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

_SALT = 16
_NONCE = 12
_TAG = 16
OVERHEAD = _SALT + _NONCE + _TAG
"""Bytes by which a sealed key is longer."""
_COST = 2**16
"""Scrypt's N, with r=8 and p=1: 64 MiB and about 0.4 s for each guess (measured on two slow cores)."""


def made() -> bytes:
    """A new secret key."""
    return Ed25519PrivateKey.generate().private_bytes_raw()


def public(secret: bytes) -> bytes:
    """The public key of a secret one of 32 bytes."""
    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def signed(secret: bytes, text: bytes) -> bytes:
    """The signature of a text."""
    return Ed25519PrivateKey.from_private_bytes(secret).sign(text)


def sealed(secret: bytes, passphrase: str, public: str) -> bytes:
    """The key, of no use without the passphrase nor beside another public key: salt, nonce, ciphertext."""
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    cipher = ChaCha20Poly1305(_stretched(passphrase, salt))
    return salt + nonce + cipher.encrypt(nonce, secret, public.encode())


def unsealed(sealed: bytes, passphrase: str, public: str) -> bytes | None:
    """The key that was sealed; None if this does not open it."""
    salt, nonce, rest = sealed[:_SALT], sealed[_SALT : _SALT + _NONCE], sealed[_SALT + _NONCE :]
    try:
        return ChaCha20Poly1305(_stretched(passphrase, salt)).decrypt(nonce, rest, public.encode())
    except InvalidTag:
        return None


def _stretched(passphrase: str, salt: bytes) -> bytes:
    derive: Any = Scrypt(salt=salt, length=32, n=_COST, r=8, p=1)
    return bytes(derive.derive(passphrase.encode("utf-8", "surrogatepass")))
