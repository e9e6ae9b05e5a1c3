"""What the command lines of `chat-client` and its filters ask for; plain data."""

from pathlib import Path

from msgspec import Struct

from chat.tui.shell.access import Access


class Asked(Struct, frozen=True):
    """What the command line asks for; `user` None: not said."""

    host: str
    port: int
    user: str | None
    linear: bool
    data: str | None = None
    access: Access = Access()


class Sending(Struct, frozen=True):
    """What `send` is asked for; `to` None: the lobby. `words` None: the standard input."""

    host: str
    port: int
    user: str | None
    to: str | None
    words: str | None
    whole: bool
    wait: float | None
    access: Access = Access()


class Tailing(Struct, frozen=True):
    """What `tail` is asked for. No `rooms` and not `private`: the lobby.

    `since` is an id; `last` counts lines; `count` None: no end; `state` None: nothing is kept.
    `resume`: `state` is to be the file that is meant for these rooms.
    """

    host: str
    port: int
    user: str | None
    rooms: tuple[str, ...]
    private: bool
    json: bool
    since: int | None
    last: int
    count: int | None
    follow: bool
    state: Path | None
    resume: bool
    wait: float | None
    access: Access = Access()


class Carrying(Struct, frozen=True):
    """What `identity` is asked for; `file` None: the standard input or output."""

    do: str
    file: Path | None
