"""The two doors: one asks its peer for a name, the other gives it one; then they mean the same. Sans-I/O."""

import re
from collections.abc import Callable, Iterator
from typing import Protocol

from chat import messages as m
from chat.doors.commands import Said, enter, leaves
from chat.doors.events import told
from chat.doors.pieces import Flaw, Piece
from chat.doors.talk import Talk
from chat.errors import Code
from chat.words import mark, t

_SIGNED = re.compile(r"<([^<>]+)> ?(.*)", re.DOTALL)
_WEB = re.compile(r"[A-Z]+ \S+ HTTP/[0-9]")

FLAWS = {
    Flaw.TOO_LONG: mark("it is too long; send it in parts"),
    Flaw.NOT_UTF8: mark("it is not text in UTF-8"),
}


class Door(Protocol):
    """Translates for one plain peer; it has no I/O of its own.

    Take what these yield one by one, each request answered before the next is asked for: what a line means
    depends on the answers to the lines before it.
    """

    def opening(self) -> Iterator[Said]:
        """What there is to say before the peer has said anything."""

    def hear(self, piece: Piece) -> Iterator[Said]:
        """What one piece of the peer asks for."""

    def tell(self, event: m.Event) -> str:
        """What the peer is told of an event; see `events.told`."""


class NamingDoor:
    """Asks for a name, and asks again until one is accepted; for people at `nc` and for raw-text programs."""

    def __init__(self, token: str) -> None:
        self._talk = Talk(token)
        self._signature = ""

    def opening(self) -> Iterator[Said]:
        yield t("User: ")

    def hear(self, piece: Piece) -> Iterator[Said]:
        if isinstance(piece, str) and self._talk.user:
            yield from enter(self._talk, piece.removeprefix(self._signature))
            return
        if isinstance(piece, Flaw):
            yield _flawed(piece)
        elif leaves(piece) or _WEB.match(piece):
            yield m.Bye()  # a page in a browser must not be able to talk through here
            return
        else:
            yield from self._named(piece)
        if not self._talk.user:
            yield t("User: ")

    def tell(self, event: m.Event) -> str:
        return told(self._talk, event)

    def _named(self, line: str) -> Iterator[Said]:
        signed = _SIGNED.fullmatch(line)
        name, text = signed.groups() if signed else (line.strip(), "")
        if not name:
            return
        self._signature = f"<{name}> "
        yield m.Hello(version=m.VERSION, user=name)
        if self._talk.user:
            yield from enter(self._talk, text)


class GuestDoor:
    """Gives a name, for programs that know of none; `chance` is a random number below the one it is given."""

    def __init__(self, token: str, chance: Callable[[int], int]) -> None:
        self._talk = Talk(token)
        self._chance = chance

    def opening(self) -> Iterator[Said]:
        guest = t("guest")
        for digits in range(4, 12):  # a longer number each time that one is taken
            number = self._chance(10**digits)
            yield m.Hello(version=m.VERSION, user=f"{guest}-{number:0{digits}}")
            if self._talk.user:
                return

    def hear(self, piece: Piece) -> Iterator[Said]:
        if isinstance(piece, Flaw):
            yield _flawed(piece)
        else:
            yield from enter(self._talk, piece)

    def tell(self, event: m.Event) -> str:
        code = event.code if isinstance(event, m.Error) else ""
        if code == Code.NAME_TAKEN:
            return ""  # the next is being tried
        if code == Code.BAD_FRAME:
            return t("That is no message: 64 bytes come first, its length in digits and then spaces.") + "\n"
        return told(self._talk, event)


def _flawed(flaw: Flaw) -> str:
    return t("Not sent: {why}.", why=t(FLAWS[flaw])) + "\n"
