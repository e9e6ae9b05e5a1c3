"""A key and how it proves itself, from the contract alone: no import from the program under test."""

import asyncio
import base64
import os
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.patience import PATIENCE
from tests.peer import Peer, Said


def encoded(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Key:
    """Somebody's identity."""

    def __init__(self) -> None:
        self._private = Ed25519PrivateKey.generate()
        self.public = encoded(self._private.public_key().public_bytes_raw())

    def proof(
        self, challenge: Said, user: str, *, place: str | None = None, own_nonce: str | None = None
    ) -> Said:
        """The answer to a challenge; `place` is `certificate ...` with TLS."""
        own = encoded(os.urandom(32)) if own_nonce is None else own_nonce
        parts = ("chat login", "1", place or f"name {challenge['server']}", user, challenge["nonce"], own)
        return {
            "type": "prove",
            "nonce": own,
            "signature": encoded(self._private.sign("\0".join(parts).encode())),
        }

    async def challenged(self, port: int, user: str, **more: Any) -> tuple[Peer, Said]:
        """A connection that has said hello with this key, and the challenge."""
        peer = await Peer.connect(port)
        return peer, await self.ask(peer, user, **more)

    async def ask(self, peer: Peer, user: str, **more: Any) -> Said:
        """Say hello with this key on a connection; the challenge."""
        peer.say(type="hello", version=1, user=user, key=self.public, **more)
        return await peer.expect("challenge")

    async def hello(self, port: int, user: str, **more: Any) -> Peer:
        """A connection that has been welcomed by this key."""
        peer, challenge = await self.challenged(port, user, **more)
        peer.say(**self.proof(challenge, user))
        peer.welcome = await peer.expect("welcome")
        return peer

    async def refused(self, port: int, user: str, **more: Any) -> str:
        """The code with which a login by this key is refused."""
        peer = await Peer.connect(port)
        peer.say(type="hello", version=1, user=user, key=self.public, **more)
        heard = await peer.hear()
        assert heard is not None
        if heard["type"] == "challenge":
            peer.say(**self.proof(heard, user))
            heard = await peer.hear()
        assert heard is not None
        assert heard["type"] == "error", heard
        return str(heard["code"])


async def guest_refused(port: int, user: str, **more: Any) -> str:
    """The code with which a hello without a key is refused."""
    peer = await Peer.connect(port)
    peer.say(type="hello", version=1, user=user, **more)
    async with asyncio.timeout(PATIENCE):
        return str((await peer.expect("error"))["code"])
