"""Messages as printed lines."""

from datetime import UTC

import pytest

from chat.client.state import State
from chat.messages import Message
from chat.tui.transcript import Transcript, told

NOON = 1_763_726_400_000  # 2025-11-21 12:00 UTC


def said(body="oi", *, to="#geral", sender="bia", ts=NOON):
    return Message(id=1, to=to, from_=sender, ts=ts, cid="c", body=body)


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
