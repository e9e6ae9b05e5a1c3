"""The command line of `chat-load`: what may be asked for, and what is wrong with it."""

import os
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from chat.load.profiles import PROFILES
from chat.load.run import Settings
from chat.quantities import amount, place, whole
from chat.usage import Parser
from chat.words import mark, t

SMALLEST = 48
"""Bytes of a body that are enough for its marker."""


class Asked(Struct, frozen=True):
    """What the command line asks for."""

    settings: Settings
    json: bool


_OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("profile", {"choices": tuple(PROFILES), "help": mark("what the server speaks: {names} (default: {n})")}),
    ("rooms", {"type": whole(1), "help": mark("how many rooms there are (default: {n})")}),
    ("members", {"type": whole(2), "help": mark("how many members each room has (default: {n})")}),
    ("senders", {"type": whole(1), "help": mark("how many of them say something (default: {n})")}),
    (
        "rate",
        {"type": amount, "help": mark("messages a second in all; 0: as many as it can take (default: {n})")},
    ),
    ("seconds", {"type": amount, "help": mark("how long it lasts (default: {n})")}),
    ("size", {"type": whole(SMALLEST), "help": mark("bytes of a message (default: {n})")}),
    (
        "window",
        {"type": whole(1), "help": mark("messages of one sender under way, without --rate (default: {n})")},
    ),
    ("processes", {"type": whole(1), "help": mark("processes of this program (default: {n})")}),
    ("patience", {"type": amount, "help": mark("seconds until everybody has to be in (default: {n})")}),
    (
        "server-pid",
        {"type": whole(0), "help": mark("the server's process (default: found by its port on this machine)")},
    ),
)


def parse(arguments: Sequence[str]) -> Asked:
    """The arguments; leaves with exit code 2 and a sentence if they are wrong."""
    asked = vars(_parser().read(arguments))
    host, port = asked.pop("server")
    asked.pop("lang")
    json = asked.pop("json")
    return Asked(Settings(host=host, port=port, **asked), json)


def _parser() -> Parser:
    parser = Parser(
        "chat-load",
        t("Talks in many rooms at once, and tells whether a machine can hold a community of that size."),
    )
    parser.add_argument("server", type=place, metavar=t("HOST:PORT"), help=t("the server to put it on"))
    add = parser.options.add_argument
    usual = msgspec.structs.asdict(Settings(host="", port=0, processes=max(1, (os.cpu_count() or 2) - 1)))
    for name, option in _OPTIONS:
        value = usual[name.replace("-", "_")]
        known = t(
            option["help"], n=f"{value:g}" if isinstance(value, float) else value, names=", ".join(PROFILES)
        )
        add(f"--{name}", default=value, **{**option, "help": known})
    add("--json", action="store_true", help=t("print the result as JSON"))
    add("--lang", metavar="pt|en", help=t("language of this program (default: from the environment)"))
    return parser
