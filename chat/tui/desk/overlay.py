"""What may stand in the place of the messages for a while: search results, a context, the quick switcher."""

from collections.abc import Sized

from msgspec import Struct, field

from chat.client.state import Line


class _Choice(Struct, kw_only=True, eq=False):
    """Items of which one is chosen: `at` is its index."""

    at: int = 0

    @property
    def items(self) -> Sized:
        """What there is to choose from."""
        return ()

    def move(self, step: int) -> None:
        """Choose the item so many places on, as far as there are any."""
        self.at = max(0, min(self.at + step, len(self.items) - 1))


class Results(_Choice, kw_only=True, eq=False):
    """What a search has found: `lines` in the order they are shown, the newest first.

    `more` says that there are older ones, `busy` that an answer is awaited, `local` that only the copy on
    this machine was searched.
    """

    query: str
    lines: list[Line] = field(default_factory=list)
    more: bool = False
    busy: bool = False
    local: bool = False

    @property
    def items(self) -> Sized:
        return self.lines


class Context(_Choice, kw_only=True, eq=False):
    """What was said around one message of the talk `key`; `lines` ascend, `marked` is that message's id.

    The line at `at` stands in the middle of the window.
    """

    key: str
    lines: list[Line]
    marked: int

    @property
    def items(self) -> Sized:
        return self.lines


class Switcher(_Choice, kw_only=True, eq=False):
    """The talks among which to go to one: `keys` are those that match what was `typed`, best first."""

    typed: str = ""
    keys: list[str] = field(default_factory=list)

    @property
    def items(self) -> Sized:
        return self.keys


Overlay = Results | Context | Switcher
