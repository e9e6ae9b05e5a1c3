"""Which key does what and when: one table, from which bindings, help, hints and documentation come."""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from chat.words import mark, t


class Mode(StrEnum):
    """What the keys are for at the moment."""

    WRITING = "writing"  # in the field
    PRESSING = "pressing"  # the button has the focus
    SELECTING = "selecting"  # a message
    LISTING = "listing"  # what was found
    READING = "reading"  # what stands around something that was found
    SWITCHING = "switching"  # to another talk, by a part of its name
    ASKING = "asking"  # yes or no


class Key(NamedTuple):
    """What an action is called, the keys that start it, what it does (a msgid), and when it can be done.

    Keys are written as people call them: `Ctrl-K`, `Alt-Down`, `F1`, `+`; `Ctrl-X Ctrl-E` is pressed in turn.
    """

    action: str
    keys: tuple[str, ...]
    help: str
    modes: tuple[Mode, ...]


class Unbound(ValueError):
    """A wish for a key that cannot be: `wish` is what was wished for, `reason` why not, as a msgid."""

    def __init__(self, wish: str, reason: str) -> None:
        super().__init__(wish)
        self.wish = wish
        self.reason = reason


FIELD = (Mode.WRITING,)
OUTSIDE = (Mode.WRITING, Mode.PRESSING)
TALKING = (*OUTSIDE, Mode.SELECTING)
CHOOSING = (Mode.LISTING, Mode.SWITCHING)
SCROLLING = (*TALKING, Mode.READING)
PAGING = (*SCROLLING, *CHOOSING)
ALWAYS = tuple(Mode)

KEYS = (
    Key("send", ("Enter",), mark("send what is written"), FIELD),
    Key("break_line", ("Alt-Enter", "Ctrl-J"), mark("begin a new line"), FIELD),
    Key("next_field", ("Tab",), mark("complete a word; or go to the button"), OUTSIDE),
    Key("previous_field", ("Shift-Tab",), mark("go back"), OUTSIDE),
    Key("up", ("Up",), mark("the line above; in an empty field: edit your last message"), FIELD),
    Key("down", ("Down",), mark("the line below, or what was written after"), FIELD),
    Key("earlier", ("Ctrl-P",), mark("what was written before"), FIELD),
    Key("later", ("Ctrl-N",), mark("what was written after"), FIELD),
    Key("edit_outside", ("Ctrl-X Ctrl-E",), mark("write in the editor of this system ($EDITOR)"), FIELD),
    Key("cancel", ("Esc",), mark("give up answering or editing"), OUTSIDE),
    Key("select", ("Ctrl-S", "Shift-Up"), mark("choose a message"), OUTSIDE),
    Key("select_up", ("Up", "k"), mark("the message above"), (Mode.SELECTING,)),
    Key("select_down", ("Down", "j"), mark("the message below"), (Mode.SELECTING,)),
    Key("reply", ("r", "Enter"), mark("answer it"), (Mode.SELECTING,)),
    Key("react", ("+",), mark("put an emoji to it"), (Mode.SELECTING,)),
    Key("edit", ("e",), mark("edit it, if it is yours"), (Mode.SELECTING,)),
    Key("delete", ("d", "Del"), mark("delete it, if it is yours"), (Mode.SELECTING,)),
    Key("open_link", ("o",), mark("open its link"), (Mode.SELECTING,)),
    Key("resend", ("s",), mark("send it again, if that failed"), (Mode.SELECTING,)),
    Key("unselect", ("Esc", "q"), mark("back to writing"), (Mode.SELECTING,)),
    Key("page_up", ("PgUp",), mark("older messages"), PAGING),
    Key("page_down", ("PgDn",), mark("newer messages"), PAGING),
    Key("line_up", ("Ctrl-Up", "Alt-PgUp"), mark("a row up"), SCROLLING),
    Key("line_down", ("Ctrl-Down", "Alt-PgDn"), mark("a row down"), SCROLLING),
    Key("newest", ("Ctrl-End",), mark("the newest message"), SCROLLING),
    Key("first_unread", ("Alt-U",), mark("the first unread message"), TALKING),
    Key("next_unread", ("Alt-A",), mark("next room or talk with something new"), TALKING),
    Key("last_talk", ("Alt-L",), mark("the room or talk before this one"), TALKING),
    Key("next_talk", ("Alt-Down",), mark("next room or talk"), TALKING),
    Key("previous_talk", ("Alt-Up",), mark("previous room or talk"), TALKING),
    Key("switch", ("Ctrl-K",), mark("go to a room or talk by a part of its name"), TALKING),
    Key("search", ("Ctrl-F",), mark("search"), TALKING),
    Key("list_up", ("Up", "Ctrl-P"), mark("the entry above"), CHOOSING),
    Key("list_down", ("Down", "Ctrl-N", "Tab"), mark("the entry below"), CHOOSING),
    Key("choose", ("Enter",), mark("go there"), CHOOSING),
    Key("shut", ("Esc",), mark("back to where you were"), (*CHOOSING, Mode.READING)),
    Key("go_there", ("Enter",), mark("open the room or talk that it is from"), (Mode.READING,)),
    Key("yes", ("s", "y", "Enter"), mark("yes"), (Mode.ASKING,)),
    Key("no", ("n", "Esc"), mark("no"), (Mode.ASKING,)),
    Key("help", ("F1",), mark("this help"), TALKING),
    Key(
        "interrupt",
        ("Ctrl-C",),
        mark("clear what is written; or go back; or leave (twice if something is unsent)"),
        ALWAYS,
    ),
    Key("end", ("Ctrl-D",), mark("leave, when nothing is written"), ALWAYS),
)
"""Every action of the full screen; `app` or `stage` has one method for each."""

Keys = tuple[Key, ...]

_NAMED = {
    "enter": "enter",
    "tab": "tab",
    "esc": "escape",
    "space": " ",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "home": "home",
    "end": "end",
    "ins": "insert",
    "del": "delete",
    "backspace": "backspace",
    "up": "up",
    "down": "down",
    "left": "left",
    "right": "right",
} | {f"f{number}": f"f{number}" for number in range(1, 25)}
_PRESS = re.compile(r"(?P<held>(?:(?:ctrl|alt|shift)-)*)(?P<key>.+)", re.IGNORECASE)


def pressed(wish: str) -> tuple[str, ...]:
    """The names that prompt_toolkit has for a key as people call it. Raises Unbound."""
    presses = [name for part in wish.split() for name in _pressed(part, wish)]
    if not presses:
        raise Unbound(wish, mark("no terminal has that key"))
    return tuple(presses)


def _pressed(part: str, wish: str) -> list[str]:
    from prompt_toolkit.keys import ALL_KEYS, KEY_ALIASES  # here: 120 ms, and linear mode presses none

    found = _PRESS.fullmatch(part)
    assert found is not None  # any text at all is a key, held or not
    held = set(found["held"].casefold().split("-")) - {""}
    key = _NAMED.get(found["key"].casefold(), found["key"])
    if len(key) == 1:
        key = key.lower() if held else key
    name = ("c-" if "ctrl" in held else "") + ("s-" if "shift" in held else "") + key
    name = KEY_ALIASES.get(name, name)  # to a terminal Tab is Ctrl-I and Enter is Ctrl-M
    if len(name) > 1 and name not in ALL_KEYS:
        raise Unbound(wish, mark("no terminal has that key"))
    return ["escape", name] if "alt" in held else [name]


def bound(wishes: Mapping[str, Sequence[str]], keys: Keys = KEYS) -> tuple[Keys, list[Unbound]]:
    """The table with the keys that somebody wishes for some actions, and the wishes that cannot be.

    Whoever wishes a key for one action takes it from any other that has it, where both can be done.
    """
    refused: list[Unbound] = []
    taken: list[tuple[tuple[str, ...], Mode]] = []
    wished: dict[str, tuple[str, ...]] = {}
    for key in keys:
        if key.action in wishes:
            wished[key.action] = tuple(_granted(key, wishes[key.action], taken, refused))
    names = {key.action for key in keys}
    refused += [Unbound(name, mark("there is no such action")) for name in wishes if name not in names]
    free = [
        key._replace(keys=wished.get(key.action, tuple(_left(key, taken)))) if wishes else key for key in keys
    ]
    return tuple(free), refused


def _granted(
    key: Key, wishes: Sequence[str], taken: list[tuple[tuple[str, ...], Mode]], refused: list[Unbound]
) -> Iterable[str]:
    for wish in wishes:
        try:
            name = pressed(wish)
        except Unbound as problem:
            refused.append(problem)
            continue
        if any((name, mode) in taken for mode in key.modes):
            refused.append(Unbound(wish, mark("another action has that key already")))
            continue
        taken += [(name, mode) for mode in key.modes]
        yield wish


def _left(key: Key, taken: Sequence[tuple[tuple[str, ...], Mode]]) -> Iterable[str]:
    return (wish for wish in key.keys if not any((pressed(wish), mode) in taken for mode in key.modes))


def shown(keys: Keys, action: str) -> str:
    """The key to name for an action, "" if none starts it."""
    return next((key.keys[0] for key in keys if key.action == action and key.keys), "")


def key_lines(keys: Keys = KEYS) -> list[str]:
    """What the keys do, a line each."""
    return [f"{' / '.join(key.keys)} — {t(key.help)}" for key in keys if key.keys]
