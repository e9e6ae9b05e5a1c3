"""The protocol page is true: its examples are exchanged with a server, its tables match the code."""

import json
import re
from pathlib import Path

import chat
from chat import messages as m
from chat.errors import SENTENCES
from tests.peer import Peer
from tests.servers import Running

PAGE = (Path(chat.__file__).parent / "PROTOCOL.md").read_text()
EXAMPLES = [
    json.loads(line)
    for block in re.findall(r"```\n(.*?)```", PAGE, re.S)
    for line in re.sub(r"\n   ", "", re.sub(r"^[<>] ", "", block, flags=re.M)).splitlines()
]


async def test_the_examples_are_exchanged(running: Running) -> None:
    """What the page says is sent is sent, and what comes back has the members that the page shows."""
    assert [example["type"] for example in EXAMPLES] == ["hello", "welcome", "send", "message"]
    ana = await Peer.connect(running.port)
    for request, event in zip(EXAMPLES[::2], EXAMPLES[1::2], strict=True):
        ana.say(**request)
        heard = await ana.expect(event["type"])
        assert heard.keys() == event.keys()
        assert {key: type(value) for key, value in heard.items()} == {
            key: type(value) for key, value in event.items()
        }


def test_the_codes() -> None:
    """The table of errors holds every code and no other, with its sentence."""
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", PAGE.split("## Errors")[1], re.M)
    assert dict(rows) == {str(code): sentence for code, sentence in SENTENCES.items()}


def test_the_requests() -> None:
    """Every request that a client may make stands in the page."""
    named = set(re.findall(r"`(\w+)`", PAGE))
    assert {str(kind.__struct_config__.tag) for kind in m.REQUESTS} - {"prove"} <= named
