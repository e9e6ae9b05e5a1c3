"""A server's address as people hand it on: chat://HOST:PORT/#FINGERPRINT.INVITATION. Pure."""

import re
from urllib.parse import urlsplit

from msgspec import Struct

SCHEME = "chat://"
DEFAULT_PORT = 10_101

_FINGERPRINT = re.compile("([0-9a-f]{64})?")
_INVITATION = re.compile("[A-Za-z0-9_-]{0,64}")
_HOST = re.compile(r"[^\s/?#@\[\]\x00-\x1f\x7f]{1,253}")


class Address(Struct, frozen=True):
    """Where a server is; `fingerprint` is its certificate's SHA-256 in hexadecimal digits, or empty.

    `invitation` lets the bearer in once, where that takes one.
    """

    host: str
    port: int = DEFAULT_PORT
    fingerprint: str = ""
    invitation: str = ""

    def __str__(self) -> str:
        """The address to hand on; everything in it can stand in a command line as it is."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORT else f":{self.port}"
        secret = f".{self.invitation}" if self.invitation else ""
        return f"{SCHEME}{host}{port}/" + (
            f"#{self.fingerprint}{secret}" if self.fingerprint or secret else ""
        )


class NotAnAddress(ValueError):
    """What was typed is no such address."""


def parse(text: str) -> Address:
    """The address that was handed on. Raises NotAnAddress.

    A fingerprint may be in capitals and have colons, as other programs print it.
    """
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise NotAnAddress(text) from error
    fingerprint, _, invitation = parts.fragment.partition(".")
    fingerprint = fingerprint.replace(":", "").lower()
    right = (
        text.startswith(SCHEME)
        and text.isprintable()  # urlsplit drops line ends without a word
        and not (parts.username is not None or parts.query or parts.path.strip("/"))
        and _HOST.fullmatch(host)
        and port != 0
        and _FINGERPRINT.fullmatch(fingerprint)
        and _INVITATION.fullmatch(invitation)
    )
    if not right:
        raise NotAnAddress(text)
    return Address(host, DEFAULT_PORT if port is None else port, fingerprint, invitation)


def shown(fingerprint: str) -> str:
    """A fingerprint for people to compare: 64 digits in groups of four."""
    return " ".join(fingerprint[start : start + 4] for start in range(0, len(fingerprint), 4))
