"""A person's key: made on first use, kept in a file for its owner only, carried to other machines as text."""

import os
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from msgspec import Struct

from chat import proof
from chat.errors import ChatError, DataRefused

FILE = "identity"
"""Its name in the data folder."""
MOST = 4_096
"""Bytes of the longest file that is looked at."""
_SALT = 16
_NONCE = 12
_COST = 2**16
"""Scrypt's N, with r=8 and p=1: 64 MiB and about 0.4 s for each guess (measured on two slow cores)."""


class NotAnIdentity(ChatError):
    """The text is no identity, or only a piece of one."""


class WrongPassphrase(ChatError):
    """The passphrase does not open it; `needed` says that none was given."""

    def __init__(self, *, needed: bool) -> None:
        super().__init__("passphrase")
        self.needed = needed


class _File(Struct, tag="chat-identity-1", forbid_unknown_fields=True):
    """What is in the file: the secret key, or the same sealed by a passphrase (salt, nonce, ciphertext)."""

    public: str
    secret: str = ""
    sealed: str = ""


class Identity:
    """A key that signs; whoever has it is this person."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = proof.encoded(private.public_key().public_bytes_raw())
        """The public key as it travels."""

    @property
    def shown(self) -> str:
        """The fingerprint for people to compare."""
        return proof.shown(self.public)

    def sign(self, text: bytes) -> str:
        """The signature of a text as it travels."""
        return proof.encoded(self._private.sign(text))

    def written(self, passphrase: str = "") -> str:
        """The identity as text to be kept or carried; with a passphrase nobody else can use it."""
        secret = self._private.private_bytes_raw()
        file = _File(self.public, secret=proof.encoded(secret))
        if passphrase:
            salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
            cipher = ChaCha20Poly1305(_stretched(passphrase, salt))
            sealed = cipher.encrypt(nonce, secret, self.public.encode())
            file = _File(self.public, sealed=proof.encoded(salt + nonce + sealed))
        return msgspec.json.encode(file).decode() + "\n"


def read(text: str, passphrase: str = "") -> Identity:
    """The identity that was written. Raises NotAnIdentity, WrongPassphrase."""
    try:
        file = msgspec.json.decode(text, type=_File)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError) as error:
        raise NotAnIdentity from error
    secret = _unsealed(file, passphrase) if file.sealed else proof.decoded(file.secret, proof.KEY_SIZE)
    if secret is None:
        raise NotAnIdentity
    identity = Identity(Ed25519PrivateKey.from_private_bytes(secret))
    if identity.public != file.public:
        raise NotAnIdentity
    return identity


def kept(path: Path) -> str:
    """The text in a file, which is made with a new identity if it is not there. Raises DataRefused."""
    try:
        if not path.exists():
            _keep_new(path, Identity(Ed25519PrivateKey.generate()).written())
        path.chmod(0o600)
        with path.open("rb") as file:
            return file.read(MOST).decode("ascii", "replace")
    except OSError as error:
        raise DataRefused("unreadable", str(path), error.strerror or str(error)) from error


def keep(path: Path, text: str) -> None:
    """Put another identity in the place of the one in a file, of which a copy stays beside it.

    Raises DataRefused.
    """
    try:
        if path.exists():
            old = path.read_bytes()
            _write(path.with_name(path.name + ".old"), old)
        new = path.with_name(path.name + ".new")
        _write(new, text.encode())
        os.replace(new, path)
    except OSError as error:
        raise DataRefused("unreadable", str(path), error.strerror or str(error)) from error


def _keep_new(path: Path, text: str) -> None:
    """Of two programs that start at once for the first time, both go on with the same identity."""
    new = path.with_name(f"{path.name}.{os.getpid()}")
    _write(new, text.encode())
    try:
        os.link(new, path)
    except FileExistsError:
        pass
    finally:
        new.unlink()


def _write(path: Path, data: bytes) -> None:
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _unsealed(file: _File, passphrase: str) -> bytes | None:
    sealed = proof.decoded(file.sealed, _SALT + _NONCE + proof.KEY_SIZE + 16)
    if sealed is None:
        return None
    if not passphrase:
        raise WrongPassphrase(needed=True)
    salt, nonce, rest = sealed[:_SALT], sealed[_SALT : _SALT + _NONCE], sealed[_SALT + _NONCE :]
    try:
        return ChaCha20Poly1305(_stretched(passphrase, salt)).decrypt(nonce, rest, file.public.encode())
    except InvalidTag as error:
        raise WrongPassphrase(needed=False) from error


def _stretched(passphrase: str, salt: bytes) -> bytes:
    derive: Any = Scrypt(salt=salt, length=32, n=_COST, r=8, p=1)
    return bytes(derive.derive(passphrase.encode("utf-8", "surrogatepass")))
