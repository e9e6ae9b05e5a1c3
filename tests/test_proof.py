"""What a key proves: the signed text is of one reading, and nothing but it holds."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from chat import proof

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = proof.encoded(PRIVATE.public_key().public_bytes_raw())
PLAIN = st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), max_size=40)
PARTS = st.tuples(PLAIN, PLAIN, PLAIN, PLAIN)


def signed(text: bytes) -> str:
    return proof.encoded(PRIVATE.sign(text))


def test_the_text_to_the_letter() -> None:
    """A program in another language builds the same bytes."""
    place = proof.place("ab" * 32, "chat")
    assert proof.text(place, "José", "n1", "n2") == (
        b"chat login\x001\x00certificate " + b"ab" * 32 + b"\x00Jos\xc3\xa9\x00n1\x00n2"
    )
    assert proof.place("", "chat") == "name chat"


@given(PARTS, PARTS)
def test_two_logins_never_share_a_text(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    """Whatever the parts hold, no part can pass for the end of one and the beginning of the next."""
    assert (proof.text(*one) == proof.text(*other)) == (one == other)


@pytest.mark.parametrize("which", range(4))
def test_no_part_holds_a_nul(which: int) -> None:
    """A part with the separator in it is refused, for it would make two texts of one."""
    parts = ["place", "user", "nonce", "own"]
    parts[which] += "\0x"
    with pytest.raises(ValueError, match="NUL"):
        proof.text(*parts)


@given(PARTS, PARTS)
def test_a_proof_holds_for_its_own_text_only(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    """A signature is good for the login it was made for, and for no other."""
    signature = signed(proof.text(*one))
    assert proof.holds(KEY, signature, proof.text(*one))
    assert proof.holds(KEY, signature, proof.text(*other)) == (one == other)


@given(st.binary(max_size=80), st.binary(max_size=80))
def test_nothing_made_up_holds(key: bytes, signature: bytes) -> None:
    """Keys and signatures of any bytes and any length are refused without a word."""
    assert not proof.holds(proof.encoded(key), signed(b"x"), b"x")
    assert not proof.holds(KEY, proof.encoded(signature), b"x")


@given(st.text(max_size=90))
def test_no_text_is_a_key_by_chance(text: str) -> None:
    """Whatever is no base64url of 32 bytes, in its one spelling, is no key; judging it never raises."""
    data = proof.decoded(text, proof.KEY_SIZE)
    assert (data is not None) == proof.is_key(text)
    assert data is None or proof.encoded(data) == text
    assert not proof.holds(text, text, b"x")


@given(st.integers(0, 63), st.integers(0, 7))
def test_a_flipped_bit_is_seen(byte: int, bit: int) -> None:
    """A proof with any one bit changed does not hold."""
    signature = bytearray(PRIVATE.sign(b"x"))
    signature[byte] ^= 1 << bit
    assert not proof.holds(KEY, proof.encoded(bytes(signature)), b"x")


@pytest.mark.parametrize(
    "spelling",
    [
        KEY + "=",
        KEY + "==",
        f" {KEY}",
        f"{KEY}\n",
        KEY[:-1],
        KEY + "A",
        KEY[:-1] + chr(ord(KEY[-1]) + 1),
        base64.b64encode(b"\xff" * 32).decode(),
        "é" * 43,
        "",
    ],
)
def test_a_key_has_one_spelling(spelling: str) -> None:
    """Padding, blanks, the other alphabet, spare bits: another spelling of a key is no key."""
    assert proof.is_key(KEY)
    assert not proof.is_key(spelling)


def test_each_name_of_a_key_is_somebody() -> None:
    """An identity is of a key and a name together; no two share one."""
    other = proof.encoded(bytes(32))
    identities = {proof.identity(key, name) for key in (KEY, other) for name in ("ana", "bia")}
    assert len(identities) == 4
    assert all(len(one) == 41 and one.startswith("k") and "." not in one for one in identities)


def test_a_fingerprint_for_people() -> None:
    """Twenty digits in groups of four, of which none stays when the key is another."""
    shown = proof.shown(KEY)
    assert [len(group) for group in shown.split()] == [4] * 5
    assert int(shown.replace(" ", ""), 16) > 0
    assert proof.shown(proof.encoded(bytes(32))) != shown
