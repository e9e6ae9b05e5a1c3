"""Every number that bounds the server, with its default."""

from msgspec import Struct

from chat.framing import MAX_FRAME
from chat.messages import MAX_BODY, PAGE, WHO_PAGE


class Options(Struct, kw_only=True):
    """Bounds and deadlines of one server; sizes in bytes, times in seconds.

    One object for all of a server, which looks at it each time: changed while it runs, it holds from then on
    (see `Core.reconfigure`), but for those of FIXED.
    """

    name: str = "chat"
    """What the server calls itself in `welcome`."""
    lobby: str = "#geral"
    max_frame: int = MAX_FRAME
    max_body: int = MAX_BODY
    max_clients: int = 10_000
    backlog: int = 1_024
    """Connections the kernel may hold that have not been accepted yet."""
    page: int = PAGE
    who_page: int = WHO_PAGE
    rooms_page: int = 100
    """Most rooms of one `rooms` answer: 100 with topics of 300 bytes stay within a frame of 64 KiB."""
    max_rooms: int = 10_000
    max_rooms_each: int = 100
    """Rooms one session may be in at once."""
    max_members: int = 10_000
    """Users in one room at once, and standings there; the lobby takes whoever the server takes."""
    send_burst: int = 5
    """Messages one user may say at once, and then `send_rate` a second (0: without bound); changes too."""
    send_rate: float = 2.0
    join_burst: int = 100
    """Rooms one user may enter at once, and then `join_rate` a second."""
    join_rate: float = 10.0
    make_burst: int = 200
    """Rooms one user, or all guests of one address, may make at once, and then `make_rate` a second."""
    make_rate: float = 1.0
    max_sessions: int = 10
    """Sessions of one user at once."""
    guests: bool = True
    """Whether a free name may be used without a key."""
    challenge_deadline: float = 30.0
    """How long a challenge may be answered."""
    failed_proofs: int = 3
    """Proofs refused to one address within `failed_window` after which no more are heard from there."""
    failed_window: float = 60.0
    per_address: int = 16
    """Connections of one address (IPv4) or /64 (IPv6) at once."""
    new_per_address: int = 32
    """Connections it may open within `new_window`."""
    new_window: float = 600.0
    exempt_loopback: bool | None = None
    """Whether this machine's own are free of both, and may say, enter and make as much as they like.

    None: where nobody else can connect, they are.
    """
    max_unwelcomed: int = 1_000
    """Connections that have no name yet, at once."""
    in_flight: int = 256
    """Sends of one session that may wait for their commit before it is read no further."""
    mark: int = 262_144
    """Bytes queued for one session above which it is *behind* and reads from the history instead."""
    hello_deadline: float = 10.0
    name_deadline: float = 120.0
    """The same for a person at a plain terminal, who has to type a name."""
    handshake_deadline: float = 10.0
    frame_deadline: float = 20.0
    heartbeat: float = 20.0
    """Silence after which the server says `ping`, so that the kernel notices a peer that vanished."""
    stuck_after: float = 30.0
    """A connection whose kernel buffer took no byte for so long is aborted."""
    linger: float = 2.0
    """How long a cut connection's `left` waits for its client to come back."""
    notice_interval: float = 0.25
    """Shortest time between two join and leave notices of a room."""
    notice_rate: float = 1_000.0
    """Notices a second one room may cost in all: larger rooms are told more seldom (see `notices`)."""
    notice_total: float = 4_000.0
    """Notices a second that all rooms may cost together, 10 us each."""
    notice_names: int = 100
    """Most names in one notice; the rest is counted in `more`."""
    patience: float = 2.0
    """How long closing waits for what is queued to go out."""


FIXED = frozenset({"name", "lobby", "max_frame", "max_body", "backlog"})
"""What clients were told when they came, or what listeners were made with: it takes a restart."""
