"""What a load is to be, and what came of it."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from chat.load.counting import Histogram
from chat.load.share import Done, Stopped

PERCENTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999, "max": 1.0}
FULL = 0.9
"""The part of a core from which a process is taken for the one that was too slow."""
PROMPT = 250.0
"""Milliseconds within which a message seems to come at once."""
LIMITS = frozenset({"slow_down"})
"""Why a server refuses what is only too much at once by its own limits."""
Verdict = Literal["holds", "most", "slow", "unsound", "refused", "limited", "busy"]


class Settings(Struct, frozen=True, kw_only=True):
    """What a load is to be; times in seconds, `size` in bytes of a body."""

    host: str
    port: int
    profile: str = "chat"
    rooms: int = 10
    members: int = 20
    senders: int = 5
    rate: float = 0.0
    warmup: float = 0.0
    seconds: float = 10.0
    size: int = 64
    window: int = 16
    tls: bool = False
    processes: int = 1
    at_once: int = 64
    patience: float = 60.0
    server_pid: int = 0


class Result(Struct, frozen=True, kw_only=True):
    """What came of a load. Latencies in ms by percentile; `server_us` is CPU per delivery in microseconds."""

    profile: str
    tls: bool
    connections: int
    rooms: int
    members: int
    senders: int
    rate: float
    entered_per_s: float
    entered_us: float | None
    """CPU of the server for each log-in, in microseconds."""
    memory_kb: float | None
    """By which the server grew for each connection, in KB; the kernel's buffers are not in it."""
    seconds: float
    sent: int
    delivered: int
    deliveries_per_s: float
    latency_ms: dict[str, float]
    server_us: float | None
    server_cpu: float | None
    """Of one core."""
    own_cpu: float
    """Of one core, of the busiest process of the load."""
    late_ms: float
    """99 of 100 messages were said no later than this after their time: so much is not the server's."""
    lost: int
    extra: int
    twice: int
    disorder: int
    refused: int
    refusals: dict[str, int]
    """Of `refused` how many by why, in the server's words."""
    broken: int
    """Connections that did not last."""

    @property
    def sound(self) -> bool:
        """Whether everything that was said came to everybody, once and in order."""
        faults = self.lost or self.extra or self.twice or self.disorder or self.broken
        return not faults and (self.sent > 0 or not self.senders)

    @property
    def verdict(self) -> Verdict:
        """What it comes to.

        `holds`: all came, in time if there was a rate; `most`: all came, as much as it can take; `slow`: too
        late; `unsound`: something is wrong; `refused`: messages were, and not by a limit; `limited`: they
        were, by the server's own limits; `busy`: too late, but the load itself was too slow to tell.
        """
        if self.refusals.keys() - LIMITS:
            return "refused"
        if not self.sound:
            return "unsound"
        if self.refused:
            return "limited"
        if self.senders and not self.rate:
            return "most"
        if self.latency_ms["p99"] <= PROMPT:
            return "holds"
        return "busy" if self.own_cpu >= FULL or self.late_ms > PROMPT else "slow"


class Used(Struct, frozen=True):
    """What a part of a load took: seconds, and of the server seconds of CPU and kilobytes more."""

    seconds: float
    cpu: float | None
    memory: float | None = None

    def each(self, count: int) -> float | None:
        """Microseconds of CPU for each of so many."""
        return self.cpu * 1e6 / count if self.cpu is not None and count else None


def more(after: float | None, before: float | None) -> float | None:
    return after - before if after is not None and before is not None else None


def missed(stopped: Sequence[Stopped], done: Sequence[Done]) -> tuple[int, int]:
    """How many deliveries are missing and how many are too many, each member counted apart."""
    late = Counter[str]()
    for end in done:
        late.update(end.refused)
    for stop in stopped:
        late.subtract(stop.refused)
    lacks = [
        (lack - late[room], members)
        for end in done
        for room, counts in end.missing.items()
        for lack, members in counts.items()
    ]
    return sum(max(0, n) * members for n, members in lacks), sum(max(0, -n) * members for n, members in lacks)


def result_of(
    settings: Settings, stopped: Sequence[Stopped], done: Sequence[Done], entry: Used, used: Used
) -> Result:
    """What the processes of a load found, put together."""
    latencies, late = Histogram(), Histogram()
    for one in done:
        latencies.merge(one.latencies)
        late.merge(one.late)
    delivered = sum(one.received for one in stopped)
    connections = settings.rooms * settings.members
    lost, extra = missed(stopped, done)
    refusals = Counter[str]()
    for one in done:
        refusals.update(one.refusals)
    return Result(
        profile=settings.profile,
        tls=settings.tls,
        connections=connections,
        rooms=settings.rooms,
        members=settings.members,
        senders=min(settings.senders, settings.members - 1),
        rate=settings.rate,
        entered_per_s=connections / entry.seconds,
        entered_us=entry.each(connections),
        memory_kb=entry.memory / connections if entry.memory is not None else None,
        seconds=used.seconds,
        sent=sum(sum(one.sent.values()) for one in stopped),
        delivered=delivered,
        deliveries_per_s=delivered / used.seconds,
        latency_ms={name: latencies.percentile(part) for name, part in PERCENTILES.items()},
        server_us=used.each(delivered),
        server_cpu=used.cpu / used.seconds if used.cpu is not None else None,
        own_cpu=max(one.cpu for one in stopped) / used.seconds,
        late_ms=late.percentile(PERCENTILES["p99"]),
        lost=lost,
        extra=extra,
        twice=sum(one.twice for one in done),
        disorder=sum(one.disorder for one in done),
        refused=refusals.total(),
        refusals=dict(refusals),
        broken=sum(one.broken for one in done),
    )
