"""Talks made of lines and notes, and what is drawn of them, without a terminal."""

from datetime import UTC

from chat.client.state import Line, State
from chat.tui.desk.view import View
from chat.tui.rows import render
from chat.tui.rows.flow import plain
from chat.tui.rows.lines import line_rows
from chat.tui.rows.sheet import Sheet

NOON = 1_763_726_400_000  # 2025-11-21 12:00 UTC
MINUTE = 60_000
DAY = 86_400_000


def said(id, body, *, sender="bia", ts=NOON, **more):
    """A line of #geral."""
    return Line(f"c{id}", "#geral", sender, ts, body, id=id, **more)


def seen(*lines, notes=(), user="ana", current="#geral"):
    """A state and a view in which these lines and notes are open."""
    state, view = State(user), View(current=current)
    talk = state.open(current)
    for line in lines:
        talk.place(line) if line.id is not None else talk.wait(line)
    view.notes[current] = list(notes)
    return state, view


def picture(state, view, width=40, height=12):
    """The area as text, without the empty rows at its top."""
    rows, _ = render.messages(state, view, width, height, UTC)
    assert len(rows) == height
    return render.plain(rows).lstrip("\n").split("\n")


def sheet(state, view, width=40):
    """A sheet for the open talk."""
    return Sheet(state, view, width, UTC, state.talks[view.current].line)


def drawn(line, *others, width=40, keywords=(), **how):
    """The rows of a line as text; the others are in the same talk."""
    state, view = seen(*others)
    state.keywords = keywords
    return [plain(row).rstrip() for row in line_rows(line, sheet(state, view, width), **how)]


def styles(line, *others, keywords=()):
    """Each text of a line's rows with its style."""
    state, view = seen(*others)
    state.keywords = keywords
    rows = line_rows(line, sheet(state, view))
    return {text: style for row in rows for style, text in row if text.strip()}
