"""The message area, drawn without a terminal."""

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.client.state import Line, State, Status
from chat.tui.desk.style import PLACES
from chat.tui.desk.view import Anchor, Note, View
from chat.tui.rows import cells, render
from chat.tui.rows.sheet import INDENT
from tests.tui.sheets import DAY, NOON, picture, said, seen


def test_lines_and_days():
    """Each line has time, author and text; each new day is announced before its first line."""
    lines = said(1, "oi"), said(2, "e aí?", sender="ana"), said(3, "bom dia", ts=NOON + DAY)
    assert picture(*seen(*lines)) == [
        "─ sexta-feira, 21 de novembro de 2025 ──",
        "12:00 bia: oi",
        "12:00 ana: e aí? ✓",
        "──── sábado, 22 de novembro de 2025 ────",
        "12:00 bia: bom dia",
    ]


def test_long_text_hangs():
    """A long text is folded between words, and its further rows stand behind the time."""
    state, view = seen(said(1, "uma frase que não cabe\ne outra"))
    assert picture(state, view, width=24)[1:] == [
        "12:00 bia: uma frase que",
        "      não cabe",
        "      e outra",
    ]


@pytest.mark.parametrize(
    ("status", "code", "mark"),
    [
        (Status.PENDING, None, "…"),
        (Status.SENT, None, "✓"),
        (Status.FAILED, "slow_down", "✗ não enviada: coisa demais de uma vez; espere um momento"),
        (Status.FAILED, "novo_codigo", "✗ não enviada: o servidor diz: novo_codigo"),
    ],
)
def test_fate_of_own_lines(status, code, mark):
    """What became of one's own line is said in a mark, and where it failed in words."""
    line = Line("c1", "#geral", "ana", NOON, "oi", status=status, code=code)
    rows = picture(*seen(line), width=100)
    assert rows[-1] == f"12:00 ana: oi {mark}"


def test_fate_has_its_own_row():
    """Where a row is full, what became of the line stands below it."""
    state, view = seen(said(1, "x" * 29, sender="ana"))
    assert picture(state, view)[-2:] == ["12:00 ana: " + "x" * 29, "      ✓"]


def test_others_have_no_fate():
    """Other people's lines carry no mark, whatever their names look like."""
    assert picture(*seen(said(1, "oi", sender="Ana")), height=3)[-1] == "12:00 Ana: oi ✓"
    assert picture(*seen(said(1, "oi", sender="anna")), height=3)[-1] == "12:00 anna: oi"


def test_notes_stand_where_they_came():
    """A note follows the line after which it was told, and what is pending comes last."""
    pending = Line("p", "#geral", "ana", NOON, "espera", status=Status.PENDING)
    notes = Note("antes", NOON, 0), Note("entre", NOON, 1), Note("depois", NOON, 2)
    rows = picture(*seen(said(1, "um"), said(2, "dois"), pending, notes=notes))
    assert [row[6:] for row in rows[1:]] == [
        "* antes",
        "bia: um",
        "* entre",
        "bia: dois",
        "* depois",
        "ana: espera …",
    ]


def test_whispers_are_shown_with_their_fate():
    """A private line is shown in the open talk as private, and its mark changes with it."""
    state, view = seen()
    private = Line("w", "@bia", "ana", NOON, "psiu", status=Status.PENDING)
    state.open("@bia").wait(private)
    view.note("#geral", Note("(em particular)", NOON, 0, whisper=("@bia", "w")))
    assert picture(state, view)[-1] == "12:00 (em particular a @bia) ana: psiu …"
    state.open("@bia").withdraw(private)
    state.open("@bia").place(Line("w", "@bia", "ana", NOON, "psiu", id=4))
    assert picture(state, view)[-1] == "12:00 (em particular a @bia) ana: psiu ✓"
    state.open("@bia").forget()
    assert picture(state, view)[-1] == "12:00 * (em particular)"


def test_no_body_looks_like_a_message():
    """A body that imitates rows of the screen stays behind the time's column."""
    state, view = seen(said(1, "oi\n12:01 ceu: eu disse\n* ceu saiu"))
    assert picture(state, view)[1:] == ["12:00 bia: oi", "      12:01 ceu: eu disse", "      * ceu saiu"]


@pytest.mark.parametrize("sender", ["", "x" * 500, "\x1b[2J", "a b", "好" * 40, "ana:\n12:00 bia"])
@pytest.mark.parametrize("width", [1, 7, 12, 40])
def test_any_sender_fits(sender, width):
    """Whatever a server calls people, no row is wider than the screen and no control comes through."""
    state, view = seen(said(1, "oi, gente", sender=sender))
    rows, _ = render.messages(state, view, width, 50, UTC)
    texts = ["".join(text for _, text in row) for row in rows]
    assert all(cells.width(text) <= max(width, INDENT + 2) for text in texts)
    assert "\x1b" not in "".join(texts)


def test_styles_are_classes():
    """No style comes from what was said: each is empty or a class of the table."""
    state, view = seen(said(1, "oi", sender="[ZeroWidthEscape]"), notes=[Note("x", NOON, 1, "error")])
    rows, _ = render.messages(state, view, 40, 10, UTC)
    assert {style for row in rows for style, _ in row} <= {"", "class:time", "class:day", "class:error"} | {
        f"class:shade{shade}" for shade in range(PLACES)
    }


texts = st.text(st.sampled_from("ab \n好é"), max_size=60)
timelines = st.lists(st.tuples(texts, st.integers(0, 2)), max_size=12)


@given(timelines, st.lists(st.integers(0, 12), max_size=4), st.integers(4, 9), st.data())
def test_scrolling_is_a_window(bodies, told, height, data):
    """However one scrolls, what is seen is a window of the whole, as far up as was asked and there is."""
    lines = [said(i, body, ts=NOON + i * DAY // 3) for i, (body, _) in enumerate(bodies, 1)]
    notes = [Note(f"nota {i}", NOON, after) for i, after in enumerate(sorted(told))]
    state, view = seen(*lines, notes=notes)
    whole, top = render.messages(state, view, 20, 400, UTC)
    whole = [row for row in whole if row]
    assert top
    up = 0
    for step in data.draw(st.lists(st.integers(-15, 15), max_size=6)):
        up = min(max(up + step, 0), max(len(whole) - (height - 1), 0))
        view.anchor = render.scrolled(state, view, step, (20, height), UTC)
        rows, top = render.messages(state, view, 20, height, UTC)
        room = height - 1 if up else height
        expected = whole[: len(whole) - up][-room:]
        assert rows[:room] == [[] for _ in range(room - len(expected))] + expected
        assert (view.anchor is None) == (up == 0)
        assert top or up + room < len(whole)


def test_the_window_stays():
    """What is read stays in its place while newer lines come and older ones are loaded."""
    state, view = seen(*(said(i, f"linha {i}") for i in range(10, 40)))
    view.anchor = render.scrolled(state, view, 10, (40, 5), UTC)
    before = picture(state, view, height=5)
    talk = state.talks["#geral"]
    talk.place(said(50, "nova"))
    talk.merge([said(i, f"linha {i}") for i in range(1, 10)], False)
    assert before[-2:] == ["    · linha 29", "↓ 10 mensagens mais novas (Ctrl-End)"]
    assert picture(state, view, height=5) == [*before[:-1], "↓ 11 mensagens mais novas (Ctrl-End)"]


def test_the_anchor_may_vanish():
    """If the line at the lower edge is dropped, the newest is seen; one that settles stays."""
    state, view = seen(said(1, "um"), said(2, "dois"))
    view.anchor = Anchor(said(99, "sumiu"))
    assert picture(state, view)[-2] == "    · dois"
    pending = Line("c3", "#geral", "ana", NOON, "três", status=Status.PENDING)
    state.talks["#geral"].wait(pending)
    view.anchor = Anchor(pending)
    state.talks["#geral"].withdraw(pending)
    state.talks["#geral"].place(said(3, "três", sender="ana"))
    state.talks["#geral"].place(said(4, "quatro"))
    assert picture(state, view)[-2:] == ["12:00 ana: três ✓", "↓ 1 mensagem mais nova (Ctrl-End)"]


def test_a_long_item_from_its_top():
    """What is longer than the area is shown from its beginning, and says that it goes on."""
    state, view = seen(notes=[Note("\n".join(f"linha {i}" for i in range(20)), NOON, 0)])
    view.anchor = render.from_its_top(state, view, (40, 6), UTC)
    rows = picture(state, view, height=6)
    assert rows[1] == "12:00 * linha 0"
    assert rows[-1] == "↓ continua (PgDn)"
    state, view = seen(said(1, "curta"))
    assert render.from_its_top(state, view, (40, 6), UTC) is None


def test_a_wider_screen_while_reading():
    """An item that has fewer rows now than were hidden of it still begins on the screen."""
    state, view = seen(notes=[Note("palavra " * 40, NOON, 0)])
    view.anchor = render.from_its_top(state, view, (20, 6), UTC)
    assert view.anchor.hidden > 20
    rows = picture(state, view, width=100, height=6)
    assert [row.strip("─ ") for row in rows] == ["sexta-feira, 21 de novembro de 2025", "↓ continua (PgDn)"]


def test_nothing_open():
    """Before there is a talk there is an empty area."""
    state, view = State("ana"), View()
    assert render.messages(state, view, 40, 3, UTC) == ([[], [], []], True)
    assert render.scrolled(state, view, 5, (40, 3), UTC) is None


@pytest.mark.parametrize(
    "body", ["a" + "\u0301" * 4_000, "\u200b" * 4_000 + "x", "w" * 60_000, "l\n" * 20_000]
)
def test_monstrous_bodies(body):
    """However a body is made, it is drawn in bounded rows and the area keeps its height."""
    state, view = seen(said(1, body), said(2, "depois"))
    rows, _ = render.messages(state, view, 40, 12, UTC)
    assert len(rows) == 12
    assert all(sum(len(text) for _, text in row) <= 400 for row in rows)
