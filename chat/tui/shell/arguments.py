"""The command lines of `chat-client` and its filters: what was asked for, and what is wrong with it."""

import argparse
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from chat.address import SCHEME, Address, NotAnAddress
from chat.address import parse as parse_address
from chat.tui.shell.access import Access
from chat.tui.shell.asked import Asked, Carrying, Sending, Tailing
from chat.tui.shell.usages import CLIENT, IDENTITY, LAST, SEND, TAIL, parser
from chat.usage import Parser
from chat.words import t


def parse(arguments: Sequence[str]) -> Asked | Sending | Tailing | Carrying:
    """The arguments; leaves with exit code 2 and a sentence if they are wrong."""
    first, *rest = [*arguments, ""]
    filter_ = _FILTERS.get(first)
    return _client(arguments) if filter_ is None else filter_(rest[:-1])


def _client(arguments: Sequence[str]) -> Asked:
    parsing = parser(CLIENT)
    asked = parsing.read(arguments)
    asked.host, asked.port = asked.host or asked.address, asked.port or asked.number
    place, access = _server(parsing, asked)
    return Asked(
        host=place.host,
        port=place.port,
        user=asked.user,
        linear=asked.linear,
        data=asked.data,
        access=access,
    )


def _server(parsing: Parser, asked: argparse.Namespace) -> tuple[Address, Access]:
    """Where the server is, and what lets one in there."""
    place = Address(asked.host or "localhost")
    if place.host.startswith(SCHEME):
        try:
            place = parse_address(place.host)
        except NotAnAddress:
            parsing.error(t("{text} is no address of a server", text=repr(asked.host)))
    if asked.tls and asked.plaintext:
        parsing.error(t("--tls and --plaintext: give one of the two"))
    encrypted = True if asked.tls else (False if asked.plaintext else None)
    access = Access(place.fingerprint, place.invitation, encrypted, asked.guest)
    return replace(place, port=asked.port or place.port), access


def _send(arguments: Sequence[str]) -> Sending:
    parsing = parser(SEND)
    asked = parsing.read(arguments)
    if asked.room and asked.to:
        parsing.error(t("--room and --to: give one of the two"))
    place, access = _server(parsing, asked)
    return Sending(
        host=place.host,
        port=place.port,
        access=access,
        user=asked.user,
        to=asked.to or asked.room,
        words=" ".join(asked.words) if asked.words else None,
        whole=asked.multiline,
        wait=asked.wait,
    )


def _tail(arguments: Sequence[str]) -> Tailing:
    parsing = parser(TAIL)
    asked = parsing.read(arguments)
    if asked.private and asked.no_follow:
        parsing.error(
            t("--private: a server lists no private talks, it brings what is said; leave out --no-follow")
        )
    if asked.since is not None and asked.last is not None:
        parsing.error(t("--since and --last: give one of the two"))
    asked.host = asked.host or asked.address
    place, access = _server(parsing, asked)
    return Tailing(
        host=place.host,
        port=place.port,
        access=access,
        user=asked.user,
        rooms=tuple(dict.fromkeys(asked.room)),
        private=asked.private,
        json=asked.json,
        since=asked.since,
        last=LAST if asked.last is None else asked.last,
        count=asked.count,
        follow=not asked.no_follow,
        state=asked.state,
        resume=asked.resume or asked.state is not None,
        wait=asked.wait,
    )


def _identity(arguments: Sequence[str]) -> Carrying:
    asked = parser(IDENTITY).read(arguments)
    return Carrying(asked.do, asked.file)


_FILTERS: dict[str, Callable[[Sequence[str]], Sending | Tailing | Carrying]] = {
    "send": _send,
    "tail": _tail,
    "identity": _identity,
}
