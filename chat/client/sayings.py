"""What waits in the outbox, as the request that says it, and what is wrong with it. Sans-I/O."""

from collections.abc import Callable
from typing import Any

from chat import messages as m
from chat.client.outbox import Item
from chat.errors import Code
from chat.history.base import SAID, Kind
from chat.text import body_fault, emoji_fault, topic_fault

Change = m.Edit | m.Delete | m.React | m.SetTopic
"""What may be asked of what was said, or of a room."""


def said(item: Item) -> bool:
    """Whether an item is something said, to be shown while it waits."""
    return item.kind in SAID


def change(asked: Change, cid: str, ts: int) -> Item:
    """The item that a change is while it waits."""
    return _ITEM[type(asked)](asked, cid, ts)


def request(item: Item) -> m.Saying:
    """What is said to the server for an item."""
    return _REQUEST[item.kind](item)


def acknowledges(event: m.Event, item: Item) -> bool:
    """Whether an event is of the kind that an item becomes."""
    return type(event) is _EVENT[item.kind]


def fault(item: Item, max_body: int) -> Code | None:
    """Why a server would refuse an item, as far as that is sure; None if it may take it."""
    if item.kind in SAID or item.kind is Kind.EDIT:
        return body_fault(item.body, max_body)
    if item.kind is Kind.TOPIC:
        return Code.BAD_MESSAGE if len(item.body) > m.MAX_TOPIC else topic_fault(item.body)
    return None if item.kind is Kind.DELETE else emoji_fault(item.body)


def _react(asked: m.React, cid: str, ts: int) -> Item:
    kind = Kind.REACT if asked.on else Kind.UNREACT
    return Item(cid, "", asked.emoji, ts, kind, asked.id)


_ITEM: dict[type[m.Saying], Callable[[Any, str, int], Item]] = {
    m.Edit: lambda asked, cid, ts: Item(cid, "", asked.body, ts, Kind.EDIT, asked.id),
    m.Delete: lambda asked, cid, ts: Item(cid, "", "", ts, Kind.DELETE, asked.id),
    m.React: _react,
    m.SetTopic: lambda asked, cid, ts: Item(cid, asked.room, asked.topic, ts, Kind.TOPIC),
}


def _send(item: Item) -> m.Saying:
    return m.Send(cid=item.cid, to=item.to, body=item.body, reply=item.target, act=item.kind is Kind.ACT)


def _reaction(item: Item) -> m.Saying:
    return m.React(cid=item.cid, id=item.target or 0, emoji=item.body, on=item.kind is Kind.REACT)


_REQUEST: dict[Kind, Callable[[Item], m.Saying]] = {
    Kind.MESSAGE: _send,
    Kind.ACT: _send,
    Kind.EDIT: lambda item: m.Edit(cid=item.cid, id=item.target or 0, body=item.body),
    Kind.DELETE: lambda item: m.Delete(cid=item.cid, id=item.target or 0),
    Kind.REACT: _reaction,
    Kind.UNREACT: _reaction,
    Kind.TOPIC: lambda item: m.SetTopic(cid=item.cid, room=item.to, topic=item.body),
}

_EVENT: dict[Kind, type[m.Event]] = {
    Kind.MESSAGE: m.Message,
    Kind.ACT: m.Message,
    Kind.EDIT: m.Edited,
    Kind.DELETE: m.Deleted,
    Kind.REACT: m.Reacted,
    Kind.UNREACT: m.Reacted,
    Kind.TOPIC: m.Topic,
}
