"""How everything on the screen looks: a table of classes for each theme, whatever is shown."""

from collections.abc import Mapping
from zlib import crc32

from chat.words import mark

Theme = dict[str, str]
"""A style for each class; the empty one is what everything begins with."""

DARK, LIGHT, CONTRAST, PLAIN = "dark", "light", "contrast", "none"
NAMES = {DARK: mark("dark"), LIGHT: mark("light"), CONTRAST: mark("contrast"), PLAIN: mark("none")}
"""What the themes are called in the user's language, as msgids."""
PLACES = 12
"""How many colours people are told apart by."""

# Colours are of the 256 that nearly every terminal has, so that what was chosen for its contrast is what is
# seen: at least 4.5 to 1 for text on its ground (WCAG 2.2, 1.4.3), 7 to 1 in "contrast" (1.4.6). Each theme
# but "none" lays its own ground, for nobody can ask every terminal what its ground is.

_SHAPES: Theme = {
    # What does not depend on colours.
    "title": "",
    "title.name": "bold",
    "status": "",
    "status.bad": "bold",
    "column": "",
    "column.rule": "",
    "heading": "bold",
    "current": "bold reverse",
    "unread": "bold",
    "mention": "bold",
    "time": "",
    "number": "bold",
    "day": "",
    "news": "bold",
    "more": "reverse",
    "notice": "italic",
    "error": "bold",
    "private": "bold",
    "pending": "",
    "sent": "",
    "failed": "bold",
    "own": "bold",
    "act": "italic",
    "edited": "",
    "deleted": "italic",
    "damaged": "italic",
    "reply": "",
    "panel.heading": "bold",
    "reaction": "",
    "reaction.own": "bold",
    "mentioned": "bold reverse",
    "selected": "reverse",
    "marked": "bold",
    "found": "bold underline",
    "strong": "bold",
    "emphasis": "italic",
    "struck": "strike",
    "code": "",
    "code.rule": "",
    "quote": "italic",
    "quote.rule": "",
    "link": "underline",
    "link.number": "nounderline bold",
    "prompt": "bold",
    "button": "bold",
    "button.focused": "reverse",
    "menu": "",
    "menu.chosen": "reverse",
}

_MENU = {
    "menu": ("completion-menu.completion", "completion-menu.meta.completion"),
    "menu.chosen": ("completion-menu.completion.current", "completion-menu.meta.completion.current"),
}
"""What prompt_toolkit calls the parts of the menu of completions."""


def _theme(ground: str, shades: str, **classes: str) -> Theme:
    """The shapes with the colours of a theme; `_` in a name stands for the point."""
    colours = {f"shade{place}": shade for place, shade in enumerate(shades.split())}
    colours |= {name.replace("_", "."): style for name, style in classes.items()}
    shaped = {name: f"{shape} {colours.pop(name, '')}".strip() for name, shape in _SHAPES.items()}
    menu = {name: shaped[ours] for ours, names in _MENU.items() for name in names}
    return {"": ground} | shaped | colours | menu


THEMES: dict[str, Theme] = {
    DARK: _theme(
        "bg:#1c1c1c #d0d0d0",
        "#ff8787 #ffaf5f #d7af00 #afd75f #5fd75f #5fd7af #00d7ff #5fafff #af87ff #d787ff #ff87d7 #d787af",
        title="bg:#005f87 #ffffff",
        status="bg:#303030 #d0d0d0",
        status_bad="bg:#870000 #ffffff",
        column_rule="#4e4e4e",
        heading="#8a8a8a",
        current="noreverse bg:#005f87 #ffffff",
        unread="#ffffff",
        mention="#ffaf00",
        time="#8a8a8a",
        number="#ffaf00",
        day="#8a8a8a",
        news="#ff8787",
        more="noreverse bg:#5f5f00 #ffffff",
        notice="#949494",
        error="#ff8787",
        private="#ff87d7",
        pending="#8a8a8a",
        sent="#5faf5f",
        failed="#ff8787",
        own="#ffffff",
        edited="#8a8a8a",
        deleted="#8a8a8a",
        damaged="#ffaf5f",
        reply="#949494",
        panel_heading="bg:#303030 #ffffff",
        reaction="#afafaf",
        reaction_own="#5fd7ff",
        mentioned="noreverse bg:#875f00 #ffffff",
        selected="noreverse bg:#444444 #ffffff",
        marked="bg:#303030",
        found="#ffd75f",
        code="bg:#303030 #d7d7af",
        code_rule="#a8a8a8",
        quote="#a8a8a8",
        quote_rule="#5f87af",
        link="#5fafff",
        link_number="#5fafff",
        menu="bg:#303030 #d0d0d0",
        menu_chosen="noreverse bg:#005f87 #ffffff",
        prompt="#5fd7af",
        button="#5fd7af",
    ),
    LIGHT: _theme(
        "bg:#ffffff #262626",
        "#d70000 #af5f00 #875f00 #5f5f00 #005f00 #005f5f #005f87 #005fd7 #5f00ff #8700af #af00af #d7005f",
        title="bg:#005f87 #ffffff",
        status="bg:#e4e4e4 #262626",
        status_bad="bg:#af0000 #ffffff",
        column_rule="#bcbcbc",
        heading="#626262",
        current="noreverse bg:#005f87 #ffffff",
        unread="#000000",
        mention="#af0000",
        time="#6c6c6c",
        number="#af5f00",
        day="#6c6c6c",
        news="#d70000",
        more="noreverse bg:#ffffaf #262626",
        notice="#626262",
        error="#d70000",
        private="#af00af",
        pending="#6c6c6c",
        sent="#005f00",
        failed="#d70000",
        own="#000000",
        edited="#6c6c6c",
        deleted="#6c6c6c",
        damaged="#875f00",
        reply="#626262",
        panel_heading="bg:#e4e4e4 #000000",
        reaction="#585858",
        reaction_own="#005faf",
        mentioned="noreverse bg:#ffd787 #000000",
        selected="noreverse bg:#d0d0d0 #000000",
        marked="bg:#eeeeee",
        found="#870000",
        code="bg:#eeeeee #5f0000",
        code_rule="#585858",
        quote="#585858",
        quote_rule="#005f87",
        link="#005faf",
        link_number="#005faf",
        menu="bg:#e4e4e4 #262626",
        menu_chosen="noreverse bg:#005f87 #ffffff",
        prompt="#005f5f",
        button="#005f5f",
    ),
    CONTRAST: _theme(
        "bg:#000000 #ffffff",
        "#ff8787 #ffaf00 #ffff00 #afff00 #00ff00 #00ffaf #00ffff #87d7ff #afafff #d7afff #ff87ff #ffafd7",
        title="bg:#ffffff #000000",
        status="bg:#ffffff #000000",
        status_bad="bg:#ffff00 #000000",
        current="noreverse bg:#ffff00 #000000",
        mention="#ffff00",
        number="#ffff00",
        news="#ffff00",
        more="noreverse bg:#ffff00 #000000",
        error="#ff8787",
        failed="#ff8787",
        private="#ff87ff",
        panel_heading="bg:#ffffff #000000",
        sent="#00ff00",
        damaged="#ffaf00",
        mentioned="noreverse bg:#ffff00 #000000",
        found="#ffff00",
        code="#ffff87",
        link="#00ffff",
        link_number="#00ffff",
        menu="bg:#000000 #ffffff",
        menu_chosen="noreverse bg:#ffff00 #000000",
        prompt="#ffff00",
        button="#ffff00",
    ),
    PLAIN: _theme(
        "",
        "",
        title="reverse",
        status="reverse",
        panel_heading="reverse",
        private="underline",
        code="dim",
        time="dim",
        pending="dim",
        edited="dim",
    ),
}


def preferred(environ: Mapping[str, str]) -> str:
    """The theme where nobody has chosen one: none where NO_COLOR says so, light where the terminal tells."""
    if environ.get("NO_COLOR"):
        return PLAIN
    return LIGHT if environ.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15") else DARK


def shade(name: str) -> str:
    """The class of a person's colour: the same for the same name in every session and on every machine."""
    return f"class:shade{crc32(name.casefold().encode()) % PLACES}"
