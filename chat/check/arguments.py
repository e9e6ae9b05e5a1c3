"""The command line of `chat-check`: what may be asked for, and what is wrong with it."""

import argparse
from collections.abc import Sequence

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from chat.check.plan import FAULTS, Act
from chat.check.scene import Settings
from chat.quantities import amount, places, whole
from chat.usage import JUDGING, VERDICTS, Option, Parser, Section, Usage
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
    parser = _parser(seed)
    asked = vars(parser.read(arguments))
    (host, port), *others = asked.pop("server") or parser.error(t("Which server? Say HOST:PORT."))
    asked.pop("lang")
    json = asked.pop("json")
    if asked["kills"] and not asked["command"]:
        parser.error(t("--kills needs --command: it kills only what it has started itself"))
    return Asked(Settings(host=host, port=port, others=others, **asked), json)


_DESCRIPTION = mark(
    "Says things through a chat server, breaks connections meanwhile, reads everything back, and "
    "tells whether anything was lost, doubled or out of order. What it says, and its rooms, stay there."
)
_SERVER = Option(
    "server",
    mark("the server to check; or several of one cluster, with commas between"),
    mark("HOST:PORT"),
    places,
)
_OPTIONS = (
    Option("--clients", mark("how many talk (default: {n})"), mark("N"), whole(1)),
    Option("--rooms", mark("in how many rooms (default: {n})"), mark("N"), whole(1)),
    Option(
        "--rate",
        mark("messages a second of all together; 0: as fast as they are acknowledged (default: {n})"),
        mark("N"),
        amount,
    ),
    Option("--seconds", mark("how long they talk (default: {n})"), mark("SECONDS"), amount),
    Option("--count", mark("stop after so many messages"), mark("N"), whole(0)),
    Option("--size", mark("bytes of a message (default: {n})"), mark("N"), whole(SMALLEST)),
    Option("--seed", mark("number that makes a run the same again"), mark("N"), whole(0)),
    Option(
        "--faults",
        mark("which of {names}, with commas between, or none (default: all)"),
        mark("FAULTS"),
        faults,
    ),
    Option("--often", mark("one message in so many goes with a fault (default: {n})"), mark("N"), whole(1)),
    Option("--patience", mark("seconds the server may be away (default: {n})"), mark("SECONDS"), amount),
    Option(
        "--command",
        mark("command that starts the server and is started again whenever it ends"),
        mark("COMMAND"),
    ),
    Option("--kills", mark("kill what --command started so many times, under load"), mark("N"), whole(0)),
)


def _parser(seed: int) -> Parser:
    usual = msgspec.structs.asdict(Settings(host="", port=0, seed=seed))
    options = tuple(replace(option, default=usual[option.name[2:]]) for option in _OPTIONS)
    return Parser(
        Usage(
            "chat-check",
            _DESCRIPTION,
            (Section(mark("server"), (_SERVER,)), Section(mark("options"), (*options, *JUDGING))),
            (VERDICTS,),
        ),
        {"names": ", ".join(FAULTS)},
    )
