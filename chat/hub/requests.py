"""The table of requests: one small function for each thing a welcomed client may ask."""

import heapq
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from chat import messages as m
from chat.errors import Code, Refused
from chat.history.base import Entry, pair
from chat.hub import speaking
from chat.hub.moderating import moderate
from chat.hub.notices import guests, info, roles, whole
from chat.hub.opening import hello, prove
from chat.hub.people import Room, User
from chat.hub.permits import UNSEEN, listed, lobby, make_room_for, permit
from chat.hub.records import log, roster
from chat.hub.rooms import find_or_make
from chat.hub.seat import Seat
from chat.hub.shown import message
from chat.hub.speaking import joined_room, named_user
from chat.limits.counters import Limit
from chat.names import room_name, user_name


def _open_room(seat: Seat, request: type[m.Request], raw: str) -> Room:
    """A room that a request may be about, whether or not the session is in it."""
    room = seat.core.hub.rooms.get(room_name(raw).key)
    if room is None:
        raise Refused(Code.NOT_ALLOWED, UNSEEN)
    permit(seat, request, room)
    return room


async def join(seat: Seat, join: m.Join) -> None:
    """Enter a room, making it if there is none; joining again changes nothing."""
    core, key = seat.core, room_name(join.room).key
    if key not in seat.member.rooms:
        room = await _entered(seat, join.room)
        if not seat.welcomed:  # it was replaced while the room was made
            return
        permit(seat, m.Join, room)
        make_room_for(core, seat.member, room)
        core.hub.join(seat.member, room)
    seat.answer(whole(seat.member, seat.member.rooms[key], join.ref, core.hub.operators))


async def _entered(seat: Seat, raw: str) -> Room:
    """A room that is to be entered, made if there is none, as often as one may."""
    core, member = seat.core, seat.member
    if len(member.rooms) >= core.options.max_rooms_each:
        core.counters.count(Limit.ROOMS_PER_USER)
        raise Refused(Code.TOO_MANY_ROOMS)
    wait = 0.0 if seat.free else core.joins.draw(member.user.owner, core.clock())
    if wait:
        core.counters.count(Limit.JOINS)
        raise Refused(Code.SLOW_DOWN, wait=int(wait * 1_000) + 1)
    return await find_or_make(core, raw, member.user, member.host, free=seat.free)


def leave(seat: Seat, leave: m.Leave) -> None:
    """Go out of a room; the lobby is never left."""
    room = joined_room(seat, leave.room)
    permit(seat, m.Leave, room)
    if room is lobby(seat.core):
        raise Refused(Code.NOT_ALLOWED)
    seat.core.hub.leave(seat.member, room, seat.core.clock())
    seat.answer(
        m.Left(ref=leave.ref, room=room.name, users=[seat.member.user.name.shown], members=len(room.users))
    )


async def history(seat: Seat, asked: m.History) -> None:
    """A page of a room's history, or of one's own private talk with a user."""
    if (asked.room is None) == (asked.with_ is None) or (
        asked.before is not None and asked.after is not None
    ):
        raise Refused(Code.BAD_MESSAGE)
    answer = m.HistoryPage(ref=asked.ref, messages=[], more=False)
    if asked.room is not None:
        room = _open_room(seat, m.History, asked.room)
        answer.room, conversation = room.name, room.key
    else:
        other = named_user(seat.core, (asked.with_ or "").removeprefix("@"))
        answer.with_, conversation = other.name.shown, pair(seat.member.user.identity, other.identity)
    await seat.link.drain()
    limit = _most(seat, asked.limit)
    page = await seat.core.history.page(conversation, before=asked.before, after=asked.after, limit=limit)
    if not seat.welcomed:
        return
    if asked.room is not None:
        _open_room(seat, m.History, asked.room)  # it may have been closed meanwhile
    answer.messages, cut = _fitting(page.entries, seat.core.options.max_frame, newest=asked.after is None)
    if cut:
        seat.core.counters.count(Limit.PAGES)
    answer.more = page.more or cut
    seat.answer(answer)


def _most(seat: Seat, wanted: int) -> int:
    """How many of the messages that are wanted one page may have."""
    most = seat.core.options.page
    if wanted > most:
        seat.core.counters.count(Limit.PAGES)
    return min(wanted, most)


def _fitting(entries: Iterable[Entry], max_frame: int, *, newest: bool) -> tuple[list[m.Message], bool]:
    """The entries that fit one frame, from the end the asker begins at; and whether any were cut."""
    messages = [message(entry) for entry in entries]
    room_left = max_frame - 1_024  # for the answer's own members: a name of 32 characters is 128 bytes
    kept: list[m.Message] = []
    for one in reversed(messages) if newest else messages:
        room_left -= len(m.encode(one)) + 1
        if room_left < 0:
            break
        kept.append(one)
    cut = len(kept) < len(messages)
    return (kept[::-1] if newest else kept), cut


async def search(seat: Seat, asked: m.Search) -> None:
    """The newest messages with all the words: of a room or a private talk, else of all one may read."""
    if asked.room is not None and asked.with_ is not None:
        raise Refused(Code.BAD_MESSAGE)
    me = seat.member.user.identity
    rooms, reader = list(seat.member.rooms), me
    if asked.room is not None:
        room = joined_room(seat, asked.room)
        permit(seat, m.Search, room)
        rooms, reader = [room.key], ""
    elif asked.with_ is not None:
        rooms, reader = [pair(me, named_user(seat.core, asked.with_.removeprefix("@")).identity)], ""
    await seat.link.drain()
    limit = _most(seat, asked.limit)
    page = await seat.core.history.search(asked.text, rooms, reader, before=asked.before, limit=limit)
    if not seat.welcomed:
        return
    # A room may have been closed meanwhile: what was found there is not told.
    told = [one for one in page.entries if one.readers or one.conversation in seat.member.rooms]
    messages, cut = _fitting(told, seat.core.options.max_frame, newest=True)
    seat.answer(m.Found(ref=asked.ref, messages=messages, more=page.more or cut))


def rooms(seat: Seat, asked: m.Rooms) -> None:
    """Which rooms there are, in pages ordered by name."""
    known, me = seat.core.hub.rooms, seat.member.user
    page = seat.core.options.rooms_page
    open_ones = (room.key for room in known.values() if listed(seat.core, me, seat.link.host, room))
    keys = _next(open_ones, room_name(asked.after).key if asked.after else "", page + 1)
    told = [info(known[key], me, seat.core.hub.operators) for key in keys[:page]]
    seat.answer(m.RoomList(ref=asked.ref, rooms=told, more=len(keys) > page))


def who(seat: Seat, asked: m.Who) -> None:
    """Who is in a room, or on the server, in pages ordered by name."""
    answer = m.Members(ref=asked.ref, users=[], more=False)
    users: Iterable[User] = seat.core.hub.people
    room = lobby(seat.core)
    if asked.room is not None:
        room = _open_room(seat, m.Who, asked.room)
        users, answer.room = room.users, room.name
    found = {user.name.key: user for user in users}
    after = user_name(asked.after).key if asked.after else ""
    # 32 characters of 4 bytes, quoted: 131 bytes a name at most, twice with a role, so that any page fits
    page = min(seat.core.options.who_page, (seat.core.options.max_frame - 1_024) // 275)
    keys = _next(found, after, page + 1)
    named = [found[key] for key in keys[:page]]
    answer.users, answer.more, answer.guests = (
        [one.name.shown for one in named],
        len(keys) > page,
        guests(named),
    )
    answer.roles = roles(room, named, seat.core.hub.operators)
    seat.answer(answer)


def _next(keys: Iterable[str], after: str, limit: int) -> list[str]:
    """The first `limit` keys above `after`, in order."""
    return heapq.nsmallest(limit, (key for key in keys if key > after))


def ping(seat: Seat, ping: m.Ping) -> None:
    seat.answer(m.PongEvent(ref=ping.ref))


def pong(seat: Seat, pong: m.Pong) -> None:
    """Nothing to do: that bytes came has been noted."""


def bye(seat: Seat, bye: m.Bye) -> None:
    """Part politely: what this session has sent is acknowledged first."""
    seat.reason = "bye"
    seat.parting = m.ByeEvent(ref=bye.ref)


Handler = Callable[[Seat, Any], Awaitable[None] | None]

HANDLERS: dict[type, Handler] = {
    m.Hello: hello,
    m.Prove: prove,
    m.Send: speaking.send,
    m.Edit: speaking.edit,
    m.Delete: speaking.delete,
    m.React: speaking.react,
    m.SetTopic: speaking.topic,
    m.Search: search,
    m.Join: join,
    m.Leave: leave,
    m.History: history,
    m.Rooms: rooms,
    m.Who: who,
    m.Invite: moderate,
    m.Kick: moderate,
    m.Ban: moderate,
    m.Unban: moderate,
    m.Mute: moderate,
    m.Unmute: moderate,
    m.SetRole: moderate,
    m.SetKind: moderate,
    m.Slow: moderate,
    m.Roster: roster,
    m.Log: log,
    m.Ping: ping,
    m.Pong: pong,
    m.Bye: bye,
}
"""What answers each request. What a handler raises, the session tells the peer."""
