"""How long, how many and how large what is said may be: the types of the vocabulary's members. Sans-I/O."""

from enum import StrEnum
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

FOREVER = 0
"""As a number of seconds, or as a time: until somebody takes it back."""
LONGEST = 10 * 366 * 86_400
"""Longest ban, in seconds; beyond, it is for good."""
SLOWEST = 86_400
"""Longest pause of slow mode, in seconds."""

Id = Annotated[int, Meta(ge=0, le=MAX_ID)]
Count = Annotated[int, Meta(ge=0, le=MAX_ID)]
Stamp = Annotated[int, Meta(ge=-MAX_ID, le=MAX_ID)]
Token = Annotated[str, Meta(max_length=MAX_TOKEN)]
Cid = Annotated[str, Meta(min_length=1, max_length=MAX_TOKEN)]
Seconds = Annotated[int, Meta(ge=FOREVER, le=LONGEST)]
Limit = Annotated[int, Meta(ge=1, le=MAX_ID)]


class RoomKind(StrEnum):
    """Who may be in a room, and who may speak there."""

    PUBLIC = "public"
    """Everybody, and everybody."""
    PRIVATE = "private"
    """Whoever is invited, and they."""
    ANNOUNCEMENT = "announcement"
    """Everybody; the owner and the moderators."""


class Rank(StrEnum):
    """What somebody can be made in a room."""

    OWNER = "owner"
    MODERATOR = "moderator"
    MEMBER = "member"


def bounded(token: str | None) -> bool:
    """Whether a `ref` or `cid` is at most 64 bytes of UTF-8 without control characters."""
    if token is None or (token.isascii() and token.isprintable()):
        return True  # the decoder has counted its characters
    return token.isprintable() and len(token.encode()) <= MAX_TOKEN
