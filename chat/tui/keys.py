"""Which key does what: one table, from which the bindings and the help come."""

from typing import NamedTuple

from chat.words import mark, t


class Key(NamedTuple):
    """What an action is called, the keys that start it and what it does, in the user's words (a msgid).

    `keys` are prompt_toolkit's names; several in one string, separated by spaces, are pressed in turn.
    `shown` is what a person calls them. `writing`: only while the field has the focus.
    """

    action: str
    keys: tuple[str, ...]
    shown: str
    help: str
    writing: bool = False


KEYS = (
    Key("send", ("enter",), "Enter", mark("send what is written"), writing=True),
    Key("break_line", ("escape enter",), "Alt-Enter", mark("begin a new line"), writing=True),
    Key("next_field", ("tab",), "Tab", mark("complete a word; or go to the button")),
    Key("previous_field", ("s-tab",), "Shift-Tab", mark("go back")),
    Key("page_up", ("pageup",), "PgUp", mark("older messages")),
    Key("page_down", ("pagedown",), "PgDn", mark("newer messages")),
    Key("newest", ("c-end",), "Ctrl-End", mark("the newest message")),
    Key("next_talk", ("escape down", "c-n"), "Alt-Down", mark("next room or talk")),
    Key("previous_talk", ("escape up", "c-p"), "Alt-Up", mark("previous room or talk")),
    Key("next_unread", ("escape a",), "Alt-A", mark("next room or talk with something new")),
    Key("help", ("f1",), "F1", mark("this help")),
    Key("interrupt", ("c-c", "<sigint>"), "Ctrl-C", mark("clear what is written; or leave")),
    Key("end", ("c-d",), "Ctrl-D", mark("leave, when nothing is written")),
)
"""Every action of the full screen; `app` has one method per action."""


def key_lines() -> list[str]:
    """What the keys do, a line each."""
    return [f"{key.shown} — {t(key.help)}" for key in KEYS]
