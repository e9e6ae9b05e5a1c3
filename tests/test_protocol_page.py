"""The protocol page is true: its examples are exchanged with a server, its tables match the code."""

import json
import re
from pathlib import Path

import chat
from chat import messages as m
from chat.errors import SENTENCES
from tests.keys import Key
from tests.peer import Peer, Said
from tests.servers import Running

PAGE = (Path(chat.__file__).parent / "PROTOCOL.md").read_text()
CONVERSATIONS = [
    [json.loads(line) for line in re.sub(r"\n   ", "", re.sub(r"^[<>] ", "", block, flags=re.M)).splitlines()]
    for block in re.findall(r"```\n(.*?)```", PAGE, re.S)
]


async def exchange(peer: Peer, conversation: list[Said], key: Key) -> None:
    """Say what the page says, with a key and a proof that are real, and compare what comes back."""
    heard: Said = {}
    for request, event in zip(conversation[::2], conversation[1::2], strict=True):
        if "key" in request:
            request["key"] = key.public
        if request["type"] == "prove":
            assert key.proof(heard, "bia").keys() == request.keys()
            request = key.proof(heard, "bia")
        peer.say(**request)
        heard = await peer.expect(event["type"])
        assert heard.keys() == event.keys()
        assert {name: type(value) for name, value in heard.items()} == {
            name: type(value) for name, value in event.items()
        }


async def test_the_examples_are_exchanged(running: Running) -> None:
    """What the page says is sent is sent, and what comes back has the members that the page shows."""
    opening, identity, talking, rights = CONVERSATIONS
    assert [one["type"] for one in opening] == ["hello", "welcome"]
    assert [one["type"] for one in identity] == ["hello", "challenge", "prove", "welcome"]
    assert [one["type"] for one in talking] == ["send", "message"]
    ana, bia = await Peer.connect(running.port), await Peer.connect(running.port)
    await exchange(ana, opening, Key())
    await exchange(bia, identity, Key())
    await exchange(ana, talking, Key())
    await exchange(bia, rights, Key())


def test_the_codes() -> None:
    """The table of errors holds every code and no other, with its sentence."""
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", PAGE.split("## Errors")[1], re.M)
    assert dict(rows) == {str(code): sentence for code, sentence in SENTENCES.items()}


def test_the_requests() -> None:
    """Every request that a client may make stands in the page."""
    named = set(re.findall(r"`(\w+)`", PAGE))
    assert {str(kind.__struct_config__.tag) for kind in m.REQUESTS} <= named
