"""A file of `nsc` as nats-py is to use it: who a node is, and that it has the secret that goes with it."""

import base64
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chat.errors import DataRefused

_PART = re.compile(r"-----BEGIN ([A-Z ]+)-----\s*(\S+)\s*-+END")
_TOKEN, _SEED = "NATS USER JWT", "USER NKEY SEED"
_SEED_AT = slice(2, 34)
"""After two bytes that say what it is, before two of a checksum."""


class Credentials(NamedTuple):
    """What nats-py asks for at each connection; its own way needs one more package for the signature."""

    token: Callable[[], bytes]
    sign: Callable[[str], bytes]


def credentials(file: str) -> Credentials:
    """Read such a file, now and at each connection, so that a new one counts. Raises DataRefused."""
    _read(file)
    return Credentials(
        lambda: _read(file)[0], lambda nonce: base64.b64encode(_read(file)[1].sign(nonce.encode()))
    )


def _read(file: str) -> tuple[bytes, Ed25519PrivateKey]:
    try:
        parts = dict(_PART.findall(Path(file).read_text("ascii")))
        seed = base64.b32decode(parts[_SEED] + "=" * (-len(parts[_SEED]) % 8))
        return parts[_TOKEN].encode(), Ed25519PrivateKey.from_private_bytes(seed[_SEED_AT])
    except (OSError, ValueError, KeyError) as error:
        raise DataRefused("unreadable_file", file, str(error)) from error
