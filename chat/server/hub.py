"""The hub: rooms, the people in them, and the road of each committed batch to every live member.

Nothing here waits: no `await`, no I/O, no clock. An outbox takes what it is given or falls behind.
"""

import itertools
from collections.abc import Iterable, Sequence

from chat import messages as m
from chat.errors import SENTENCES, Code, Refused
from chat.framing import frame
from chat.history.base import Entry, Failure, Kind, Outcome
from chat.names import Name
from chat.server.fanout import Own, Talk, spread
from chat.server.notices import Notices
from chat.server.options import Options
from chat.server.people import Member, People, Room
from chat.server.shown import event


class Ticket:
    """Whose send it was, and the `ref` it came with."""

    __slots__ = ("member", "ref")

    def __init__(self, member: Member, ref: str | None) -> None:
        self.member = member
        self.ref = ref


class Hub:
    """Everything that is only true while the server runs."""

    def __init__(self, options: Options, head: int) -> None:
        self.options = options
        self.head = head
        """The highest id that live members have been given."""
        self.people = People()
        self.rooms: dict[str, Room] = {}
        self.notices = Notices(options)

    def open_room(self, name: Name, topic: str = "") -> Room:
        """The room of this name, made if it is new."""
        room = self.rooms.get(name.key)
        if room is None:
            room = self.rooms[name.key] = Room(name.key, name.shown, topic)
        return room

    def enter(self, member: Member) -> None:
        """Let a session in, into no room yet."""
        self.people.add(member)

    def depart(self, member: Member, due: float) -> None:
        """Let a session out of everything; its rooms are told at `due` (the notices' clock)."""
        for room in list(member.rooms.values()):
            self.leave(member, room, due)
        self.people.remove(member)

    def join(self, member: Member, room: Room) -> None:
        """Let a member into a room. Raises Refused (`too_many_rooms`) beyond its allowance."""
        if room.key in member.rooms:
            return
        if len(member.rooms) >= self.options.max_rooms_each:
            raise Refused(Code.TOO_MANY_ROOMS)
        if room.add(member):
            self.notices.joined(room, member.user)

    def leave(self, member: Member, room: Room, due: float) -> None:
        """Let a member out of a room."""
        if room.remove(member):
            self.notices.left(room, member.user, due)

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
                error = m.Error(
                    code=Code.STORAGE_FAILED,
                    message=SENTENCES[Code.STORAGE_FAILED],
                    cid=failure.draft.cid,
                    ref=failure.ticket.ref,
                )
                failure.ticket.member.outbox.say(frame(m.encode(error)))
        self._settle(failure.ticket for failure in failures)

    def _readers(self, entry: Entry) -> Iterable[Member]:
        room = self.rooms.get(entry.conversation)
        if room is not None:
            return room.members
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
        if entry.readers and not reader:
            # A guest's `cid`s belong to the name, its private messages to whoever had the name then.
            answer = m.Error(
                code=Code.NOT_ALLOWED, message=SENTENCES[Code.NOT_ALLOWED], cid=entry.cid, ref=ticket.ref
            )
        member.outbox.say(frame(m.encode(answer)))

    def _settle(self, tickets: Iterable[object]) -> None:
        for ticket in tickets:
            if type(ticket) is Ticket:
                member = ticket.member
                member.in_flight -= 1
                if not member.in_flight:
                    member.settled()
