"""The secret of a welcome, which proves on return that this is the same guest or session.

It is signed, not stored: `identity.session.signature`, an HMAC-SHA256 over both and the name with a key
that the registry keeps, so that a guest's private messages find it again after a restart too.
"""

import hmac

_SIZE = 16
"""Bytes of the signature that travel: 128 bits, beyond guessing."""


def issue(key: bytes, identity: str, session: str, name: str) -> str:
    """The secret for a session of an identity under a (folded) name; neither may contain a dot."""
    return f"{identity}.{session}.{_signature(key, identity, session, name)}"


def verify(key: bytes, token: str, name: str) -> tuple[str, str] | None:
    """Identity and session of a secret issued under this name, or None if it is not one of ours."""
    identity, _, rest = token.partition(".")
    session, _, signature = rest.partition(".")
    expected = _signature(key, identity, session, name)
    if hmac.compare_digest(signature.encode("utf-8", "replace"), expected.encode()):
        return identity, session
    return None


def _signature(key: bytes, identity: str, session: str, name: str) -> str:
    text = "\0".join((identity, session, name)).encode("utf-8", "replace")
    return hmac.digest(key, text, "sha256")[:_SIZE].hex()
