"""What is told between the lines as rows: sentences, private words, comings and goings. Pure."""

from chat.client.state import Line
from chat.sentences import NAMED_AT_ONCE, named
from chat.text import Kind
from chat.tui.desk.view import Crowd, Note
from chat.tui.rows import cells
from chat.tui.rows.cells import shown
from chat.tui.rows.dates import clock, moment
from chat.tui.rows.flow import folded
from chat.tui.rows.lines import line_rows
from chat.tui.rows.sheet import Block, Sheet, hung
from chat.words import n, t


def note_rows(note: Note, sheet: Sheet) -> Block:
    """The rows of a note."""
    whispered = _whispered(note, sheet)
    if whispered is not None:
        return line_rows(whispered, sheet, private=True)
    text = note.text if note.crowd is None else crowd(note.crowd, sheet.room - 2)
    style = f"class:{note.kind}"
    paragraphs = f"* {shown(text, Kind.BLOCK)}".split("\n")
    rows = [row for paragraph in paragraphs for row in folded([(style, paragraph)], sheet.room)]
    return hung(rows, ("class:time", clock(moment(note.ts, sheet.zone))))


def _whispered(note: Note, sheet: Sheet) -> Line | None:
    """The private line that a note stands for, if it is still kept."""
    if note.whisper is None:
        return None
    key, cid = note.whisper
    talk = sheet.state.talks.get(key)
    return next((line for line in reversed(talk.lines) if line.cid == cid), None) if talk else None


def crowd(crowd: Crowd, room: int) -> str:
    """Who came and went, in one row of `room` cells: with as many names as fit, or in numbers."""
    for names in (NAMED_AT_ONCE, 3, 2, 1):
        told = _told(crowd, names)
        if cells.width(told) <= room:
            return told
    return _told(crowd, 0)


def _told(crowd: Crowd, names: int) -> str:
    parts = []
    if count := len(crowd.came) + crowd.more_came:
        who = _who(crowd.came, crowd.more_came, names)
        parts.append(n("{who} came in", "{who} came in", count, who=who))
    if count := len(crowd.went) + crowd.more_went:
        who = _who(crowd.went, crowd.more_went, names)
        parts.append(n("{who} went out", "{who} went out", count, who=who))
    return t("{came}, {went}", came=parts[0], went=parts[1]) if len(parts) == 2 else "".join(parts)


def _who(people: tuple[str, ...], more: int, names: int) -> str:
    """Some of them by name; where no name fits, how many they are."""
    if not names or not people:
        return str(len(people) + more)
    return named(list(people[:names]), len(people[names:]) + more)
