"""The table of rights, walked over a server: every request, in every kind of room, by whoever there is."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from chat import messages as m
from chat.bounds import FOREVER, Rank, RoomKind
from chat.history.base import Draft, pair
from chat.hub.people import Room, User
from chat.hub.rights import ANYWHERE, OTHERS, RIGHTS, Kind, Role, judged
from chat.hub.standing import Standing
from tests.fake_history import FakeHistory
from tests.keys import Key
from tests.peer import Peer, Said
from tests.servers import Running, Start

ROOM = "#sala"
KINDS = {
    Kind.OPEN: RoomKind.PUBLIC,
    Kind.PUBLIC: RoomKind.PUBLIC,
    Kind.PRIVATE: RoomKind.PRIVATE,
    Kind.ANNOUNCEMENT: RoomKind.ANNOUNCEMENT,
}
RANKS = {Role.OWNER: Rank.OWNER, Role.MODERATOR: Rank.MODERATOR}
AWAY = {Role.STRANGER, Role.BANNED}
OWNER, OUT, SILENT = "k-owner", "k-out", "k-silent"


class Scene:
    """A server with a room, somebody who asks, and somebody it is done to; put back before each request."""

    def __init__(self, running: Running, peer: Peer, name: str, kind: Kind, role: Role) -> None:
        self.hub = running.server.core.hub
        assert isinstance(running.server.history, FakeHistory)
        self.history = running.server.history
        self.peer, self.kind, self.role = peer, kind, role
        self.me, self.other = self._user(name), self._user("alvo")
        self.ids = count()

    @classmethod
    async def set(cls, start: Start, kind: Kind, role: Role) -> "Scene":
        running = await start(FakeHistory())
        await Key().hello(running.port, "alvo", rooms=[ROOM])
        guest = role is Role.GUEST
        peer = await Peer.hello(running.port, "eu") if guest else await Key().hello(running.port, "eu")
        return cls(running, peer, "eu", kind, role)

    @property
    def room(self) -> Room:
        return self.hub.rooms[ROOM]

    def put_back(self) -> None:
        """The law and who is there, as this kind and role want it."""
        law = self.room.law
        for place in list(law.standings):
            law.put(place, None)
        law.settle(KINDS[self.kind], 0)
        if self.kind is not Kind.OPEN:
            law.put(OWNER, Standing("dona", Rank.OWNER))
        law.put(OUT, Standing("fora", banned=FOREVER))
        law.put(SILENT, Standing("mudo", muted=FOREVER))
        law.put(self.other.identity, Standing("alvo", Rank.MEMBER))
        self.hub.operators.clear()
        self._become()
        self._go(self.other, here=True)
        self._go(self.me, here=self.role not in AWAY)

    def _become(self) -> None:
        if self.role is Role.OPERATOR:
            self.hub.operators.add(self.me.identity)
        rank = RANKS.get(self.role, Rank.MEMBER if self.kind is Kind.PRIVATE else None)
        banned = FOREVER if self.role is Role.BANNED else None
        if self.role is Role.OWNER:
            self.room.law.put(OWNER, None)
        standing = Standing("eu", None if self.role in AWAY else rank, banned)
        self.room.law.put(self.me.identity, None if standing.empty else standing)

    def _go(self, user: User, *, here: bool) -> None:
        for member in user.members:
            if here:
                self.hub.join(member, self.room)
            elif ROOM in member.rooms:
                self.hub.leave(member, self.room, 0.0)

    def said_by(self, user: User, *, to: User | None = None) -> int:
        """The id of a new message in the room, or in the talk of two."""
        readers = () if to is None else (user.identity, to.identity)
        conversation = ROOM if to is None else pair(user.identity, to.identity)
        draft = Draft(conversation, "~x", f"x{next(self.ids)}", ROOM, "x", 1, "oi", readers, user.identity)
        outcome = self.history.place(draft)
        self.history.head = len(self.history.entries)
        return outcome.entry.id

    async def ask(self, **request: Any) -> Said:
        """Ask, and the direct answer."""
        ref = f"r{next(self.ids)}"
        self.peer.say(ref=ref, **request)
        while True:
            heard = await self.peer.hear()
            assert heard is not None
            if heard.get("ref") == ref:
                return heard

    def _user(self, name: str) -> User:
        user = self.hub.people.named(name)
        assert user is not None
        return user


Asked = Callable[[Scene], Said]


def over(tag: str, user: str = "alvo", **more: Any) -> Asked:
    return lambda scene: {"type": tag, "room": ROOM, "user": user, **more}


def about(tag: str, **more: Any) -> Asked:
    return lambda scene: {"type": tag, "room": ROOM, **more}


def changing(tag: str, *, mine: bool = True, **more: Any) -> Asked:
    def asked(scene: Scene) -> Said:
        id = scene.said_by(scene.me if mine else scene.other)
        return {"type": tag, "id": id, "cid": f"c{id}", **more}

    return asked


ASKED: dict[type[m.Request], Asked] = {
    m.Send: lambda scene: {"type": "send", "to": ROOM, "body": "oi", "cid": f"s{next(scene.ids)}"},
    m.Edit: changing("edit", body="ah"),
    m.Delete: changing("delete"),
    m.React: changing("react", emoji="👍"),
    m.SetTopic: lambda scene: {"type": "topic", "room": ROOM, "topic": "t", "cid": f"t{next(scene.ids)}"},
    m.Search: about("search", text="oi"),
    m.Leave: about("leave"),
    m.Join: about("join"),
    m.History: about("history"),
    m.Who: about("who"),
    m.Invite: over("invite"),
    m.Kick: over("kick"),
    m.Ban: over("ban", seconds=60),
    m.Unban: over("unban", "fora"),
    m.Mute: over("mute"),
    m.Unmute: over("unmute", "mudo"),
    m.Slow: about("slow", seconds=5),
    m.SetRole: over("role", role="moderator"),
    m.SetKind: about("kind", kind="private"),
    m.Roster: about("roster"),
    m.Log: about("log"),
}
"""How each request that names a room, or something said there, is asked."""
ASKED_OF_OTHERS = {
    m.Edit: changing("edit", mine=False, body="ah"),
    m.Delete: changing("delete", mine=False),
}


def test_every_request_has_a_row() -> None:
    """A request that the vocabulary knows and the table does not, or that is not walked, fails here."""
    assert RIGHTS.keys() | ANYWHERE == m.REQUESTS
    assert not RIGHTS.keys() & ANYWHERE
    assert ASKED.keys() | {m.Rooms} == RIGHTS.keys()
    assert ASKED_OF_OTHERS.keys() == OTHERS.keys()


def test_only_what_cannot_be_is_left_out() -> None:
    """Each row answers for each role in each kind of room, but for the owner of a room that nobody owns."""
    for row in (*RIGHTS.values(), *OTHERS.values()):
        for kind in KINDS:
            for role in Role:
                left_out = kind is Kind.OPEN and role is Role.OWNER
                assert (row.letter(kind, role) == ".") == left_out


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("kind", KINDS)
async def test_the_table_is_what_the_server_does(start: Start, kind: Kind, role: Role) -> None:
    """Each request of the table, asked of a server, is answered as the table says."""
    if kind is Kind.OPEN and role is Role.OWNER:
        role = Role.MODERATOR  # nobody owns it
    scene = await Scene.set(start, kind, role)
    for asked, others in ((ASKED, False), (ASKED_OF_OTHERS, True)):
        for request, make in asked.items():
            scene.put_back()
            answer = await scene.ask(**make(scene))
            expected = judged(request, kind, role, others=others)
            assert answer.get("code") == expected, (request, others, answer)
    scene.put_back()
    listed = [room["name"] for room in (await scene.ask(type="rooms"))["rooms"]]
    assert (ROOM in listed) == (judged(m.Rooms, kind, role) is None)


@pytest.mark.parametrize("kind", KINDS)
async def test_who_is_muted_is_heard_nowhere(start: Start, kind: Kind) -> None:
    """Of all that the table allows a member, what speaks is refused to whoever is muted, and nothing else."""
    scene = await Scene.set(start, kind, Role.MEMBER)
    for request, make in ASKED.items():
        scene.put_back()
        if judged(request, kind, Role.MEMBER) is None:
            before = scene.room.law.standings.get(scene.me.identity, Standing("eu"))
            scene.room.law.put(scene.me.identity, Standing("eu", before.role, muted=FOREVER))
            answer = await scene.ask(**make(scene))
            expected = ("not_allowed", "muted") if RIGHTS[request].speaks else (None, None)
            assert (answer.get("code"), answer.get("why")) == expected, request


@pytest.mark.parametrize("role", [Role.MEMBER, Role.GUEST, Role.STRANGER])
async def test_talks(start: Start, role: Role) -> None:
    """In a private talk the two may do what the table says; to anybody else it does not exist."""
    scene = await Scene.set(start, Kind.OPEN, Role.GUEST if role is Role.GUEST else Role.MEMBER)
    third = User(scene.other.name, "k-third", "k-third")
    one = third if role is Role.STRANGER else scene.me
    for request, others in [
        (m.Edit, False),
        (m.Edit, True),
        (m.Delete, False),
        (m.Delete, True),
        (m.React, True),
    ]:
        author, to = (scene.other, one) if others else (one, scene.other)
        id = scene.said_by(author, to=to)
        members = {"body": "ah"} if request is m.Edit else {"emoji": "👍"} if request is m.React else {}
        tag = str(request.__struct_config__.tag)
        answer = await scene.ask(type=tag, id=id, cid=f"c{id}", **members)
        assert answer.get("code") == judged(request, Kind.TALK, role, others=others), (request, others)
    if role is not Role.STRANGER:
        asked: list[tuple[type[m.Request], Said]] = [
            (m.Send, {"type": "send", "to": "@alvo", "body": "oi", "cid": "p"}),
            (m.History, {"type": "history", "with": "alvo"}),
            (m.Search, {"type": "search", "with": "alvo", "text": "oi"}),
        ]
        for request, members in asked:
            assert (await scene.ask(**members)).get("code") == judged(request, Kind.TALK, role)


@pytest.mark.parametrize("role", [Role.STRANGER, Role.BANNED])
async def test_what_is_hidden_looks_like_what_is_not(start: Start, role: Role) -> None:
    """Whatever is asked of a private room by who may not see it is answered as for a room there is not.

    But to enter: that makes the one and is refused by the other, as with a name that somebody has.
    """
    scene = await Scene.set(start, Kind.PRIVATE, role)
    for request, make in ASKED.items():
        scene.put_back()
        asked = make(scene)
        other = {key: "#nada" if value == ROOM else value for key, value in asked.items()}
        other = {**other, "id": 999_999} if "id" in asked else other
        if request is not m.Join:
            hidden, nothing = await scene.ask(**asked), await scene.ask(**other)
            assert {**hidden, "ref": "", "cid": ""} == {**nothing, "ref": "", "cid": ""}
