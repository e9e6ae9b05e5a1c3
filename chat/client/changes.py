"""What applying an event changed, for whoever draws it; plain data."""

from enum import StrEnum

from msgspec import Struct, field


class NoticeKind(StrEnum):
    """What a notice tells."""

    JOINED = "joined"
    LEFT = "left"
    ERROR = "error"
    CONNECTION = "connection"
    RESET = "reset"
    MISSED = "missed"
    TOPIC = "topic"
    MODERATED = "moderated"


class Notice(Struct, frozen=True):
    """Something to show that is no line of the history; `talk` is the key it belongs to, if any.

    JOINED and LEFT name people and count `more` unnamed ones: of JOINED those who were not known to be there.
    ERROR, CONNECTION carry a `code`; TOPIC names who set it and has the topic as `text`.
    MODERATED names who did it (empty: whoever runs the server) and to whom (empty: to nobody); its `code` is
    what was done and `text` more of it, as in `messages.Moderated`.
    """

    kind: NoticeKind
    talk: str | None = None
    names: tuple[str, ...] = ()
    more: int = 0
    code: str | None = None
    text: str | None = None


class Changes(Struct):
    """What an event changed: the keys of the talks touched, and the notices to show."""

    talks: set[str] = field(default_factory=set)
    notices: list[Notice] = field(default_factory=list)
