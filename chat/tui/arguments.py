"""The command line of `chat-client`: what may be asked for, and what is wrong with it."""

from collections.abc import Sequence

from msgspec import Struct

from chat.usage import DEFAULT_PORT, Parser, port
from chat.words import t


class Asked(Struct, frozen=True):
    """What the command line asks for; `user` None: not said."""

    host: str
    port: int
    user: str | None
    linear: bool
    data: str | None = None


def parse(arguments: Sequence[str]) -> Asked:
    """The arguments; leaves with exit code 2 and a sentence if they are wrong."""
    parser = Parser("chat-client", t("A terminal client for chat-server."))
    place = parser.add_argument_group(t("address"))
    place.add_argument("address", nargs="?", metavar=t("HOST"), help=t("the same as --host"))
    place.add_argument("number", nargs="?", type=port, metavar=t("PORT"), help=t("the same as --port"))
    add = parser.options.add_argument
    add("--user", metavar=t("NAME"), help=t("your name (asked for if it is not given)"))
    add("--host", metavar=t("HOST"), help=t("machine of the server (default: localhost)"))
    add(
        "--port",
        type=port,
        metavar=t("PORT"),
        help=t("port of the server (default: {port})", port=DEFAULT_PORT),
    )
    add("--linear", action="store_true", help=t("print lines only: for screen readers and pipes"))
    add("--data", metavar=t("FOLDER"), help=t("where messages and drafts are kept; :memory: for nowhere"))
    add("--lang", metavar="pt|en", help=t("language of this program (default: from the environment)"))
    asked = parser.read(arguments)
    return Asked(
        host=asked.host or asked.address or "localhost",
        port=asked.port or asked.number or DEFAULT_PORT,
        user=asked.user,
        linear=asked.linear,
        data=asked.data,
    )
