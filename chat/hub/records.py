"""What those with rights may read of a room: who has what standing, and what was done."""

import heapq

from chat import messages as m
from chat.hub.people import Room
from chat.hub.permits import permit
from chat.hub.seat import Seat
from chat.hub.speaking import joined_room
from chat.hub.standing import Standing, running
from chat.names import fold, user_name
from chat.registry.base import Deed

_WIDEST = 512
"""Bytes of one line of a page, at most: two names of 32 characters of 4 bytes, and a topic cut short."""
_TOPIC = 64


def roster(seat: Seat, asked: m.Roster) -> None:
    """Who has a standing in a room, in pages ordered by name."""
    room = joined_room(seat, asked.room)
    permit(seat, m.Roster, room)
    found = standings(room, seat.core.now())
    after = user_name(asked.after).key if asked.after else ""
    most = _most(seat)
    keys = heapq.nsmallest(most + 1, (key for key in found if key > after))
    seat.answer(
        m.RosterPage(
            ref=asked.ref,
            room=room.name,
            kind=room.law.kind,
            slow=room.law.slow,
            standings=[found[key] for key in keys[:most]],
            more=len(keys) > most,
        )
    )


def standings(room: Room, now: int) -> dict[str, m.StandingInfo]:
    """Everybody's standing in a room, by folded name; a ban that has run out is none."""
    found: dict[str, m.StandingInfo] = {}
    for place, standing in room.law.standings.items():
        info = found.setdefault(fold(standing.name), m.StandingInfo(standing.name))
        _add(info, place, standing, now)
    return {key: info for key, info in found.items() if info != m.StandingInfo(info.user)}


def _add(info: m.StandingInfo, place: str, standing: Standing, now: int) -> None:
    banned, muted = running(standing.banned, now), running(standing.muted, now)
    info.role = standing.role or info.role
    info.banned = info.banned if banned is None else banned
    info.muted = info.muted if muted is None else muted
    info.address = info.address or (place.startswith("=") and banned is not None)


async def log(seat: Seat, asked: m.Log) -> None:
    """What was done in a room, newest page first, each in the order in which it was done."""
    room = joined_room(seat, asked.room)
    permit(seat, m.Log, room)
    most = min(asked.limit, seat.core.options.page, _most(seat))
    deeds = await seat.core.registry.deeds(room.key, asked.before, most + 1)
    if seat.welcomed:
        permit(seat, m.Log, room)  # meanwhile it may have been taken away
        told = [_info(deed) for deed in deeds[-most:]]
        seat.answer(m.LogPage(ref=asked.ref, room=room.name, deeds=told, more=len(deeds) > most))


def _info(deed: Deed) -> m.DeedInfo:
    return m.DeedInfo(deed.number, deed.at, deed.by, deed.did, deed.whom, deed.what[:_TOPIC])


def _most(seat: Seat) -> int:
    return max(1, (seat.core.options.max_frame - 1_024) // _WIDEST)
