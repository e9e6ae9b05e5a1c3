"""One line of the history as rows: who says what to what, what became of it, what others put to it. Pure."""

from chat.client.state import Line, Status, fold
from chat.messages import Reaction
from chat.sentences import fault
from chat.text import Kind
from chat.tui.desk.style import shade
from chat.tui.rows import cells, markup
from chat.tui.rows.cells import Fragment, Row, shown
from chat.tui.rows.dates import clock, moment
from chat.tui.rows.flow import clipped, folded, plain
from chat.tui.rows.highlight import highlighted, mentions
from chat.tui.rows.sheet import TIME, Block, Sheet, hung, selected
from chat.words import t

GROUP = 5 * 60 * 1000
"""Milliseconds within which what somebody says next needs no name before it."""
NAMED = 2
"""Most people that a reaction names; of more it gives the number."""
MAX_ROWS = 300
"""Most rows of one text. The longest that servers allow unless configured (4,096 bytes) has so many only if
it is made of line feeds, and drawing those for every key would take a tenth of a second."""
_MORE = ("class:time", "·".rjust(TIME))
_REPLY = ("class:reply", "╭".rjust(TIME))


def goes_on(line: Line, before: Line) -> bool:
    """Whether a line is said in the same breath as the one before it, so that its author is known."""
    if line.act or before.act or line.damaged or before.damaged or line.reply is not None:
        return False
    same = fold(line.sender) == fold(before.sender) and line.to == before.to
    return same and 0 <= line.ts - before.ts < GROUP


def line_rows(
    line: Line, sheet: Sheet, *, grouped: bool = False, number: int | None = None, private: bool = False
) -> Block:
    """The rows of a line. `grouped`: its author is known. `number` stands in the place of its time."""
    chosen = line is sheet.view.selected
    begin = _MORE if grouped else ("class:time", clock(None if line.damaged else moment(line.ts, sheet.zone)))
    if sheet.view.counted is not None:
        begin = ("class:number", f"{number or '':>{TIME}}")
    head = [] if grouped or line.damaged else _head(line, sheet, private=private)
    rows = [*_said(line, sheet, head), *_reactions(line, sheet)]
    block = _reply(line, sheet) + hung(rows, begin, _mark(line, chosen=chosen))
    return selected(block, sheet.width) if chosen else block


def _mark(line: Line, *, chosen: bool) -> Fragment:
    if chosen:
        return ("class:mention", "▸")
    return ("class:mention", "▌") if line.mention else ("", " ")


def name_of(name: str, sheet: Sheet) -> Fragment:
    """A person's name in their colour, not longer than half the width."""
    text = cells.clip(shown(name, Kind.NAME), max(sheet.width // 2, 8))
    mine = fold(name) == fold(sheet.state.user or "")
    return ("class:own" if mine else shade(text), text)


def _head(line: Line, sheet: Sheet, *, private: bool) -> Row:
    """Who says it, and to whom if that is not to be seen otherwise; ends where the text begins."""
    style, name = name_of(line.sender, sheet)
    head: Row = [("class:act", "* "), (style, name)] if line.act else [(style, f"{name}:")]
    if private:
        to = cells.clip(shown(line.to, Kind.NAME), max(sheet.width // 2, 8))
        mine = style == "class:own"
        told = t("(private to {name})", name=to) if mine else t("(private)")
        head = [("class:private", told), ("", " "), *head]
    return [*head, ("", " ")]


# what is said


def _said(line: Line, sheet: Sheet, head: Row) -> list[Row]:
    """The text behind the head; and what became of it at its end, or below it where there is no room."""
    paragraphs = _paragraphs(line, sheet)
    if _is_plain(paragraphs[0]):
        paragraphs[0] = markup.Paragraph((*_spans(head), *paragraphs[0].spans))
    elif head:
        paragraphs.insert(0, markup.Paragraph(_spans(head)))
    rows = _bounded(paragraphs, line, sheet)
    tail = _tail(line, sheet)
    if not tail:
        return rows
    if _is_plain(paragraphs[-1]) and cells.width(plain(rows[-1]) + plain(tail)) <= sheet.room:
        return [*rows[:-1], rows[-1] + tail]
    return rows + folded(tail[1:], sheet.room)


def _most(line: Line, sheet: Sheet) -> int:
    """The most rows shown of a text: all of the chosen message, so that there is a way to read it."""
    return len(line.body) + MAX_ROWS if line is sheet.view.selected else MAX_ROWS


def _bounded(paragraphs: list[markup.Paragraph], line: Line, sheet: Sheet) -> list[Row]:
    """The rows of a text, as many as are shown of one, and that there are others."""
    most = _most(line, sheet)
    rows = [row for paragraph in paragraphs[:most] for row in _rows(paragraph, sheet)]
    if len(rows) <= most and len(paragraphs) <= most:
        return rows
    more: Row = [("class:edited", t("(it goes on; choose it to read all)"))]
    return [*rows[:most], *folded(more, sheet.room)]


def _is_plain(paragraph: markup.Paragraph) -> bool:
    return not paragraph.depth and not paragraph.code


def _spans(row: Row) -> tuple[markup.Span, ...]:
    return tuple(markup.Span(text, style) for style, text in row)


def _paragraphs(line: Line, sheet: Sheet) -> list[markup.Paragraph]:
    gone = _gone(line)
    if gone is not None:
        return [markup.Paragraph(_spans([gone]))]
    paragraphs = list(markup.read(shown(line.body, Kind.BLOCK)))
    paragraphs = paragraphs[: _most(line, sheet) + 1]
    if line.act:
        paragraphs = [_restyled(paragraph, "class:act") for paragraph in paragraphs]
    if line.mention:
        paragraphs = [_mentioning(paragraph, sheet) for paragraph in paragraphs]
    return paragraphs


def _gone(line: Line) -> Fragment | None:
    """What stands for a text that is not there any more."""
    if line.damaged:
        return ("class:damaged", t("(what was said here was damaged on the server's disk)"))
    return ("class:deleted", t("(deleted)")) if line.deleted else None


def _restyled(paragraph: markup.Paragraph, style: str) -> markup.Paragraph:
    spans = tuple(span._replace(style=f"{style} {span.style}".strip()) for span in paragraph.spans)
    return paragraph._replace(spans=spans)


def _mentioning(paragraph: markup.Paragraph, sheet: Sheet) -> markup.Paragraph:
    """The paragraph with the names and words that call its reader."""
    find = mentions((sheet.state.user or "", *sheet.state.keywords))
    spans: list[markup.Span] = []
    for span in paragraph.spans:
        parts = highlighted([(span.style, span.text)], find, "class:mentioned")
        spans += (markup.Span(text, style) for style, text in parts)
        spans[-1:] = [spans[-1]._replace(url=span.url)] if parts else []
    return paragraph._replace(spans=tuple(spans))


def _rows(paragraph: markup.Paragraph, sheet: Sheet) -> list[Row]:
    rule = ("class:quote.rule", "▎") if paragraph.depth else ("class:code.rule", "│")
    rules = [rule] * (paragraph.depth or paragraph.code)
    rules += [("", " ")] if rules else []
    row: Row = []
    for span in paragraph.spans:
        quoted = f"class:quote {span.style}".strip() if paragraph.depth else span.style
        row.append((quoted, span.text))
        if span.url:
            row.append(("class:link.number", f" [{sheet.view.links.number(span.url)}]"))
    return [[*rules, *part] for part in folded(row, sheet.room - len(rules), words=not paragraph.code)]


def _tail(line: Line, sheet: Sheet) -> Row:
    """That it was changed and, if it is one's own, what became of it: marks, in words where it failed."""
    tail: Row = []
    if line.edited and not line.deleted:
        tail.append(("class:edited", t("(edited)")))
    if fold(line.sender) == fold(sheet.state.user or "") and not line.damaged:
        tail.append(_fate(line))
    return [fragment for part in tail for fragment in (("", " "), part)]


def _fate(line: Line) -> Fragment:
    if line.status is Status.PENDING:
        return ("class:pending", "…")
    if line.status is Status.FAILED:
        return ("class:failed", t("✗ not sent: {why}", why=fault(line.code or "")))
    return ("class:sent", t("✓ (changed by the server)") if line.changed else "✓")


# what stands above and below


def _reply(line: Line, sheet: Sheet) -> Block:
    """One row of what a line answers."""
    if line.reply is None or line.damaged or line.deleted:
        return []
    target = sheet.find(line.reply)
    if target is None:
        quote: Row = [("class:reply", t("(message not loaded)"))]
    else:
        quote = [name_of(target.sender, sheet), ("class:reply", f": {summary(target)}")]
        quote = quote[1:] if target.damaged else quote
    return hung([clipped(quote, sheet.room)], _REPLY, ("class:reply", "╴"))


def summary(line: Line, most: int = 500) -> str:
    """What a line says, in one row without marks; only the first `most` characters of a long one."""
    gone = _gone(line)
    if gone is not None:
        return gone[1]
    paragraphs = markup.read(shown(line.body[:most], Kind.BLOCK))
    return " ".join("".join(span.text for span in paragraph.spans) for paragraph in paragraphs)


def _reactions(line: Line, sheet: Sheet) -> list[Row]:
    """One paragraph of what others put to a line: each emoji with a few names or a number."""
    me = fold(sheet.state.user or "")
    row: Row = []
    for reaction in line.reactions:
        own = me in map(fold, reaction.users)
        row += [("", "  "), ("class:reaction.own" if own else "class:reaction", _reaction(reaction))]
    return folded(row[1:], sheet.room) if row else []


def _reaction(reaction: Reaction) -> str:
    emoji = cells.clip(shown(reaction.emoji, Kind.NAME), 16)
    count = len(reaction.users) + reaction.more
    names = [cells.clip(shown(user, Kind.NAME), 16) for user in reaction.users]
    return f"{emoji} {count if count > NAMED or not names else ', '.join(names)}"
