"""How many drafts travel as one message of the stream, and what is made of the bytes again. Sans-I/O."""

import struct
from collections.abc import Sequence
from zlib import crc32

import msgspec
from msgspec import Raw, Struct

from chat.errors import ChatError
from chat.history.base import Draft, Kind

VERSION = 1
"""The first byte of a batch. A node refuses to go on at one that is higher: it would count other ids."""
MOST = 500
LARGEST = 256 * 1024
"""A batch holds so many drafts, or once there is one in it, so many bytes."""

_HEAD = struct.Struct(">BI")
_Row = tuple[str, str, str, str, str, int, str, list[str], str, Kind, int | None]


class Damaged(ChatError):
    """The bytes are not what a node wrote."""


class Newer(ChatError):
    """A node of a later version wrote them."""


class Batch(Struct, frozen=True):
    """Drafts in order, under a random `id`; the first is counted from `after` on, or from the head."""

    id: str
    drafts: Sequence[Draft]
    after: int = 0


class _Written(Struct, array_like=True):
    id: str
    rows: list[_Row]
    after: int = 0


class _Sealed(Struct, array_like=True):
    id: str
    rows: list[Raw]
    after: int = 0


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Written).decode


def row(draft: Draft) -> Raw:
    """One draft as it lies in a batch; the text must be UTF-8 and the numbers of 64 bits."""
    return Raw(_encode(msgspec.structs.astuple(draft)))


def encode(id: str, rows: Sequence[Raw], after: int = 0) -> bytes:
    """The message of the stream that a batch becomes."""
    body = _encode(_Sealed(id, list(rows), after))
    return _HEAD.pack(VERSION, crc32(body)) + body


def decode(data: bytes) -> Batch:
    """The batch that a message of the stream is. Raises Damaged, Newer."""
    if len(data) < _HEAD.size:
        raise Damaged(f"{len(data)} bytes")
    version, crc = _HEAD.unpack_from(data)
    body = memoryview(data)[_HEAD.size :]
    if crc32(body) != crc:
        raise Damaged("its checksum is another")
    if version > VERSION:
        raise Newer(f"version {version}")
    try:
        written = _decode(body)
    except msgspec.MsgspecError as error:  # it is what was written: by somebody who knows more
        raise Newer(str(error)) from error
    return Batch(written.id, [_draft(row) for row in written.rows], written.after)


def _draft(row: _Row) -> Draft:
    conversation, owner, cid, to, sender, ts, body, readers, author, kind, target = row
    both = (readers[0], readers[-1]) if readers else ()
    return Draft(conversation, owner, cid, to, sender, ts, body, both, author, kind, target)
