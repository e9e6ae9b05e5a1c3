"""How long, how many and how large what is said may be: the types of the vocabulary's members. Sans-I/O."""

from typing import Annotated

from msgspec import Meta

VERSION = 1
MAX_ID = 2**63 - 1
MAX_BODY = 4_096
"""Longest body, in bytes of UTF-8, unless configured."""
PAGE = 100
"""Most entries of one `history` answer."""
WHO_PAGE = 500
"""Most names of one `who` answer."""
MAX_TOKEN = 64
"""Longest `ref` and `cid`, in bytes of UTF-8."""
MAX_TOPIC = 200
"""Longest topic, in characters."""

Id = Annotated[int, Meta(ge=0, le=MAX_ID)]
Count = Annotated[int, Meta(ge=0, le=MAX_ID)]
Stamp = Annotated[int, Meta(ge=-MAX_ID, le=MAX_ID)]
Token = Annotated[str, Meta(max_length=MAX_TOKEN)]
Cid = Annotated[str, Meta(min_length=1, max_length=MAX_TOKEN)]
Limit = Annotated[int, Meta(ge=1, le=MAX_ID)]


def bounded(token: str | None) -> bool:
    """Whether a `ref` or `cid` is at most 64 bytes of UTF-8 without control characters."""
    if token is None or (token.isascii() and token.isprintable()):
        return True  # the decoder has counted its characters
    return token.isprintable() and len(token.encode()) <= MAX_TOKEN
