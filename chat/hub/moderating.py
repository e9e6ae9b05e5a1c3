"""What those with rights do in a room: a plan becomes law, and law is done at once."""

from contextlib import suppress
from typing import Any

from chat import messages as m
from chat.errors import Code, Refused, StorageFailed
from chat.framing import frame
from chat.hub.core import Core
from chat.hub.people import Room, User
from chat.hub.permits import lobby, permit, role
from chat.hub.plans import Doer, Plan, planned
from chat.hub.rights import Role
from chat.hub.rooms import amend
from chat.hub.seat import Seat
from chat.hub.speaking import joined_room
from chat.limits.counters import Limit
from chat.registry.base import Conflict, Deed


async def moderate(seat: Seat, asked: Any) -> None:
    """Do what is asked, durably, before anybody is told; raises Refused, StorageFailed."""
    core, me = seat.core, seat.member.user
    while seat.welcomed:
        room = joined_room(seat, asked.room)
        permit(seat, type(asked), room)
        doer = Doer(role(core, me, seat.link.host, room), me.name.shown, seat.member)
        if isinstance(asked, m.Invite) and not seat.free:
            _count(core, me)
        plan = planned(core, room, doer, asked)
        try:
            await enact(core, room, doer, plan)
        except Conflict:  # changed at the same moment: judge and plan anew
            continue
        event = _event(room, doer, plan)
        event.ref = asked.ref
        if seat.welcomed:
            seat.answer(event)
        return


async def enact(core: Core, room: Room, doer: Doer, plan: Plan) -> None:
    """Make a plan law; when this returns it is kept, done and told, but to whom it was asked by.

    Raises Conflict, StorageFailed. Nothing that was said against it appears after anybody is told: what is
    being stored at this moment is waited for, what is not is not stored any more.
    """
    deed = Deed(room.key, core.now(), doer.name, plan.did, _shown(plan), plan.what)
    await amend(core, room, plan.amendment, deed)
    if plan.out:
        expel(core, room, _leavers(core, room, plan), plan.out, doer.name)
    elif plan.silent:
        for member in list(room.members):
            if plan.whom is None or member.user.owner == plan.whom.owner:
                core.hub.revoke(member, room)
    if plan.out or plan.silent:
        with suppress(StorageFailed):  # the server is closing, and tells everybody so
            await core.history.settled()
    _tell(room, doer, plan)


def expel(core: Core, room: Room, users: list[User], why: str, by: str) -> None:
    """Send users out of a room at once; out of the lobby is out of the server."""
    for user in users:
        left = m.Left(room=room.name, users=[user.name.shown], members=len(room.users), why=why, by=by)
        for member in list(user.members):
            if room is lobby(core):
                for other in list(member.rooms.values()):
                    core.hub.revoke(member, other)
                member.end(why)
            elif room.key in member.rooms:
                core.hub.expel(member, room, frame(m.encode(left)), core.clock())


def _leavers(core: Core, room: Room, plan: Plan) -> list[User]:
    """Whom a plan sends out: whoever it is done to, and who comes from an address that it bans."""
    addresses = any(place.startswith("=") for place in plan.amendment.standings)
    return [
        user
        for user in list(room.users)
        if (plan.whom is not None and user.owner == plan.whom.owner)
        or (addresses and any(role(core, user, member.host, room) is Role.BANNED for member in user.members))
    ]


def _tell(room: Room, doer: Doer, plan: Plan) -> None:
    """Tell the room, and who is invited; the doer's own session has it as an answer."""
    notice = frame(m.encode(_event(room, doer, plan)))
    for member in room.members:
        if member is not doer.member:
            member.outbox.say(notice)
    if plan.told and plan.whom is not None:
        for member in plan.whom.members:
            if room.key not in member.rooms:
                member.outbox.say(notice)


def _event(room: Room, doer: Doer, plan: Plan) -> m.Moderated:
    return m.Moderated(room=room.name, by=doer.name, did=plan.did, user=_shown(plan), what=plan.what)


def _shown(plan: Plan) -> str:
    return plan.whom.name.shown if plan.whom is not None else ""


def _count(core: Core, me: User) -> None:
    """Invitations are heard by people: they count as messages do."""
    wait = core.sends.draw(me.owner, core.clock())
    if wait:
        core.counters.count(Limit.MESSAGES)
        raise Refused(Code.SLOW_DOWN, wait=int(wait * 1_000) + 1)
