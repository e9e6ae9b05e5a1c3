"""Rows 43 to 69: valid messages that ask for what cannot be, and some that look so and may be asked.

`ana` and `kika` are there, guests in #geral; `evil` says it, under cids that `ana` has used too.
"""

import json
from typing import Any

from tests.server.inputs import Bad, bad, opening, several


def say(type: str, **members: Any) -> str:
    """A message as JSON."""
    return json.dumps({"type": type} | members)


def send(body: str = "oi", to: str = "#geral", cid: Any = "cid-0000") -> str:
    """Something said."""
    return say("send", to=to, body=body, cid=cid)


def hello(**members: Any) -> str:
    """A hello of `evil`, but for what is said otherwise."""
    return say("hello", **{"version": 1, "user": "evil"} | members)


def page(**members: Any) -> str:
    """A page of the lobby."""
    return say("history", room="#geral", **members)


PLAIN = ("ping", "pong", "rooms", "who", "roster")
PAGES = {"limit": (0, -1, 1.5, 10**30, "5"), "before": (-1, 1.5, 2**63, True)}
VERSIONS: tuple[Any, ...] = (0, 2, "1", -1, 2**63, True, 1.5, [], "x" * 99)
NOWHERE = ("@nobody", "@", "", "ana", "@a b", "@ana,@kika", "@x'); DROP TABLE entries--")
NO_ROOM = ("#outra", "#", "#a,#b", "#\u202eabc", "#geral ", "##geral", "#%", "#_")
BAD_ROOM = ("sala", "#a b", "#", "", "#" + "x" * 33, "#\u202eabc")
NO_NAME = ("", " evil", "evil ", "a b", "@evil", "#x", "evil\n", "evil\0", "x" * 33, "\U0001f600", "-", "...")
LIKE_ANA = (
    "an\u0430",
    "ana\u200b",
    "ana\u00ad",
    "ana\u3164",
    "ana\u2800",
    "ana\u034f",
    "\uff41na",
    "\u202eana",
)
RESERVED = ("server", "system", "admin", "Chat", "\u0455ystem")
INVISIBLE = ("", " ", "  \n \t", "\u200b\u200b", "\u0301\u0301", "\u2060\ufeff", "\u00a0\u3000", "\u200d")
TOO_LONG = ("x" * 4_097, "ç" * 2_049, "\U0001f600" * 4_096, "e" + "\u0301" * 4_000)
LONG = ("x" * 4_096, "ç" * 2_048, "\U0001f600" * 1_024, "e" + "\u0301" * 2_000)
NOT_SAID = ("\x1b]52;c;x\x07", "\x9b2J", "a\0b", "\x07", "\b", "a\rb", "\x7f", "\x85", "\ufdd0", "\uffff")
SAID = ("a\u2028b", "\u202egpj.exe", "\u2066a", "a\U000e0041", "a\tb\nc", "'); DROP TABLE entries--", "%s%n")
NO_CID: tuple[Any, ...] = ("", "c" * 65, "ç" * 33, "c" * 60_000, "a\0", "a\n", 5, None, {})
NO_REF: tuple[Any, ...] = ("r" * 65, "r" * 60_000, "a\r\nb", {}, [], 5, True)
SOUGHT = ("%", "_", "'); DROP TABLE--", '"', "* NEAR(", "a OR b")
_JOIN, _LEAVE = say("join", room="#rapida", ref="r"), say("leave", room="#rapida", ref="r")
_EARLY = (
    say("join", room="#geral"),
    say("history", room="#geral"),
    say("search", text="oi"),
    say("edit", id=1, body="x", cid="1"),
    say("kick", room="#geral", user="ana"),
)

MEANINGS: list[Bad] = [
    *opening(43, "hello_first", *(say(kind, room="#geral") for kind in PLAIN), send(), *_EARLY),
    *bad(44, "not_allowed", hello(), hello(user="ana"), hello(user="outra", session="x")),
    several(44, "not_allowed not_allowed", hello(), hello()),
    *opening(45, "bad_version", *(hello(version=one) for one in VERSIONS), say("hello", user="evil")),
    *opening(46, "hello_first", say("prove", signature="x", nonce="x")),
    *bad(46, "not_allowed", say("prove", signature="A" * 86, nonce="A" * 43)),
    *opening(47, "bad_name", *(hello(user=user) for user in NO_NAME), say("hello", version=1)),
    *opening(47, "bad_message", hello(user=5), hello(user=[]), hello(user={})),
    *opening(48, "name_taken", *(hello(user=user) for user in ("ana", "Ana", "ANA", "KIKA"))),
    *opening(49, "bad_name", *(hello(user=user) for user in LIKE_ANA)),
    *opening(49, "name_taken", hello(user="k\u0131ka"), hello(user="\u212aika")),
    *opening(51, "bad_name", hello(user="\ufdfa"), hello(user="\u0130" * 17)),
    *opening(52, "bad_name", *(hello(user=user) for user in RESERVED)),
    *bad(54, "not_in_room", *(send(to=room) for room in NO_ROOM)),
    several(54, "joined left not_in_room", _JOIN, _LEAVE, send(to="#rapida")),
    *bad(55, "no_such_user", *(send(to=to) for to in NOWHERE)),
    *bad(55, "bad_message", say("send", to=5, body="oi", cid="c"), say("send", body="oi", cid="c")),
    *bad(56, "message", send(to="@evil")),
    *bad(57, "body_empty", *(send(body) for body in INVISIBLE)),
    *bad(58, "body_too_long", *(send(body) for body in TOO_LONG)),
    *bad(58, "message", *(send(body) for body in LONG)),
    *bad(59, "bad_message", *(send(body) for body in NOT_SAID)),
    *bad(59, "message", *(send(body) for body in SAID)),
    *bad(60, "bad_message", *(send(cid=cid) for cid in NO_CID), say("send", to="#geral", body="oi")),
    several(61, "message message message", send("um"), send("dois"), send(to="@ana")),
    several(61, "body_empty message", send(""), send("agora")),
    *bad(62, "message", send("meu")),
    *bad(63, "not_allowed", say("history", room="#nenhuma"), say("who", room="#nenhuma")),
    *bad(63, "bad_room", *(say("history", room=room) for room in ("geral", "#a b", ""))),
    *bad(63, "no_such_user", *(say("history", **{"with": one}) for one in ("ninguem", "ana,kika", ""))),
    *bad(63, "history", *(say("history", **{"with": one}) for one in ("evil", "@ana"))),
    *bad(64, "bad_message", *(page(**{name: n}) for name, ns in PAGES.items() for n in ns)),
    *bad(64, "bad_message", page(before=5, after=1), say("history"), page(**{"with": "ana"})),
    *bad(64, "history", page(before=0), page(limit=2**31), page(before=1, limit=1)),
    several(65, "joined " * 50 + "left", *[_JOIN] * 50, _LEAVE),
    *bad(65, "bad_room", *(say("join", room=room) for room in BAD_ROOM)),
    *bad(66, "not_allowed", say("leave", room="#geral"), say("leave", room="#GERAL")),
    *bad(66, "not_in_room", say("leave", room="#outra"), say("leave", room="geral")),
    several(67, "bye", say("bye"), say("ping"), send(), "{", lasts=False),
    *opening(68, "bad_name", *(hello(user=user) for user in ("'); DROP TABLE--", "%", "ana' OR '1'='1"))),
    *bad(68, "found", *(say("search", text=text) for text in SOUGHT)),
    *bad(69, "bad_message", *(say("ping", ref=ref) for ref in NO_REF)),
    *bad(69, "pong", say("ping", ref='"}{'), say("ping", ref="é" * 32)),
]
