"""What those with rights do in a room: a plan becomes law, and law is done at once."""

from contextlib import suppress
from typing import Any

from msgspec import Struct

from chat import messages as m
from chat.bounds import Rank
from chat.errors import Code, Refused, StorageFailed
from chat.framing import frame
from chat.hub.core import Core
from chat.hub.people import Member, Room, User
from chat.hub.permits import lobby, permit, role
from chat.hub.plans import Doer, Plan, planned
from chat.hub.rights import Role
from chat.hub.rooms import amend
from chat.hub.seat import Seat
from chat.hub.speaking import joined_room
from chat.limits.counters import Limit
from chat.names import fold
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
        if seat.welcomed:
            told = m.Moderated(room=room.name, by=doer.name, did=plan.did, user=_shown(plan), what=plan.what)
            told.ref = asked.ref
            seat.answer(told)
        return


async def enact(core: Core, room: Room, doer: Doer, plan: Plan) -> None:
    """Make a plan law; when this returns it is kept, done and told, but to whom it was asked by.

    Raises Conflict, StorageFailed. Nothing that was said against it appears after anybody here is told: what
    is being stored at this moment is waited for, what is not is not stored any more.
    """
    deed = Deed(room.key, core.now(), doer.name, plan.did, _shown(plan), plan.what)
    await amend(core, room, plan.amendment, deed)  # and carried out, as on every node
    await _tell(core, room, deed, doer.member)


def carry_out(core: Core, room: Room, deed: Deed) -> None:
    """Do what was decided to who is here: send them out, or see to it that they are silent."""
    effect = _effect(deed)
    if effect.out:
        _expel(core, room, _leavers(core, room, deed), effect.out, deed.by)
    elif effect.silent:
        whom = fold(deed.whom)
        for member in list(room.members):
            if not whom or member.user.name.key == whom:
                core.hub.revoke(member, room)


async def tell_later(core: Core, room: Room, deed: Deed) -> None:
    """Tell who is here what was done on another node. Cancellation: they are not told."""
    if deed.did not in _SAID:
        await _tell(core, room, deed, None)


class _Effect(Struct, frozen=True):
    """What follows from a deed: for what they have to go, whether they are silent, who is told elsewhere."""

    out: str = ""
    silent: bool = False
    told: bool = False


_NONE = _Effect()
_EFFECTS = {
    "kick": _Effect(out="kicked"),
    "ban": _Effect(out="banned"),
    "close": _Effect(out="closed"),
    "mute": _Effect(silent=True),
    "kind": _Effect(silent=True),
    f"role {Rank.MEMBER}": _Effect(silent=True),
    "invite": _Effect(told=True),
}

_SAID = frozenset({"topic", "delete"})
"""What comes along the history, and would be told twice."""


def _effect(deed: Deed) -> _Effect:
    return _EFFECTS.get(deed.did) or _EFFECTS.get(f"{deed.did} {deed.what}") or _NONE


def _expel(core: Core, room: Room, users: list[User], why: str, by: str) -> None:
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


def _leavers(core: Core, room: Room, deed: Deed) -> list[User]:
    """Whom a deed sends out: whoever it is done to, and who comes from an address that is banned."""
    if deed.did == "close":
        return list(room.users)
    whom, addresses = fold(deed.whom), deed.what.endswith("address")
    return [
        user
        for user in list(room.users)
        if user.name.key == whom
        or (addresses and any(role(core, user, member.host, room) is Role.BANNED for member in user.members))
    ]


async def _tell(core: Core, room: Room, deed: Deed, doer: Member | None) -> None:
    """Tell the room, and who is invited, once nothing comes any more of what was said against it.

    The doer's own session has it as an answer.
    """
    effect, notice = _effect(deed), frame(m.encode(_event(room, deed)))
    if effect.out or effect.silent:
        with suppress(StorageFailed):  # the server is closing, and tells everybody so
            await core.history.settled()
    whom = core.hub.people.named(fold(deed.whom)) if effect.told else None
    elsewhere = [member for member in whom.members if room.key not in member.rooms] if whom else []
    for member in [*room.members, *elsewhere]:
        if member is not doer:
            member.outbox.say(notice)


def _event(room: Room, deed: Deed) -> m.Moderated:
    return m.Moderated(room=room.name, by=deed.by, did=deed.did, user=deed.whom, what=deed.what)


def _shown(plan: Plan) -> str:
    return plan.whom.name.shown if plan.whom is not None else ""


def _count(core: Core, me: User) -> None:
    """Invitations are heard by people: they count as messages do."""
    wait = core.sends.draw(me.owner, core.clock())
    if wait:
        core.counters.count(Limit.MESSAGES)
        raise Refused(Code.SLOW_DOWN, wait=int(wait * 1_000) + 1)
