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


LocalEvent = ConnectionChanged | Pending | Failed | Reset | Missed
ClientEvent = m.AnyEvent | LocalEvent
"""What iterating over a client yields."""
