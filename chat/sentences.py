"""What codes and lists of people mean to a person, in words: what happened and what to do next."""

from chat.errors import Code
from chat.text import Kind, safe
from chat.words import mark, t

NAMED_AT_ONCE = 5
"""Most people that one notice names; of a crowd it gives the number."""

FAULTS: dict[str, str] = {
    Code.BAD_FRAME: mark("the server did not understand this program; is it the same version?"),
    Code.FRAME_TOO_LARGE: mark("that is too long for this server; send it in parts"),
    Code.BAD_MESSAGE: mark("it holds characters that may not be sent; remove control characters"),
    Code.UNKNOWN_TYPE: mark("this server is older than this program and does not know that"),
    Code.BAD_VERSION: mark("this server speaks another version; update the older of the two"),
    Code.HELLO_FIRST: mark("the server lost track of this conversation; connect again"),
    Code.BAD_NAME: mark("that name is not allowed: use letters, digits and - _ . (at most 32)"),
    Code.NAME_TAKEN: mark("that name is in use by somebody else; choose another"),
    Code.PROOF_REFUSED: mark("the server did not accept the proof that the name is yours"),
    Code.NO_GUESTS: mark("guests are not let in here; come with an identity (leave out --guest)"),
    Code.NOT_INVITED: mark("nobody new is let in without an invitation; ask for one, it is a line to type"),
    Code.REGISTRATION_CLOSED: mark("no new names are given away here; ask whoever runs the server"),
    Code.TOO_MANY_SESSIONS: mark("you are here as often as is allowed; leave somewhere else first"),
    Code.TLS_REQUIRED: mark("this server says nothing in the clear; connect without --plaintext"),
    Code.BAD_ROOM: mark("that is no name for a room: use # and then letters, digits and - _ ."),
    Code.NO_SUCH_ROOM: mark("there is no such room; see which there are with /rooms"),
    Code.NO_SUCH_USER: mark("there is nobody of that name here; see who is with /who"),
    Code.NO_SUCH_MESSAGE: mark("there is no such message, or it was deleted"),
    Code.NOT_IN_ROOM: mark("you are not in that room; go in with /room NAME"),
    Code.NOT_ALLOWED: mark("that is not allowed here; ask whoever runs the room or the server"),
    Code.BANNED: mark("you are banned there; ask whoever moderates it, or wait until it is over"),
    "muted": mark("you were asked to say nothing in this room for now; wait, or ask a moderator"),
    "announcement": mark("in this room only its moderators speak; answer in another"),
    "unseen": mark("there is no such room, or it is not open to you; see which there are with /rooms"),
    "slow_mode": mark("this room is in slow mode; wait a little and send it again"),
    "role": mark("that is for this room's moderators or its owner; ask one of them (/who shows them)"),
    "rank": mark("that is for those above them in this room; ask its owner"),
    "guest": mark("a guest cannot be that; they need an identity (chat-client without --guest)"),
    "shared": mark("what was said is on every node and in NATS: see CLUSTER.md for the way to remove it"),
    "alone": mark("this server is alone: it has no --cluster"),
    "one_nats": mark("no other nats-server keeps it, so nobody can take it over"),
    "no_such_nats": mark(
        "no nats-server of that name keeps it; chat-server admin cluster names those that do"
    ),
    "most_missing": mark("without it most copies would be away; wait until the others are level"),
    "nobody_leads": mark("nobody leads it now; wait for the election (chat-server admin cluster)"),
    "nobody_level": mark(
        "no other nats-server has all of it; wait until one is level (chat-server admin cluster)"
    ),
    "not_handed_over": mark(
        "nobody else came to lead it in time; see chat-server admin cluster, and try again"
    ),
    "nats_away": mark("NATS does not answer this server; ask another one, or wait"),
    "behind": mark("this server is behind the others; wait"),
    "unanswered": mark("no answer came in 30 seconds; it may have been done: look, then try again"),
    Code.ROOM_FULL: mark("the room is full; try again later, or another room"),
    Code.TOO_MANY_ROOMS: mark("you are in as many rooms as are allowed; leave one with /leave"),
    Code.BODY_EMPTY: mark("there is nothing in it to be seen; write something"),
    Code.BODY_TOO_LONG: mark("it is too long; send it in parts"),
    Code.SLOW_DOWN: mark("too much at once; wait a moment"),
    Code.SERVER_FULL: mark("the server is full; try again later"),
    Code.STORAGE_FAILED: mark("the server could not store it; try again later"),
    Code.INTERNAL: mark("the server failed at this; tell whoever runs it"),
}

_STRANGE = mark("the two did not understand each other: it is no chat server, or one of another version")

REASONS: dict[str, str] = {
    **dict.fromkeys((Code.BAD_FRAME, Code.FRAME_TOO_LARGE, Code.BAD_MESSAGE), _STRANGE),
    "refused": mark("nobody answers at that address and port"),
    "not_found": mark("there is no machine of that name"),
    "timeout": mark("no answer in time"),
    "unreachable": mark("there is no way to that address"),
    "unknown_server": mark("nobody vouches for this server, and it was never seen from here"),
    "certificate_changed": mark("its certificate is not the one that is known"),
    "certificate_expired": mark("its certificate is out of date"),
    "certificate_other": mark("its certificate is another server's"),
    "certificate_wrong": mark("its certificate cannot be trusted"),
    "not_encrypted": mark("it answers in the clear; if that is meant, add --plaintext"),
    "trust_unreadable": mark("the file with the servers that are known cannot be read"),
    "handshake": mark("no encryption could be agreed on with it"),
    "name_taken": mark("the name is its owner's again"),
    "freed": mark("the name was taken from you by whoever runs the server"),
    "closed": mark("the server closed the connection"),
    "no_welcome": mark("it answered, but not like a chat server"),
    "no_answer": mark("the server has fallen silent"),
    "hello_timeout": mark("the server waited too long for a name"),
    "stuck": mark("this computer took nothing any more"),
    "frame_timeout": mark("the network stalled in the middle of a message"),
    "shutting_down": mark("the server is shutting down"),
    "missed": mark("what was to come next has been removed meanwhile"),
    "idle": mark("nothing was said for too long"),
    "replaced": mark("you have connected from somewhere else"),
    "kicked": mark("you were sent away"),
    "banned": mark("you were banned"),
    "bye": mark("good-bye"),
}


def fault(code: str) -> str:
    """Why something was refused; a code that is not known yet is shown as it came."""
    sentence = FAULTS.get(code)
    if sentence is None:
        return t("the server says: {code}", code=safe(code, Kind.LINE))
    return t(sentence)


def reason(code: str | None) -> str:
    """Why a connection did not come about or ended."""
    sentence = REASONS.get(code or "closed")
    return t(sentence) if sentence is not None else fault(code or "closed")


def freshness(stale: bool) -> str:
    """Whether what a server shows may be old, and what that means."""
    if stale:
        return t("The server is cut off from the others it belongs to: what is shown may be old.")
    return t("The server hears the others again: nothing is missing.")


def named(users: list[str], more: int) -> str:
    """People as a list in words; `more` of them are not in `users`, which has one at least."""
    names = [safe(user, Kind.NAME) for user in users[:NAMED_AT_ONCE]]
    rest = len(users) - len(names) + more
    if rest:
        return t("{names} and {n} more", names=", ".join(names), n=rest)
    if len(names) == 1:
        return names[0]
    return t("{names} and {last}", names=", ".join(names[:-1]), last=names[-1])
