"""What the server says as an entry of the copy, and what the copy has as the server would say it. Pure."""

from collections.abc import Callable
from typing import Any

from chat import messages as m
from chat.client.line import bounded
from chat.history.base import SAID, Entry, Fold, Kind

Said = m.Message | m.Edited | m.Deleted | m.Reacted | m.Topic
"""What has its place in the history."""


def entry(event: Said, conversation: str) -> Entry:
    """The entry that an event is about."""
    return _ENTRY[type(event)](event, conversation)


def event(entry: Entry) -> Said:
    """The event that an entry came as, but for what was changed since."""
    return message(entry) if entry.kind in SAID else _CHANGE[entry.kind](entry)


def message(entry: Entry) -> m.Message:
    """Something said, as it is now."""
    said = m.Message(**_common(entry), body=entry.body, reply=entry.target, act=entry.kind is Kind.ACT)
    said.damaged = entry.damaged
    fold = entry.fold
    if fold is None:
        return said
    said.version, said.deleted = fold.version, fold.deleted
    if not fold.deleted:
        said.edited = fold.body is not None
        said.body = entry.body if fold.body is None else fold.body
        said.reactions = _reactions(fold)
    return said


def _reactions(fold: Fold) -> list[m.Reaction]:
    emojis = dict.fromkeys((*fold.reactions, *fold.unnamed))
    named = [
        m.Reaction(emoji, list(fold.reactions.get(emoji, ())), fold.unnamed.get(emoji, 0)) for emoji in emojis
    ]
    return bounded(named)


def _message(event: m.Message, conversation: str) -> Entry:
    kind = Kind.ACT if event.act else Kind.MESSAGE
    return _entry(
        event, conversation, kind, event.reply, event.body, fold=_fold(event), damaged=event.damaged
    )


def _fold(event: m.Message) -> Fold | None:
    if not event.version:
        return None
    if event.deleted:
        return Fold(event.version, deleted=True)
    known = bounded(event.reactions)
    return Fold(
        event.version,
        event.body if event.edited else None,
        reactions={one.emoji: one.users for one in known},
        unnamed={one.emoji: one.more for one in known if one.more},
    )


def _reacted(event: m.Reacted, conversation: str) -> Entry:
    kind = Kind.REACT if event.on else Kind.UNREACT
    return _entry(event, conversation, kind, event.of, event.emoji)


def _entry(event: Said, conversation: str, kind: Kind, target: int | None, body: str, **more: Any) -> Entry:
    return Entry(
        event.id,
        conversation,
        "",
        event.cid,
        event.to,
        event.from_,
        event.ts,
        body,
        kind=kind,
        target=target,
        **more,
    )


_ENTRY: dict[type[m.Event], Callable[[Any, str], Entry]] = {
    m.Message: _message,
    m.Edited: lambda event, talk: _entry(event, talk, Kind.EDIT, event.of, event.body),
    m.Deleted: lambda event, talk: _entry(event, talk, Kind.DELETE, event.of, ""),
    m.Reacted: _reacted,
    m.Topic: lambda event, talk: _entry(event, talk, Kind.TOPIC, None, event.topic),
}


def _common(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "to": entry.to,
        "from_": entry.sender,
        "ts": entry.ts,
        "cid": entry.cid,
    }


def _of(entry: Entry) -> dict[str, Any]:
    return _common(entry) | {"of": entry.target or 0}


_CHANGE: dict[Kind, Callable[[Entry], Said]] = {
    Kind.EDIT: lambda entry: m.Edited(**_of(entry), body=entry.body),
    Kind.DELETE: lambda entry: m.Deleted(**_of(entry)),
    Kind.REACT: lambda entry: m.Reacted(**_of(entry), emoji=entry.body),
    Kind.UNREACT: lambda entry: m.Reacted(**_of(entry), emoji=entry.body, on=False),
    Kind.TOPIC: lambda entry: m.Topic(**_common(entry), topic=entry.body),
}
