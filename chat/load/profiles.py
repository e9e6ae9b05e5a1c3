"""How to speak to each kind of server: logging in, saying something, and nothing else. Pure."""

import re
from collections.abc import Callable, Sequence

from msgspec import Struct

from chat.framing import frame


def _line(text: str) -> bytes:
    return f"{text}\r\n".encode()


def _frame(text: str) -> bytes:
    return frame(text.encode())


class Step(Struct, frozen=True):
    """What is said to log in, and the bytes that answer it."""

    say: str
    wait: bytes


class Profile(Struct, frozen=True):
    """One protocol. In templates: {nick}, {room}, {body}, {size} of the body, and {cid}, never the same."""

    encode: Callable[[str], bytes]
    login: Sequence[Step]
    publish: str
    echo: bool
    """Whether a sender is given its own messages."""
    refusal: bytes
    """What is in an answer that refuses a message."""
    why: re.Pattern[bytes]
    """What finds in an answer that refuses a message, or to let somebody in, why."""
    ping: bytes = b""
    """What a line begins with that has to be answered; PONG stands in the answer for PING."""


PROFILES = {
    "chat": Profile(
        encode=_frame,
        login=[
            Step('{{"type":"hello","version":1,"user":"{nick}","client":"chat-load"}}', b'"type":"welcome"'),
            Step('{{"type":"join","ref":"load","room":"#{room}"}}', b'"ref":"load"'),
        ],
        publish='{{"type":"send","to":"#{room}","cid":"{cid}","body":"{body}"}}',
        echo=True,
        refusal=b'"type":"error"',
        why=re.compile(rb'"type":"error"[^{}]*?"code":"(\w+)"'),
    ),
    "irc": Profile(
        encode=_line,
        login=[
            Step("NICK {nick}\r\nUSER {nick} 0 * :load", b" 001 "),
            Step("JOIN #{room}", b" 366 "),
        ],
        publish="PRIVMSG #{room} :{body}",
        echo=False,
        refusal=b" 404 ",
        why=re.compile(
            rb"^:\S+ (?:40[345]|43[1-7]|46[1-5]|47[1-7]) [^\r\n]*?:([^\r\n]+)\r|^ERROR :?([^\r\n]+)\r",
            re.MULTILINE,
        ),
        ping=b"PING",
    ),
    "nats": Profile(
        encode=_line,
        login=[
            Step(
                'CONNECT {{"verbose":false,"pedantic":false,"echo":true,"name":"{nick}"}}\r\n'
                "SUB {room} 1\r\nPING",
                b"PONG\r\n",
            )
        ],
        publish="PUB {room} {size}\r\n{body}",
        echo=True,
        refusal=b"-ERR",
        why=re.compile(rb"-ERR '?([^'\r\n]*)"),
        ping=b"PING",
    ),
}
"""By the name that `--profile` knows."""
