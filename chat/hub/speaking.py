"""What becomes an entry: something said, or a change to it, judged and submitted to the history."""

from contextlib import suppress

from chat import messages as m
from chat import proof
from chat.errors import Code, Refused
from chat.history.base import SAID, Draft, Entry, Kind, pair
from chat.hub.core import Core
from chat.hub.hub import Ticket
from chat.hub.people import Room, User
from chat.hub.permits import lobby, permit, permit_said, permit_speaking, take_turn
from chat.hub.rooms import Amendment, amend
from chat.hub.seat import Seat
from chat.hub.shown import EMOJIS
from chat.names import BadName, room_name, user_name
from chat.registry import owners
from chat.registry.base import Conflict, Deed
from chat.text import body_fault, emoji_fault, topic_fault


def send(seat: Seat, send: m.Send) -> None:
    """Submit what is said to the history; its answer is the message, once it is durable."""
    _allow(body_fault(send.body, seat.core.options.max_body))
    kind = Kind.ACT if send.act else Kind.MESSAGE
    room = seat.member.rooms.get(send.to)
    if room is None and not send.to.startswith("#"):
        draft = _private(seat, send, kind)
    else:
        room = room or joined_room(seat, send.to)
        permit_speaking(seat, room, send.cid)
        draft = _public(seat, room, send.cid, send.body, kind, send.reply)
    take_turn(seat, send.cid)
    submit(seat, draft, send.ref)


def submit(seat: Seat, draft: Draft, ref: str | None) -> None:
    """Hand a draft to the history; its outcome comes back to this seat.

    The right to it may be taken back until it is stored; in a private talk that is the right to be here.
    """
    member = seat.member
    stay = member.stays.get(draft.conversation) or member.stays[lobby(seat.core).key]
    seat.core.history.submit(draft, Ticket(member, ref, stay))
    member.in_flight += 1


async def edit(seat: Seat, edit: m.Edit) -> None:
    """Say a message of one's own in other words."""
    _allow(body_fault(edit.body, seat.core.options.max_body))
    take_turn(seat, edit.cid)
    target = await seen(seat, edit.id)
    permit_said(seat, m.Edit, target)
    submit(seat, _about(seat, target, edit.cid, edit.body, Kind.EDIT), edit.ref)


async def delete(seat: Seat, delete: m.Delete) -> None:
    """Take back a message of one's own, or with the right to it somebody else's, which is kept as a deed."""
    take_turn(seat, delete.cid)
    target = await seen(seat, delete.id)
    permit_said(seat, m.Delete, target)
    if target.author != seat.member.user.identity:
        await _keep_deletion(seat, target)
        permit_said(seat, m.Delete, await seen(seat, delete.id))
    submit(seat, _about(seat, target, delete.cid, "", Kind.DELETE), delete.ref)


async def react(seat: Seat, react: m.React) -> None:
    """Put an emoji to a message, or take it back."""
    _allow(emoji_fault(react.emoji))
    take_turn(seat, react.cid)
    target = await seen(seat, react.id)
    permit_said(seat, m.React, target)
    known = target.fold.reactions if target.fold is not None else {}
    if react.on and react.emoji not in known and len(known) >= EMOJIS:
        raise Refused(Code.NOT_ALLOWED)
    kind = Kind.REACT if react.on else Kind.UNREACT
    submit(seat, _about(seat, target, react.cid, react.emoji, kind), react.ref)


async def topic(seat: Seat, topic: m.SetTopic) -> None:
    """Say what a room is about; it is durable in the registry before anybody is told."""
    _allow(topic_fault(topic.topic))
    room = joined_room(seat, topic.room)
    permit(seat, m.SetTopic, room)
    take_turn(seat, topic.cid)
    await _keep_topic(seat, room, topic.topic)
    if seat.welcomed:
        permit(seat, m.SetTopic, room)
        submit(seat, _public(seat, room, topic.cid, topic.topic, Kind.TOPIC, None), topic.ref)


async def _keep_topic(seat: Seat, room: Room, topic: str) -> None:
    deed = Deed(room.key, seat.core.now(), seat.member.user.name.shown, "topic")
    while True:
        with suppress(Conflict):  # changed meanwhile: look again
            await amend(seat.core, room, Amendment(topic=topic), deed)
            return


async def _keep_deletion(seat: Seat, target: Entry) -> None:
    user, now = seat.member.user, seat.core.now()
    deed = Deed(target.conversation, now, user.name.shown, "delete", target.sender, str(target.id))
    await seat.core.registry.change([], deed)


async def seen(seat: Seat, id: int) -> Entry:
    """Something said that this session may see, not deleted. Raises Refused (`no_such_message`)."""
    entry = await seat.core.history.find(id)
    if entry is None or not seat.welcomed or entry.kind not in SAID or entry.damaged:
        raise Refused(Code.NO_SUCH_MESSAGE)
    member = seat.member
    may_see = entry.conversation in member.rooms or member.user.identity in entry.readers
    if not may_see or (entry.fold is not None and entry.fold.deleted):
        raise Refused(Code.NO_SUCH_MESSAGE)
    return entry


def _public(seat: Seat, room: Room, cid: str, body: str, kind: Kind, target: int | None) -> Draft:
    user = seat.member.user
    return Draft(
        room.key,
        user.owner,
        cid,
        room.name,
        user.name.shown,
        seat.core.now(),
        body,
        author=user.identity,
        kind=kind,
        target=target,
    )


def _private(seat: Seat, send: m.Send, kind: Kind) -> Draft:
    me, other = (
        seat.member.user,
        named_user(seat.core, send.to.removeprefix("@") if send.to[:1] == "@" else ""),
    )
    return Draft(
        conversation=pair(me.identity, other.identity),
        owner=me.owner,
        cid=send.cid,
        to=f"@{other.name.shown}",
        sender=me.name.shown,
        ts=seat.core.now(),
        body=send.body,
        readers=(me.identity, other.identity),
        author=me.identity,
        kind=kind,
        target=send.reply,
    )


def _about(seat: Seat, target: Entry, cid: str, body: str, kind: Kind) -> Draft:
    """A change, to be read by whoever reads what it changes."""
    user = seat.member.user
    return Draft(
        conversation=target.conversation,
        owner=user.owner,
        cid=cid,
        to=_to(user, target),
        sender=user.name.shown,
        ts=seat.core.now(),
        body=body,
        readers=target.readers,
        author=user.identity,
        kind=kind,
        target=target.id,
    )


def _to(user: User, target: Entry) -> str:
    """Where a change is said: in a private talk, to the other of the two."""
    if not target.readers or target.author == user.identity:
        return target.to
    return f"@{target.sender}"


def _allow(fault: Code | None) -> None:
    if fault is not None:
        raise Refused(fault)


def named_user(core: Core, raw: str) -> User:
    """Who has this name: somebody who is here, or its owner, who reads it later. Raises `no_such_user`."""
    try:
        name = user_name(raw)
    except BadName:
        raise Refused(Code.NO_SUCH_USER) from None
    user = core.hub.people.named(name.key)
    owned = owners.owner(core.registry, name) if user is None else None
    if owned is not None:
        identity = proof.identity(owned.key, name.key)
        user = User(user_name(owned.name), identity, identity)
    if user is None:
        raise Refused(Code.NO_SUCH_USER)
    return user


def joined_room(seat: Seat, raw: str) -> Room:
    """A room this session is in. Raises Refused (`not_in_room`)."""
    try:
        return seat.member.rooms[room_name(raw).key]
    except (KeyError, BadName):
        raise Refused(Code.NOT_IN_ROOM) from None
