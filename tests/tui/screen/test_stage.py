"""What the stage does with events and keys, without a terminal."""

import pytest

from chat import messages as m
from chat.client import Connection, ConnectionChanged, Notes, Reset, State
from chat.tui.screen.stage import Stage
from tests.fakes import message


class Client:
    """A client that only has a name."""

    user = "ana"
    kept = False

    def __init__(self):
        self.notes = Notes(None)

    def make_state(self):
        return State(self.user)

    async def history(self, *arguments, **more):
        raise AssertionError("nothing is asked here")

    who = history


def welcome(head=0):
    return m.Welcome(
        version=1,
        server="fake",
        user="ana",
        session="s",
        log="l",
        head=head,
        rooms=[m.RoomInfo("#geral", "", 1), m.RoomInfo("#redes", "", 1)],
        max_frame=65_536,
        max_body=4_096,
        features=[],
    )


@pytest.fixture
def stage():
    """Ana's, before anything was heard; what it would ask is thrown away."""
    return Stage(Client(), lambda work: work.close(), lambda: None, lambda: None)


def test_typed_ahead(stage):
    """What is typed before the server's welcome is still in the field after it."""
    stage.field.buffer.insert_text("já escrevi")
    stage.hear(ConnectionChanged(Connection.OPEN))
    stage.hear(welcome())
    assert (stage.current, stage.field.text) == ("#geral", "já escrevi")


def test_too_early(stage):
    """Words sent before there is a room stay in the field, and the reason is told in the first room."""
    stage.field.buffer.insert_text("cedo demais")
    stage.send()
    stage.hear(welcome())
    assert stage.field.text == "cedo demais"
    assert [note.text.split(":")[0] for note in stage.view.notes["#geral"]] == [
        "Você ainda não está conectado",
        "Conectado.",
    ]


def test_what_is_seen_is_read(stage):
    """The open talk has nothing unread while its newest line is seen; scrolled up it counts."""
    stage.hear(welcome())
    stage.hear(message(1, "um"))
    assert stage.state.talks["#geral"].unread == 0
    for id in range(2, 60):
        stage.hear(message(id, "mais"))
    stage.act("page_up")
    stage.hear(message(60, "dois"))
    assert stage.state.talks["#geral"].unread == 1
    stage.act("newest")
    assert stage.state.talks["#geral"].unread == 0


def test_another_history(stage):
    """After a reset, notes stand before what comes, however small its ids are."""
    stage.hear(welcome(head=900))
    stage.hear(Reset())
    stage.hear(welcome(head=0))
    assert stage.view.head == 0
    assert {note.after for note in stage.view.notes["#geral"]} == {0}


def test_closing_goes_home(stage):
    """When the open talk is closed the lobby is shown, and the closed one is gone from the list."""
    stage.hear(welcome())
    stage.desk.open_private("bia")
    stage.close("@bia")
    assert stage.current == "#geral"
    stage.visit("@bia")
    assert stage.current == "#geral"
    stage.visit("#redes")
    assert stage.current == "#redes"
