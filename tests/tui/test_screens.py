"""Whole pictures of the screen: every view, both languages, three sizes; nothing leaves its own lines."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat import messages as m
from chat import words
from chat.tui.desk.overlay import Context, Results, Switcher
from chat.tui.desk.style import LIGHT, PLAIN
from chat.tui.rows.lines import line_rows
from tests.tui.sheets import sheet
from tests.tui.stand import message, stand
from tests.tui.terminal import PAGE_UP, TAB

SIZES = [(40, 12), (80, 24), (132, 43)]
CODE = "```python\nx = 1\n```"
TALK = [
    m.Joined(room="#geral", users=["bia", "caio"]),
    message(1, "bia", "bom dia!"),
    message(2, "bia", "trouxe **o exercício**: https://exemplo.br/3", minutes=1),
    message(3, "caio", CODE, minutes=2, reactions=[m.Reaction("👍", ["bia"])]),
    message(4, "caio", "ana, 你好 👩\u200d🚀", minutes=3),
    message(5, "ana", "oi", minutes=4, reply=4, edited=True, version=6),
    message(7, "bia", "sorri", minutes=5, act=True),
    message(8, "bia", "para você", to="#redes", minutes=6),
]


def picture(one):
    """The screen as text, with one time for all."""
    return re.sub(r"\b\d\d:\d\d\b", "12:00", one.seen.picture)


@pytest.mark.parametrize("size", SIZES)
def test_messages(size):
    """At each size a line of each kind is where it belongs; columns are there as far as there is room."""
    with stand(*size) as one:
        one.hear(*TALK)
        text = picture(one)
        lines = text.splitlines()
    assert lines[0].startswith(" #geral  aulas e provas")
    assert lines[-1].startswith(">")
    assert lines[-1].endswith("[Enviar]")
    for row in (
        "    ·▌ana, 你好 👩🚀",
        "    ╭╴caio: ana, 你好 👩🚀",
        "12:00 ana: oi (editada) ✓",
        "12:00 * bia sorri",
    ):
        assert row in text
    assert ("Salas" in text, "Pessoas" in text) == ((size[0] >= 76), (size[0] >= 56))
    assert ("#redes 1" in lines[-2]) == (size[0] < 76)
    if size[1] > 12:
        for row in ("bia: bom dia!", "    · trouxe o exercício: https://", "│ x = 1", "👍 bia"):
            assert row in text


SPOKEN = {
    words.PORTUGUESE: ("(editada)", "[Enviar]", "Conectando", "5 pessoas"),
    words.ENGLISH: ("(edited)", "[Send]", "Connecting", "5 people"),
}


@pytest.mark.parametrize("lang", SPOKEN)
def test_languages(lang):
    """The whole screen speaks the user's language."""
    words.use(lang)
    with stand(60, 16) as one:
        one.hear(*TALK)
        assert all(word in one.seen.picture for word in SPOKEN[lang])


@pytest.mark.parametrize("size", SIZES)
def test_overlays(size):
    """Results, a context and the switcher stand in the place of the messages, and leave no trace."""
    with stand(*size) as one:
        one.hear(*TALK)
        before = one.seen.picture
        lines = one.stage.state.talks["#geral"].lines
        overlays = [
            (Results(query="exerc", lines=[lines[1]]), "1 encontrada: exerc", "trouxe o exercício"),
            (
                Context(key="#geral", lines=lines, marked=4, at=3),
                "Em volta desta mensagem",
                "▸ana, 你好",
            ),
            (
                Switcher(typed="re", keys=["#redes", "#geral"], at=1),
                "Ir para: re▏",
                "▸ #geral  aulas e provas",
            ),
        ]
        for overlay, heading, text in overlays:
            one.stage.view.overlay = overlay
            one.draw()
            assert heading in one.seen.picture
            assert text in one.seen.picture
            assert "bia sorri" not in one.seen.picture or isinstance(overlay, Context)
        one.stage.view.overlay = None
        one.draw()
        assert one.seen.picture == before


def test_the_wheel_and_clicks_choose():
    """In what covers the messages the wheel and page keys move the choice, and a click goes there."""
    with stand() as one:
        one.hear(*TALK)
        one.stage.view.overlay = Switcher(keys=["#geral", "#redes"])
        one.draw()
        one.seen.wheel("down")
        one.type("")
        assert one.stage.view.overlay.at == 1
        one.type(PAGE_UP)
        assert one.stage.view.overlay.at == 0
        one.seen.click("  #redes")
        one.type("")
        assert (one.stage.view.overlay, one.stage.current) == (None, "#redes")


def test_resize():
    """After each change of size the picture is the one that a screen of that size would have had."""
    with stand(132, 43) as one:
        one.hear(*TALK)
        for size in [*SIZES, SIZES[0]]:
            one.resize(*size)
            with stand(*size) as other:
                other.hear(*TALK)
                assert picture(one) == picture(other)


def test_unread_line():
    """Where reading stopped in a talk there is a line, until one comes back to it with nothing new."""
    with stand() as one:
        one.hear(message(1, "bia", "um", to="#redes"))
        one.show("#redes")
        one.show("#geral")
        one.hear(message(2, "bia", "dois", to="#redes"), message(3, "bia", "três", to="#redes"))
        one.show("#redes")
        rows = [line.split("│")[1].strip() for line in one.seen.lines if "│" in line]
        place = next(place for place, row in enumerate(rows) if " novas " in row)
        assert rows[place - 1].endswith("bia: um")
        assert rows[place + 1].endswith("bia: dois")
        one.show("#geral")
        one.show("#redes")
        assert " novas " not in one.seen.picture


def test_themes():
    """Another theme is drawn at once, with its own ground everywhere."""
    with stand() as one:
        one.hear(*TALK)
        dark = {cell.bg for row in one.seen.screen.buffer.values() for cell in row.values()}
        one.stage.view.theme = LIGHT
        one.draw()
        light = {cell.bg for row in one.seen.screen.buffer.values() for cell in row.values()}
        assert ("1c1c1c" in dark, "1c1c1c" in light, "ffffff" in light) == (True, False, True)


def test_no_colours():
    """In the theme without colours no sequence sets one, while the menu of completions is shown too."""
    with stand() as one:
        one.stage.view.theme = PLAIN
        one.draw()
        del one.seen.raw[:]
        one.hear(*TALK)
        one.type("/s" + TAB)
        one.seen.screen.reset()
        one.screen.app.renderer.clear()
        one.draw()
        codes = re.findall(r"\x1b\[([\d;]*)m", "".join(one.seen.raw))
    assert codes
    assert not {code for codes in codes for code in codes.split(";")} & {
        "30",
        "31",
        "37",
        "38",
        "40",
        "47",
        "48",
    }


NASTY = [
    "\x1b]0;evil\x07",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1b[2J\x1b[1;1H",
    "\x9b31m",
    "\x00\x08\x7f\t\r",
    "\u202e\u2066\u200f",
    "\u2028",
    "\u200d\ufe0f\u200b",
    "\U000e0041",
    "a" + "\u0301" * 12,
    "好" * 30,
    "👩\u200d👩\u200d👧",
    "👍🏽🇧🇷",
    "שלום",
    "ก็",
    "w" * 90,
    "**",
    "```",
    "> ",
    "│",
]
anything = st.lists(st.sampled_from([*NASTY, " ", "\n", "a"]) | st.text(max_size=8), max_size=12).map("".join)


def cells(one):
    """Everything that is to be seen of the emulator's cells, row by row."""
    screen = one.seen.screen
    return [[screen.buffer[y][x] for x in range(screen.columns)] for y in range(screen.lines)]


@pytest.fixture(scope="module")
def quiet():
    """A screen on which one harmless thing has been said, and its cells."""
    words.use(words.PORTUGUESE)
    with stand(60, 16) as one:
        one.hear(message(1, "bia", "antes"), message(2, "caio", "x"))
        yield one, cells(one)


MIDDLE = 60 - 16
"""Columns of the messages beside the people."""


@settings(max_examples=150, deadline=None)
@given(anything, st.booleans())
def test_a_message_stays_in_its_lines(quiet, body, act):
    """Whatever a message holds, no cell outside its rows changes, nor title, nor clipboard."""
    one, before = quiet
    line = one.stage.state.talks["#geral"].lines[-1]
    line.body, line.act = body, act
    del one.seen.raw[:]
    one.draw()
    after = cells(one)
    rows = len(line_rows(line, sheet(one.stage.state, one.stage.view, MIDDLE)))
    last = 13  # the last row above the status
    for y in range(16):
        assert after[y][MIDDLE:] == before[y][MIDDLE:]
        if not 1 <= y <= last:
            assert after[y] == before[y]
    for y in range(1, last - rows + 1):
        if y + rows - 1 <= last - 1:
            assert after[y][:MIDDLE] == before[y + rows - 1][:MIDDLE]
    for y in range(max(1, last - rows + 2), last + 1):
        assert all(cell.data == " " for cell in after[y][:5])
    raw = "".join(one.seen.raw)
    assert "\x1b]" not in raw
    assert "\x9b" not in raw
    assert (one.seen.screen.title, one.seen.screen.icon_name) == ("", "")


@settings(max_examples=60, deadline=None)
@given(anything)
def test_a_topic_stays_in_its_row(quiet, topic):
    """Whatever a room's topic is, no cell outside the title changes."""
    one, before = quiet
    talk = one.stage.state.talks["#geral"]
    line = talk.lines[-1]
    line.body, line.act, talk.topic = "x", False, topic
    one.draw()
    assert cells(one)[1:] == before[1:]
    talk.topic = "aulas e provas"
    one.draw()
    assert cells(one) == before
