"""The columns and the bars, drawn without a terminal."""

import pytest

from chat import messages as m
from chat.client.events import Connection
from chat.client.state import Line, State, Status
from chat.tui.desk.view import View
from chat.tui.rows import cells, render, sidebar, status


def crowd(count, *, named=None):
    """A room with so many people, of whom some are known by name."""
    state = State("ana")
    talk = state.open("#geral")
    talk.joined, talk.members = True, count
    talk.enter([f"p{number:03}" for number in range(count if named is None else named)])
    return state


def texts(entries):
    return ["".join(text for _, text in entry.row).rstrip() for entry in entries]


def test_people():
    """Everybody is listed where there is room, else the first and how many more."""
    assert texts(sidebar.people(crowd(2), View(current="#geral"), 15, 10)) == ["Pessoas", "p000", "p001"]
    many = texts(sidebar.people(crowd(500), View(current="#geral"), 15, 4))
    assert many == ["Pessoas", "p000", "p001", "e mais 498"]
    unnamed = texts(sidebar.people(crowd(7, named=2), View(current="#geral"), 15, 9))
    assert unnamed == ["Pessoas", "p000", "p001", "e mais 5"]


def test_what_people_are():
    """Those who look after the room stand first, guests last, each with the word for it."""
    state = State("ana")
    talk = state.open("#geral")
    talk.enter(
        ["visita", "bia", "ana", "dona"], guests=["visita"], roles={"dona": "owner", "ana": "moderator"}
    )
    talk.members = 4
    assert texts(sidebar.people(state, View(current="#geral"), 20, 10)) == [
        "Pessoas",
        "ana moderador",
        "dona dono",
        "bia",
        "visita visitante",
    ]
    assert texts(sidebar.people(state, View(current="#geral"), 9, 10))[4] == "visita v…"


def test_the_title_says_what_the_room_is():
    """A room that is not for all says so beside its members."""
    state = crowd(3)
    assert "· 3" not in "".join(text for _, text in status.title(state, View(current="#geral"), 40))
    state.talks["#geral"].kind = "private"
    assert "privada · 3 pessoas" in "".join(
        text for _, text in status.title(state, View(current="#geral"), 40)
    )


def test_people_of_a_private_talk():
    """In a private talk there is the other; with no talk open nobody."""
    state = State("ana")
    state.open("@Bia")
    assert texts(sidebar.people(state, View(current="@bia"), 15, 5)) == ["Pessoas", "Bia"]
    assert sidebar.people(state, View(), 15, 5) == []


def test_the_open_talk_is_among_those_shown():
    """Of more talks than rows those around the open one are shown, with their counts."""
    state = State("ana")
    for number in range(100):
        state.open(f"#sala{number:02}").joined = True
    state.talks["#sala51"].unread, state.talks["#sala51"].mentions = 12, 1
    shown = sidebar.talks(state, View(current="#sala50"), 17, 6)
    assert "▸#sala50" in texts(shown)
    assert " #sala51    @1 12" in texts(shown)
    assert len(shown) == 6
    assert [entry.target for entry in shown][:2] == ["", "#sala48"]


@pytest.mark.parametrize("name", ["#" + "x" * 60, "#" + "好" * 30, "#\x1b[2J", "#"])
def test_rows_fit(name):
    """Whatever a room or its topic is called, no row is wider than its place."""
    state = State("ana")
    talk = state.open(name)
    talk.joined, talk.unread, talk.topic = True, 5, "tema\n\x1b]0;mau\x07 " * 20
    view = View(current=talk.key)
    rows = [entry.row for entry in sidebar.talks(state, view, 17, 5)]
    rows += [status.title(state, view, 17), status.title(state, view, 80), status.title(state, view, 4)]
    assert "\x1b" not in render.plain(rows)
    assert [cells.width("".join(text for _, text in row)) for row in rows[-3:]] == [17, 80, 4]
    assert all(cells.width("".join(text for _, text in row)) <= 17 for row in rows[:-3])


def bar(state, view=None, *, now=10_000, width=80, columns=True):
    (_, text) = status.status(state, view or View(), now, width, columns=columns)[0]
    assert cells.width(text) == width
    return text.rstrip()


def test_status_tells_the_truth():
    """Connecting, connected as whom to what, waiting and for how long, closed and why."""
    state = State("ana")
    state.server = "chat"
    assert bar(state).startswith(" Conectando…")
    state.connection = Connection.OPEN
    assert bar(state).startswith(" Conectado como ana a chat")
    state.connection, state.retry_at, state.reason = Connection.WAITING, 13_001, "closed"
    assert bar(state).startswith(" Sem conexão: nova tentativa em 4 s · o servidor fechou a conexão")
    state.connection, state.reason = Connection.CLOSED, "replaced"
    assert bar(state).startswith(" Desconectado: você se conectou de outro lugar")


def test_status_says_what_may_be_old():
    """As long as the server is cut off from its cluster, and no longer than the connection."""
    state = State("ana")
    state.connection = Connection.OPEN
    state.apply(m.Stale(), 0)
    assert "· pode estar desatualizado" in bar(state)
    state.connection = Connection.WAITING
    assert "desatualizado" not in bar(state)
    state.connection = Connection.OPEN
    state.apply(m.Stale(on=False), 0)
    assert "desatualizado" not in bar(state)


def test_status_counts():
    """What waits is counted, and what is unread elsewhere where no column shows it."""
    state = State("ana")
    state.connection = Connection.OPEN
    for number in range(3):
        state.pending(f"c{number}", "#geral", "oi", 0)
    state.failed("c1", "slow_down")
    state.open("#redes").unread = 4
    state.open("@bia").unread = state.open("@bia").mentions = 1
    view = View(current="#geral")
    assert "· 2 esperando" in bar(state, view)
    assert "#redes" not in bar(state, view)
    assert "· @bia 1 · #redes 4" in bar(state, view, columns=False)
    assert status.pending(state) == 2


def test_waiting_counts_only_pending_lines():
    """Lines with an id are not waiting."""
    state = State("ana")
    state.open("#geral").place(Line("c", "#geral", "ana", 0, "oi", id=1, status=Status.SENT))
    assert status.pending(state) == 0
