"""What a plain peer is told of each event, in the server's language, and nothing else. Sans-I/O."""

from collections.abc import Callable
from typing import Any

from chat import messages as m
from chat.deeds import done, sent_out
from chat.doors.commands import ANSWER
from chat.doors.talk import Talk
from chat.sentences import fault, freshness, named, reason
from chat.text import Kind, safe
from chat.words import n, t

INDENT = "    "
"""Before every line of a body but its first, which therefore looks like no other message."""


def told(talk: Talk, event: m.Event) -> str:
    """The lines for an event, ending with a line feed; empty if the peer need not hear of it.

    Whatever a name, a body or a topic holds, this does not raise: the hub calls it on behalf of a whole room.
    """
    tell = _TABLE.get(type(event))
    text = tell(talk, event) if tell is not None else ""
    return f"{text}\n" if text else ""


def _welcome(talk: Talk, event: m.Welcome) -> str:
    talk.user, talk.room, talk.lobby = event.user, event.rooms[0].name, event.rooms[0].name
    hint = t(
        "You are {user}, in {room}. Write and press ENTER; /help shows what there is, #sair leaves.",
        user=safe(event.user, Kind.NAME),
        room=safe(event.rooms[0].name, Kind.NAME),
    )
    return "\n".join((t("Connected."), hint))


def _message(talk: Talk, event: m.Message) -> str:
    """`<ana> oi`, as the original programs wrote it; what stands before the `<` is never another user's."""
    to_me = event.to == f"@{talk.user}"
    if event.from_ == talk.user and not to_me:
        return ""  # it stands on the screen already, where it was typed
    where = ""
    if event.to.startswith("@"):
        where = t("(private)") + " "
    elif event.to != talk.room:
        where = f"[{safe(event.to, Kind.NAME)}] "
    body = safe(event.body, Kind.BLOCK).replace("\n", f"\n{INDENT}")
    return f"{where}<{safe(event.from_, Kind.NAME)}> {body}"


def _joined(talk: Talk, event: m.Joined) -> str:
    room, count = safe(event.room, Kind.NAME), len(event.users) + event.more
    if event.ref == ANSWER:
        talk.room = event.room
        topic = safe(event.topic, Kind.LINE) if isinstance(event.topic, str) else ""
        return t("What you write goes to {room} now.", room=room) + (f" {topic}" if topic else "")
    if not event.users:
        return ""
    who = named(event.users, event.more)
    return n("{who} came into {room}.", "{who} came into {room}.", count, who=who, room=room)


def _left(talk: Talk, event: m.Left) -> str:
    room, count = safe(event.room, Kind.NAME), len(event.users) + event.more
    if event.why and talk.user in event.users:
        talk.room = talk.lobby if event.room == talk.room else talk.room
        return sent_out(event.room, event.why, event.by)
    if event.ref == ANSWER:
        talk.room = talk.lobby if event.room == talk.room else talk.room
        return t("What you write goes to {room} now.", room=safe(talk.room, Kind.NAME))
    if not event.users:
        return ""
    who = named(event.users, event.more)
    return n("{who} went out of {room}.", "{who} went out of {room}.", count, who=who, room=room)


def _moderated(talk: Talk, event: m.Moderated) -> str:
    return f"{safe(event.room, Kind.NAME)}: {done(event.by, event.did, event.user, event.what)}."


def _rooms(talk: Talk, event: m.RoomList) -> str:
    lines = [t("Rooms:")]
    for room in event.rooms:
        count = n("{n} person", "{n} people", room.members)
        topic = f" — {safe(room.topic, Kind.LINE)}" if room.topic else ""
        lines.append(f"{safe(room.name, Kind.NAME)} ({count}){topic}")
    return "\n".join(lines + _more(event.more))


def _who(talk: Talk, event: m.Members) -> str:
    room = safe(event.room, Kind.NAME) if isinstance(event.room, str) else ""
    count = n("{n} person in {room}:", "{n} people in {room}:", len(event.users), room=room)
    names = ", ".join(safe(user, Kind.NAME) for user in event.users)
    return "\n".join([f"{count} {names}", *_more(event.more)])


def _more(more: bool) -> list[str]:
    return [t("(and more)")] if more else []


def _stale(talk: Talk, event: m.Stale) -> str:
    return freshness(event.on)


def _bye(talk: Talk, event: m.ByeEvent) -> str:
    return t("Disconnected: {why}.", why=reason(event.reason))


def _error(talk: Talk, event: m.Error) -> str:
    if event.cid is not None:
        return t("Not sent: {why}.", why=fault(event.why or event.code))
    return t("That did not work: {why}.", why=fault(event.why or event.code))


_TABLE: dict[type[m.Event], Callable[[Talk, Any], str]] = {
    m.Welcome: _welcome,
    m.Message: _message,
    m.Joined: _joined,
    m.Left: _left,
    m.Moderated: _moderated,
    m.RoomList: _rooms,
    m.Members: _who,
    m.Stale: _stale,
    m.ByeEvent: _bye,
    m.Error: _error,
}
