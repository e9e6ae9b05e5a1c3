"""All that may be typed after `chat-client` and its filters, as tables."""

import argparse
import math
from collections.abc import Callable
from functools import partial
from pathlib import Path

from chat import names, usage
from chat.address import SCHEME
from chat.messages import MAX_ID
from chat.sentences import fault
from chat.tui.shell.exits import EXITS
from chat.usage import CORRECT, DEFAULT_PORT, LANGUAGE, Option, Parser, Section, Table, Usage
from chat.words import mark, t

LAST = 10
"""Lines that `tail` begins with, as its namesake does."""


def _room(text: str) -> str:
    """A room's name; the `#`, which a shell takes for the beginning of a comment, may be missing."""
    return _named(text if text.startswith("#") else f"#{text}", names.room_name)


def _person(text: str) -> str:
    return f"@{_named(text.removeprefix('@'), names.user_name)}"


def _named(text: str, judge: Callable[[str], names.Name]) -> str:
    try:
        return judge(text).shown
    except names.BadName as bad:
        raise argparse.ArgumentTypeError(fault(bad.code)) from bad


def _handed(text: str) -> str:
    """A line as it is handed on; anything else there is a room that lacks its option, more likely."""
    if not text.startswith(SCHEME):
        raise argparse.ArgumentTypeError(t("{text} is no address of a server", text=repr(text)))
    return text


def _seconds(text: str) -> float:
    wrong = mark("{text} is not a number of seconds: {lowest} or more")
    return math.inf if text in ("inf", "sempre") else float(usage.number(text, 0, 10**9, wrong))


_number = partial(usage.number, highest=MAX_ID)
_PORT = mark("PORT")
_NAME = mark("NAME")
_ROOM = mark("#ROOM")
_WAIT = mark(
    "how long to go on without a connection; inf: for ever (default: not at the start, 300 once connected)"
)
_ME = mark("your name (default: that of your account here)")

PLACE = (
    Option("--host", mark("machine of the server (default: localhost)"), mark("HOST")),
    Option("--port", mark("port of the server (default: {port})"), _PORT, usage.port),
    Option("--guest", mark("come in without an identity: the name is yours only while you are here")),
    Option("--tls", mark("encrypted on this machine too")),
    Option("--plaintext", mark("in the clear: everybody on the network can read and change it")),
)
_FILTER = (
    Option("--user", _ME, _NAME),
    *PLACE,
    Option("--wait", _WAIT, mark("SECONDS"), _seconds),
    LANGUAGE,
)
"""What a filter in a pipe can be told, whichever way it goes."""

CLIENT = Usage(
    "chat-client",
    mark("A terminal client for chat-server."),
    (
        Section(
            mark("address"),
            (
                Option("address", mark("the same as --host, or a line chat://..."), mark("HOST")),
                Option("number", mark("the same as --port"), _PORT, usage.port),
            ),
        ),
        Section(
            mark("options"),
            (
                Option("--user", mark("your name (asked for if it is not given)"), _NAME),
                *PLACE,
                Option("--linear", mark("print lines only: for screen readers and pipes")),
                Option(
                    "--data",
                    mark("where messages and drafts are kept; :memory: for nowhere"),
                    mark("FOLDER"),
                ),
                LANGUAGE,
            ),
        ),
    ),
    (
        Table(
            mark("filters"),
            (
                ("chat-client send --help", mark("sends lines from a pipe, or a message")),
                ("chat-client tail --help", mark("prints what is said, line by line or as JSON")),
                ("chat-client identity --help", mark("shows your identity, carries it to another machine")),
            ),
        ),
        EXITS,
    ),
    CORRECT,
)
SEND = Usage(
    "chat-client send",
    mark(
        "Sends each line of its input as a message, or the words given, and ends when the server has "
        "stored them all. A lost connection is made anew: nothing is lost and nothing is sent twice."
    ),
    (
        Section(
            mark("what is sent"),
            (Option("words", mark("the message (without it: the standard input)"), mark("TEXT"), many=True),),
        ),
        Section(
            mark("options"),
            (
                Option(
                    "--room", mark("the room to say it in (default: the one everybody is in)"), _ROOM, _room
                ),
                Option("--to", mark("the person to say it to in private"), mark("@NAME"), _person),
                Option("--multiline", mark("the whole input is one message")),
                *_FILTER,
            ),
        ),
    ),
    (
        Table(
            mark("examples"),
            (
                ("make 2>&1 | chat-client send", mark("each line that make prints, as it comes")),
                ("chat-client send --to @ana done", mark("one private message")),
            ),
        ),
        EXITS,
    ),
)
IDENTITY = Usage(
    "chat-client identity",
    mark("Your identity is a key, made when it is first used; the names you take are its own."),
    (
        Section(
            mark("what is to be done"),
            (
                Option(
                    "do",
                    mark("show (default): its fingerprint; export: to a file; import: from one"),
                    mark("WHAT"),
                    default="show",
                    choices=("show", "export", "import"),
                ),
                Option("file", mark("the file (without it: standard output or input)"), mark("FILE"), Path),
            ),
        ),
        Section(mark("options"), (LANGUAGE,)),
    ),
    (EXITS,),
)
TAIL = Usage(
    "chat-client tail",
    mark(
        "Prints what is said, each line once and in its order, and goes on with what comes. A lost "
        "connection is made anew, and what was said meanwhile is printed."
    ),
    (
        Section(
            mark("address"),
            (Option("address", mark("a line chat://..., in place of --host"), mark("ADDRESS"), _handed),),
        ),
        Section(
            mark("what is printed"),
            (
                Option(
                    "--room",
                    mark("a room; may be given several times (default: the one everybody is in)"),
                    _ROOM,
                    _room,
                    many=True,
                ),
                Option("--private", mark("what is said to you in private, and by you")),
                Option(
                    "--last",
                    mark("so many lines of each room first (default: {last})"),
                    "N",
                    partial(_number, lowest=0),
                ),
                Option(
                    "--since",
                    mark("first the lines after the one of this id"),
                    "ID",
                    partial(_number, lowest=0),
                ),
                Option("--count", mark("end after so many lines"), "N", partial(_number, lowest=1)),
                Option("--no-follow", mark("end when all there is has been printed")),
                Option("--json", mark("a JSON object for each line; edits and reactions too")),
            ),
        ),
        Section(
            mark("where it goes on"),
            (
                Option(
                    "--resume", mark("go on after the last line printed by the same command with --resume")
                ),
                Option(
                    "--state", mark("the same, and this is the file where that is kept"), mark("FILE"), Path
                ),
            ),
        ),
        Section(
            mark("options"),
            (*_FILTER,),
        ),
    ),
    (
        Table(
            mark("examples"),
            (
                ("chat-client tail --json | jq .body", mark("each text alone, for a program")),
                (
                    "chat-client tail --no-follow --resume",
                    mark("what is new since the last time: for cron"),
                ),
            ),
        ),
        EXITS,
    ),
)


def parser(said: Usage) -> Parser:
    """The parser of one of them; sentences in the language in use."""
    return Parser(said, {"port": DEFAULT_PORT, "last": LAST})
