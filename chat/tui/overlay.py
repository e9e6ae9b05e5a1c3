"""What may stand in the place of the messages for a while: search results, a context, the quick switcher."""

from msgspec import Struct, field

from chat.client.state import Line


class Results(Struct, eq=False):
    """What a search has found, the newest first. `selected` is an index of `lines`.

    `more` says that there are older ones, `busy` that an answer is awaited, `local` that only the copy on
    this machine was searched.
    """

    query: str
    lines: list[Line] = field(default_factory=list)
    selected: int = 0
    more: bool = False
    busy: bool = False
    local: bool = False


class Context(Struct, eq=False):
    """What was said around one message: `lines` ascend by id; `marked` is that message's id.

    `at` is an index of `lines`: the line that stands in the middle of the window.
    """

    key: str
    lines: list[Line]
    marked: int
    at: int = 0


class Switcher(Struct, eq=False):
    """The talks among which to go to one: `keys` are those that match what was typed, best first."""

    typed: str = ""
    keys: list[str] = field(default_factory=list)
    selected: int = 0


Overlay = Results | Context | Switcher
