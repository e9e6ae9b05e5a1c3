"""A person's key: made on first use, kept in a file for its owner only, carried to other machines as text."""

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from chat import proof
from chat.errors import ChatError, DataRefused

FILE = "identity"
"""Its name in the data folder."""
MOST = 4_096
"""Bytes of the longest file that is looked at."""


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
    """A key that signs; whoever has it is this person. `public` is its other half as it travels."""

    def __init__(self, secret: bytes, public: str) -> None:
        self._secret = secret
        self.public = public

    @property
    def shown(self) -> str:
        """The fingerprint for people to compare."""
        return proof.shown(self.public)

    def check(self) -> None:
        """Raise NotAnIdentity if the two halves do not belong together."""
        from chat.client import secret

        if proof.encoded(secret.public(self._secret)) != self.public:
            raise NotAnIdentity

    def sign(self, text: bytes) -> str:
        """The signature of a text as it travels. Raises as `check`."""
        from chat.client import secret

        self.check()
        return proof.encoded(secret.signed(self._secret, text))

    def written(self, passphrase: str = "") -> str:
        """The identity as text to be kept or carried; with a passphrase nobody else can use it."""
        file = _File(self.public, secret=proof.encoded(self._secret))
        if passphrase:
            from chat.client import secret

            sealed = secret.sealed(self._secret, passphrase, self.public)
            file = _File(self.public, sealed=proof.encoded(sealed))
        return msgspec.json.encode(file).decode() + "\n"


def made() -> Identity:
    """Somebody new."""
    from chat.client import secret

    key = secret.made()
    return Identity(key, proof.encoded(secret.public(key)))


def read(text: str, passphrase: str = "") -> Identity:
    """The identity that was written. Raises NotAnIdentity, WrongPassphrase."""
    identity = opened(text, passphrase)
    identity.check()
    return identity


def opened(text: str, passphrase: str = "") -> Identity:
    """The same for a file of our own, at once: that its halves belong together is seen when it signs."""
    try:
        file = msgspec.json.decode(text, type=_File)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError) as error:
        raise NotAnIdentity from error
    secret = _unsealed(file, passphrase) if file.sealed else proof.decoded(file.secret, proof.KEY_SIZE)
    if secret is None:
        raise NotAnIdentity
    return Identity(secret, file.public)


def kept(path: Path) -> str:
    """The text in a file, which is made with a new identity if it is not there. Raises DataRefused."""
    try:
        if not path.exists():
            _keep_new(path, made().written())
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
    from chat.client import secret

    sealed = proof.decoded(file.sealed, proof.KEY_SIZE + secret.OVERHEAD)
    if sealed is None:
        return None
    if not passphrase:
        raise WrongPassphrase(needed=True)
    key = secret.unsealed(sealed, passphrase, file.public)
    if key is None:
        raise WrongPassphrase(needed=False)
    return key
