"""What stands in the place of the messages, drawn without a terminal."""

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.client.state import Line
from chat.tui.desk.overlay import Context, Results, Switcher
from chat.tui.rows import cells
from chat.tui.rows.flow import plain
from chat.tui.rows.panels import panel
from tests.tui.sheets import DAY, MINUTE, NOON, said, seen


def texts(overlay, *lines, width=40, height=8):
    """The rows of an overlay as text, and what each means."""
    state, view = seen(*lines)
    view.overlay = overlay
    entries = panel(state, view, width, height, UTC)
    assert len(entries) == height
    assert all(cells.width(plain(entry.row)) <= width for entry in entries)
    return [plain(entry.row).rstrip() for entry in entries], [entry.target for entry in entries]


FOUND = [
    said(9, "o cabeçalho outra vez", ts=NOON + DAY),
    Line("p", "@ana", "caio", NOON, "**cabeça**", id=5),
    Line("q", "@caio", "ana", NOON, "que cabeça?", id=4),
]


def test_results():
    """Each result says where, when and who, with its text below; the chosen one is marked."""
    rows, targets = texts(Results(query="CABECA", lines=FOUND, at=1), width=60)
    assert rows == [
        " 3 encontradas: CABECA               Enter: ir, Esc: voltar",
        "  #geral  22/11/2025 12:00  bia",
        "    o cabeçalho outra vez",
        "▸ @caio  21/11/2025 12:00  caio",
        "    cabeça",
        "  @caio  21/11/2025 12:00  ana",
        "    que cabeça?",
        "",
    ]
    assert targets == ["", "0", "0", "1", "1", "2", "2", ""]


def test_what_was_found_stands_out():
    """Words that begin as those searched for are highlighted, whatever their case and accents."""
    state, view = seen()
    view.overlay = Results(query="CABECA outra", lines=FOUND)
    rows = [entry.row for entry in panel(state, view, 60, 8, UTC)]
    found = [text for row in rows for style, text in row if "class:found" in style]
    assert found == ["cabeçalho", "outra", "cabeça", "cabeça"]


def test_a_long_text_is_shown_where_it_was_found():
    """Of a long text the part with the first word found is shown."""
    line = said(1, "palavra " * 200 + "agulha no fim")
    rows, _ = texts(Results(query="agulha", lines=[line]), width=60)
    assert rows[2].startswith("    …")
    assert "agulha no fim" in rows[2]


@pytest.mark.parametrize(
    ("found", "heading"),
    [
        (Results(query="x", busy=True), " Procurando: x…"),
        (Results(query="x"), " Nada encontrado: x"),
        (Results(query="x", lines=FOUND, more=True), " 3 encontradas: x · há mais antigas"),
        (Results(query="x", lines=FOUND[:1], local=True), " 1 encontrada: x · só neste computador"),
    ],
)
def test_headings(found, heading):
    """What is searched for, how much was found, and whether that is all."""
    rows, _ = texts(found, width=40)
    assert rows[0].removesuffix("Enter: ir, Esc: voltar").rstrip() == heading


def test_a_context():
    """The lines around one, which is marked and as near to the middle as can be."""
    lines = [said(number, f"linha {number}", ts=NOON + number * MINUTE) for number in range(1, 31)]
    rows, targets = texts(Context(key="#geral", lines=lines, marked=15, at=14), height=8)
    assert rows[0] == " Em volta desta mensagem em #geral"
    assert rows[4] == "    ·▸linha 15"
    assert targets[1:] == [str(place) for place in range(11, 18)]
    rows, _ = texts(Context(key="#geral", lines=lines, marked=1, at=0), height=8)
    assert rows[2].endswith("12:01▸bia: linha 1")
    rows, _ = texts(Context(key="#geral", lines=lines, marked=15, at=29), height=8)
    assert rows[-1].endswith("linha 30")


def test_a_context_knows_what_its_lines_answer():
    """A quote in it comes from the context, which may be of another time than the open talk."""
    lines = [said(1, "pergunta"), said(2, "resposta", sender="caio", reply=1)]
    rows, _ = texts(Context(key="#geral", lines=lines, marked=2, at=1))
    assert "    ╭╴bia: pergunta" in rows


def test_the_switcher():
    """The talks that match what was typed, with what is unread and what they are about."""
    state, view = seen()
    state.open("#redes").topic = "redes"
    state.talks["#redes"].unread, state.talks["#redes"].mentions = 3, 1
    view.overlay = Switcher(typed="re", keys=["#redes", "#geral", "#sumiu"], at=1)
    rows = [plain(entry.row).rstrip() for entry in panel(state, view, 40, 5, UTC)]
    assert rows == [
        " Ir para: re▏    Enter: ir, Esc: voltar",
        "  #redes @1 3  redes",
        "▸ #geral",
        "  #sumiu",
        "",
    ]


def test_nothing_over_the_messages():
    """Without an overlay there is nothing to draw."""
    assert panel(*seen(), 40, 5, UTC) == []


@given(st.integers(0, 60), st.integers(0, 70), st.integers(1, 12), st.integers(1, 50))
def test_the_choice_is_always_seen(count, at, height, width):
    """However many there are and whichever is chosen, it is among those shown, in exactly so many rows."""
    state, view = seen()
    view.overlay = Switcher(keys=[f"#sala{number}" for number in range(count)])
    view.overlay.move(at)
    entries = panel(state, view, width, height, UTC)
    assert len(entries) == height
    chosen = str(view.overlay.at)
    assert count == 0 or height == 1 or chosen in {entry.target for entry in entries}


def test_moving():
    """A choice moves as far as there are items, and stays at 0 where there are none."""
    many = Results(query="x", lines=FOUND)
    for step, at in ((1, 1), (5, 2), (-9, 0)):
        many.move(step)
        assert many.at == at
    none = Switcher()
    none.move(3)
    assert none.at == 0
