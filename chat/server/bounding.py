"""The options of `chat-server` for the bounds of Options that an operator may want otherwise."""

from argparse import Namespace
from functools import partial
from typing import Any, NamedTuple

from chat import usage
from chat.limits.options import Options
from chat.usage import Option
from chat.words import mark

_DEFAULTS = Options()
_HIGHEST = 2**31 - 1
_LOOPBACK = {"exempt": True, "limited": False}


class _Bound(NamedTuple):
    """An option, and the field of Options that it decides."""

    option: Option
    field: str


def _bound(name: str, field: str, sentence: str, highest: int = _HIGHEST) -> _Bound:
    read = partial(usage.number, lowest=1, highest=highest)
    return _Bound(Option(name, sentence, "N", read, default=int(getattr(_DEFAULTS, field))), field)


def _freely(text: str) -> int:
    """A number; 0 is more than there will ever be. Raises ArgumentTypeError."""
    return usage.number(text, 0, _HIGHEST) or _HIGHEST


def _open(name: str, field: str, sentence: str) -> _Bound:
    """A bound that may be lifted."""
    return _Bound(Option(name, sentence, "N", _freely, default=getattr(_DEFAULTS, field)), field)


def _rate(name: str, field: str, sentence: str) -> _Bound:
    """So many a second; 0: as many as anybody likes."""
    read = partial(usage.number, lowest=0, highest=_HIGHEST)
    return _Bound(Option(name, sentence, "N", read, default=int(getattr(_DEFAULTS, field))), field)


_BOUNDS = (
    _bound("--max-clients", "max_clients", mark("most clients at once (default: {n})")),
    _bound("--backlog", "backlog", mark("most connections waiting to be accepted (default: {n})")),
    _bound(
        "--max-per-address",
        "per_address",
        mark("most connections at once from one address, or one /64 of IPv6 (default: {n})"),
    ),
    _bound(
        "--new-per-address",
        "new_per_address",
        mark("most new connections from there in ten minutes (default: {n})"),
    ),
    _bound(
        "--max-unwelcomed",
        "max_unwelcomed",
        mark("most connections at once that have no name yet (default: {n})"),
    ),
    _bound("--max-sessions", "max_sessions", mark("most sessions of one user (default: {n})")),
    _bound("--hello-deadline", "hello_deadline", mark("seconds until a name is needed (default: {n})")),
    _bound("--tls-deadline", "handshake_deadline", mark("seconds a TLS handshake may take (default: {n})")),
    _bound("--frame-deadline", "frame_deadline", mark("seconds a frame once begun may take (default: {n})")),
    _bound(
        "--max-waiting",
        "mark",
        mark("bytes that wait for one client before it reads from the history instead (default: {n})"),
    ),
    _bound("--send-burst", "send_burst", mark("messages one user may say in one breath (default: {n})")),
    _rate(
        "--send-rate",
        "send_rate",
        mark("messages a second one user may say after that; 0: without bound (default: {n})"),
    ),
    _bound("--join-burst", "join_burst", mark("rooms one user may enter in one go (default: {n})")),
    _rate(
        "--join-rate",
        "join_rate",
        mark("rooms a second one user may enter after that; 0: without bound (default: {n})"),
    ),
    _bound(
        "--make-burst",
        "make_burst",
        mark("rooms one user, or one address's guests, may make in one go (default: {n})"),
    ),
    _rate(
        "--make-rate",
        "make_rate",
        mark("rooms a second they may make after that; 0: without bound (default: {n})"),
    ),
    _open("--max-rooms", "max_rooms", mark("most rooms in all; 0: without bound (default: {n})")),
    _open(
        "--max-rooms-each",
        "max_rooms_each",
        mark("most rooms one session is in at once; 0: without bound (default: {n})"),
    ),
    _open(
        "--max-members",
        "max_members",
        mark("most members of one room but the lobby; 0: without bound (default: {n})"),
    ),
    _bound("--page", "page", mark("most messages of one page (default: {n})"), _DEFAULTS.page),
    _bound("--rooms-page", "rooms_page", mark("most rooms of one page (default: {n})"), _DEFAULTS.rooms_page),
    _bound(
        "--failed-proofs",
        "failed_proofs",
        mark("refused proofs of one address in a minute after which no more are heard (default: {n})"),
    ),
    _bound("--who-page", "who_page", mark("most names of one page (default: {n})"), _DEFAULTS.who_page),
)
LOOPBACK = Option(
    "--loopback",
    mark(
        "exempt: the limits for each address, and on how often something is said, entered or made, "
        "do not hold for this machine; limited: they do (default: exempt where nobody else can connect)"
    ),
    mark("MODE"),
    choices=tuple(_LOOPBACK),
)
LIMITS = (*(bound.option for bound in _BOUNDS), LOOPBACK)


def bounds(asked: Namespace) -> dict[str, Any]:
    """The fields of Options that were decided."""
    chosen = {bound.field: getattr(asked, bound.option.attribute) for bound in _BOUNDS}
    return chosen | {"exempt_loopback": _LOOPBACK.get(asked.loopback)}


def fields() -> dict[str, str]:
    """The field of Options that each of these options decides, by its attribute of the arguments."""
    return {bound.option.attribute: bound.field for bound in _BOUNDS} | {"loopback": "exempt_loopback"}
