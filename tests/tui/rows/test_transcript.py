"""Messages as printed lines."""

from datetime import UTC

import pytest

from chat.client.line import line_of
from chat.client.state import State
from chat.messages import Deleted, Edited, Message, Reacted, Reaction
from chat.tui.rows.transcript import Transcript, told

NOON = 1_763_726_400_000  # 2025-11-21 12:00 UTC


def said(body="oi", *, to="#geral", sender="bia", ts=NOON, **members):
    return line_of(Message(**({"id": 1, "cid": "c"} | members), to=to, from_=sender, ts=ts, body=body))


@pytest.fixture
def transcript():
    """What Ana reads."""
    return Transcript(State("ana"), UTC)


def test_days_and_rooms(transcript):
    """The day is named once, and a room only where it is not the open one."""
    assert transcript.said(said(), "#geral") == ["-- sexta-feira, 21 de novembro de 2025 --", "12:00 bia: oi"]
    assert transcript.said(said(to="#redes"), "#geral") == ["12:00 #redes bia: oi"]


def test_private(transcript):
    """Private lines say so, and to whom one's own went."""
    transcript.said(said(), "#geral")
    assert transcript.said(said(to="@ana"), "#geral") == ["12:00 (em particular) bia: oi"]
    own = said(to="@bia", sender="ana")
    assert transcript.said(own, "#geral") == ["12:00 (em particular a @bia) ana: oi"]


@pytest.mark.parametrize(
    "body", ["a\nb", "a\rb", "a\x1b[2Jb", "a\u2028b", "a\x9bb", "\x1b]0;t\x07", "a\u202eb"]
)
def test_one_line_each(transcript, body):
    """Whatever a message holds it is one line, without anything that a terminal obeys."""
    transcript.said(said(), "#geral")
    (line,) = transcript.said(said(body), "#geral")
    assert line.isprintable()


def test_odd_times(transcript):
    """A time that is on no calendar is shown as none."""
    assert transcript.said(said(ts=10**18), "#geral") == ["--:-- bia: oi"]


def test_told():
    """A note's lines look like no message."""
    assert told("um\n\ndois") == ["* um", "* ", "* dois"]


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"body": "acena", "act": True}, "* bia acena"),
        ({"edited": True, "version": 9}, "bia: oi (editada)"),
        ({"deleted": True, "version": 9}, "bia: (apagada)"),
        ({"damaged": True}, "* (o que foi dito aqui se estragou no disco do servidor)"),
        ({"version": 9, "reactions": [Reaction("👍", ["ana"], 2)]}, "bia: oi [👍 3]"),
        ({"reply": 77}, "bia (em resposta a uma mensagem mais antiga): oi"),
    ],
)
def test_what_became_of_it(transcript, members, text):
    """What was done to a message stands behind it, in words that a screen reader says."""
    assert transcript.said(said(**members), "#geral")[1:] == [f"12:00 {text}"]


def test_answers(transcript):
    """An answer says to whom and to what, in a room and in private."""
    for place, mine in (("#geral", "#geral"), ("@ana", "@bia")):
        transcript._state.open(mine).place(said("que horas são, gente?", to=place))
        answer = said("três", to=mine, sender="ana", reply=1, id=2)
        assert (
            "ana (em resposta a bia: “que horas são, gente?”): três" in transcript.said(answer, "#geral")[-1]
        )


def test_changes(transcript):
    """What is done to a message later is a line of its own, which quotes what it is about."""
    head = {"id": 9, "to": "#redes", "from_": "bia", "ts": NOON, "cid": "e", "of": 1}
    transcript.said(said(), "#geral")
    for change, text in (
        (Edited(**head, body="olá"), "bia corrigiu uma mensagem: olá (“oi”)"),
        (Deleted(**head), "bia apagou uma mensagem (“oi”)"),
        (Reacted(**head, emoji="👍"), "bia reagiu com 👍 (“oi”)"),
    ):
        assert transcript.done(change, said(), "#geral") == [f"12:00 #redes * {text}"]
    assert transcript.done(Deleted(**head), None, "#redes") == ["12:00 * bia apagou uma mensagem"]


def test_numbers(transcript):
    """A message in a list has its number, day and place."""
    assert transcript.numbered(3, said()) == "3. sexta-feira, 21 de novembro de 2025 12:00 #geral bia: oi"
