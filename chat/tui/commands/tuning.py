"""Commands about what one wants to see and hear of: bells, comings and goings, people, words, colours."""

from chat.client import fold
from chat.text import Kind, safe
from chat.tui.commands.command import Command, Misused, first, room_name
from chat.tui.desk.desk import Desk
from chat.tui.desk.emoji import plain
from chat.tui.desk.settings import LEVELS, Level
from chat.tui.desk.style import NAMES
from chat.words import mark, t

_LEVELS = {"nada": Level.OFF, "off": Level.OFF, "nothing": Level.OFF, "nunca": Level.OFF} | {
    "mencao": Level.MENTION,
    "mencoes": Level.MENTION,
    "mention": Level.MENTION,
    "mentions": Level.MENTION,
    "tudo": Level.ALL,
    "all": Level.ALL,
}
_SWITCHES = {"sim": True, "on": True, "yes": True, "nao": False, "off": False, "no": False}


async def _notify(desk: Desk, argument: str) -> None:
    word, rest = first(argument)
    key = _named(desk, rest if plain(word) in _LEVELS else word)
    if key is None:
        raise Misused
    if word and plain(word) in _LEVELS:
        desk.settings.set_level(key, _LEVELS[plain(word)])
    level = t(LEVELS[desk.settings.level(key)])
    name = safe(desk.state.talks[key].name, Kind.NAME)
    desk.face.tell(t("In {name} the bell rings for: {level}.", name=name, level=level))


async def _joins(desk: Desk, argument: str) -> None:
    word, rest = first(argument)
    key = _named(desk, rest if plain(word) in _SWITCHES else word)
    if key is None or not key.startswith("#"):
        raise Misused
    shown = _SWITCHES.get(plain(word), key in desk.settings.hushed)  # without a word: the other way round
    desk.settings.hush(key, hushed=not shown)
    name = safe(desk.state.talks[key].name, Kind.NAME)
    if shown:
        desk.face.tell(t("In {name} it is shown who comes and goes.", name=name))
    else:
        desk.face.tell(t("In {name} it is not shown who comes and goes.", name=name))


async def _ignore(desk: Desk, argument: str) -> None:
    word, rest = first(argument)
    name = (rest or word).removeprefix("@")
    if not name:
        _list(desk, t("You ignore:"), t("You ignore nobody."), sorted(desk.settings.ignored.values()))
        return
    ignored = not (rest and _SWITCHES.get(plain(word)) is False)
    if (rest and ignored) or fold(name) == fold(desk.state.user or ""):
        raise Misused
    desk.settings.ignore(name, ignored=ignored)
    shown = safe(name, Kind.NAME)
    if ignored:
        desk.face.tell(t("Nothing that {name} says is shown here any more.", name=shown))
    else:
        desk.face.tell(t("What {name} says is shown here again.", name=shown))


async def _keywords(desk: Desk, argument: str) -> None:
    words = argument.replace(",", " ").split()
    heeded = not (len(words) > 1 and _SWITCHES.get(plain(words[0])) is False)
    for word in words if heeded else words[1:]:
        desk.settings.heed(word, heeded=heeded)
    _list(
        desk, t("Words that count as a mention:"), t("No word counts as a mention."), desk.settings.keywords
    )


async def _theme(desk: Desk, argument: str) -> None:
    known = {plain(t(name)): theme for theme, name in NAMES.items()} | {theme: theme for theme in NAMES}
    if argument and plain(argument) not in known:
        raise Misused
    if argument:
        desk.settings.set_theme(known[plain(argument)])
    else:
        _list(desk, t("Themes:"), "", [t(name) for name in NAMES.values()])


def _named(desk: Desk, word: str) -> str | None:
    """The key of the talk that a word names, of the open one if there is no word; None if there is none."""
    if not word:
        return desk.face.current or None
    key = fold(word if word.startswith("@") else room_name(word))
    return key if key in desk.state.talks else None


def _list(desk: Desk, title: str, none: str, words: list[str]) -> None:
    desk.face.tell(f"{title} {', '.join(safe(word, Kind.LINE) for word in words)}" if words else none)


COMMANDS = (
    Command(
        ("/notificar", "/notify", "/sino", "/bell"),
        mark("[off | mention | all] [#ROOM | @NAME]"),
        mark("for what in this room or talk a bell rings"),
        _notify,
    ),
    Command(
        ("/entradas", "/joins"), mark("[on | off] [#ROOM]"), mark("show or hide who comes and goes"), _joins
    ),
    Command(
        ("/ignorar", "/ignore"),
        mark("[NAME | off NAME]"),
        mark("hide what somebody says, or show it again"),
        _ignore,
    ),
    Command(
        ("/palavras", "/keywords"),
        mark("[WORDS | off WORDS]"),
        mark("words that count as a mention, beside your name"),
        _keywords,
    ),
    Command(("/tema", "/theme"), mark("[NAME]"), mark("other colours"), _theme),
)
