"""Rows 27 to 42: frames whose payload is no valid message, and some that look so and are one."""

from tests.server.inputs import Bad, bad, opening

_SAY = b'{"type":"send","to":"#geral","cid":"1","body":"%s"}'
_PAGE = b'{"type":"history","room":"#geral","%s":%s}'
_MANY = b",".join(b'"m%d":%d' % (n, n) for n in range(6_000))
_NESTED = b",".join([b"[]"] * 21_000)
_PONG = b'{"type":"ping",%s}'

PAYLOADS: list[Bad] = [
    *bad(27, "bad_message", b" ", b"oi", b"\0", b"{"),
    *bad(
        28, "bad_message", *(_SAY % one for one in (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf0\x9f\x98"))
    ),
    *bad(29, "bad_message", b'{"type":"ping","x":"\xff"}', b'{"type":"ping","\xff":1}'),
    *bad(30, "bad_message", b'{"type":"ping","x":' + b"[" * 1_500 + b"]" * 1_500 + b"}", b"[" * 60_000),
    *bad(30, "bad_message", b'{"a":' * 10_000 + b"1" + b"}" * 10_000),
    *bad(31, "bad_message", _SAY % b"\\ud800", _SAY % b"\\udc00\\ud800"),
    *opening(32, "bad_message", b'{"type":"hello","version":1,"user":"evil","after":1' + b"0" * 400 + b"}"),
    *bad(32, "bad_message", _PAGE % (b"after", b"1" + b"0" * 400)),
    *bad(33, "bad_message", *(_PAGE % (b"after", n) for n in (b"-1", b"1.5", b"1.0", b"1e3", b"true"))),
    *bad(33, "bad_message", _PAGE % (b"after", b'"5"'), _PAGE % (b"after", b"9223372036854775808")),
    *bad(33, "history", _PAGE % (b"after", b"null"), _PAGE % (b"after", b"9223372036854775807")),
    *bad(35, "bad_message", *(_PAGE % (b"limit", n) for n in (b"NaN", b"Infinity", b"-Infinity", b"1e999"))),
    *bad(36, "pong", b'{"type":"ping","ref":"good","ref":"other"}'),
    *bad(36, "bad_message", b'{"type":"ping","type":"bye"}'),
    *bad(37, "bad_message", b"{}", b'{"type":null}', b'{"type":5}', b'{"type":["ping"]}'),
    *bad(37, "unknown_type", b'{"type":"dance"}', b'{"type":""}', b'{"type":"' + b"t" * 10_000 + b'"}'),
    *bad(37, "unknown_type", b'{"type":"\\u001b[2J"}', b'{"type":"Ping"}', b'{"type":"welcome"}'),
    *bad(37, "pong", b'{"t\\u0079pe":"p\\u0069ng"}'),
    *bad(38, "bad_message", b"[]", b'"x"', b"5", b"null", b"true", b'[{"type":"ping"}]'),
    *bad(39, "bad_message", b'{"type":"ping"}{"type":"ping"}', b'{"type":"ping"}x', b'{"type":"ping"}\0'),
    *bad(39, "bad_message", b'\xef\xbb\xbf{"type":"ping"}'),
    *bad(39, "bad_message", *('{"type":"ping"}'.encode(code) for code in ("utf-16", "utf-16-le", "utf-32"))),
    *bad(40, "pong", _PONG % (b'"x":[' + _NESTED + b"]")),
    *bad(41, "pong", b'{"type":"ping",' + _MANY[:60_000].rpartition(b",")[0] + b"}"),
    *bad(42, "bad_message", *(_SAY % text for text in (b"\x1b[2J", b"\x01", b"\\u001b[2J", b"a\\u0000b"))),
    *bad(42, "bad_message", _SAY % b"\x7f", _SAY % "\x9b2J".encode()),
]
