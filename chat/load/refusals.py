"""What it means when a server refuses something, in words for whoever puts a load on it."""

from chat.errors import Code
from chat.sentences import fault
from chat.words import mark, t

FREELY = "--send-rate 0 --join-rate 0 --make-rate 0"
"""What lets a chat-server take all that one client says and enters."""
CROWDED = f"{FREELY} --max-per-address 100000 --new-per-address 100000"
"""What lets it take in whoever comes from one address, besides."""

_MEANINGS: dict[str, str] = {
    Code.SLOW_DOWN: mark("that is too much at once from one address; for a load start it with {options}"),
    Code.SERVER_FULL: mark("it is full; for a load start it with a higher --max-clients"),
    Code.ROOM_FULL: mark("a room is full; for a load start it with a higher --max-members"),
    Code.TLS_REQUIRED: mark("it says nothing in the clear; come in with --tls"),
    Code.NO_GUESTS: mark("it lets no guests in, as which this program comes; start one for it that does"),
    Code.BODY_TOO_LONG: mark("that is longer than it takes; say less with --size"),
    Code.FRAME_TOO_LARGE: mark("that is longer than it takes; say less with --size"),
    Code.STORAGE_FAILED: mark("it could not store them; its own output says why"),
}
"""By codes of which a person in a client would be told to do something else."""


def meaning(code: str) -> str:
    """What a code says, or what a server of another kind said."""
    sentence = _MEANINGS.get(code)
    return t(sentence, options=CROWDED) if sentence else fault(code)
