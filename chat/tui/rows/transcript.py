"""What is said and done as single printed lines, for whoever has no screen to draw on. Pure."""

from datetime import date, tzinfo

from chat.client.state import Line, State, fold
from chat.messages import Change
from chat.text import Kind, safe
from chat.tui.rows.cells import glimpse
from chat.tui.rows.dates import clock, day_name, moment
from chat.tui.rows.entries import damaged, deed
from chat.words import t


class Transcript:
    """Remembers which day was named last. `zone` None is the zone of this machine."""

    def __init__(self, state: State, zone: tzinfo | None = None) -> None:
        self._state = state
        self._zone = zone
        self._day: date | None = None

    def said(self, line: Line, current: str) -> list[str]:
        """A message as one line, after the day if it is a new one; rooms are named unless it is `current`."""
        return self._stamped(line.ts, f"{self._where(line.to, line.sender, current)}{self._told(line)}")

    def done(self, change: Change, target: Line | None, current: str) -> list[str]:
        """What somebody has done to a message, `target` as it was before; None: it is not known here."""
        quote = glimpse(target.body) if target is not None else ""
        return self._stamped(
            change.ts, f"{self._where(change.to, change.from_, current)}* {deed(change, quote)}"
        )

    def numbered(self, number: int, line: Line) -> str:
        """A message in a list, with its day and place, and the number by which it can be named."""
        when = moment(line.ts, self._zone)
        stamp = f"{day_name(when.date())} {clock(when)}" if when else clock(when)
        return f"{number}. {stamp} {self._where(line.to, line.sender, '')}{self._told(line)}"

    def _stamped(self, ts: int, text: str) -> list[str]:
        when = moment(ts, self._zone)
        lines = []
        if when is not None and when.date() != self._day:
            self._day = when.date()
            lines.append(f"-- {day_name(self._day)} --")
        return [*lines, f"{clock(when)} {text}"]

    def _where(self, to: str, sender: str, current: str) -> str:
        if to.startswith("@"):
            mine = fold(sender) == fold(self._state.user or "")
            return (t("(private to {name})", name=safe(to, Kind.NAME)) if mine else t("(private)")) + " "
        return "" if fold(to) == current else f"{safe(to, Kind.NAME)} "

    def _told(self, line: Line) -> str:
        """Who says what, in answer to what, and what became of it."""
        if line.damaged:
            return f"* {damaged()}"
        name = safe(line.sender, Kind.NAME)
        if line.deleted:
            return t("{who}: (deleted)", who=name)
        who = name if line.reply is None else self._answering(line, name)
        body = safe(line.body, Kind.LINE)
        text = f"* {who} {body}" if line.act else f"{who}: {body}"
        return " ".join((text, *_marks(line)))

    def _answering(self, line: Line, who: str) -> str:
        mine = fold(line.sender) == fold(self._state.user or "")
        place = line.to if mine or line.to.startswith("#") else f"@{line.sender}"
        talk = self._state.talks.get(fold(place))
        target = talk.line(line.reply or 0) if talk is not None else None
        if target is None or target.damaged or target.deleted:
            return t("{who} (in answer to an older message)", who=who)
        other = safe(target.sender, Kind.NAME)
        return t("{who} (in answer to {other}: “{quote}”)", who=who, other=other, quote=glimpse(target.body))


def _marks(line: Line) -> list[str]:
    """What has been done to a message since it was said."""
    marks = [t("(edited)")] if line.edited else []
    for reaction in line.reactions:
        count = len(reaction.users) + reaction.more
        marks.append(f"[{safe(reaction.emoji, Kind.LINE)} {count}]")
    return marks


def told(text: str) -> list[str]:
    """A note as lines that no message looks like: a message begins with its time."""
    return [f"* {line}" for line in text.splitlines()]
