"""What a person has chosen about talks and people, kept for the next time."""

from collections.abc import Callable
from enum import StrEnum

import msgspec
from msgspec import Struct, field

from chat.client import Notes, fold
from chat.words import mark

MOST = 500
"""Most people ignored, keywords, or talks with choices of their own."""
NAME = "settings"
"""Under which all of it is kept, as one text."""


class Level(StrEnum):
    """What in a talk is worth a bell and a notice."""

    OFF = "off"
    MENTION = "mention"
    ALL = "all"


LEVELS = {
    Level.OFF: mark("nothing"),
    Level.MENTION: mark("mentions"),
    Level.ALL: mark("all"),
}
"""What the levels are called, as msgids."""


class Choices(Struct):
    """What was chosen: levels by the key of the talk, people by their folded name."""

    levels: dict[str, Level] = field(default_factory=dict)
    hushed: set[str] = field(default_factory=set)
    ignored: dict[str, str] = field(default_factory=dict)
    keywords: list[str] = field(default_factory=list)
    theme: str = ""


class Settings:
    """A person's choices, kept with each change. `on_change` is called after each."""

    def __init__(self, notes: Notes) -> None:
        self.on_change: Callable[[], None] = lambda: None
        self._notes = notes
        self._chosen = _decoded(notes.settings.get(NAME, ""))

    def level(self, key: str) -> Level:
        """What in a talk is worth a bell: all that is said in private, mentions in rooms, unless chosen."""
        return self._chosen.levels.get(key, Level.MENTION if key.startswith("#") else Level.ALL)

    def set_level(self, key: str, level: Level) -> None:
        """Choose what in a talk is worth a bell."""
        if key in self._chosen.levels or len(self._chosen.levels) < MOST:
            self._chosen.levels[key] = level
        self._keep()

    @property
    def hushed(self) -> set[str]:
        """The rooms in which comings and goings are not shown."""
        return self._chosen.hushed

    def hush(self, key: str, *, hushed: bool) -> None:
        """Show comings and goings in a room, or show none."""
        (self._chosen.hushed.add if hushed else self._chosen.hushed.discard)(key)
        self._keep()

    @property
    def ignored(self) -> dict[str, str]:
        """The people whose words are not shown: folded names to shown ones."""
        return self._chosen.ignored

    def ignores(self, name: str) -> bool:
        """Whether the words of this person are not shown."""
        return bool(self._chosen.ignored) and fold(name) in self._chosen.ignored

    def ignore(self, name: str, *, ignored: bool) -> None:
        """Show no word of a person any more, or show them again."""
        if not ignored:
            self._chosen.ignored.pop(fold(name), None)
        elif len(self._chosen.ignored) < MOST:
            self._chosen.ignored[fold(name)] = name
        self._keep()

    @property
    def keywords(self) -> list[str]:
        """The words that count as a mention beside the name."""
        return self._chosen.keywords

    def heed(self, word: str, *, heeded: bool) -> None:
        """Let a word count as a mention, or let it count no more."""
        kept = [known for known in self._chosen.keywords if known.casefold() != word.casefold()]
        self._chosen.keywords = [*kept, word][-MOST:] if heeded else kept
        self._keep()

    @property
    def theme(self) -> str:
        """The theme chosen here; "" for none."""
        return self._chosen.theme

    def set_theme(self, theme: str) -> None:
        """Choose other colours."""
        self._chosen.theme = theme
        self._keep()

    def _keep(self) -> None:
        self._notes.setting(NAME, msgspec.json.encode(self._chosen).decode())
        self.on_change()


def _decoded(text: str) -> Choices:
    """What was kept; nothing where that cannot be read: choices are soon made again."""
    try:
        return msgspec.json.decode(text, type=Choices)
    except msgspec.MsgspecError:
        return Choices()
