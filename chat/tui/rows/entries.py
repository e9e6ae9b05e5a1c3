"""Entries of the history as lines for other programs: a JSON object each, or plain text. Pure."""

import re
from collections.abc import Callable
from datetime import tzinfo
from typing import Any

import msgspec

from chat.client import fold
from chat.messages import Change, Deleted, Edited, Message, Reacted, Topic
from chat.text import Kind, safe
from chat.tui.rows.dates import moment
from chat.words import t

_HIDDEN = re.compile(r"[^\x20-\x7e]+")


def place(entry: Message | Change, me: str) -> str:
    """Where an entry belongs, for a user: `#room`, or `@` and the other person's name."""
    if not entry.to.startswith("@"):
        return entry.to
    return entry.to if fold(entry.from_) == fold(me) else f"@{entry.from_}"


def as_json(entry: Message | Change, me: str) -> str:
    """The members that the wire has, and `room`, its place; what could move a terminal is escaped."""
    members: dict[str, Any] = msgspec.to_builtins(entry)
    members.pop("ref", None)
    members["room"] = place(entry, me)
    return _HIDDEN.sub(_escaped, msgspec.json.encode(members).decode())


def _escaped(found: re.Match[str]) -> str:
    """JSON may write any character as its number: nothing is lost, and nothing reaches a terminal."""
    return "".join(char if char.isprintable() else _numbered(char) for char in found[0])


def _numbered(char: str) -> str:
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def as_text(entry: Message | Change, me: str, zone: tzinfo | None = None) -> str:
    """One line: day, time, place, who and what. `zone` None is the zone of this machine."""
    when = moment(entry.ts, zone)
    stamp = f"{when:%Y-%m-%d %H:%M}" if when else "---------- --:--"
    where = safe(place(entry, me), Kind.NAME)
    return f"{stamp} {where} {_said(entry) if isinstance(entry, Message) else f'* {deed(entry)}'}"


def _said(message: Message) -> str:
    name = safe(message.from_, Kind.NAME)
    if message.damaged:
        return f"* {damaged()}"
    if message.deleted:
        return t("{who}: (deleted)", who=name)
    body = safe(message.body, Kind.LINE)
    return f"* {name} {body}" if message.act else f"{name}: {body}"


def damaged() -> str:
    """What stands in the place of a message that the server could not keep whole."""
    return t("(what was said here was damaged on the server's disk)")


def deed(change: Change, what: str = "") -> str:
    """What somebody has done to a message or a room, as a sentence; `what` quotes the message, made safe."""
    who = safe(change.from_, Kind.NAME)
    quoted = f" (“{what}”)" if what else ""
    return _DEEDS[type(change)](change, who) + quoted


def _edited(change: Edited, who: str) -> str:
    return t("{who} corrected a message: {text}", who=who, text=safe(change.body, Kind.LINE))


def _deleted(change: Deleted, who: str) -> str:
    return t("{who} deleted a message", who=who)


def _reacted(change: Reacted, who: str) -> str:
    emoji = safe(change.emoji, Kind.LINE)
    if change.on:
        return t("{who} reacted with {emoji}", who=who, emoji=emoji)
    return t("{who} took {emoji} back", who=who, emoji=emoji)


def _topic(change: Topic, who: str) -> str:
    if not change.topic:
        return t("{who} has taken the topic away.", who=who)
    return t("{who} has set the topic: {topic}", who=who, topic=safe(change.topic, Kind.LINE))


_DEEDS: dict[type[Change], Callable[[Any, str], str]] = {
    Edited: _edited,
    Deleted: _deleted,
    Reacted: _reacted,
    Topic: _topic,
}
