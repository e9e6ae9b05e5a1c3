"""One line of a talk, and what later changes make of it. Sans-I/O."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import lru_cache
from sys import intern
from typing import Any

from msgspec import Struct, field

from chat import messages as m
from chat import names

MAX_EMOJIS = 32
"""Most different reactions kept of one line; a server shows 12."""
MAX_USERS = 64
"""Most people named for one reaction; the others are counted."""
MAX_EMOJI = 16
"""Longest emoji believed, in characters; what is longer is none."""
_MAX_LATEST = 1_000
_MAX_NAME = 4 * names.MAX_NAME  # decomposed a letter has up to four code points


class Status(StrEnum):
    """What became of a line."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"


NO_REACTIONS: list[m.Reaction] = []
"""What most lines have; it is never changed, as no list of a line is."""


class Line(Struct, eq=False, gc=False):
    """One thing said. `id` is None until the server has given it its place; `ts` is ms since 1970, UTC.

    `code` says why it failed; `changed` that the server's body is not the one that was sent. `reply` is the
    id of the line that it answers. `version` is the highest id of a change that is in it: what is `deleted`
    has neither body nor reactions, and of what is `damaged` only the id is sure. `mention` says that it
    names who reads it, or one of their keywords. (There are many: the collector is not to look at each.)
    """

    cid: str
    to: str
    sender: str
    ts: int
    body: str
    id: int | None = None
    status: Status = Status.SENT
    code: str | None = None
    changed: bool = False
    reply: int | None = None
    act: bool = False
    version: int = 0
    edited: bool = False
    deleted: bool = False
    damaged: bool = False
    reactions: list[m.Reaction] = field(default_factory=lambda: NO_REACTIONS)
    mention: bool = False
    gap: bool = False
    """Whether lines between this one and the one before may be missing; only while there is no connection."""
    _whole: int = 0
    """The id up to which every change is in it; above, `_latest` has the last of each kind."""
    _latest: dict[tuple[str, str], int] | None = None

    def take(self, change: m.Change) -> bool:
        """Let a change count, in whatever order they come; False if it does not, or is in already.

        The answer to a change that was sent twice may come before older ones. So of what excludes one
        another (two edits, a reaction and its taking back) the one with the highest id counts.
        """
        take = _TAKE.get(type(change))
        latest = self._latest or {}
        what = _what(change)
        if take is None or change.id <= max(self._whole, latest.get(what, 0)):
            return False
        if len(latest) >= _MAX_LATEST:
            self._whole, latest = self.version, {}
        latest[what] = change.id
        self._latest = latest
        self.version = max(self.version, change.id)
        if not self.deleted:
            take(self, change)
        return True

    def renew(self, now: "Line") -> bool:
        """Become what a later answer of the server says that this line is; False if that is not later."""
        if now.version <= self.version and not (self.damaged and not now.damaged):
            return False
        for name in _RENEWED:
            setattr(self, name, getattr(now, name))
        return True


_RENEWED = ("body", "edited", "deleted", "damaged", "reactions", "mention", "version", "_whole", "_latest")


def line_of(message: m.Message) -> Line:
    """The line that a message is."""
    version = message.version or 0
    to, sender = intern(message.to), intern(message.from_)  # few names, said often: a fifth less memory
    line = Line(message.cid, to, sender, message.ts, message.body, id=message.id)
    line.reply, line.act, line.damaged = message.reply, message.act, message.damaged
    if version or message.deleted or message.edited or message.reactions:
        line.version = line._whole = version
        line.edited, line.deleted = message.edited, message.deleted
        line.body = "" if message.deleted else message.body
        line.reactions = [] if message.deleted else bounded(message.reactions)
    return line


def bounded(reactions: Sequence[m.Reaction]) -> list[m.Reaction]:
    """Reactions as far as they are believed: so many, so long, of so many people."""
    return [
        m.Reaction(one.emoji, one.users[:MAX_USERS], max(0, one.more) + max(0, len(one.users) - MAX_USERS))
        for one in reactions[:MAX_EMOJIS]
        if 0 < len(one.emoji) <= MAX_EMOJI
    ]


def _what(change: m.Change) -> tuple[str, str]:
    """What a change is about: of two with the same the later counts."""
    if isinstance(change, m.Reacted):
        return change.emoji[:MAX_EMOJI], fold(change.from_)
    return type(change).__name__, ""


def _edited(line: Line, change: m.Edited) -> None:
    line.body, line.edited = change.body, True


def _deleted(line: Line, change: m.Deleted) -> None:
    line.deleted, line.edited, line.mention = True, False, False
    line.body, line.reactions = "", []


def _reacted(line: Line, change: m.Reacted) -> None:
    if not 0 < len(change.emoji) <= MAX_EMOJI:
        return
    reaction = next((one for one in line.reactions if one.emoji == change.emoji), None)
    if reaction is None:
        if change.on and len(line.reactions) < MAX_EMOJIS:
            line.reactions = [*line.reactions, m.Reaction(change.emoji, [change.from_])]
        return
    who = fold(change.from_)
    users = [user for user in reaction.users if fold(user) != who]
    more = reaction.more
    if change.on and len(users) < MAX_USERS:
        users.append(change.from_)
    elif change.on:
        more += 1
    elif len(users) == len(reaction.users):
        more = max(0, more - 1)  # one of those who are not named
    _put(line, m.Reaction(change.emoji, users, more))


def _put(line: Line, reaction: m.Reaction) -> None:
    """Put a reaction in the place of the one with its emoji; one of nobody goes."""
    kept = [reaction if one.emoji == reaction.emoji else one for one in line.reactions]
    line.reactions = [one for one in kept if one.users or one.more]


_TAKE: dict[type[m.Change], Callable[[Line, Any], None]] = {
    m.Edited: _edited,
    m.Deleted: _deleted,
    m.Reacted: _reacted,
}


def key_of(me: str, entry: m.Message | m.Change) -> str | None:
    """The key of the talk that something belongs to; `me` is one's own name, folded. None: none of ours."""
    to, sender = fold(entry.to), fold(entry.from_)
    if to.startswith("#"):
        return to
    if sender == me:
        return to if to.startswith("@") else None
    return f"@{sender}" if to == f"@{me}" else None


@lru_cache(4_096)
def fold(name: str) -> str:
    """The form in which a client compares names of users, rooms (`#...`) and private talks (`@...`).

    Total: what can be no name, since a hostile server may name anything, stays as it is.
    """
    sign, rest = (name[:1], name[1:]) if name[:1] in ("#", "@") else ("", name)
    if len(rest) > _MAX_NAME:
        return name
    try:
        return sign + names.fold(rest)
    except ValueError:
        return name
