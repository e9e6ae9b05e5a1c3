"""A person's words are gone: from what anybody reads, from what others are told, and from the disk."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from chat.operating.admin import SOCKET
from tests.processes import FREELY, Launch
from tests.server.folders import head, installed, typed
from tests.torture.bench import Wire

MARK = "zqxmarker"


def marks(data: Path) -> dict[str, int]:
    """In which files of a folder the marker is, and how often."""
    found = {path.name: path.read_bytes().count(MARK.encode()) for path in data.rglob("*") if path.is_file()}
    return {name: count for name, count in found.items() if count}


def searched(wire: Wire, text: str) -> list[dict[str, Any]]:
    """What a search finds."""
    wire.say(type="search", text=text)
    found: list[dict[str, Any]] = wire.expect("found")["messages"]
    return found


def talked(ana: Wire, bia: Wire) -> None:
    """Both say, change, answer and like things; ana's have the marker in them."""
    for number in range(30):
        ana.send("#geral", f"{MARK} {number} {'x' * (number * 97)}", f"a{number}")
        bia.send("#geral", f"answer {number}", f"b{number}")
    ana.say(type="edit", id=1, body=f"{MARK} edited", cid="e")
    ana.expect("edited")
    ana.say(type="react", id=2, emoji="👍", cid="r")
    ana.expect("reacted")
    bia.say(type="react", id=2, emoji="👍", cid="r")
    bia.expect("reacted", **{"from": "bia"})
    ana.say(type="topic", room="#geral", topic=f"{MARK} topic", cid="t")
    ana.expect("topic")
    ana.send("@bia", f"{MARK} private", "p1")
    bia.send("@ana", "what ana was told", "p2")


def test_nothing_is_left(launch: Launch, tmp_path: Path) -> None:
    """No file has a word of it; the places stay, what others said stays, and who is here is told."""
    server = launch("--port", "0", "--data", str(tmp_path), *FREELY)
    port = server.port()
    with Wire(port, "bia") as bia:
        with Wire(port, "ana") as ana:
            talked(ana, bia)
            assert len(searched(bia, MARK)) == 31
            assert marks(tmp_path)
            code, said, _ = installed("erase", "ana", "--data", tmp_path)
            assert (code, said.split()[0]) == (0, "34"), said
            assert ana.expect("bye")["reason"] == "kicked"
        assert marks(tmp_path) == {}
        told = {bia.expect("deleted", **{"from": "ana"})["of"] for _ in range(31)}
        assert 1 in told
        page = bia.everything()
        mine = [message for message in page if message["from"] == "ana"]
        assert len(mine) == 30
        assert all(message["deleted"] and not message["body"] for message in mine)
        assert [m["body"] for m in page if m["from"] == "bia"] == [f"answer {n}" for n in range(30)]
        (liked,) = [message for message in page if message["id"] == 2]
        assert [reaction["users"] for reaction in liked["reactions"]] == [["bia"]]
        assert searched(bia, MARK) == []
        assert len(searched(bia, "answer")) == 30
        last = bia.send("#geral", "goes on", "z")["id"]
    with Wire(port, "caio", after=0, log=bia.welcome["log"]) as caio:
        assert caio.welcome["rooms"][0]["topic"] == ""
        assert not re.search(MARK, str(caio.everything()))
    assert typed("erase", "ana", "--data", tmp_path)[0] == 0
    assert server.stop() == 0
    assert marks(tmp_path) == {}
    server = launch("--port", "0", "--data", str(tmp_path), *FREELY)
    with Wire(server.port(), "bia") as bia:
        assert bia.welcome["head"] == last


def test_who_was_away_is_told(launch: Launch, tmp_path: Path) -> None:
    """A client with a copy learns of it when it comes back, by the same deletions."""
    server = launch("--port", "0", "--data", str(tmp_path), *FREELY)
    port = server.port()
    with Wire(port, "bia") as bia:
        with Wire(port, "ana") as ana:
            ana.send("#geral", MARK, "1")
        seen = bia.expect("message")["id"]
    assert typed("erase", "ana", "--data", tmp_path)[0] == 0
    with Wire(port, "bia", after=seen, log=bia.welcome["log"], session=bia.welcome["session"]) as bia:
        assert bia.expect("message", "deleted") | {"ts": 0} == {
            "type": "deleted",
            "id": 2,
            "to": "#geral",
            "from": "ana",
            "ts": 0,
            "cid": "erase-1",
            "of": seen,
        }


async def test_nobody_of_that_name(launch: Launch, tmp_path: Path) -> None:
    """Of somebody who never said anything nothing is erased; without a server, or a name, it is said so."""
    server = launch("--port", "0", "--data", str(tmp_path), *FREELY)
    server.port()
    assert typed("erase", "nobody", "--data", tmp_path)[1].split()[0] == "0"
    assert typed("erase", "a b", "--data", tmp_path)[0] == 2
    assert typed("erase", "--data", tmp_path)[0] == 2
    assert server.stop() == 0
    assert typed("erase", "ana", "--data", tmp_path)[0] == 1
    assert (await head(tmp_path))[1] == 0


@pytest.mark.parametrize("last", [b'{"error":"storage_failed"}\n', b""])
async def test_a_server_that_stops_meanwhile(tmp_path: Path, last: bytes) -> None:
    """Whether it still says so or is simply gone: not all is erased, and it is to be done again."""

    async def stops(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b'{"done":1,"whole":2}\n' + last)
        writer.close()

    async with await asyncio.start_unix_server(stops, tmp_path / SOCKET):
        code, _, complaint = await asyncio.to_thread(typed, "erase", "ana", "--data", tmp_path)
    assert code == 1
    assert "Not all of it is erased yet" in complaint
    assert "Run this again" in complaint
