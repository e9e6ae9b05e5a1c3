"""How a conversation opens: a name, an identity, the rooms asked for, and the welcome."""

from contextlib import suppress

from chat import messages as m
from chat import proof
from chat.errors import Code, Refused, StorageFailed
from chat.hub import tokens
from chat.hub.login import answered, challenge, may_have
from chat.hub.notices import info
from chat.hub.people import GUEST, Room, User
from chat.hub.permits import make_room_for, may
from chat.hub.rooms import find_or_make
from chat.hub.seat import Seat
from chat.limits.counters import Limit
from chat.names import Name, room_name, user_name
from chat.registry import owners
from chat.registry.admission import admit, guests_welcome

FEATURES = ["history", "resume", "private", "changes", "search", "identity", "moderation"]


async def hello(seat: Seat, hello: m.Hello) -> None:
    """Welcome a guest, or ask whoever shows a key to prove it.

    Raises Refused: `bad_version`, `bad_name`, `name_taken`, `no_guests`, `bad_room`, `too_many_rooms`,
    `banned` (kept out of the lobby), `storage_failed`, and what `challenge` does.
    """
    seat.asked = None
    if hello.version != m.VERSION or isinstance(hello.version, bool):
        raise Refused(Code.BAD_VERSION)
    options = seat.core.options
    name = user_name(hello.user or "", reserved=frozenset({options.name}))
    if len(set(map(_room_key, hello.rooms or [])) | {_room_key(options.lobby)}) > options.max_rooms_each:
        raise Refused(Code.TOO_MANY_ROOMS)
    if hello.key is not None:
        challenge(seat, hello, name)
        return
    if not (options.guests and guests_welcome(seat.core.registry)):
        raise Refused(Code.NO_GUESTS)
    await _enter(seat, hello, name, None)


async def prove(seat: Seat, prove: m.Prove) -> None:
    """Welcome whoever has proven a key; a name that was free is theirs from here on.

    Raises Refused: what `answered` does, `registration_closed`, `not_invited`, `name_taken`,
    `too_many_rooms`, `too_many_sessions`, `banned`, `storage_failed`.
    """
    asked = answered(seat, prove)
    core, key = seat.core, asked.hello.key or ""
    identity = proof.identity(key, asked.name.key)
    may_have(core, asked.name, key)  # somebody may have come while the proof was made
    if owners.owner(core.registry, asked.name) is None:
        await admit(core.registry, asked.hello.invite, identity)
    owned = await owners.claim(core.registry, asked.name, key, core.now())
    await _enter(seat, asked.hello, user_name(owned.name), identity)


async def _enter(seat: Seat, hello: m.Hello, name: Name, identity: str | None) -> None:
    """Make the rooms, then a session, and welcome; `identity` None: a guest."""
    core = seat.core
    maker = User(name, identity or GUEST, identity or f"~{name.key}")
    wanted = (core.options.lobby, *(hello.rooms or []))
    rooms = [await find_or_make(core, room, maker, seat.link.host, free=seat.free) for room in wanted]
    await _come_level(seat, hello)
    # From here on nothing waits: of two that ask for one name at the same moment one gets it.
    if seat.link.closing:
        return
    token = tokens.verify(core.secret, hello.session, name.key) if hello.session else None
    user = _guest(seat, name, token) if identity is None else _owner(seat, name, identity, token)
    open_ones = [room for room in rooms if may(core, user, seat.link.host, m.Join, room)]
    if rooms[0] not in open_ones:
        raise Refused(Code.BANNED)
    session = core.new_id()
    outbox = seat.occupy(user, session)
    for room in open_ones:
        _join(seat, room)
    seat.answer(_welcome(seat, hello, tokens.issue(core.secret, user.identity, session, name.key)))
    if core.hub.stale:
        seat.answer(m.Stale())
    if hello.after is not None and not _foreign(seat, hello):
        outbox.fall_behind(hello.after)
    core.console.entered(name.shown, seat.link.address, guest=user.guest)


async def _come_level(seat: Seat, hello: m.Hello) -> None:
    """Wait until what this client was shown, on another node perhaps, is known here too.

    Without it the welcome would say that what they keep is of another history, and give it again.
    Raises Refused where this node cannot know now whether there was such a message.
    """
    history = seat.core.history
    if hello.after is None or hello.log not in (None, history.log):
        return
    try:
        await history.reach(hello.after)
    except StorageFailed:
        raise Refused(Code.STORAGE_FAILED, "behind") from None


def _join(seat: Seat, room: Room) -> None:
    """Let a session into a room it asked for in its hello, unless that is full."""
    with suppress(Refused):
        make_room_for(seat.core, seat.member, room)
        seat.core.hub.join(seat.member, room)


def _guest(seat: Seat, name: Name, token: tuple[str, str] | None) -> User:
    """Who may have this name for as long as they stay; an earlier conversation of theirs is replaced."""
    core = seat.core
    if owners.is_owned(core.registry, name):
        raise Refused(Code.NAME_TAKEN)
    proven = token[0] if token is not None and token[0].startswith(GUEST) else None
    if token is not None and proven:
        core.bus.end([token[1]], "replaced")  # on another node, of which this one may not have heard yet
    holder = core.hub.people.resembling(name)
    if holder is None:
        return User(name, proven or f"{GUEST}{core.new_id()}", f"~{name.key}", core.now())
    if proven != holder.identity:
        raise Refused(Code.NAME_TAKEN)
    for member in list(holder.members):
        member.end("replaced")
    core.bus.end([session for there in holder.elsewhere.values() for session in there.sessions], "replaced")
    return holder if holder.here else User(name, holder.identity, f"~{name.key}", holder.since)


def _owner(seat: Seat, name: Name, identity: str, token: tuple[str, str] | None) -> User:
    """The owner of this name, with the other sessions there are; the one this comes back from is replaced."""
    core = seat.core
    if token is not None and token[0] == identity:
        core.bus.end([token[1]], "replaced")
    for holder in core.hub.people.all_resembling(name):
        for member in list(holder.members):
            if holder.identity != identity:
                member.end("name_taken")  # by its owner, while the guest was let in
            elif token == (identity, member.session):
                member.end("replaced")
    user = core.hub.people.identified(identity) or User(name, identity, identity)
    if len(user.members) >= core.options.max_sessions:
        core.counters.count(Limit.SESSIONS_PER_USER)
        raise Refused(Code.TOO_MANY_SESSIONS)
    return user


def _room_key(room: str) -> str:
    return room_name(room).key


def _foreign(seat: Seat, hello: m.Hello) -> bool:
    """Whether what the client has kept is of another history, or what followed it is removed by now."""
    history, head, after = seat.core.history, seat.core.hub.head, hello.after
    return after is not None and (hello.log not in (None, history.log) or not history.floor <= after <= head)


def _welcome(seat: Seat, hello: m.Hello, secret: str) -> m.Welcome:
    core, member = seat.core, seat.member
    return m.Welcome(
        ref=hello.ref,
        version=m.VERSION,
        server=core.options.name,
        user=member.user.name.shown,
        session=secret,
        log=core.history.log,
        head=core.hub.head,
        rooms=[info(room, member.user, core.hub.operators) for room in member.rooms.values()],
        max_frame=core.options.max_frame,
        max_body=core.options.max_body,
        features=FEATURES,
        reset=_foreign(seat, hello),
    )
