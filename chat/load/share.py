"""What the processes of one load say to each other; plain data."""

from msgspec import Struct

QUIET = 5.0
"""Seconds without a message after which what is missing is taken for lost."""


class Share(Struct, frozen=True, kw_only=True):
    """One process's part: which members of which rooms it is. Times in seconds, `rate` a second."""

    host: str
    port: int
    tls: bool
    profile: str
    run: str
    number: int
    members: dict[str, list[int]]
    """By room, the numbers of the members that this process is; the first of them watches."""
    senders: dict[str, list[int]]
    """Those of them that say something."""
    rate: float
    window: int
    size: int
    warmup: float
    seconds: float
    at_once: int
    patience: float


class Progress(Struct, frozen=True, tag="progress"):
    """How far it is: connections that are in, messages said and received."""

    entered: int
    sent: int
    received: int


class Entered(Struct, frozen=True, tag="entered"):
    """All of it are in, after so many seconds."""

    seconds: float


class Begun(Struct, frozen=True, tag="begun"):
    """It is warm: what counts begins now."""


class Stopped(Struct, frozen=True, tag="stopped"):
    """The time is over: what was said and refused in each room, received in the time, and the CPU it took."""

    sent: dict[str, int]
    refused: dict[str, int]
    received: int
    cpu: float


class Done(Struct, frozen=True, tag="done"):
    """After what was still under way has come or not; `late` is this process's own delay."""

    missing: dict[str, dict[int, int]]
    """By room, how many members lack so many messages; below 0: have so many too many."""
    twice: int
    disorder: int
    refused: dict[str, int]
    """In each room, from the beginning on."""
    refusals: dict[str, int]
    """By why."""
    broken: int
    latencies: dict[int, int]
    late: dict[int, int]


class Failed(Struct, frozen=True, tag="failed"):
    """It could not take part; `why` is one of `CannotLoad`'s, `said` what the server or the system says."""

    why: str
    said: str = ""


Word = Progress | Entered | Begun | Stopped | Done | Failed
