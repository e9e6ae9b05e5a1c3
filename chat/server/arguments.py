"""The command line of `chat-server`: what may be asked for, and what is wrong with it."""

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

import msgspec

from chat import __version__
from chat.server.addresses import DEFAULT_PORT
from chat.server.options import Options
from chat.words import mark, t


class Parser(argparse.ArgumentParser):
    """Says what is wrong in the user's language, first in the words of the original program."""

    def error(self, message: str) -> NoReturn:
        usage = t("Correct use: script, IP address, port number")
        self.exit(2, f"{usage}\n{self.format_usage()}{message}\n")


def port(text: str) -> int:
    """A TCP port: 0 (any free one) to 65535. Raises ArgumentTypeError."""
    if not (text.isascii() and text.isdigit() and int(text) <= 65_535):
        raise argparse.ArgumentTypeError(t("{text} is not a port: 0 to 65535", text=repr(text)))
    return int(text)


def count(text: str) -> int:
    """A number of at least 1. Raises ArgumentTypeError."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) < 2**31):
        raise argparse.ArgumentTypeError(t("{text} is not a number of 1 or more", text=repr(text)))
    return int(text)


_OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("address", {"nargs": "?", "metavar": "IP", "help": mark("address to listen on (the same as --host)")}),
    (
        "number",
        {
            "nargs": "?",
            "type": port,
            "metavar": "PORT",
            "help": mark("port to listen on (the same as --port)"),
        },
    ),
    (
        "--host",
        {
            "metavar": "IP",
            "help": mark("address to listen on; 0.0.0.0: the whole network (default: this machine only)"),
        },
    ),
    ("--port", {"type": port, "metavar": "PORT", "help": mark("port to listen on (default: {port})")}),
    (
        "--text-port",
        {
            "type": port,
            "metavar": "PORT",
            "help": mark("port for plain text too: nc and raw sockets (8081, for example)"),
        },
    ),
    (
        "--header-port",
        {
            "type": port,
            "metavar": "PORT",
            "help": mark(
                "port for programs that send a 64-byte length and then plain text (5050, for example)"
            ),
        },
    ),
    (
        "--data",
        {
            "metavar": "DIR",
            "help": mark("folder of the history; :memory: keeps nothing (default: the user's data folder)"),
        },
    ),
    (
        "--synchronous",
        {
            "choices": ("full", "normal", "off"),
            "default": "full",
            "help": mark(
                "full: what is acknowledged survives a power cut; the others may lose it (default: full)"
            ),
        },
    ),
    ("--name", {"help": mark("what the server calls itself (default: {name})")}),
    ("--lobby", {"metavar": "#ROOM", "help": mark("the room everybody is in (default: {lobby})")}),
    (
        "--max-clients",
        {"type": count, "metavar": "N", "help": mark("most clients at once (default: {max_clients})")},
    ),
    (
        "--backlog",
        {
            "type": count,
            "metavar": "N",
            "help": mark("most connections waiting to be accepted (default: {backlog})"),
        },
    ),
    ("--quiet", {"action": "store_true", "help": mark("print no line for each connection")}),
    (
        "--lang",
        {
            "default": "",
            "metavar": "pt|en",
            "help": mark("language of this program (default: from the environment)"),
        },
    ),
)


def parser() -> Parser:
    """The parser; sentences in the language in use, defaults from `Options`."""
    defaults = msgspec.structs.asdict(Options())
    made = Parser(prog="chat-server", description=t("A chat server for your own machines."), add_help=False)
    for flag, settings in _OPTIONS:
        known = {"default": defaults[name]} if (name := _field(flag)) in defaults else {}
        text = t(settings["help"], **defaults, port=DEFAULT_PORT)
        made.add_argument(flag, **known, **{**settings, "help": text})
    made.add_argument(
        "--version", action="version", version=f"chat-server {__version__}", help=t("print the version")
    )
    made.add_argument("--help", "-h", action="help", help=t("print this help"))
    return made


def _field(flag: str) -> str:
    return flag.removeprefix("--").replace("-", "_")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The arguments, with `host` and `port` settled; leaves with exit code 2 if they are wrong."""
    asked = parser().parse_args(arguments)
    asked.host = asked.host if asked.host is not None else asked.address
    if asked.port is None:
        asked.port = DEFAULT_PORT if asked.number is None else asked.number
    return asked
