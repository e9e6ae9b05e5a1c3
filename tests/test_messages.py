"""The vocabulary: every message survives its codec, and no bytes do more than be unreadable."""

import json
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import inspect

from chat import messages as m

quick = settings(deadline=None, max_examples=150)
KINDS = sorted(m.REQUESTS | m.EVENTS, key=lambda kind: kind.__name__)
REQUEST_TAGS = (
    "hello prove send edit delete react topic search join leave history rooms who ping pong bye "
    "invite kick ban unban mute unmute role kind slow roster log"
)
EVENT_TAGS = (
    "welcome challenge message edited deleted reacted topic stale found "
    "joined left history rooms who ping pong bye error moderated roster log"
)


def tag(kind: type[msgspec.Struct]) -> str:
    """What a kind of message is called on the wire."""
    return str(kind.__struct_config__.tag)


def unreadable(payload: bytes) -> m.Unreadable:
    """The error that a request's payload gives."""
    with pytest.raises(m.Unreadable) as raised:
        m.decode_request(payload)
    return raised.value


def values(kind: inspect.Type) -> st.SearchStrategy[Any]:
    """Valid values of a type, from the schema that the decoder itself uses."""
    return _BY_TYPE[type(kind)](kind)


def _texts(kind: inspect.StrType) -> st.SearchStrategy[Any]:
    text = st.text(
        st.characters(exclude_categories=["Cs"]),
        min_size=kind.min_length or 0,
        max_size=min(20, kind.max_length or 20),
    )
    return text.filter(m.bounded) if kind.max_length == m.MAX_TOKEN else text


def _structs(kind: inspect.StructType) -> st.SearchStrategy[Any]:
    required = {field.name: values(field.type) for field in kind.fields if field.required}
    optional = {field.name: values(field.type) for field in kind.fields if not field.required}
    members = st.fixed_dictionaries(required, optional=optional)
    return members.map(lambda given: kind.cls(**given))


_BY_TYPE: dict[type[inspect.Type], Any] = {
    inspect.StrType: _texts,
    inspect.IntType: lambda kind: st.integers(kind.ge, kind.le),
    inspect.BoolType: lambda kind: st.booleans(),
    inspect.NoneType: lambda kind: st.none(),
    inspect.AnyType: lambda kind: st.none() | st.integers(0, 9) | st.text("ab1", max_size=3),
    inspect.ListType: lambda kind: st.lists(values(kind.item_type), max_size=3),
    inspect.DictType: lambda kind: st.dictionaries(
        values(kind.key_type), values(kind.value_type), max_size=3
    ),
    inspect.EnumType: lambda kind: st.sampled_from(list(kind.cls)),
    inspect.UnionType: lambda kind: st.one_of([values(one) for one in kind.types]),
    inspect.StructType: _structs,
}
messages_of = {kind: values(inspect.type_info(kind)) for kind in KINDS}
any_message = st.one_of(list(messages_of.values()))
valid_payloads = any_message.map(m.encode)


def test_the_vocabulary_is_that_of_the_contract() -> None:
    """No request and no event more or less, and each is in the union that the decoder knows."""
    assert sorted(map(tag, m.REQUESTS)) == sorted(REQUEST_TAGS.split())
    assert sorted(map(tag, m.EVENTS)) == sorted(EVENT_TAGS.split())
    assert set(get_args(m.AnyRequest)) == m.REQUESTS
    assert set(get_args(m.AnyEvent)) == m.EVENTS


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_message_survives_its_codec(kind: type[m.Request] | type[m.Event]) -> None:
    """Encoded and decoded it is the same message, one JSON object with its type."""

    @settings(deadline=None, max_examples=25)
    @given(messages_of[kind])
    def survives(message: Any) -> None:
        payload = m.encode(message)
        decode = m.decode_request if kind in m.REQUESTS else m.decode_event
        assert decode(payload) == message
        assert json.loads(payload)["type"] == tag(kind)

    survives()


def test_every_integer_has_its_bounds() -> None:
    """The decoder itself takes any number of digits; a database and a calendar do not."""
    loose = [
        (kind.__name__, field.name)
        for kind in (*KINDS, m.RoomInfo, m.Reaction)
        for field in inspect.type_info(kind).fields
        for one in getattr(field.type, "types", [field.type])
        if isinstance(one, inspect.IntType) and (one.ge is None or one.le is None or one.le >= 2**63)
    ]
    assert loose == []


def test_members_have_the_names_of_the_contract() -> None:
    """`with` and `from` are words of Python, not of the wire."""
    message = m.Message(id=4712, to="#geral", from_="ana", ts=1795216610380, cid="7f3a-1", body="oi, gente")
    assert m.encode(message) == (
        b'{"type":"message","id":4712,"to":"#geral","from":"ana","ts":1795216610380,'
        b'"cid":"7f3a-1","body":"oi, gente"}'
    )
    assert m.decode_request(b'{"type":"history","with":"bob"}') == m.History(with_="bob")
    assert m.encode(m.HistoryPage(messages=[], more=False, with_="bob")) == (
        b'{"type":"history","messages":[],"more":false,"with":"bob"}'
    )


ACUTES = "é" * 32
BAD_MESSAGES = {
    "a space": b" ",
    "nothing": b"",
    "0xff in a body": b'{"type":"send","to":"#a","body":"\xff","cid":"1"}',
    "overlong slash": b'{"type":"send","to":"#a","body":"\xc0\xaf","cid":"1"}',
    "surrogate in UTF-8": b'{"type":"send","to":"#a","body":"\xed\xa0\x80","cid":"1"}',
    "cut emoji": b'{"type":"send","to":"#a","body":"\xf0\x9f\x98","cid":"1"}',
    "0xff in an unknown member": b'{"type":"ping","x":"\xff"}',
    "0xff in an unknown key": b'{"type":"ping","\xff":1}',
    "brackets": b"[" * 60_000,
    "open and closed brackets": b"[" * 30_000 + b"]" * 30_000,
    "deep in a request": b'{"type":"send","x":' + b"[" * 1_000 + b"]" * 1_000 + b"}",
    "deep objects": b'{"type":"ping","x":' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001,
    "lone high surrogate": b'{"type":"send","to":"#a","body":"\\ud800","cid":"1"}',
    "surrogates the wrong way round": b'{"type":"send","to":"#a","body":"\\udc00\\ud800","cid":"1"}',
    "lone surrogate in an unknown member": b'{"type":"ping","x":"\\ud800"}',
    "10^400": b'{"type":"hello","version":1,"after":1' + b"0" * 400 + b"}",
    "5,000 digits": b'{"type":"hello","version":' + b"9" * 5_000 + b"}",
    "after -1": b'{"type":"hello","after":-1}',
    "after 1.0": b'{"type":"hello","after":1.0}',
    "after 1.5": b'{"type":"hello","after":1.5}',
    "after 1e3": b'{"type":"hello","after":1e3}',
    "after true": b'{"type":"hello","after":true}',
    "after a string": b'{"type":"hello","after":"5"}',
    "after 2^63": b'{"type":"hello","after":9223372036854775808}',
    "limit 0": b'{"type":"history","room":"#a","limit":0}',
    "limit -1": b'{"type":"history","room":"#a","limit":-1}',
    "limit 1.5": b'{"type":"history","room":"#a","limit":1.5}',
    "before -1": b'{"type":"history","room":"#a","before":-1}',
    "1,001 rooms": json.dumps({"type": "hello", "rooms": ["#a"] * 1_001}).encode(),
    "NaN": b'{"type":"ping","x":NaN}',
    "Infinity": b'{"type":"hello","after":Infinity}',
    "1e999": b'{"type":"hello","after":1e999}',
    "two types": b'{"type":"ping","type":"bye"}',
    "no type": b'{"to":"#a"}',
    "type 5": b'{"type":5}',
    "type null": b'{"type":null}',
    "type a list": b'{"type":["ping"]}',
    "list": b"[]",
    "string": b'"ping"',
    "number": b"5",
    "null": b"null",
    "two objects": b'{"type":"ping"}{"type":"ping"}',
    "trailing comma": b'{"type":"ping",}',
    "trailing junk": b'{"type":"ping"}x',
    "single quotes": b"{'type':'ping'}",
    "comment": b'{"type":"ping"}//',
    "byte order mark": b'\xef\xbb\xbf{"type":"ping"}',
    "UTF-16": '{"type":"ping"}'.encode("utf-16"),
    "UTF-16 without a mark": '{"type":"ping"}'.encode("utf-16-le"),
    "UTF-32": '{"type":"ping"}'.encode("utf-32"),
    "raw ESC in a string": b'{"type":"send","to":"#a","body":"\x1b[2J","cid":"1"}',
    "raw line feed in a string": b'{"type":"send","to":"#a","body":"a\nb","cid":"1"}',
    "to a number": b'{"type":"send","to":5,"body":"x","cid":"1"}',
    "to null": b'{"type":"send","to":null,"body":"x","cid":"1"}',
    "body missing": b'{"type":"send","to":"#a","cid":"1"}',
    "cid missing": b'{"type":"send","to":"#a","body":"x"}',
    "cid empty": b'{"type":"send","to":"#a","body":"x","cid":""}',
    "cid of 65 bytes": b'{"type":"send","to":"#a","body":"x","cid":"' + b"c" * 65 + b'"}',
    "cid of 65 bytes in 33 characters": f'{{"type":"send","to":"#a","body":"x","cid":"a{ACUTES}"}}'.encode(),
    "cid of a megabyte": b'{"type":"send","to":"#a","body":"x","cid":"' + b"c" * 2**20 + b'"}',
    "cid with NUL": b'{"type":"send","to":"#a","body":"x","cid":"a\\u0000"}',
    "cid a number": b'{"type":"send","to":"#a","body":"x","cid":1}',
    "ref an object": b'{"type":"ping","ref":{}}',
    "ref with CRLF": b'{"type":"ping","ref":"a\\r\\nb"}',
    "ref with C1": b'{"type":"ping","ref":"a\\u009b"}',
    "ref of 65 bytes": b'{"type":"ping","ref":"' + b"r" * 65 + b'"}',
}


@pytest.mark.parametrize("payload", BAD_MESSAGES.values(), ids=BAD_MESSAGES)
def test_bad_payloads_are_unreadable(payload: bytes) -> None:
    """Each class of bad payload is a message of ours that is not valid, not one of an unknown type."""
    assert unreadable(payload).known


@pytest.mark.parametrize("name", ["", "zip", "Ping", "ping ", "welcome", "x" * 10_000, "\0", "типо"])
def test_unknown_types_are_told_apart(name: str) -> None:
    """A type that a newer client may know is not a bad message; its ref and cid come back."""
    error = unreadable(json.dumps({"type": name, "ref": "r1", "cid": "c1"}).encode())
    assert not error.known
    assert (error.ref, error.cid) == ("r1", "c1")


def test_unknown_events_are_told_apart() -> None:
    """A newer server may say what a client does not know; what only clients say is as unknown."""
    for name in ("zip", "send"):
        with pytest.raises(m.Unreadable) as raised:
            m.decode_event(json.dumps({"type": name}).encode())
        assert not raised.value.known
    with pytest.raises(m.Unreadable) as raised:
        m.decode_event(b'{"type":"welcome"}')
    assert raised.value.known


@pytest.mark.parametrize(
    ("members", "ref", "cid"),
    [
        ({"type": "send", "ref": "r", "cid": "c", "to": 5}, "r", "c"),
        ({"type": "send", "ref": "é" * 32, "cid": "c" * 64, "to": 5}, "é" * 32, "c" * 64),
        ({"type": "send", "ref": "é" * 33, "cid": "c" * 65, "to": 5}, None, None),
        ({"type": "send", "ref": 5, "cid": ["c"], "to": 5}, None, None),
        ({"type": "send", "ref": "a\nb", "cid": "a\x7f", "to": 5}, None, None),
        ({"type": "send", "ref": "r", "cid": "é" * 40, "to": "#a", "body": "x"}, "r", None),
        ({"type": "send", "ref": "é" * 40, "cid": "c", "to": "#a", "body": "x"}, None, "c"),
        ({"type": "ping", "ref": "é" * 40}, None, None),
        ({"type": "send"}, None, None),
    ],
)
def test_what_can_be_saved_comes_back(members: dict[str, Any], ref: str | None, cid: str | None) -> None:
    """The answer carries `ref` and `cid` where they are readable and within their bounds."""
    error = unreadable(json.dumps(members).encode())
    assert error.known
    assert (error.ref, error.cid) == (ref, cid)


READABLE = [
    (b'{"type":"ping"}', m.Ping()),
    (b' {"type" : "ping"} \n', m.Ping()),
    (b'{"t\\u0079pe":"ping"}', m.Ping()),
    (b'{"type":"ping","type":"ping"}', m.Ping()),
    (b'{"x":{"type":"bye"},"type":"ping","type2":"bye"}', m.Ping()),
    (b'{"type":"ping","ref":null}', m.Ping()),
    (b'{"type":"ping","x":1e999,"y":[1.5,null,true]}', m.Ping()),
    (b'{"type":"hello","after":null}', m.Hello()),
    (b'{"type":"hello","after":9223372036854775807}', m.Hello(after=2**63 - 1)),
    (b'{"type":"hello","version":"1"}', m.Hello(version="1")),
    (b'{"type":"hello","version":[2]}', m.Hello(version=[2])),
    (b'{"type":"send","to":"#a","body":"x","body":"y","cid":"1"}', m.Send(to="#a", body="y", cid="1")),
    (
        b'{"type":"send","to":"#a","body":"\\u001b\\u0000\x7f","cid":"1"}',
        m.Send(to="#a", body="\x1b\0\x7f", cid="1"),
    ),
    ('{"type":"send","to":"","body":"","cid":"éé"}'.encode(), m.Send(to="", body="", cid="éé")),
    (b'{"type":"history","room":"#a","limit":1000000000}', m.History(room="#a", limit=10**9)),
    (b'{"type":"who"' + b',"x":[[],[],[]]' * 4_000 + b"}", m.Who()),
    (b"{" + b"".join(b'"x%d":%d,' % (n, n) for n in range(6_000)) + b'"type":"rooms"}', m.Rooms()),
    (b'{"type":"bye","x":[' + b"[]," * 20_000 + b"[]]}", m.Bye()),
]


@pytest.mark.parametrize(("payload", "request_"), READABLE, ids=lambda value: repr(value)[:40])
def test_what_is_not_forbidden_is_read(payload: bytes, request_: m.Request) -> None:
    """Unknown members are ignored, of two equal members the last counts, null is absent, escapes are text."""
    assert m.decode_request(payload) == request_


def test_tokens_are_bounded_in_bytes() -> None:
    """64 bytes of UTF-8, printable."""
    assert m.bounded(None)
    assert m.bounded("")
    assert m.bounded("c" * 64)
    assert m.bounded("é" * 32)
    assert not m.bounded("é" * 33)
    assert not m.bounded("a\n")
    assert not m.bounded("\u202e")


def decoded(payload: bytes) -> bool:
    """Whether a payload is a request or an event; nothing but Unreadable may come of it."""
    good = 0
    for decode in (m.decode_request, m.decode_event):
        try:
            message = decode(payload)
        except m.Unreadable:
            continue
        assert decode(m.encode(message)) == message
        good += 1
    return good > 0


@quick
@given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_read_or_unreadable(payload: bytes) -> None:
    """No other exception for any bytes whatever."""
    assert decoded(payload) in (True, False)


@settings(deadline=None, max_examples=400)
@given(
    valid_payloads,
    st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 3), st.binary(max_size=4)), max_size=3),
)
def test_damaged_messages_are_read_or_unreadable(
    payload: bytes, damages: list[tuple[int, int, bytes]]
) -> None:
    """Bytes put in, taken out, overwritten in valid messages."""
    for at, taken, put in damages:
        place = at % (len(payload) + 1)
        payload = payload[:place] + put + payload[place + taken :]
    assert decoded(payload) or damages


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
member_names = sorted({name for kind in KINDS for name in kind.__struct_encode_fields__})
tags = st.sampled_from(sorted({*REQUEST_TAGS.split(), *EVENT_TAGS.split(), "zip"}))


@settings(deadline=None, max_examples=400)
@given(tags, st.dictionaries(st.sampled_from(member_names), json_values, max_size=6))
def test_any_members_are_read_or_unreadable(name: str, members: dict[str, Any]) -> None:
    """Objects of any of our types with any values in our members."""
    assert decoded(json.dumps({"type": name, **members}).encode()) in (True, False)


WRONG = [
    None,
    True,
    5,
    -1,
    2**63,
    1.5,
    "",
    "x",
    "\x1b",
    "x" * 5_000,
    [],
    [None],
    ["x"],
    [[]],
    {},
    {"type": "bye"},
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_wrong_values_in_each_member(kind: type[m.Request] | type[m.Event]) -> None:
    """Each wrong value in each member of each message: read within bounds, or unreadable."""
    decode = m.decode_request if kind in m.REQUESTS else m.decode_event
    good = json.loads(m.encode(_example(kind)))
    for name in kind.__struct_encode_fields__:
        refused: list[m.Unreadable] = []
        for wrong in WRONG:
            try:
                message = decode(json.dumps({**good, name: wrong}).encode())
            except m.Unreadable as error:
                refused.append(error)
            else:
                assert msgspec.convert(msgspec.to_builtins(message), type(message)) == message
        assert all(error.known for error in refused)
        assert name == "version" or len(refused) >= len(WRONG) // 2, name


def _example(kind: type[m.Request] | type[m.Event]) -> Any:
    """A message with its required members only, each at its simplest."""
    simplest = {inspect.StrType: "x", inspect.IntType: 1, inspect.BoolType: False, inspect.ListType: []}
    types = {field.name: field.type for field in inspect.type_info(kind).fields if field.required}
    chosen = {name: next(iter(one.cls)) for name, one in types.items() if isinstance(one, inspect.EnumType)}
    plain = {name: simplest[type(one)] for name, one in types.items() if name not in chosen}
    return kind(**plain, **chosen)
