"""The command line of `chat-load`: what may be asked for, and what is wrong with it."""

import os
from collections.abc import Sequence

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from chat.load.profiles import PROFILES
from chat.load.result import Settings
from chat.quantities import amount, place, some, whole
from chat.usage import JUDGING, Option, Parser, Section, Table, Usage
from chat.words import mark, t

SMALLEST = 48
"""Bytes of a body that are enough for its marker."""


class Asked(Struct, frozen=True):
    """What the command line asks for."""

    settings: Settings
    json: bool


_DESCRIPTION = mark(
    "Talks in many rooms at once, and tells whether a machine can hold a community of that size. "
    "Whoever is on that server sees them come and go, and waits; what they say and their rooms stay in its "
    "history: start a server of its own for it, with a folder of its own (chat-server --port, --data)."
)
VERDICTS = Table(
    mark("exit codes"),
    (
        ("0", mark("it holds this community; without --rate: nothing is lost, doubled or out of order")),
        ("1", mark("it does not: something is, or messages were refused, or came too late")),
        ("2", mark("wrong use")),
        ("3", mark("it could not be found out")),
        ("130", mark("ended by Ctrl-C")),
    ),
)
_SERVER = Option("server", mark("the server to put it on"), mark("HOST:PORT"), place)
_OPTIONS = (
    Option(
        "--profile",
        mark("what the server speaks: {names} (default: {n})"),
        mark("NAME"),
        choices=tuple(PROFILES),
    ),
    Option("--rooms", mark("how many rooms there are (default: {n})"), mark("N"), whole(1)),
    Option("--members", mark("how many members each room has (default: {n})"), mark("N"), whole(2)),
    Option(
        "--senders",
        mark("how many of them say something, all but one at most; 0: all only come in (default: {n})"),
        mark("N"),
        whole(0),
    ),
    Option(
        "--rate",
        mark("messages a second in all; 0: as many as it can take (default: {n})"),
        mark("N"),
        amount,
    ),
    Option("--warmup", mark("seconds of it before anything counts (default: {n})"), mark("SECONDS"), amount),
    Option("--seconds", mark("how long it lasts (default: {n})"), mark("SECONDS"), some),
    Option("--size", mark("bytes of a message (default: {n})"), mark("N"), whole(SMALLEST)),
    Option(
        "--window",
        mark("messages of one sender under way, without --rate (default: {n})"),
        mark("N"),
        whole(1),
    ),
    Option("--tls", mark("encrypted, with whatever certificate the server has")),
    Option("--processes", mark("processes of this program (default: {n})"), mark("N"), whole(1)),
    Option("--at-once", mark("log-ins under way at once (default: {n})"), mark("N"), whole(1)),
    Option("--patience", mark("seconds until everybody has to be in (default: {n})"), mark("SECONDS"), some),
    Option(
        "--server-pid",
        mark("the server's process (default: found by its port on this machine)"),
        mark("PID"),
        whole(0),
    ),
)


def parse(arguments: Sequence[str]) -> Asked:
    """The arguments; leaves with exit code 2 and a sentence if they are wrong."""
    parser = _parser()
    asked = vars(parser.read(arguments))
    host, port = asked.pop("server") or parser.error(t("Which server? Say HOST:PORT."))
    asked.pop("lang")
    json = asked.pop("json")
    return Asked(Settings(host=host, port=port, **asked), json)


def _parser() -> Parser:
    usual = msgspec.structs.asdict(Settings(host="", port=0, processes=max(1, (os.cpu_count() or 2) - 1)))
    options = tuple(replace(option, default=usual[option.name[2:].replace("-", "_")]) for option in _OPTIONS)
    return Parser(
        Usage(
            "chat-load",
            _DESCRIPTION,
            (Section(mark("server"), (_SERVER,)), Section(mark("options"), (*options, *JUDGING))),
            (VERDICTS,),
        ),
        {"names": ", ".join(PROFILES)},
    )
