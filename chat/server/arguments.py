"""The command line of `chat-server`: what may be asked for, and what is wrong with it."""

import argparse
from collections.abc import Sequence
from functools import partial

import msgspec

from chat import usage
from chat.configuration import BadFile
from chat.limits.options import Options
from chat.operating import shared
from chat.server import config
from chat.server.bounding import LIMITS, bounds
from chat.text import Kind, safe
from chat.usage import CORRECT, DEFAULT_PORT, LANGUAGE, Option, Parser, Section, Table, Usage
from chat.words import mark, t

_DEFAULTS = Options()
_PORT = mark("PORT")
_port = partial(usage.port, any_free=True)
_count = partial(usage.number, lowest=1, highest=2**31 - 1)
_LONGEST_NAME = 64
_NODE = shared.NODE[:_LONGEST_NAME]


def _server_name(text: str) -> str:
    """What a server may call itself. Raises ArgumentTypeError."""
    if not 0 < len(text) <= _LONGEST_NAME or safe(text, Kind.LINE) != text or text.isspace():
        sentence = mark("{text} is no name for a server: one line of at most {most} characters")
        shown = repr(text[: _LONGEST_NAME + 1])
        raise argparse.ArgumentTypeError(t(sentence, text=shown, most=_LONGEST_NAME))
    return text


ADDRESS = (
    Option("address", mark("the same as --host"), "IP"),
    Option("number", mark("the same as --port"), _PORT, _port),
)
OPTIONS = (
    Option("--host", mark("address to listen on; 0.0.0.0: the whole network (default: this machine)"), "IP"),
    Option("--port", mark("port to listen on; 0: any free one (default: {port})"), _PORT, _port),
    Option("--text-port", mark("port for plain text too: nc and raw sockets (8081, say)"), _PORT, _port),
    Option(
        "--header-port",
        mark("port for programs that send a 64-byte length and then plain text (5050, say)"),
        _PORT,
        _port,
    ),
    Option(
        "--data",
        mark("folder of the history; :memory: keeps nothing (default: the user's data folder)"),
        mark("DIR"),
    ),
    Option(
        "--synchronous",
        mark(
            "full: what is acknowledged survives a power cut; normal or off: it may be lost (default: full)"
        ),
        mark("MODE"),
        default="full",
        choices=("full", "normal", "off"),
    ),
    Option(
        "--name",
        mark("what the server calls itself (default: {name})"),
        mark("NAME"),
        _server_name,
        default=_DEFAULTS.name,
    ),
    Option(
        "--lobby",
        mark("the room everybody is in (default: {lobby})"),
        mark("#ROOM"),
        default=_DEFAULTS.lobby,
    ),
    Option(
        "--keep",
        mark("keep what was said for so many days only (default: for ever)"),
        mark("DAYS"),
        _count,
    ),
    Option("--keep-messages", mark("keep only so many of the newest messages (default: all)"), "N", _count),
    Option("--cert", mark("certificate to be encrypted with, PEM (default: one of its own)"), mark("FILE")),
    Option("--key", mark("the key of --cert, PEM"), mark("FILE")),
    Option("--plaintext", mark("hear and say things in the clear on any network: everybody on it can read")),
    Option("--no-guests", mark("nobody comes in without an identity")),
    Option("--quiet", mark("print no line for each connection")),
    Option(
        "--config", mark("file of options, by name (default: server.toml in the user's folder)"), mark("FILE")
    ),
    LANGUAGE,
)
CLUSTER = (
    shared.URLS,
    Option(
        "--node",
        mark("what this node is called (default: the name of this machine)"),
        mark("NAME"),
        _server_name,
        default=_NODE,
    ),
    *shared.WITH,
)
INSTEAD = (
    Option("--check", mark("say whether a server could start with these options, and change nothing")),
    Option("--unit", mark("print a unit for systemd, hardened, that runs this program")),
)
ELSE = Table(
    mark("for a server that runs"),
    (
        ("chat-server invite", mark("prints a line that lets its bearer in once")),
        ("chat-server admin --help", mark("names, registration, sessions, counters")),
        ("chat-server backup", mark("all of it in one file; restore puts it back where no server runs")),
        ("chat-server export", mark("all of it as lines of JSON; import makes a server of them")),
        ("chat-server hand-out", mark("one person's data as lines of JSON")),
        ("chat-server erase", mark("takes back what a person said and removes it from the disk")),
    ),
)
EXITS = Table(
    mark("exit codes"),
    (
        ("0", mark("stopped politely: everything that was acknowledged is kept")),
        ("1", mark("not started, or the disk failed")),
        ("2", mark("wrong use")),
    ),
)
USAGE = Usage(
    "chat-server",
    mark("A chat server for your own machines."),
    (
        Section(mark("address"), ADDRESS),
        Section(mark("options"), OPTIONS),
        Section(mark("many machines"), CLUSTER),
        Section(mark("limits"), LIMITS),
        Section(mark("instead of a server"), INSTEAD),
    ),
    (ELSE, EXITS),
    CORRECT,
)


def parser() -> Parser:
    """The parser; sentences in the language in use."""
    return Parser(USAGE, {**msgspec.structs.asdict(_DEFAULTS), "port": DEFAULT_PORT})


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The arguments, with `host` and `port` settled; leaves with exit code 2 if they are wrong."""
    try:
        return read(arguments)
    except BadFile as bad:
        parser().exit(2, f"{config.refused(bad)}\n")


def read(arguments: Sequence[str]) -> argparse.Namespace:
    """The same; raises BadFile where the configuration file is wrong."""
    parsing = parser()
    asked = parsing.read(config.with_file(arguments, (*OPTIONS, *CLUSTER, *LIMITS)))
    asked.host = asked.host if asked.address is None else asked.address
    asked.port = next(port for port in (asked.number, asked.port, DEFAULT_PORT) if port is not None)
    if (asked.cert is None) != (asked.key is None):
        parsing.error(t("--cert and --key: give both of them or neither"))
    _together(parsing, asked)
    return asked


def _together(parsing: Parser, asked: argparse.Namespace) -> None:
    """Leave where options of a cluster do not go together, with others or without it."""
    if sentence := shared.wrong(asked):
        parsing.error(sentence)
    if asked.cluster and (asked.keep or asked.keep_messages):
        parsing.error(t("--keep and --keep-messages: with --cluster everything is kept, in NATS too"))


def chosen(asked: argparse.Namespace) -> Options:
    """What the server is to go by."""
    return Options(name=asked.name, lobby=asked.lobby, guests=not asked.no_guests, **bounds(asked))
