"""What `nsc` makes: an operator, accounts and users, as tokens signed with Ed25519 keys of NATS."""

import base64
import binascii
import hashlib
import json
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KINDS = {"O": 14 << 3, "A": 0, "U": 20 << 3}
"""What a key begins with: an operator's, an account's, a user's."""
_SEED = 18 << 3
JSZ = "$SYS.REQ.SERVER.PING.JSZ"


class Signer:
    """One key of NATS, of an operator, an account or a user."""

    def __init__(self, kind: str) -> None:
        self._kind = KINDS[kind]
        self._key = Ed25519PrivateKey.generate()
        self.public = _told(bytes([self._kind]) + self._key.public_key().public_bytes_raw())

    @property
    def seed(self) -> str:
        """The secret, as a file of credentials has it."""
        head = bytes([_SEED | self._kind >> 5, (self._kind & 31) << 3])
        return _told(head + self._key.private_bytes_raw())

    def token(self, name: str, subject: str, kind: str, more: dict[str, Any]) -> str:
        """What this key says of another one (or of itself)."""
        said = {
            "iat": int(time.time()),
            "iss": self.public,
            "name": name,
            "sub": subject,
            "nats": {"type": kind, "version": 2} | more,
        }
        said["jti"] = base64.b32encode(hashlib.sha256(_json(said)).digest()).decode().rstrip("=")
        body = ".".join(_url(_json(part)) for part in ({"typ": "JWT", "alg": "ed25519-nkey"}, said))
        return f"{body}.{_url(self._key.sign(body.encode()))}"


class Operator:
    """An operator with the accounts of the page: SYS, which tells, and CHAT, whose user is a node."""

    def __init__(self) -> None:
        self._operator, self._sys, self._chat = Signer("O"), Signer("A"), Signer("A")

    def config(self) -> str:
        """What nats-server is to know of them."""
        free = {"subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": True}
        free |= {"conn": -1, "leaf": -1}
        kept = free | {"mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1}
        told = {"name": "jsz", "subject": JSZ, "type": "service", "response_type": "Stream"}
        asked = {"name": "jsz", "subject": JSZ, "account": self._sys.public, "type": "service"}
        own = self._operator.token("op", self._operator.public, "operator", {})
        accounts = {
            self._sys: ("SYS", {"limits": free, "exports": [told]}),
            self._chat: ("CHAT", {"limits": kept, "imports": [asked]}),
        }
        lines = [
            f"  {one.public}: {self._operator.token(name, one.public, 'account', more)}"
            for one, (name, more) in accounts.items()
        ]
        return "\n".join(
            [
                f"operator: {own}",
                f"system_account: {self._sys.public}",
                "resolver: MEMORY",
                "resolver_preload: {",
                *lines,
                "}",
            ]
        )

    def credentials(self) -> str:
        """The file of a node."""
        user = Signer("U")
        token = self._chat.token("node", user.public, "user", {"subs": -1, "data": -1, "payload": -1})
        return (
            f"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n"
            f"-----BEGIN USER NKEY SEED-----\n{user.seed}\n------END USER NKEY SEED------\n"
        )


def _told(data: bytes) -> str:
    """With a checksum (CRC-16 of XMODEM), in base32."""
    checksum = binascii.crc_hqx(data, 0).to_bytes(2, "little")
    return base64.b32encode(data + checksum).decode().rstrip("=")


def _json(said: dict[str, Any]) -> bytes:
    return json.dumps(said, separators=(",", ":")).encode()


def _url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
