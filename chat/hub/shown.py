"""An entry of the history as everybody sees it: which event it is, and what later entries made of it."""

from collections.abc import Callable, Iterable

from chat import messages as m
from chat.framing import frame
from chat.history.base import Entry, Kind

EMOJIS = 12
"""Most different reactions to one message; with NAMES each, all of them fit a frame beside the body."""
NAMES = 8
"""Most people named for one reaction; the others are counted."""


def event(entry: Entry, ref: str | None = None) -> m.Message | m.Change:
    """What is sent for an entry."""
    return _EVENTS[entry.kind](entry, ref)


def message(entry: Entry, ref: str | None = None) -> m.Message:
    """Something said, as it is now."""
    said = m.Message(
        id=entry.id,
        to=entry.to,
        from_=entry.sender,
        ts=entry.ts,
        cid=entry.cid,
        body=entry.body,
        ref=ref,
    )
    if entry.target is not None:
        said.reply = entry.target
    if entry.kind is Kind.ACT:
        said.act = True
    if entry.damaged:
        said.damaged = True
    if entry.fold is not None:
        _changed(said, entry)
    return said


def _changed(said: m.Message, entry: Entry) -> None:
    fold = entry.fold
    assert fold is not None, "nothing changed it"
    said.version = fold.version
    said.edited, said.deleted = fold.body is not None and not fold.deleted, fold.deleted
    if fold.deleted:
        said.body = ""
        return
    said.body = entry.body if fold.body is None else fold.body
    said.reactions = [
        m.Reaction(emoji, list(names[:NAMES]), max(0, len(names) - NAMES))
        for emoji, names in list(fold.reactions.items())[:EMOJIS]
    ]


def _change(kind: type[m.Change], entry: Entry, ref: str | None, **members: object) -> m.Change:
    return kind(id=entry.id, to=entry.to, from_=entry.sender, ts=entry.ts, cid=entry.cid, ref=ref, **members)


def _edited(entry: Entry, ref: str | None) -> m.Change:
    return _change(m.Edited, entry, ref, of=entry.target, body=entry.body)


def _deleted(entry: Entry, ref: str | None) -> m.Change:
    return _change(m.Deleted, entry, ref, of=entry.target)


def _reacted(entry: Entry, ref: str | None) -> m.Change:
    return _change(m.Reacted, entry, ref, of=entry.target, emoji=entry.body, on=entry.kind is Kind.REACT)


def _topic(entry: Entry, ref: str | None) -> m.Change:
    return _change(m.Topic, entry, ref, topic=entry.body)


_EVENTS: dict[Kind, Callable[[Entry, str | None], m.Message | m.Change]] = {
    Kind.MESSAGE: message,
    Kind.ACT: message,
    Kind.EDIT: _edited,
    Kind.DELETE: _deleted,
    Kind.REACT: _reacted,
    Kind.UNREACT: _reacted,
    Kind.TOPIC: _topic,
}


def frames(entries: Iterable[Entry]) -> bytes:
    """The frames of entries, in their order."""
    return b"".join([frame(m.encode(event(entry))) for entry in entries])
