"""The row above the field: what the keys do now, what is being answered, what is asked. Pure."""

from chat.text import Kind
from chat.tui.desk.keys import Keys, Mode
from chat.tui.desk.keys import shown as key_for
from chat.tui.rows import cells
from chat.tui.rows.cells import Row, shown
from chat.tui.screen.composer import Target
from chat.words import n, t


def hint(
    mode: Mode, keys: Keys, question: str, target: Target | None, room: int | None, width: int
) -> Row | None:
    """The row, None where there is nothing to be said.

    `question` is empty where none is asked; `room` how many bytes may still be written, None: enough.
    """
    text, style = _text(mode, keys, question, target), "class:notice"
    if not text and room is not None:
        text = n("{n} byte left", "{n} bytes left", room) if room >= 0 else _too_long(-room)
        style = "class:notice" if room >= 0 else "class:error"
    return [(style, cells.pad(f" {text}", width))] if text else None


def _too_long(excess: int) -> str:
    return n("{n} byte too long: send it in parts", "{n} bytes too long: send it in parts", excess)


def _text(mode: Mode, keys: Keys, question: str, target: Target | None) -> str:
    if mode is Mode.ASKING:
        return f"{question} {_doing(mode, keys)}"
    if mode is Mode.SELECTING:
        return _doing(mode, keys)
    if target is None:
        return ""
    name, body = shown(target.line.sender, Kind.NAME), shown(target.line.body, Kind.LINE)
    key = key_for(keys, "cancel")
    if target.kind == "edit":
        return t("editing ({key} gives up): {text}", key=key, text=body)
    return t("answering {name} ({key} gives up): {text}", name=name, key=key, text=body)


def _doing(mode: Mode, keys: Keys) -> str:
    """The keys that belong to a mode only, with what they do."""
    return " · ".join(f"{key.keys[0]} {t(key.help)}" for key in keys if key.modes == (mode,) and key.keys)
