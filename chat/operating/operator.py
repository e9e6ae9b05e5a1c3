"""`chat-server invite` and `chat-server admin`: what an operator types, and what is printed in answer."""

import asyncio
import sys
from collections.abc import Sequence

from chat.errors import DataRefused
from chat.operating.admin import Answer, Ask, ask
from chat.operating.data import folder_of
from chat.operating.shared import DATA, NOT_RUNNING
from chat.sentences import fault
from chat.usage import LANGUAGE, Option, Parser, Section, Table, Usage
from chat.words import mark, t

_OPTIONS = Section(mark("options"), (DATA, LANGUAGE))
_EXITS = Table(
    mark("exit codes"),
    (("0", mark("done")), ("1", mark("refused, or no server runs there")), ("2", mark("wrong use"))),
)
_ADMIN = Table(
    mark("what may be done"),
    (
        ("names", mark("every name that is somebody's, with the fingerprint of its key")),
        ("sessions", mark("who is here, and how often")),
        ("counters", mark("how often each limit has been reached since the start")),
        ("cluster", mark("the nodes, who is on them, and how NATS is that is between them")),
        ("hand-over SERVER", mark("have other nats-servers lead what this one leads, before it is stopped")),
        ("free NAME", mark("let anybody have a name again; its owner is sent off")),
        ("registration [open|invited|closed]", mark("who may take a free name, or decide it")),
        ("rooms", mark("every room: its kind, who owns it, how many are there")),
        ("kind #ROOM public|private|announcement", mark("who may be in a room, and who may speak there")),
        ("owner #ROOM NAME", mark("give a room to somebody")),
        ("moderator #ROOM NAME", mark("make somebody a moderator of a room")),
        ("member #ROOM NAME", mark("take that back")),
        ("close #ROOM", mark("send everybody out of a room, and let nobody in until it has an owner again")),
        ("kick #ROOM NAME", mark("send somebody out of a room; out of the lobby is out of the server")),
        ("bans [#ROOM]", mark("who is banned, where and until when")),
        ("ban #ROOM NAME|ADDRESS [SECONDS]", mark("keep somebody, or an address, out of a room")),
        ("unban #ROOM NAME|ADDRESS", mark("take that back")),
        ("log #ROOM", mark("what was done in a room by those with rights")),
        ("operators", mark("who has an owner's rights in every room they can see")),
        ("operator NAME", mark("make somebody one of them")),
        ("no-operator NAME", mark("take that back")),
        ("invite ", mark("print a line that lets its bearer in once")),
    ),
)
_USAGES = {
    "invite": Usage(
        "chat-server invite",
        mark("Prints a line for each address of this machine; the first who types one of them is let in."),
        (_OPTIONS,),
        (_EXITS,),
    ),
    "admin": Usage(
        "chat-server admin",
        mark("Asks the server that runs on a data folder to do something."),
        (
            Section(
                mark("what is to be done"),
                (
                    Option("do", mark("one of those below"), mark("WHAT")),
                    Option("about", mark("what it is about"), mark("WHOM"), many=True),
                ),
            ),
            _OPTIONS,
        ),
        (_ADMIN, _EXITS),
    ),
}
COMMANDS = frozenset(_USAGES)
"""The first words that ask for this rather than for a server."""


def run(arguments: Sequence[str]) -> int:
    """Do what was typed and print what came of it; returns the exit code."""
    command = arguments[0]
    parser = Parser(_USAGES[command], {})
    asked = parser.read(arguments[1:])
    do, about = ("invite", "") if command == "invite" else (asked.do, " ".join(asked.about))
    if do is None:
        parser.error(t("what is to be done?"))
    try:
        answer = asyncio.run(ask(folder_of(asked.data), Ask(do, about)))
    except (OSError, DataRefused):
        print(t(NOT_RUNNING), file=sys.stderr)
        return 1
    return _told(answer, invited=do == "invite")


def _told(answer: Answer, *, invited: bool) -> int:
    if answer.error == "bad_request":
        print(t("There is no such thing to be done; see chat-server admin --help."), file=sys.stderr)
        return 2
    if answer.error:
        print(t("Refused: {why}.", why=fault(answer.error)), file=sys.stderr)
        return 1
    for line in answer.lines:
        print(f"chat-client {line}" if invited else line)
    return 0
