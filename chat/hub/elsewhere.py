"""Who is here on other nodes: what one of them says of somebody becomes so in this node's hub. Pure."""

from msgspec import Struct

from chat.hub.hub import Hub
from chat.hub.people import GUEST, Presence, User
from chat.names import user_name


class Seen(Struct, frozen=True, omit_defaults=True):
    """One identity on one node, as that node says it: see User and Presence; without sessions it is gone.

    `linger` is for how many seconds nobody need be told that they went: they may be on their way elsewhere.
    """

    identity: str
    name: str
    since: int = 0
    sessions: dict[str, str] = {}
    rooms: list[str] = []
    linger: float = 0.0


def seen(user: User, linger: float) -> Seen:
    """What is said of a user's sessions on this node."""
    return Seen(
        user.identity,
        user.name.shown,
        user.since,
        {member.session: member.host for member in user.members},
        sorted({key for member in user.members for key in member.rooms}),
        linger,
    )


def learn(hub: Hub, node: str, told: Seen, now: float) -> None:
    """Let what a node says of somebody be so; rooms are told of who came and went.

    Of two guests who took one name, or two that look alike, on two nodes at once the one who was later, as
    every node finds, is sent off by its own.
    """
    user = hub.people.identified(told.identity)
    if user is None:
        if not told.sessions:
            return
        name = user_name(told.name)
        owner = f"~{name.key}" if told.identity.startswith(GUEST) else told.identity
        user = User(name, told.identity, owner, told.since)
    presence = Presence(told.sessions, frozenset(told.rooms)) if told.sessions else Presence()
    before = user.settle(node, presence if presence.sessions else None)
    if presence.sessions:
        for loser in hub.people.put(user):
            for member in list(loser.members):
                member.end("name_taken")
    _move(hub, user, before.rooms, presence.rooms, now + told.linger)
    hub.people.drop(user)


def lose(hub: Hub, node: str, due: float) -> None:
    """A node is there no more, and nobody on it; rooms are told when due."""
    for user in list(hub.people.away):
        if node in user.elsewhere:
            before = user.settle(node, None)
            _move(hub, user, before.rooms, frozenset(), due)
            hub.people.drop(user)


def _move(hub: Hub, user: User, before: frozenset[str], after: frozenset[str], due: float) -> None:
    """Rooms that nobody here knows yet are made up for when they are opened."""
    for key in before - after:
        room = hub.rooms.get(key)
        if room is not None and room.go(user):
            hub.notices.left(room, user, due)
    for key in after - before:
        room = hub.rooms.get(key)
        if room is not None and room.come(user):
            hub.notices.joined(room, user)
