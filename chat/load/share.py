"""What the processes of one load say to each other; plain data."""

from msgspec import Struct


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
    """The time is over: what was said in each room, and received in the time, and the CPU it took here."""

    sent: dict[str, int]
    received: int
    cpu: float


class Done(Struct, frozen=True, tag="done"):
    """After what was still under way has come or not; `late` is this process's own delay."""

    lost: int
    extra: int
    twice: int
    disorder: int
    refused: int
    broken: int
    latencies: dict[int, int]
    late: dict[int, int]


class Failed(Struct, frozen=True, tag="failed"):
    """It could not take part: `absent`, `refused`, `closed`."""

    why: str


Word = Progress | Entered | Begun | Stopped | Done | Failed
