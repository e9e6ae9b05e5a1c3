"""The page about the doors is true: its conversation is held with a server."""

import re
from pathlib import Path

import chat
from chat.doors.commands import HELP
from chat.doors.pieces import LIMIT
from chat.limits.options import Options
from chat.messages import MAX_BODY
from tests.doors.plain import Plain, opened
from tests.servers import Running

PAGE = (Path(chat.__file__).parent / "doors" / "DOORS.md").read_text("utf-8")


async def test_the_conversation(running: Running) -> None:
    """What the page says is sent gets exactly the answers that it says are received."""
    ana = await Plain.connect(await opened(running))
    (block,) = re.findall(r"```\n(.*?)```", PAGE, re.S)
    lines = block.splitlines()
    for said in lines:
        direction, text = said[0], said[2:]
        if direction == ">":
            ana.type(text)
        elif text == "User: ":
            assert await ana.shown(len(text)) == text
        else:
            assert await ana.line() == text
    assert await ana.closed() == ""
    assert {line[0] for line in lines} == {"<", ">"}


def test_the_numbers() -> None:
    """The bounds on the page are those of the program."""
    assert f"{Options().name_deadline:.0f} s" in PAGE
    assert f"{MAX_BODY // 1_024} KiB" in PAGE
    assert MAX_BODY < LIMIT
    assert HELP.names[1] in PAGE
