"""How records and deeds of the registry are written in a key-value bucket. Pure.

A record is under `r.`, the number of a scope's newest deed under `n.`, the deed itself under `l.` in one of
as many places as deeds are kept: the newest takes the place of the oldest. Each carries its own checksum.
"""

import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes
from zlib import crc32

import msgspec

from chat.errors import ChatError
from chat.registry.base import Deed

CHANGE = "Chat-Change"
"""The header with the random id of the change that a message is part of."""
CHECKSUM = "Chat-Checksum"
OPERATION = "KV-Operation"
DELETED = "DEL"
"""What the operation is where a key is taken away."""
_RECORD, _NUMBER, _DEED = "r.", "n.", "l."
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_/")
"""Bytes that stand for themselves in a bucket's keys; all others are `=` and two hexadecimal digits."""


class Damaged(ChatError):
    """What is kept is not what was written."""


def record_place(key: str) -> str:
    """Where in the bucket a record is."""
    return _RECORD + _written(key)


def number_place(scope: str) -> str:
    """Where the number of a scope's newest deed is."""
    return _NUMBER + _written(scope)


def deed_place(scope: str, number: int, kept: int) -> str:
    """Where a deed is, if so many are kept of a scope."""
    return f"{_DEED}{_written(scope)}.{number % kept}"


def key_of(place: str) -> str | None:
    """The key of the record at a place, None for what is no record."""
    return _read(place.removeprefix(_RECORD)) if place.startswith(_RECORD) else None


def numbered(place: str) -> str | None:
    """The scope of the number at a place."""
    return _read(place.removeprefix(_NUMBER)) if place.startswith(_NUMBER) else None


def is_deed(place: str) -> bool:
    """Whether a deed is at a place."""
    return place.startswith(_DEED)


def headers(place: str, value: bytes, change: str, *, gone: bool) -> dict[str, str]:
    """What a message says of itself."""
    said = {CHANGE: change, CHECKSUM: _sum(place, value)}
    return said | {OPERATION: DELETED} if gone else said


def checked(place: str, value: bytes, said: Mapping[str, str]) -> bytes:
    """The value as it was written. Raises Damaged."""
    if said.get(CHECKSUM, "").strip() != _sum(place, value):
        raise Damaged(place)
    return value


def encoded(deed: Deed) -> bytes:
    """A deed as it is kept."""
    return msgspec.json.encode(deed)


def decoded(value: bytes) -> Deed:
    """The deed that was kept. Raises Damaged."""
    try:
        return msgspec.json.decode(value, type=Deed)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Damaged(str(error)) from error


def _sum(place: str, value: bytes) -> str:
    return f"{crc32(value, crc32(place.encode())):08x}"


def _written(text: str) -> str:
    return "".join(chr(byte) if byte in _PLAIN else f"={byte:02X}" for byte in text.encode())


def _read(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_/=-]*", text):
        raise Damaged(text)
    return unquote_to_bytes(text.replace("=", "%")).decode()
