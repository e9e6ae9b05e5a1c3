"""What happens on the client's own side, beside what the server says; plain data."""

from enum import StrEnum

from msgspec import Struct

from chat import messages as m
from chat.history.own import Item


class Connection(StrEnum):
    """How the connection stands."""

    CONNECTING = "connecting"
    OPEN = "open"
    WAITING = "waiting"  # between two tries
    CLOSED = "closed"  # for good


class ConnectionChanged(Struct, frozen=True):
    """The connection stands otherwise now.

    `reason` is a code: why it is down, None when it is open. `attempt` counts the tries since it last
    was open for long. `delay` is how long it waits before the next, in seconds.
    """

    connection: Connection
    reason: str | None = None
    attempt: int = 0
    delay: float = 0.0


class Pending(Struct, frozen=True):
    """Something was said here and waits for its acknowledgement. `ts` is ms since 1970, UTC."""

    cid: str
    to: str
    body: str
    ts: int
    reply: int | None = None
    act: bool = False


class Failed(Struct, frozen=True):
    """What had this `cid` was not sent and will not be; `code` says why. `item` is what it was."""

    cid: str
    code: str
    item: Item | None = None


class Reset(Struct, frozen=True):
    """The server has another history: what was seen so far is not of it. Pending sends are kept."""


class Missed(Struct, frozen=True):
    """`count` events were dropped because nobody took them; the messages among them are on the server."""

    count: int


class Unkept(Struct, frozen=True):
    """What is said and read is not kept on this disk, from now on or for a while.

    `code` is why: `in_use` (another client of the same user keeps it), `damaged`, `newer_schema`,
    `unreadable`; `not_kept` if the disk failed or is full: the program goes on with what it has in memory.
    """

    code: str


class PageHere(m.HistoryPage, tag="history"):
    """A page of the copy. `whole`: the server would say the same.

    `gap`: some may be missing between where it was asked from and its messages.
    """

    gap: bool = False
    whole: bool = False


class FoundHere(m.Found, tag="found"):
    """What the copy has of what was searched for; the server may have more."""


LocalEvent = ConnectionChanged | Pending | Failed | Reset | Missed | Unkept | PageHere | FoundHere
ClientEvent = m.AnyEvent | LocalEvent
"""What iterating over a client yields."""
