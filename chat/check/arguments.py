"""The command line of `chat-check`: what may be asked for, and what is wrong with it."""

import argparse
from collections.abc import Sequence

from msgspec import Struct

from chat.check.plan import FAULTS, Act
from chat.check.scene import Settings
from chat.quantities import amount, place, whole
from chat.usage import Parser
from chat.words import t

SMALLEST = 48
"""Bytes of a body that are enough for its name."""


class Asked(Struct, frozen=True):
    """What the command line asks for."""

    settings: Settings
    json: bool


def faults(text: str) -> list[Act]:
    """Names of faults with commas between, or `none`. Raises ArgumentTypeError."""
    if text == "none":
        return []
    names = text.split(",")
    unknown = [name for name in names if name not in FAULTS]
    if unknown:
        sentence = t("{text} is none of {names}", text=unknown[0], names=", ".join(FAULTS))
        raise argparse.ArgumentTypeError(sentence)
    return [Act(name) for name in names]


def parse(arguments: Sequence[str], seed: int) -> Asked:
    """The arguments; `seed` where none is given. Leaves with exit code 2 and a sentence if they are wrong."""
    asked = vars(_parser(seed).read(arguments))
    host, port = asked.pop("server")
    asked.pop("lang")
    json = asked.pop("json")
    if asked["kills"] and not asked["command"]:
        _parser(seed).error(t("--kills needs --command: it kills only what it has started itself"))
    return Asked(Settings(host=host, port=port, **asked), json)


def _parser(seed: int) -> Parser:
    usual = Settings(host="", port=0)
    parser = Parser(
        "chat-check",
        t(
            "Says things through a chat server, breaks connections meanwhile, reads everything back, and "
            "tells whether anything was lost, doubled or out of order."
        ),
    )
    parser.add_argument("server", type=place, metavar=t("HOST:PORT"), help=t("the server to check"))
    add = parser.options.add_argument
    add(
        "--clients",
        type=whole(1),
        default=usual.clients,
        help=t("how many talk (default: {n})", n=usual.clients),
    )
    add(
        "--rooms",
        type=whole(1),
        default=usual.rooms,
        help=t("in how many rooms (default: {n})", n=usual.rooms),
    )
    add(
        "--rate",
        type=amount,
        default=usual.rate,
        help=t(
            "messages a second of all together; 0: as fast as they are acknowledged (default: {n})",
            n=f"{usual.rate:g}",
        ),
    )
    add(
        "--seconds",
        type=amount,
        default=usual.seconds,
        help=t("how long they talk (default: {n})", n=f"{usual.seconds:g}"),
    )
    add("--count", type=whole(0), default=0, help=t("stop after so many messages"))
    add(
        "--size",
        type=whole(SMALLEST),
        default=usual.size,
        help=t("bytes of a message (default: {n})", n=usual.size),
    )
    add("--seed", type=whole(0), default=seed, help=t("number that makes a run the same again"))
    add(
        "--faults",
        type=faults,
        default=usual.faults,
        help=t("which of {names}, with commas between, or none (default: all)", names=", ".join(FAULTS)),
    )
    add(
        "--patience",
        type=amount,
        default=usual.patience,
        help=t("seconds the server may be away (default: {n})", n=f"{usual.patience:g}"),
    )
    _add_command(parser)
    add("--json", action="store_true", help=t("print the result as JSON"))
    add("--lang", metavar="pt|en", help=t("language of this program (default: from the environment)"))
    return parser


def _add_command(parser: Parser) -> None:
    add = parser.options.add_argument
    add(
        "--command",
        default="",
        help=t("command that starts the server and is started again whenever it ends"),
    )
    add("--kills", type=whole(0), default=0, help=t("kill what --command started so many times, under load"))
