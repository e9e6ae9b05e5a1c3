"""How a terminal is told to show a notice on the desktop, and whether it is in front. Pure."""

from collections.abc import Mapping

from chat.text import Kind, safe
from chat.tui.rows.cells import clip

FOCUS_ON = "\x1b[?1004h"
"""Asks the terminal to say when it comes to the front and when it goes."""
FOCUS_OFF = "\x1b[?1004l"
FOCUS_IN = "\x1b[I"
FOCUS_OUT = "\x1b[O"
LONGEST = 160
"""Cells of a notice's text."""

_BY_PROGRAM = {"iTerm.app": "9", "WezTerm": "777", "ghostty": "777", "rio": "777", "mintty": "9"}


def number(environ: Mapping[str, str]) -> str:
    """Which sequence the terminal knows: kitty's 99, rxvt's 777, or iTerm's 9 if nothing tells."""
    term = environ.get("TERM", "")
    if term == "xterm-kitty" or "KITTY_WINDOW_ID" in environ:
        return "99"
    if "VTE_VERSION" in environ or term.startswith(("rxvt", "foot")):
        return "777"
    return _BY_PROGRAM.get(environ.get("TERM_PROGRAM", ""), "9")


def sequence(number: str, title: str, text: str) -> str:
    """What to write for a notice. Title and text may come from the network: they are made safe here.

    Semicolons part the fields of 777, and a 9 that begins with a digit means something else to some.
    """
    title, text = (clip(safe(part, Kind.LINE), LONGEST).replace(";", ",") for part in (title, text))
    return _SEQUENCES[number].format(title=title, text=text)


_END = "\x1b\\"
_SEQUENCES = {
    "9": "\x1b]9;chat: {title}: {text}" + _END,
    "777": "\x1b]777;notify;{title};{text}" + _END,
    "99": "\x1b]99;i=chat:d=0;{title}" + _END + "\x1b]99;i=chat:d=1:p=body;{text}" + _END,
}
