"""Malformed input of every class, on a server on which two others are talking."""

import random
from collections.abc import AsyncIterator, Callable

import pytest

from tests.peer import Peer, framed
from tests.servers import Running

LOST = {
    "64 spaces": b" " * 64,
    "zero": b"0".ljust(64),
    "leading zeros": b"007".ljust(64),
    "plus": b"+5".ljust(64),
    "minus": b"-5".ljust(64),
    "underscore": b"1_000".ljust(64),
    "right-justified": b"12".rjust(64),
    "newline": b"12\n".ljust(64),
    "tab": b"12\t".ljust(64),
    "vertical tab": b"12\x0b".ljust(64),
    "form feed": b"\x0c12".ljust(64),
    "NUL padding": b"12".ljust(64, b"\0"),
    "Arabic digits": "١٢".encode().ljust(64),
    "wide padding": b"12" + "\u2003".encode() * 20 + b"  ",
    "no-break space": b"12\xa0".ljust(64),
    "hexadecimal": b"0x10".ljust(64),
    "exponent": b"1e3".ljust(64),
    "fraction": b"12.0".ljust(64),
    "comma": b"12,".ljust(64),
    "two numbers": b"12 34".ljust(64),
    "HTTP": b"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: something/1.0\r\nAccept: */*\r\n\r\n",
    "TLS": bytes.fromhex("16030100f4010000f00303") + bytes(range(64)),
}
TOO_LARGE = {
    "one above": b"65537".ljust(64),
    "64 nines": b"9" * 64,
    "63 nines": b"9" * 63 + b" ",
    "20 digits": b"1".ljust(20, b"0").ljust(64),
}
PAYLOADS = {
    "a space": b" ",
    "not JSON": b"oi",
    "array": b"[]",
    "string": b'"x"',
    "number": b"5",
    "null": b"null",
    "two objects": b'{"type":"ping"}{"type":"ping"}',
    "trailing junk": b'{"type":"ping"}x',
    "BOM": b'\xef\xbb\xbf{"type":"ping"}',
    "UTF-16": '{"type":"ping"}'.encode("utf-16"),
    "UTF-32": '{"type":"ping"}'.encode("utf-32"),
    "bad UTF-8": b'{"type":"send","to":"#geral","cid":"1","body":"\xff"}',
    "overlong UTF-8": b'{"type":"send","to":"#geral","cid":"1","body":"\xc0\xaf"}',
    "surrogate in UTF-8": b'{"type":"send","to":"#geral","cid":"1","body":"\xed\xa0\x80"}',
    "cut emoji": b'{"type":"send","to":"#geral","cid":"1","body":"\xf0\x9f\x98"}',
    "bad UTF-8 in an unknown member": b'{"type":"ping","x":"\xff"}',
    "bad UTF-8 in an unknown key": b'{"type":"ping","\xff":1}',
    "lone surrogate": b'{"type":"send","to":"#geral","cid":"1","body":"\\ud800"}',
    "reversed surrogates": b'{"type":"send","to":"#geral","cid":"1","body":"\\udc00\\ud800"}',
    "deep": b'{"type":"ping","x":' + b"[" * 1_500 + b"]" * 1_500 + b"}",
    "deeper": b"[" * 60_000,
    "NaN": b'{"type":"history","room":"#geral","limit":NaN}',
    "infinity": b'{"type":"history","room":"#geral","limit":1e999}',
    "400 digits": b'{"type":"history","room":"#geral","after":1' + b"0" * 400 + b"}",
    "fraction for a number": b'{"type":"history","room":"#geral","after":1.5}',
    "whole fraction": b'{"type":"history","room":"#geral","after":1.0}',
    "true for a number": b'{"type":"history","room":"#geral","after":true}',
    "string for a number": b'{"type":"history","room":"#geral","after":"5"}',
    "limit 0": b'{"type":"history","room":"#geral","limit":0}',
    "limit -1": b'{"type":"history","room":"#geral","limit":-1}',
    "no type": b"{}",
    "null type": b'{"type":null}',
    "number type": b'{"type":5}',
    "raw control": b'{"type":"send","to":"#geral","cid":"1","body":"\x01"}',
    "ESC escaped": b'{"type":"send","to":"#geral","cid":"1","body":"\\u001b]52;c;x\\u0007"}',
    "NUL escaped": b'{"type":"send","to":"#geral","cid":"1","body":"a\\u0000b"}',
    "C1": '{"type":"send","to":"#geral","cid":"1","body":"\x9b2J"}'.encode(),
    "DEL": b'{"type":"send","to":"#geral","cid":"1","body":"\x7f"}',
    "CR": b'{"type":"send","to":"#geral","cid":"1","body":"a\\rb"}',
    "number as a room": b'{"type":"send","to":5,"cid":"1","body":"x"}',
    "cid missing": b'{"type":"send","to":"#geral","body":"x"}',
    "cid empty": b'{"type":"send","to":"#geral","body":"x","cid":""}',
    "cid long": b'{"type":"send","to":"#geral","body":"x","cid":"' + b"c" * 65 + b'"}',
    "cid long in bytes": b'{"type":"send","to":"#geral","body":"x","cid":"' + b"\xc3\xa7" * 33 + b'"}',
    "cid with NUL": b'{"type":"send","to":"#geral","body":"x","cid":"a\\u0000"}',
    "cid a number": b'{"type":"send","to":"#geral","body":"x","cid":5}',
    "ref long": b'{"type":"ping","ref":"' + b"r" * 65 + b'"}',
    "ref an object": b'{"type":"ping","ref":{}}',
}  # fmt: skip
UNKNOWN = {
    "unknown type": b'{"type":"dance"}',
    "empty type": b'{"type":""}',
    "10 kB type": b'{"type":"' + b"t" * 10_000 + b'"}',
}
MEANING = {
    "room not joined": ('{"type":"send","to":"#outra","cid":"1","body":"x"}', "not_in_room"),
    "empty room": ('{"type":"send","to":"#","cid":"1","body":"x"}', "not_in_room"),
    "two rooms": ('{"type":"send","to":"#a,#b","cid":"1","body":"x"}', "not_in_room"),
    "turned room": ('{"type":"send","to":"#\u202eabc","cid":"1","body":"x"}', "not_in_room"),
    "nobody": ('{"type":"send","to":"@nobody","cid":"1","body":"x"}', "no_such_user"),
    "no name": ('{"type":"send","to":"@","cid":"1","body":"x"}', "no_such_user"),
    "nothing": ('{"type":"send","to":"","cid":"1","body":"x"}', "no_such_user"),
    "bare name": ('{"type":"send","to":"ana","cid":"1","body":"x"}', "no_such_user"),
    "SQL": ('{"type":"send","to":"@x\');DROP TABLE entries--","cid":"1","body":"x"}', "no_such_user"),
    "empty body": ('{"type":"send","to":"#geral","cid":"1","body":""}', "body_empty"),
    "spaces": ('{"type":"send","to":"#geral","cid":"1","body":"  \\n "}', "body_empty"),
    "zero-width": ('{"type":"send","to":"#geral","cid":"1","body":"\u200b\u200b"}', "body_empty"),
    "only marks": ('{"type":"send","to":"#geral","cid":"1","body":"\u0301\u0301"}', "body_empty"),
    "too long": ('{"type":"send","to":"#geral","cid":"1","body":"' + "x" * 4_097 + '"}', "body_too_long"),
    "many bytes": ('{"type":"send","to":"#geral","cid":"1","body":"' + "ç" * 2_049 + '"}', "body_too_long"),
    "bad room": ('{"type":"join","room":"sala"}', "bad_room"),
    "room with a space": ('{"type":"join","room":"#a b"}', "bad_room"),
    "second hello": ('{"type":"hello","version":1,"user":"x"}', "not_allowed"),
    "history of nothing": ('{"type":"history"}', "bad_message"),
    "history of both": ('{"type":"history","room":"#geral","with":"ana"}', "bad_message"),
    "history of no room": ('{"type":"history","room":"#nenhuma"}', "not_allowed"),
    "history with nobody": ('{"type":"history","with":"ninguem"}', "no_such_user"),
    "who in no room": ('{"type":"who","room":"#nenhuma"}', "not_allowed"),
    "who after no name": ('{"type":"who","after":"a b"}', "bad_name"),
}  # fmt: skip

Cut = Callable[[bytes], list[bytes]]


def _at_random(data: bytes) -> list[bytes]:
    dice, pieces, position = random.Random(data), [], 0
    while position < len(data):
        step = dice.randint(1, max(1, len(data) // 7))
        pieces.append(data[position : position + step])
        position += step
    return pieces


CUTS: dict[str, Cut] = {
    "whole": lambda data: [data],
    "header apart": lambda data: [data[:64], data[64:]],
    "byte by byte": lambda data: [data[n : n + 1] for n in range(min(200, len(data)))] + [data[200:]],
    "random": _at_random,
}


@pytest.fixture
async def pair(running: Running) -> AsyncIterator[Callable[[], object]]:
    """Two who talk; after the test they must still hear each other, on a server where nothing failed."""
    ana, bia = await Peer.hello(running.port, "ana"), await Peer.hello(running.port, "bia")

    async def talk(number: int) -> None:
        sent = await ana.send("#geral", f"canário {number}", f"canary{number}")
        assert (await bia.expect("message", cid=f"canary{number}")) == sent

    await talk(1)
    yield talk
    await talk(2)
    assert running.failures == []


async def _written(peer: Peer, data: bytes, cut: Cut) -> None:
    for piece in cut(data):
        peer.raw(piece)
        await peer.writer.drain()


@pytest.mark.usefixtures("pair")
@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("name", [*LOST, *TOO_LARGE])
async def test_lost_framing_ends_that_conversation_alone(running: Running, name: str, cut: str) -> None:
    """A malformed header or an oversized length is answered by an error and closed; the others talk on."""
    evil = await Peer.hello(running.port, "evil")
    code = "bad_frame" if name in LOST else "frame_too_large"
    await _written(evil, (LOST | TOO_LARGE)[name], CUTS[cut])
    said = [message for message in await evil.closed() if message["type"] == "error"]
    assert [message["code"] for message in said] == [code]


@pytest.mark.usefixtures("pair")
@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("name", [*PAYLOADS, *UNKNOWN])
async def test_a_bad_payload_is_answered_and_the_conversation_goes_on(
    running: Running, name: str, cut: str
) -> None:
    """A well-framed payload that is no valid message gets its code; framing is intact."""
    evil = await Peer.hello(running.port, "evil")
    code = "bad_message" if name in PAYLOADS else "unknown_type"
    good = framed(b'{"type":"ping"}')
    await _written(evil, good + framed((PAYLOADS | UNKNOWN)[name]) + good, CUTS[cut])
    await evil.expect("pong")
    error = await evil.expect("error")
    assert error["code"] == code
    assert "Traceback" not in error["message"]
    assert len(error["message"]) < 200
    await evil.expect("pong")
    evil.say(type="history", room="#geral")
    assert [message["from"] for message in (await evil.expect("history"))["messages"]] == ["ana"]


@pytest.mark.usefixtures("pair")
@pytest.mark.parametrize("name", MEANING)
async def test_what_makes_no_sense_gets_its_code(running: Running, name: str) -> None:
    """A valid message that asks for what cannot be is refused by name and stores nothing."""
    payload, code = MEANING[name]
    evil = await Peer.hello(running.port, "evil")
    evil.raw(framed(payload.encode()))
    error = await evil.expect("error")
    assert error["code"] == code
    assert error.get("cid") == ("1" if '"cid"' in payload else None)
    evil.say(type="send", to="#geral", body="agora sim", cid="1")
    assert (await evil.expect("message"))["cid"] == "1"


@pytest.mark.usefixtures("pair")
@pytest.mark.parametrize("data", [b"1", b"10".ljust(63), b"100".ljust(64) + b"x" * 99], ids=len)
async def test_a_stream_that_ends_in_a_frame_is_closed_silently(running: Running, data: bytes) -> None:
    """A peer that goes in the middle of a frame is let go without a word and without a trace."""
    for leave in (Peer.close, Peer.reset):
        evil = await Peer.hello(running.port, "evil")
        evil.raw(data)
        leave(evil)
        assert all(message["type"] != "error" for message in await evil.closed())
        again = await Peer.hello(running.port, "evil", session=evil.welcome["session"])
        again.say(type="bye")
        await again.closed()


@pytest.mark.usefixtures("pair")
async def test_the_largest_frame_passes(running: Running) -> None:
    """A frame of exactly max_frame bytes is read; its unknown members are ignored."""
    ana = await Peer.hello(running.port, "maior")
    start = b'{"type":"ping","ref":"big","x":"'
    ana.raw(framed(start + b"x" * (65_536 - len(start) - 2) + b'"}'))
    assert (await ana.expect("pong"))["ref"] == "big"


@pytest.mark.usefixtures("pair")
async def test_ten_thousand_frames_in_one_write(running: Running) -> None:
    """A flood of good frames is answered in order, every one."""
    evil = await Peer.hello(running.port, "evil")
    evil.raw(b"".join(framed(b'{"type":"ping","ref":"%d"}' % n) for n in range(10_000)))
    for number in range(10_000):
        assert (await evil.expect("pong"))["ref"] == str(number)
