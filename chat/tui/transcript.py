"""Messages as single printed lines, for whoever has no screen to draw on. Pure."""

from datetime import date, tzinfo

from chat.client.state import State, fold
from chat.messages import Message
from chat.text import Kind, safe
from chat.tui.dates import clock, day_name, moment
from chat.words import t


class Transcript:
    """Remembers which day was named last. `zone` None is the zone of this machine."""

    def __init__(self, state: State, zone: tzinfo | None = None) -> None:
        self._state = state
        self._zone = zone
        self._day: date | None = None

    def said(self, message: Message, current: str) -> list[str]:
        """A message as one line, after the day if it is a new one; rooms are named unless it is `current`."""
        when = moment(message.ts, self._zone)
        lines = []
        if when is not None and when.date() != self._day:
            self._day = when.date()
            lines.append(f"-- {day_name(self._day)} --")
        where = self._where(message, current)
        name, body = safe(message.from_, Kind.NAME), safe(message.body, Kind.LINE)
        lines.append(f"{clock(when)} {where}{name}: {body}")
        return lines

    def _where(self, message: Message, current: str) -> str:
        key = self._state.key_of(message) or ""
        if key.startswith("@"):
            mine = fold(message.from_) == fold(self._state.user or "")
            to = safe(message.to, Kind.NAME)
            return (t("(private to {name})", name=to) if mine else t("(private)")) + " "
        return "" if key == current else f"{safe(message.to, Kind.NAME)} "


def told(text: str) -> list[str]:
    """A note as lines that no message looks like: a message begins with its time."""
    return [f"* {line}" for line in text.splitlines()]
