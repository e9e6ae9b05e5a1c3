"""One connection's place in the server: its link, and once welcomed its member and outbox."""

import asyncio

from msgspec import Struct

from chat import messages as m
from chat.errors import SENTENCES, Code, Refused
from chat.hub.core import Core
from chat.hub.outbox import Outbox, Removed
from chat.hub.people import Member, User
from chat.limits.counters import Limit
from chat.limits.gate import Visit
from chat.link import ServerLink
from chat.names import Name
from chat.protocol import State

_RETURNING = frozenset({"cut", "replaced", "shutting_down"})
"""Reasons after which a client comes back in a moment, be it to another node."""


class Progress:
    """What the pulse saw of a connection the last time it looked."""

    __slots__ = ("taken", "taken_at", "written", "written_at")

    def __init__(self, now: float) -> None:
        self.written = 0
        self.written_at = now
        self.taken = 0
        self.taken_at = now

    def look(self, written: int, untaken: int, now: float) -> None:
        """Note what has been written, and what of it the peer has taken, since the last look."""
        if written != self.written:
            self.written, self.written_at = written, now
        if not untaken or written - untaken != self.taken:
            self.taken, self.taken_at = written - untaken, now


class Asked(Struct, frozen=True):
    """A proof that was asked for: what `hello` wished, and until when (the core's clock) it may come."""

    hello: m.Hello
    name: Name
    nonce: str
    due: float


class Seat:
    """What the functions that answer requests work on; it has no loop of its own."""

    __slots__ = (
        "_feeder",
        "_member",
        "_visit",
        "asked",
        "core",
        "link",
        "parting",
        "progress",
        "reason",
        "since",
        "slowed",
        "user",
    )

    def __init__(self, core: Core, link: ServerLink, visit: Visit, since: float) -> None:
        self.core = core
        self.link = link
        self._visit = visit
        self.since = since
        """When the connection was accepted."""
        self.user = ""
        """The name it was welcomed under."""
        self.progress = Progress(self.since)
        self.reason = "cut"
        """Why it ended; `cut` if the peer went without a word."""
        self.parting: m.ByeEvent | None = None
        """The answer to the peer's own bye."""
        self.asked: Asked | None = None
        """The proof that is waited for."""
        self.slowed = ("", 0.0)
        """The `cid` that was refused for coming too soon, and until when none other may overtake it."""
        self._member: Member | None = None
        self._feeder: asyncio.Task[None] | None = None

    @property
    def member(self) -> Member:
        """The member; only for a seat that is welcomed."""
        assert self._member is not None, "not welcomed"
        return self._member

    @property
    def free(self) -> bool:
        """Whether no bound on how often holds: it is of this machine, where nobody else can connect."""
        return not self._visit.counted

    @property
    def welcomed(self) -> bool:
        """Whether the seat has a member."""
        return self._member is not None

    def occupy(self, user: User, session: str) -> Outbox:
        """Let the connection in as a session of `user`; the outbox is live from here on."""
        outbox = Outbox(self.link, self.core.options.mark, self.core.hub.level)
        outbox.on_behind(self._feed)
        self._member = Member(user, outbox, session, self.end, self.link.host)
        self.user = user.name.shown
        self._visit.welcomed()
        self.core.hub.enter(self._member)
        return outbox

    def vacate(self) -> None:
        """Let the session out of the hub, if it is in; a cut one's rooms are told a little later."""
        if self._feeder is not None:
            self._feeder.cancel()
        member, self._member = self._member, None
        if member is not None:
            linger = self.core.options.linger if self.reason in _RETURNING else 0.0
            self.core.hub.depart(member, self.core.clock() + linger)

    def end(self, reason: str) -> None:
        """Say bye for a reason and close; the session is out at once."""
        self.reason = reason
        if self.link.protocol.state is not State.CLOSED:
            self.answer(m.ByeEvent(reason=reason))
        self.vacate()
        self.link.close(self.core.options.patience)

    def abandon(self, reason: str) -> None:
        """Drop the connection without a word: the peer takes nothing any more."""
        self.reason = reason
        self.vacate()
        self.link.abort()

    def answer(self, event: m.Event) -> None:
        """Send one event to this session alone."""
        self.link.send(event)

    def error(self, refused: Refused | Code, ref: str | None = None, cid: str | None = None) -> None:
        """Say that a request is refused."""
        if isinstance(refused, Code):
            refused = Refused(refused)
        if self.link.protocol.state is not State.CLOSED:
            sentence = SENTENCES[refused.code]
            self.answer(
                m.Error(
                    code=refused.code, message=sentence, ref=ref, cid=cid, why=refused.why, wait=refused.wait
                )
            )

    async def settle(self) -> None:
        """Wait until the outcome of every send of this session is known. Cancellation loses nothing."""
        if self._member is not None and self._member.in_flight:
            settled = asyncio.Event()
            self._member.settled = settled.set
            await settled.wait()

    def _feed(self) -> None:
        if self.link.waiting > self.core.options.mark:
            self.core.counters.count(Limit.BYTES_WAITING)
        self._feeder = self.core.spawn(self._catch_up(self.member))

    async def _catch_up(self, member: Member) -> None:
        outbox = member.outbox
        assert isinstance(outbox, Outbox)
        try:
            await outbox.catch_up(member, self.core.history)
        except OSError:
            pass  # the connection is lost; the session sees it for itself
        except Removed:
            self.end("missed")
        except Exception as error:  # no memory, too: live it never was, so it cannot go on
            if not self.core.stopping:  # else it is closed, and the stop says why to everybody
                self.core.console.failed("history", error)
                self.end("storage_failed")
