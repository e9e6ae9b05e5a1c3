"""The command line of `chat-check`: what may be asked for, and what is wrong with it."""

import argparse
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from chat.check.plan import FAULTS, Act
from chat.check.scene import Settings
from chat.quantities import amount, place, whole
from chat.usage import Parser
from chat.words import mark, t

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


_OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("clients", {"type": whole(1), "help": mark("how many talk (default: {n})")}),
    ("rooms", {"type": whole(1), "help": mark("in how many rooms (default: {n})")}),
    (
        "rate",
        {
            "type": amount,
            "help": mark(
                "messages a second of all together; 0: as fast as they are acknowledged (default: {n})"
            ),
        },
    ),
    ("seconds", {"type": amount, "help": mark("how long they talk (default: {n})")}),
    ("count", {"type": whole(0), "help": mark("stop after so many messages")}),
    ("size", {"type": whole(SMALLEST), "help": mark("bytes of a message (default: {n})")}),
    ("seed", {"type": whole(0), "help": mark("number that makes a run the same again")}),
    (
        "faults",
        {"type": faults, "help": mark("which of {names}, with commas between, or none (default: all)")},
    ),
    ("often", {"type": whole(1), "help": mark("one message in so many goes with a fault (default: {n})")}),
    ("patience", {"type": amount, "help": mark("seconds the server may be away (default: {n})")}),
    (
        "command",
        {"help": mark("command that starts the server and is started again whenever it ends")},
    ),
    (
        "kills",
        {"type": whole(0), "help": mark("kill what --command started so many times, under load")},
    ),
)


def _parser(seed: int) -> Parser:
    parser = Parser(
        "chat-check",
        t(
            "Says things through a chat server, breaks connections meanwhile, reads everything back, and "
            "tells whether anything was lost, doubled or out of order."
        ),
    )
    parser.add_argument("server", type=place, metavar=t("HOST:PORT"), help=t("the server to check"))
    add = parser.options.add_argument
    usual = msgspec.structs.asdict(Settings(host="", port=0, seed=seed))
    for name, option in _OPTIONS:
        known = t(option["help"], n=usual[name], names=", ".join(FAULTS))
        add(f"--{name}", default=usual[name], **{**option, "help": known})
    add("--json", action="store_true", help=t("print the result as JSON"))
    add("--lang", metavar="pt|en", help=t("language of this program (default: from the environment)"))
    return parser
