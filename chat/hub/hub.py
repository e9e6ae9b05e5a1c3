"""The hub: rooms, the people in them, and the road of each committed batch to every live member.

Nothing here waits: no `await`, no I/O, no clock. An outbox takes what it is given or falls behind.
"""

import itertools
from collections.abc import Callable, Collection, Iterable, Sequence

from chat import messages as m
from chat.bounds import RoomKind
from chat.errors import SENTENCES, Code
from chat.framing import frame
from chat.history.base import Entry, Failure, Kind, Outcome
from chat.hub.fanout import Own, Talk, spread
from chat.hub.notices import Notices
from chat.hub.people import Member, People, Room, Stay, User
from chat.hub.shown import event
from chat.limits.options import Options
from chat.names import Name


class Ticket:
    """Whose send it was, by what right, and the `ref` it came with."""

    __slots__ = ("_stay", "member", "ref")

    def __init__(self, member: Member, ref: str | None, stay: Stay) -> None:
        self.member = member
        self.ref = ref
        self._stay = stay

    @property
    def void(self) -> bool:
        """Whether the right was taken back. Asked in the history's thread, too."""
        return self._stay.void


class Hub:
    """Everything that is only true while the server runs."""

    def __init__(self, options: Options, head: int) -> None:
        self.options = options
        self.head = head
        """The highest id that live members have been given."""
        self.people = People()
        self.rooms: dict[str, Room] = {}
        self.operators: set[str] = set()
        """Identities with an owner's rights."""
        self.stale = False
        """What is shown may be old: this server is cut off from the others of its cluster."""
        self.notices = Notices(options, self.operators)
        self.moved: Callable[[User, float], None] = _alone
        """Called when a session of a user comes, goes, or changes rooms; rooms are told of it when due."""

    def level(self) -> int:
        """The highest id that live members have been given."""
        return self.head

    def open_room(self, name: Name) -> Room:
        """The room of this name, made if it is new."""
        room = self.rooms.get(name.key)
        if room is None:
            room = self.rooms[name.key] = Room(name.key, name.shown)
            for user in self.people.away:
                for presence in user.elsewhere.values():
                    if room.key in presence.rooms:  # another node knew it first
                        room.come(user)
        return room

    def enter(self, member: Member) -> None:
        """Let a session in, into no room yet."""
        self.people.add(member)
        self.moved(member.user, 0.0)

    def depart(self, member: Member, due: float) -> None:
        """Let a session out of everything; its rooms are told at `due` (the notices' clock)."""
        for room in list(member.rooms.values()):
            self.leave(member, room, due)
        self.people.remove(member)
        self.moved(member.user, due)

    def join(self, member: Member, room: Room) -> None:
        """Let a member into a room; harmless if it is in."""
        if room.key not in member.rooms and room.add(member):
            self.notices.joined(room, member.user)
        self.moved(member.user, 0.0)

    def leave(self, member: Member, room: Room, due: float) -> None:
        """Let a member out of a room."""
        if room.remove(member):
            self.notices.left(room, member.user, due)
        self.moved(member.user, due)

    def revoke(self, member: Member, room: Room) -> None:
        """What a member has said there, and is not stored yet, is not stored any more."""
        member.stays[room.key].void = True
        member.stays[room.key] = Stay()

    def expel(self, member: Member, room: Room, parting: bytes, now: float) -> None:
        """Let a member out at once: it is told why in `parting`, and nothing more of the room."""
        self.revoke(member, room)
        self.leave(member, room, now)
        member.outbox.forget()
        member.outbox.say(parting)

    def committed(self, outcomes: Sequence[Outcome], head: int) -> None:
        """Give a batch that is durable now to everybody who is live and may see it."""
        talks: dict[str, Talk] = {}
        own: Own = {}
        repeats = []
        for place, outcome in enumerate(outcomes):
            entry = outcome.entry
            if not outcome.first:
                repeats.append(outcome)
                continue
            talk = talks.get(entry.conversation)
            if talk is None:
                talk = talks[entry.conversation] = Talk(self._readers(entry))
            if entry.kind is Kind.TOPIC and entry.conversation in self.rooms:
                self.rooms[entry.conversation].topic = entry.body
            talk.places.append(place)
            talk.frames.append(frame(m.encode(event(entry))))
            ticket = outcome.ticket
            if type(ticket) is Ticket and ticket.ref is not None:
                own.setdefault(ticket.member, {})[place] = frame(m.encode(event(entry, ticket.ref)))
        if talks:
            spread(list(talks.values()), own)
        self.head = head
        for outcome in repeats:
            self._repeat(outcome)
        self._settle(outcome.ticket for outcome in outcomes)

    def failed(self, failures: Sequence[Failure]) -> None:
        """Tell the senders of what could not be stored that it was not sent.

        Nothing is said where the disk itself failed: after a failed fsync an entry may be there at the next
        start (measured). The session ends with it, and the client sends again under the same `cid`.
        """
        for failure in failures:
            if type(failure.ticket) is Ticket and not failure.final:
                code = Code.NOT_ALLOWED if failure.revoked else Code.STORAGE_FAILED
                error = m.Error(
                    code=code,
                    message=SENTENCES[code],
                    cid=failure.draft.cid,
                    ref=failure.ticket.ref,
                )
                failure.ticket.member.outbox.say(frame(m.encode(error)))
        self._settle(failure.ticket for failure in failures)

    def hears(self, stale: bool) -> None:
        """Tell everybody that what they see may be old, or is not any more."""
        self.stale = stale
        told = frame(m.encode(m.Stale(on=stale)))
        for user in self.people:
            for member in user.members:
                member.outbox.say(told)

    def _readers(self, entry: Entry) -> Collection[Member]:
        room = self.rooms.get(entry.conversation)
        if room is not None:
            return room.members.keys()
        users = (self.people.identified(identity) for identity in dict.fromkeys(entry.readers))
        return list(itertools.chain.from_iterable(user.members for user in users if user is not None))

    def _repeat(self, outcome: Outcome) -> None:
        ticket = outcome.ticket
        if type(ticket) is not Ticket:
            return
        entry, member = outcome.entry, ticket.member
        reader = member.user.identity in entry.readers
        if (reader or entry.conversation in member.rooms) and member.outbox.awaits(entry.id):
            return  # the history brings it, in its place
        answer: m.Event = event(entry, ticket.ref)
        if (entry.readers and not reader) or self._closed(entry, member):
            # A guest's `cid`s belong to the name, its private messages to whoever had the name then.
            answer = m.Error(
                code=Code.NOT_ALLOWED, message=SENTENCES[Code.NOT_ALLOWED], cid=entry.cid, ref=ticket.ref
            )
        member.outbox.say(frame(m.encode(answer)))

    def _closed(self, entry: Entry, member: Member) -> bool:
        """Whether an entry is of a private room that is closed to a member."""
        room = self.rooms.get(entry.conversation)
        if room is None or room.law.kind is not RoomKind.PRIVATE:
            return False
        return entry.conversation not in member.rooms and room.law.rank(member.user) is None

    def _settle(self, tickets: Iterable[object]) -> None:
        for ticket in tickets:
            if type(ticket) is Ticket:
                member = ticket.member
                member.in_flight -= 1
                if not member.in_flight:
                    member.settled()


def _alone(user: User, due: float) -> None:
    """There is no other node to be told."""
