"""How everything on the screen looks: one table of classes; nothing here depends on what is shown."""

from zlib import crc32

SHADES = 8
"""How many colours people are told apart by."""

DEFAULT: dict[str, str] = {
    # Only the sixteen colours that every terminal theme defines, so that light and dark both stay readable.
    "title": "reverse",
    "status": "reverse",
    "status.bad": "bold",
    "column": "",
    "column.rule": "ansibrightblack",
    "heading": "bold",
    "current": "bold reverse",
    "unread": "bold",
    "mention": "bold ansired",
    "time": "ansibrightblack",
    "day": "ansibrightblack",
    "more": "reverse",
    "notice": "italic",
    "error": "ansired",
    "private": "bold",
    "pending": "ansibrightblack",
    "sent": "ansigreen",
    "failed": "bold ansired",
    "own": "bold",
    "prompt": "bold",
    "button": "bold",
    "button.focused": "reverse",
    "shade0": "ansired",
    "shade1": "ansigreen",
    "shade2": "ansiyellow",
    "shade3": "ansiblue",
    "shade4": "ansimagenta",
    "shade5": "ansicyan",
    "shade6": "ansibrightred",
    "shade7": "ansibrightblue",
}


def shade(name: str) -> str:
    """The class of a person's colour: the same for the same name in every session and on every machine."""
    return f"class:shade{crc32(name.casefold().encode()) % SHADES}"
