"""Logging in with a key: what proves it, what does not, and what is the owner's from then on."""

import asyncio
from typing import Any

import pytest

from chat.names import user_name
from chat.registry import admission, owners
from chat.registry.admission import Registration
from tests.keys import Key, encoded, guest_refused
from tests.peer import Peer, Said
from tests.servers import Running, Start


async def test_a_name_is_yours_from_the_first_minute(running: Running) -> None:
    """Who first uses a name with a key owns it: neither a guest nor another key gets it, here or gone."""
    key, other = Key(), Key()
    ana = await key.hello(running.port, "Ana")
    assert ana.welcome["user"] == "Ana"
    for name in ("ana", "ANA"):
        assert await guest_refused(running.port, name) == "name_taken"
        assert await other.refused(running.port, name) == "name_taken"
    ana.say(type="bye")
    await ana.closed()
    assert await guest_refused(running.port, "ana") == "name_taken"
    assert await other.refused(running.port, "ana") == "name_taken"
    back = await key.hello(running.port, "ana")
    assert back.welcome["user"] == "Ana"
    assert not [event for event in running.console.events if event[0] == "entered" and event[1] != "Ana"]


async def test_of_two_who_claim_at_once_one_wins(running: Running) -> None:
    """Two keys that prove themselves for one free name at the same moment: one is welcomed."""
    for round_ in range(20):
        keys = [Key(), Key()]
        asked = [await key.challenged(running.port, f"ana{round_}") for key in keys]
        for key, (peer, challenge) in zip(keys, asked, strict=True):
            peer.say(**key.proof(challenge, f"ana{round_}"))
        heard = await asyncio.gather(*(peer.hear() for peer, _ in asked))
        assert sorted(one["type"] for one in heard if one) == ["error", "welcome"]
        assert [one["code"] for one in heard if one and one["type"] == "error"] == ["name_taken"]


def relayed(key: Key, challenge: Said, user: str) -> Said:
    return key.proof(challenge, user, place="certificate " + "ab" * 32)


WRONG = {
    "another key's": lambda key, challenge, user: Key().proof(challenge, user),
    "for another user": lambda key, challenge, user: key.proof(challenge, "bia"),
    "for another spelling": lambda key, challenge, user: key.proof(challenge, user.upper()),
    "for another nonce": lambda key, challenge, user: key.proof(
        {**challenge, "nonce": encoded(bytes(32))}, user
    ),
    "for another server": lambda key, challenge, user: key.proof({**challenge, "server": "other"}, user),
    "relayed from a server with a certificate": relayed,
    "without a nonce of its own": lambda key, challenge, user: key.proof(challenge, user, own_nonce=""),
    "with a short nonce": lambda key, challenge, user: key.proof(challenge, user, own_nonce="abc"),
    "with a NUL for a nonce": lambda key, challenge, user: {
        **key.proof(challenge, user), "nonce": "\0" * 43,
    },
    "with another nonce": lambda key, challenge, user: {
        **key.proof(challenge, user), "nonce": encoded(bytes(32)),
    },
    "empty": lambda key, challenge, user: {"type": "prove", "signature": ""},
    "no base64": lambda key, challenge, user: {**key.proof(challenge, user), "signature": "é" * 86},
    "zeros": lambda key, challenge, user: {
        **key.proof(challenge, user), "signature": encoded(bytes(64)),
    },
    "padded": lambda key, challenge, user: {
        **key.proof(challenge, user), "signature": key.proof(challenge, user)["signature"] + "==",
    },
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
async def test_what_proves_nothing(running: Running, wrong: Any) -> None:
    """A wrong proof is refused with its code, owns nothing, and the next challenge may be met."""
    key = Key()
    peer, challenge = await key.challenged(running.port, "ana")
    peer.say(**wrong(key, challenge, "ana"))
    assert (await peer.expect("error"))["code"] == "proof_refused"
    assert not owners.is_owned(running.server.core.registry, user_name("ana"))
    again = await key.ask(peer, "ana")
    assert again["nonce"] != challenge["nonce"]
    peer.say(**key.proof(again, "ana"))
    await peer.expect("welcome")


@pytest.mark.parametrize(
    "members", [{"signature": 5}, {}, {"signature": "x" * 200}, {"signature": "", "nonce": []}]
)
async def test_a_proof_that_is_no_message(running: Running, members: Said) -> None:
    """What is no `prove` at all is answered as any such thing, and the challenge still stands."""
    key = Key()
    peer, challenge = await key.challenged(running.port, "ana")
    peer.say(type="prove", **members)
    assert (await peer.expect("error"))["code"] == "bad_message"
    peer.say(**key.proof(challenge, "ana"))
    await peer.expect("welcome")


async def test_a_challenge_is_good_once(running: Running) -> None:
    """The nonce is spent by the first try, right or wrong; a proof without a challenge is out of place."""
    key = Key()
    peer, challenge = await key.challenged(running.port, "ana")
    peer.say(**Key().proof(challenge, "ana"))
    peer.say(**key.proof(challenge, "ana"))
    codes = [(await peer.expect("error"))["code"] for _ in range(2)]
    assert codes == ["proof_refused", "hello_first"]
    proof = key.proof(await key.ask(peer, "ana"), "ana")
    peer.say(**proof)
    await peer.expect("welcome")
    peer.say(**proof)
    assert (await peer.expect("error"))["code"] == "not_allowed"


async def test_a_proof_replayed_on_another_connection(running: Running) -> None:
    """What one connection proved is worth nothing on the next."""
    key = Key()
    first, challenge = await key.challenged(running.port, "ana")
    proof = key.proof(challenge, "ana")
    second, _ = await key.challenged(running.port, "ana")
    first.say(**proof)
    await first.expect("welcome")
    second.say(**proof)
    assert (await second.expect("error"))["code"] == "proof_refused"


async def test_another_hello_takes_the_challenge_back(running: Running) -> None:
    """Who is challenged may come under another name, with a key or as a guest; the old proof is void."""
    key = Key()
    peer, challenge = await key.challenged(running.port, "ana")
    second = await key.ask(peer, "bia")
    peer.say(**key.proof({**second, "nonce": challenge["nonce"]}, "ana"))
    assert (await peer.expect("error"))["code"] == "proof_refused"
    await key.ask(peer, "bia")
    peer.say(type="hello", version=1, user="caio")
    assert (await peer.expect("welcome"))["user"] == "caio"
    assert list(owners.everybody(running.server.core.registry)) == []


async def test_a_late_proof(start: Start) -> None:
    """After the deadline the right proof is refused like a wrong one, and is not held against anybody."""
    running = await start(challenge_deadline=-1.0)
    assert {await Key().refused(running.port, "ana") for _ in range(5)} == {"proof_refused"}


async def test_failing_too_often(start: Start) -> None:
    """After three refused proofs nothing more is heard from that address for a while; guests still come."""
    running = await start()
    for number in range(3):
        key = Key()
        peer, challenge = await key.challenged(running.port, f"ana{number}")
        peer.say(**Key().proof(challenge, f"ana{number}"))
        assert (await peer.expect("error"))["code"] == "proof_refused"
    assert await Key().refused(running.port, "bia") == "slow_down"
    await Peer.hello(running.port, "caio")


@pytest.mark.parametrize(
    "key", ["", "x", "é" * 43, "A" * 64, encoded(bytes(31)), encoded(bytes(33)), encoded(bytes(32)) + "="]
)
async def test_what_is_no_key(running: Running, key: str) -> None:
    """A key that is none is no message, and the client may go on as a guest."""
    peer = await Peer.connect(running.port)
    peer.say(type="hello", version=1, user="ana", key=key)
    assert (await peer.expect("error"))["code"] == "bad_message"
    peer.say(type="hello", version=1, user="ana")
    await peer.expect("welcome")


@pytest.mark.parametrize(
    "key", [encoded(bytes(32)), encoded(b"\x01" + bytes(31)), encoded(b"\xff" * 32), encoded(b"\x12" * 32)]
)
async def test_a_key_nobody_has(running: Running, key: str) -> None:
    """A key of 32 bytes that nobody can sign for, or of small order, gets a challenge and no further."""
    peer = await Peer.connect(running.port)
    peer.say(type="hello", version=1, user="ana", key=key)
    challenge = await peer.expect("challenge")
    peer.say(**Key().proof(challenge, "ana"))
    assert (await peer.expect("error"))["code"] == "proof_refused"


async def test_several_devices_are_one_user(running: Running) -> None:
    """Sessions of one key add up: one name among the people, and each is sent what the user is sent."""
    key = Key()
    bia = await Peer.hello(running.port, "bia")
    phone, desk = await key.hello(running.port, "ana"), await key.hello(running.port, "ana")
    assert phone.welcome["session"] != desk.welcome["session"]
    bia.say(type="who")
    assert await bia.expect("who") == {
        "type": "who",
        "users": ["ana", "bia"],
        "more": False,
        "guests": ["bia"],
    }
    await bia.send("@ana", "só para você", "1")
    assert [(await one.expect("message"))["body"] for one in (phone, desk)] == ["só para você"] * 2
    await phone.send("@bia", "do telefone", "2")
    assert (await desk.expect("message"))["body"] == "do telefone"
    await phone.send("#geral", "a todos", "3")
    assert (await desk.expect("message"))["body"] == "a todos"
    phone.say(type="bye")
    await phone.closed()
    await bia.send("@ana", "ainda aí?", "4")
    assert (await desk.expect("message", cid="4"))["body"] == "ainda aí?"


async def test_a_repeated_send_from_another_device(running: Running) -> None:
    """One `cid` is one message for all sessions of an identity."""
    key = Key()
    phone, desk = await key.hello(running.port, "ana"), await key.hello(running.port, "ana")
    first = await phone.send("#geral", "oi", "1")
    await desk.expect("message", cid="1")
    assert await desk.send("#geral", "outra coisa", "1") == first
    assert [one for one in await phone.silent() if one["type"] == "message"] == []


async def test_a_session_that_comes_back_replaces_itself_alone(running: Running) -> None:
    """The secret of a welcome ends the conversation it was of, should it hang; the other devices stay."""
    key = Key()
    phone, desk = await key.hello(running.port, "ana"), await key.hello(running.port, "ana")
    back = await key.hello(running.port, "ana", session=phone.welcome["session"])
    assert (await phone.closed())[-1] == {"type": "bye", "reason": "replaced"}
    await back.send("#geral", "voltei", "1")
    await desk.expect("message", cid="1")


async def test_at_most_so_many_sessions(start: Start) -> None:
    """The eleventh session of one user is refused; one that comes back is not one more."""
    running = await start()
    key = Key()
    sessions = [await key.hello(running.port, "ana") for _ in range(10)]
    assert await key.refused(running.port, "ana") == "too_many_sessions"
    await Key().hello(running.port, "bia")
    await key.hello(running.port, "ana", session=sessions[3].welcome["session"])
    assert (await sessions[3].closed())[-1]["reason"] == "replaced"


async def test_the_secret_of_a_welcome_is_no_key(running: Running) -> None:
    """Without the proof, the secret of an owner's welcome opens nothing."""
    ana = await Key().hello(running.port, "ana")
    assert await guest_refused(running.port, "ana", session=ana.welcome["session"]) == "name_taken"


async def test_what_a_guest_said_in_private_is_not_the_owners(running: Running) -> None:
    """Whoever takes a guest's name later reads none of its private talk, not on resuming either."""
    bia = await Peer.hello(running.port, "bia")
    guest = await Peer.hello(running.port, "ana")
    secret = await bia.send("@ana", "segredo", "1")
    guest.say(type="bye")
    await guest.closed()
    owner = await Key().hello(running.port, "ana", after=0, log="fake")
    owner.say(type="history", **{"with": "bia"})
    assert (await owner.expect("history"))["messages"] == []
    assert secret not in owner.heard


async def test_private_talk_is_of_identities(running: Running) -> None:
    """A freed name takes nothing along: its next owner reads nothing of the last one's private talk."""
    key, bia = Key(), await Key().hello(running.port, "bia")
    ana = await key.hello(running.port, "ana")
    await bia.send("@ana", "segredo", "1")
    await ana.expect("message", cid="1")
    ana.say(type="bye")
    await ana.closed()
    assert await owners.free(running.server.core.registry, user_name("ana"))
    thief = await Key().hello(running.port, "ana", after=0, log="fake")
    thief.say(type="history", **{"with": "bia"})
    assert (await thief.expect("history"))["messages"] == []
    assert await key.refused(running.port, "ana") == "name_taken"


async def test_the_owner_of_a_name_reads_later_what_came_while_away(running: Running) -> None:
    """A private message to somebody who owns the name waits for its owner, wherever they come back from."""
    key, bia = Key(), await Peer.hello(running.port, "bia")
    ana = await key.hello(running.port, "Ana")
    ana.say(type="bye")
    await ana.closed()
    sent = await bia.send("@ana", "leia depois", "1")
    assert sent["to"] == "@Ana"
    back = await key.hello(running.port, "ana", after=0, log="fake")
    assert (await back.expect("message", cid="1"))["body"] == "leia depois"
    bia.say(type="history", **{"with": "ana"})
    assert [one["body"] for one in (await bia.expect("history"))["messages"]] == ["leia depois"]


async def test_a_guest_on_an_owners_name_gives_way(running: Running) -> None:
    """A guest who got in while the name was being given away is sent off when its owner comes."""
    guest = await Peer.hello(running.port, "ana")
    key = Key()
    await owners.claim(running.server.core.registry, user_name("Ana"), key.public, 1)
    await key.hello(running.port, "ana")
    assert (await guest.closed())[-1] == {"type": "bye", "reason": "name_taken"}


async def test_a_guests_name_is_not_taken_away(running: Running) -> None:
    """While a guest is here the name is not to be had, not between challenge and proof either; then it is."""
    key = Key()
    peer, challenge = await key.challenged(running.port, "ana")
    guest = await Peer.hello(running.port, "Ana")
    peer.say(**key.proof(challenge, "ana"))
    assert (await peer.expect("error"))["code"] == "name_taken"
    assert await key.refused(running.port, "ana") == "name_taken"
    await guest.send("#geral", "ainda aqui", "1")
    guest.say(type="bye")
    await guest.closed()
    await key.hello(running.port, "ana")


async def test_a_guest_is_shown_as_one(running: Running) -> None:
    """`who` and `joined` say who has no key."""
    ana, bia = await Key().hello(running.port, "ana"), await Peer.hello(running.port, "bia")
    assert (await ana.expect("joined", users=["bia"]))["guests"] == ["bia"]
    caio = await Key().hello(running.port, "caio")
    assert "guests" not in await bia.expect("joined", users=["caio"])
    bia.say(type="join", room="#aula")
    assert (await bia.expect("joined", room="#aula"))["guests"] == ["bia"]
    caio.say(type="who")
    assert (await caio.expect("who"))["guests"] == ["bia"]


async def test_no_guests(start: Start) -> None:
    """Where guests are not let in, a hello without a key is told so; one with a key is welcomed."""
    running = await start(guests=False)
    assert await guest_refused(running.port, "ana") == "no_guests"
    await Key().hello(running.port, "ana")


async def test_by_invitation(running: Running) -> None:
    """By invitation only: owners come as before, the new with a token, guests not at all."""
    old, new = Key(), Key()
    registry = running.server.core.registry
    (await old.hello(running.port, "ana")).say(type="bye")
    await admission.set_registration(registry, Registration.INVITED)
    await admission.invite(registry, "um-convite", 1)
    assert await guest_refused(running.port, "caio") == "no_guests"
    assert await guest_refused(running.port, "caio", invite="um-convite") == "no_guests"
    assert await new.refused(running.port, "bia") == "not_invited"
    assert await new.refused(running.port, "bia", invite="outro") == "not_invited"
    await new.hello(running.port, "bia", invite="um-convite")
    assert await Key().refused(running.port, "caio", invite="um-convite") == "not_invited"
    await old.hello(running.port, "ana")
    await admission.set_registration(registry, Registration.CLOSED)
    assert await Key().refused(running.port, "caio") == "registration_closed"
    await Peer.hello(running.port, "caio")
    await old.hello(running.port, "ana")
