"""The options of `chat-server` for the bounds of Options that an operator may want otherwise."""

from argparse import Namespace
from functools import partial
from typing import Any, NamedTuple

from chat import usage
from chat.server.options import Options
from chat.usage import Option
from chat.words import mark

_DEFAULTS = Options()
_LOOPBACK = {"exempt": True, "limited": False}


class _Bound(NamedTuple):
    """An option, and the field of Options that it decides."""

    option: Option
    field: str


def _bound(name: str, field: str, sentence: str, highest: int = 2**31 - 1) -> _Bound:
    read = partial(usage.number, lowest=1, highest=highest)
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
    _bound("--page", "page", mark("most messages of one page (default: {n})"), _DEFAULTS.page),
    _bound("--who-page", "who_page", mark("most names of one page (default: {n})"), _DEFAULTS.who_page),
)
LOOPBACK = Option(
    "--loopback",
    mark(
        "exempt: --max-per-address and --new-per-address do not hold for this machine; "
        "limited: they do (default: exempt where nobody else can connect)"
    ),
    mark("MODE"),
    choices=tuple(_LOOPBACK),
)
LIMITS = (*(bound.option for bound in _BOUNDS), LOOPBACK)


def bounds(asked: Namespace) -> dict[str, Any]:
    """The fields of Options that were decided."""
    chosen = {bound.field: getattr(asked, _attribute(bound.option)) for bound in _BOUNDS}
    return chosen | {"exempt_loopback": _LOOPBACK.get(asked.loopback)}


def _attribute(option: Option) -> str:
    return option.name.removeprefix("--").replace("-", "_")
