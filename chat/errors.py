"""The few exceptions, and the error codes that travel with a sentence for people who read raw frames."""

from enum import StrEnum


class Code(StrEnum):
    """What an `error` event says to a program; a code never changes its meaning."""

    BAD_FRAME = "bad_frame"
    FRAME_TOO_LARGE = "frame_too_large"
    BAD_MESSAGE = "bad_message"
    UNKNOWN_TYPE = "unknown_type"
    BAD_VERSION = "bad_version"
    HELLO_FIRST = "hello_first"
    BAD_NAME = "bad_name"
    NAME_TAKEN = "name_taken"
    PROOF_REFUSED = "proof_refused"
    NO_GUESTS = "no_guests"
    NOT_INVITED = "not_invited"
    REGISTRATION_CLOSED = "registration_closed"
    TOO_MANY_SESSIONS = "too_many_sessions"
    TLS_REQUIRED = "tls_required"
    BAD_ROOM = "bad_room"
    NO_SUCH_ROOM = "no_such_room"
    NO_SUCH_MESSAGE = "no_such_message"
    NO_SUCH_USER = "no_such_user"
    NOT_IN_ROOM = "not_in_room"
    NOT_ALLOWED = "not_allowed"
    BANNED = "banned"
    TOO_MANY_ROOMS = "too_many_rooms"
    ROOM_FULL = "room_full"
    BODY_EMPTY = "body_empty"
    BODY_TOO_LONG = "body_too_long"
    SLOW_DOWN = "slow_down"
    SERVER_FULL = "server_full"
    STORAGE_FAILED = "storage_failed"
    INTERNAL = "internal"


SENTENCES = {
    Code.BAD_FRAME: "that is not a frame: 64 bytes of digits and spaces, then the payload",
    Code.FRAME_TOO_LARGE: "the frame is larger than max_frame",
    Code.BAD_MESSAGE: "the payload is not a valid message",
    Code.UNKNOWN_TYPE: "this server does not know that type of message",
    Code.BAD_VERSION: "this server speaks version 1",
    Code.HELLO_FIRST: "say hello first",
    Code.BAD_NAME: "that name is not allowed",
    Code.NAME_TAKEN: "that name is in use by somebody else",
    Code.PROOF_REFUSED: "that does not prove that the key is yours",
    Code.NO_GUESTS: "guests are not let in: say hello with a key",
    Code.NOT_INVITED: "nobody new is let in without an invitation",
    Code.REGISTRATION_CLOSED: "no new names are given away here",
    Code.TOO_MANY_SESSIONS: "you have as many sessions as are allowed",
    Code.TLS_REQUIRED: "connect with TLS: nothing is said in the clear here",
    Code.BAD_ROOM: "that is not a room's name",
    Code.NO_SUCH_ROOM: "there is no such room",
    Code.NO_SUCH_MESSAGE: "there is no such message",
    Code.NO_SUCH_USER: "there is no such user",
    Code.NOT_IN_ROOM: "you are not in that room",
    Code.NOT_ALLOWED: "that is not allowed",
    Code.BANNED: "you are banned there",
    Code.TOO_MANY_ROOMS: "that is more rooms than are allowed",
    Code.ROOM_FULL: "the room has as many members as are allowed",
    Code.BODY_EMPTY: "the body is empty",
    Code.BODY_TOO_LONG: "the body is longer than max_body",
    Code.SLOW_DOWN: "too much at once; try again a little later",
    Code.SERVER_FULL: "the server is full",
    Code.STORAGE_FAILED: "the message could not be stored and was not sent",
    Code.INTERNAL: "the server failed at this request",
}


class ChatError(Exception):
    """The root of everything this package raises on purpose."""


class FrameError(ChatError):
    """The bytes of the peer are no frames any more; the conversation cannot go on."""

    def __init__(self, code: Code) -> None:
        super().__init__(SENTENCES[code])
        self.code = code


class Refused(ChatError):
    """A request that is answered with an `error`: its code, and more plain data for the peer.

    `why` is a word that says more of the code; `wait` the milliseconds after which another try may succeed.
    """

    def __init__(self, code: Code, why: str | None = None, wait: int | None = None) -> None:
        super().__init__(SENTENCES[code])
        self.code = code
        self.why = why
        self.wait = wait


class StorageFailed(ChatError):
    """The history could not make an entry durable; nothing was stored.

    `final` says that the disk itself failed (EIO, fsync): nothing more may be acknowledged, the process
    has to end. Otherwise (disk full, locked) a later try may succeed.
    """

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.final = final


class DataRefused(ChatError):
    """A data folder or file that must not be used as it is: newer schema, damaged, locked, unreadable.

    `reason` is a short code for the catalogues; `path` names the file; `detail` is for the operator.
    """

    def __init__(self, reason: str, path: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {path}" + (f" ({detail})" if detail else ""))
        self.reason = reason
        self.path = path
        self.detail = detail
