"""Entries as lines for programs, without a server."""

import json
from datetime import UTC

import pytest

from chat import messages as m
from chat.tui.rows.entries import as_json, as_text

HEAD = {"id": 7, "to": "#ops", "from_": "bia", "ts": 1_795_241_688_524, "cid": "c"}
WHEN = "2026-11-21 06:14"


def test_json_is_the_wire_and_the_room() -> None:
    """All members of the wire are there under their names, and the place beside them."""
    said = m.Message(**HEAD, body="olá", reply=3, ref="r1")
    members = json.loads(m.encode(said)) | {"room": "#ops"}
    del members["ref"]
    assert json.loads(as_json(said, "ana")) == members


def test_json_moves_no_terminal() -> None:
    """What a terminal could obey, or be turned round by, is escaped; the text is the same when read."""
    body = "é \x1b[2J\x7f\x9b2J\u202e\u2028\u200b\U000e0041 👍"
    line = as_json(m.Message(**HEAD, body=body), "ana")
    assert line.isprintable()
    assert "é" in line
    assert "👍" in line
    assert json.loads(line)["body"] == body


@pytest.mark.parametrize(
    ("to", "sender", "room"), [("@ana", "bia", "@bia"), ("@Bia", "ana", "@Bia"), ("#ops", "ana", "#ops")]
)
def test_place(to: str, sender: str, room: str) -> None:
    """A private message belongs to the talk with the other of the two, whoever wrote it."""
    said = m.Message(**(HEAD | {"to": to, "from_": sender}), body="oi")
    assert json.loads(as_json(said, "ana"))["room"] == room


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        (m.Message(**HEAD, body="um\ndois \x1b[2J"), "bia: um↵dois ␛[2J"),
        (m.Message(**HEAD, body="acena", act=True), "* bia acena"),
        (m.Message(**HEAD, body="", deleted=True, version=9), "bia: (apagada)"),
        (
            m.Message(**HEAD, body="", damaged=True),
            "* (o que foi dito aqui se estragou no disco do servidor)",
        ),
        (m.Edited(**HEAD, of=3, body="dois"), "* bia corrigiu uma mensagem: dois"),
        (m.Deleted(**HEAD, of=3), "* bia apagou uma mensagem"),
        (m.Reacted(**HEAD, of=3, emoji="👍"), "* bia reagiu com 👍"),
        (m.Reacted(**HEAD, of=3, emoji="👍", on=False), "* bia retirou 👍"),
        (m.Topic(**HEAD, topic="provas"), "* bia definiu o tópico: provas"),
        (m.Topic(**HEAD, topic=""), "* bia tirou o tópico."),
    ],
)
def test_text(entry: m.Message | m.Change, text: str) -> None:
    """One line each, with day, time and place, made safe."""
    assert as_text(entry, "ana", UTC) == f"{WHEN} #ops {text}"


def test_no_time() -> None:
    """A time that is on no calendar breaks nothing."""
    assert as_text(m.Message(**(HEAD | {"ts": 2**62}), body="oi"), "ana").startswith("---------- --:-- #ops")
