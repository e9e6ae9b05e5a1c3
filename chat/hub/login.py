"""How a key is proven: a challenge, good once and for a short while, and what its answer must be."""

from chat import messages as m
from chat import proof
from chat.errors import Code, Refused
from chat.hub.core import Core
from chat.hub.seat import Asked, Seat
from chat.limits.counters import Limit
from chat.limits.gate import block
from chat.names import Name
from chat.registry import owners


def challenge(seat: Seat, hello: m.Hello, name: Name) -> None:
    """Ask for the proof that the key in a hello is the peer's.

    Raises Refused: `bad_message` (no key), `name_taken` (another key's), `slow_down` (too many refused).
    """
    core, key = seat.core, hello.key or ""
    if not proof.is_key(key):
        raise Refused(Code.BAD_MESSAGE)
    may_have(core, name, key)
    now = core.clock()
    _not_too_often(seat, now)
    nonce = proof.encoded(core.chance(proof.NONCE_SIZE))
    seat.asked = Asked(hello, name, nonce, now + core.options.challenge_deadline)
    seat.answer(m.Challenge(ref=hello.ref, nonce=nonce, server=core.options.name))


def may_have(core: Core, name: Name, key: str) -> None:
    """Whether a name is this key's or could become so: nobody owns it, or its likes, and no guest is there.

    Raises Refused (`name_taken`).
    """
    found = owners.owner(core.registry, name)
    taken = owners.is_owned(core.registry, name) or core.hub.people.resembling(name) is not None
    if found.key != key if found is not None else taken:
        raise Refused(Code.NAME_TAKEN)


def answered(seat: Seat, prove: m.Prove) -> Asked:
    """What was asked for and is proven now; whatever the answer is worth, the challenge is spent.

    Raises Refused: `proof_refused`, `slow_down`.
    """
    asked, seat.asked = seat.asked, None
    core, now = seat.core, seat.core.clock()
    _not_too_often(seat, now)
    if asked is None or now > asked.due:
        raise Refused(Code.PROOF_REFUSED)
    place = proof.place(seat.link.certificate, core.options.name)
    fresh = proof.decoded(prove.nonce, proof.NONCE_SIZE) is not None
    text = proof.text(place, asked.hello.user or "", asked.nonce, prove.nonce if fresh else "")
    if not fresh or not proof.holds(asked.hello.key or "", prove.signature, text):
        core.failures.note(block(seat.link.host), now)
        raise Refused(Code.PROOF_REFUSED)
    return asked


def _not_too_often(seat: Seat, now: float) -> None:
    if seat.core.failures.closed(block(seat.link.host), now):
        seat.core.counters.count(Limit.FAILED_PROOFS)
        raise Refused(Code.SLOW_DOWN)
