"""One conversation as a state table: what may be said in which state, and where it leads. Sans-I/O.

Both ends use the same table, each from its own side: the server receives requests and sends events, the
client the other way round. A Protocol turns bytes into messages and Faults, and messages into frames;
it never raises for anything the peer does.
"""

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Generic, TypeVar

from msgspec import Struct

from chat import messages as m
from chat.errors import SENTENCES, Code, FrameError
from chat.framing import MAX_FRAME, FrameCutter, frame


class State(Enum):
    """Where a conversation stands."""

    OPENING = "opening"  # nobody is welcomed yet
    CHALLENGED = "challenged"  # the server waits for a proof
    OPEN = "open"
    CLOSED = "closed"  # bye was said, or framing is lost: nothing more is read

    __hash__ = object.__hash__  # Enum's own is a function in Python: 0.2 us of each message


Table = dict[State, dict[type, State]]

_OPEN_REQUESTS = m.REQUESTS - {m.Hello, m.Prove, m.Bye}

REQUESTS: Table = {
    State.OPENING: {m.Hello: State.OPENING, m.Bye: State.CLOSED},
    State.CHALLENGED: {m.Hello: State.OPENING, m.Prove: State.OPENING, m.Bye: State.CLOSED},
    State.OPEN: {m.Bye: State.CLOSED, **dict.fromkeys(_OPEN_REQUESTS, State.OPEN)},
    State.CLOSED: {},
}
"""What a client may say in each state, and the state that follows."""

_ANSWERS = m.EVENTS - {m.Welcome, m.Challenge, m.ByeEvent, m.Error, m.PingEvent}
_ALWAYS = (m.Error, m.PingEvent)

EVENTS: Table = {
    State.OPENING: {m.Welcome: State.OPEN, m.Challenge: State.CHALLENGED, m.ByeEvent: State.CLOSED},
    State.CHALLENGED: {m.Welcome: State.OPEN, m.ByeEvent: State.CLOSED},
    State.OPEN: {m.ByeEvent: State.CLOSED, **dict.fromkeys(_ANSWERS, State.OPEN)},
    State.CLOSED: {m.ByeEvent: State.CLOSED},
}
"""What a server may say in each state, and the state that follows."""
for _state, _row in EVENTS.items():
    _row.update(dict.fromkeys(_ALWAYS, _state))


class Fault(Struct, frozen=True):
    """Something the peer did that is no message: its code, and whether framing is lost with it."""

    code: Code
    fatal: bool = False
    ref: str | None = None
    cid: str | None = None

    def answer(self) -> m.Error:
        """The error event that tells the peer."""
        return m.Error(code=self.code, message=SENTENCES[self.code], ref=self.ref, cid=self.cid)


In = TypeVar("In", bound=m.Request | m.Event)
Out = TypeVar("Out", bound=m.Request | m.Event)


class Protocol(Generic[In, Out]):
    """One end of one conversation: feed it bytes, hand it what to say.

    `state` moves only here: by what is received and by what is sent.
    """

    __slots__ = ("_cutter", "_decode", "_misplaced", "_receives", "_sends", "state")

    def __init__(
        self,
        decode: Callable[[bytes], In],
        receives: Table,
        sends: Table,
        misplaced: dict[State, Code],
        max_frame: int,
    ) -> None:
        self._cutter = FrameCutter(max_frame)
        self._decode = decode
        self._receives = receives
        self._sends = sends
        self._misplaced = misplaced
        self.state = State.OPENING

    @property
    def unfinished(self) -> bool:
        """Whether the peer has begun a frame that is not whole yet."""
        return self._cutter.unfinished

    def receive(self, data: bytes) -> Iterator[In | Fault]:
        """Yield what `data` completes, in order; exhaust it before the next call.

        Each frame is decoded only when it is asked for, so that what the caller says in between (a welcome)
        decides what the next one may be. After a fatal Fault or a bye nothing more comes.
        """
        try:
            for payload in self._cutter.feed(data):
                if self.state is State.CLOSED:
                    return
                yield self._judge(payload)
        except FrameError as error:
            if self.state is not State.CLOSED:
                self.state = State.CLOSED
                yield Fault(error.code, fatal=True)

    def _judge(self, payload: bytes) -> In | Fault:
        try:
            message = self._decode(payload)
        except m.Unreadable as error:
            return Fault(Code.BAD_MESSAGE if error.known else Code.UNKNOWN_TYPE, ref=error.ref, cid=error.cid)
        following = self._receives[self.state].get(type(message))
        if following is None:
            return Fault(self._misplaced[self.state], ref=message.ref, cid=getattr(message, "cid", None))
        self.state = following
        return message

    def send(self, message: Out) -> bytes:
        """The frame of `message`, which moves the state.

        Raises ValueError if this side may not say that in this state: a mistake of the caller.
        """
        following = self._sends[self.state].get(type(message))
        if following is None:
            raise ValueError(f"{type(message).__name__} may not be sent in state {self.state.value}")
        self.state = following
        return frame(m.encode(message))


_MISPLACED_REQUEST = {
    State.OPENING: Code.HELLO_FIRST,
    State.CHALLENGED: Code.HELLO_FIRST,
    State.OPEN: Code.NOT_ALLOWED,
}
_MISPLACED_EVENT = dict.fromkeys(State, Code.BAD_MESSAGE)

ServerProtocol = Protocol[m.AnyRequest, m.Event]
ClientProtocol = Protocol[m.AnyEvent, m.Request]


def server_side(max_frame: int = MAX_FRAME) -> ServerProtocol:
    """The server's end: receives requests of at most `max_frame` bytes, sends events."""
    return Protocol(m.decode_request, REQUESTS, EVENTS, _MISPLACED_REQUEST, max_frame)


def client_side(max_frame: int = MAX_FRAME) -> ClientProtocol:
    """The client's end: receives events of at most `max_frame` bytes, sends requests."""
    return Protocol(m.decode_event, EVENTS, REQUESTS, _MISPLACED_EVENT, max_frame)
