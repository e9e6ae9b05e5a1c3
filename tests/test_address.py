"""The address of a server: what is written is read back, what is not one is refused."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.address import Address, NotAnAddress, parse, shown

HOSTS = st.one_of(
    st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,30}[a-z0-9])?", fullmatch=True),
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(str),
)
ADDRESSES = st.builds(
    Address,
    HOSTS,
    st.integers(1, 65_535),
    st.one_of(st.just(""), st.text("0123456789abcdef", min_size=64, max_size=64)),
    st.from_regex("[A-Za-z0-9_-]{0,64}", fullmatch=True),
)


@given(ADDRESSES)
def test_what_is_written_is_read_back(address: Address) -> None:
    """Any address survives being handed on, and needs no quoting in a shell."""
    assert parse(str(address)) == address
    assert shlex.split(str(address)) == [str(address)]
    assert not set("?&;*'\"$ ") & set(str(address))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("chat://host", Address("host")),
        ("chat://host/", Address("host")),
        ("chat://Host:8081", Address("host", 8081)),
        ("chat://[::1]:8081/", Address("::1", 8081)),
        ("chat://127.0.0.1/#" + "AB:" * 31 + "AB", Address("127.0.0.1", 10_101, "ab" * 32)),
        ("chat://host/#.convite", Address("host", 10_101, "", "convite")),
    ],
)
def test_what_may_be_written(text: str, address: Address) -> None:
    """Ports and slashes may be left out, a fingerprint may look as other programs print it."""
    assert parse(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "", "host", "http://host/", "CHAT://host/", "chat:host", "chat://", "chat:///", "chat://:10101/",
        "chat://host:0/", "chat://host:65536/", "chat://host:x/", "chat://host:-1/", "chat://a@host/",
        "chat://a:b@host/", "chat://host/x", "chat://host/?x=1",
        "chat://host/#abc", "chat://host/#" + "g" * 64,
        "chat://host/#" + "a" * 65, "chat://host/#" + "a" * 64 + ".a b", "chat://host/#" + "a" * 64 + ".a.b",
        "chat://host/#." + "a" * 65, "chat://ho st/", "chat://[::1/", "chat://" + "a" * 254 + "/",
        "chat://h\x00st/", "chat://ho\nst/", "chat://host/#" + "à" * 64,
    ],
)  # fmt: skip
def test_what_is_no_address(text: str) -> None:
    """Another scheme, a user in it, a path, a fingerprint of another length: no address."""
    with pytest.raises(NotAnAddress):
        parse(text)


@given(st.text(max_size=80))
def test_nothing_else_is_raised(text: str) -> None:
    """Whatever is typed either is an address or raises NotAnAddress."""
    try:
        address = parse("chat://" + text)
    except NotAnAddress:
        return
    assert parse(str(address)) == address


def test_a_fingerprint_for_people() -> None:
    """Sixteen groups of four."""
    assert shown("ab" * 32) == " ".join(["abab"] * 16)
