"""What later entries make of one that was said. Pure."""

from collections.abc import Callable, Iterable

from msgspec import Struct, field
from msgspec.structs import replace

from chat.history.base import SAID, Entry, Fold, Kind


class Folding(Struct):
    """What an entry has become by its changes up to the id `version`, with all that is needed to go on.

    `reactions` has the shown names by who reacted, by emoji: an identity, or where none is known the name.
    """

    version: int = 0
    body: str | None = None
    deleted: bool = False
    reactions: dict[str, dict[str, str]] = field(default_factory=dict)
    unnamed: dict[str, int] = field(default_factory=dict)

    def take(self, change: Entry) -> None:
        """Let a change count; they come in the order of id, and one that is known already changes nothing.

        Of a damaged change only DELETE counts: better a message too few than one that was taken back.
        """
        if change.id <= self.version or (change.damaged and change.kind is not Kind.DELETE):
            return
        self.version = change.id
        if not self.deleted:
            _TAKE[change.kind](self, change)

    def fold(self) -> Fold:
        """What is shown of it."""
        if self.deleted:
            return Fold(self.version, deleted=True)
        reactions = {emoji: list(names.values()) for emoji, names in self.reactions.items()}
        return Fold(self.version, self.body, reactions=reactions, unnamed=dict(self.unnamed))


def folding(fold: Fold) -> Folding:
    """How to go on from what is shown."""
    reactions = {emoji: dict(zip(names, names, strict=True)) for emoji, names in fold.reactions.items()}
    return Folding(fold.version, fold.body, fold.deleted, reactions, dict(fold.unnamed))


def folded(entry: Entry, known: Folding | None, changes: Iterable[Entry]) -> Entry:
    """An entry as it is now, by what is known of it and the changes since; what is damaged stays as it is."""
    if entry.kind not in SAID or entry.damaged:
        return entry
    now = known or Folding()
    for change in changes:
        now.take(change)
    if not now.version:
        return entry
    return replace(entry, fold=now.fold(), body="" if now.deleted else entry.body)


def text(entry: Entry) -> str:
    """What an entry says now."""
    if entry.fold is None or entry.fold.body is None:
        return entry.body
    return entry.fold.body


def _edit(now: Folding, change: Entry) -> None:
    now.body = change.body


def _delete(now: Folding, change: Entry) -> None:
    now.deleted, now.body = True, None
    now.reactions.clear()
    now.unnamed.clear()


def _react(now: Folding, change: Entry) -> None:
    if not change.body:
        return  # of somebody who was erased
    names = now.reactions.setdefault(change.body, {})
    names.pop(_who(change), None)
    names[_who(change)] = change.sender


def _take_back(now: Folding, change: Entry) -> None:
    emoji = change.body
    names = now.reactions.get(emoji, {})
    if names.pop(_who(change), None) is None and emoji in now.unnamed:
        now.unnamed[emoji] -= 1  # one of those who are not named
        if now.unnamed[emoji] <= 0:
            del now.unnamed[emoji]
    if not names and emoji not in now.unnamed:
        now.reactions.pop(emoji, None)


def _nothing(now: Folding, change: Entry) -> None:
    """What changes nothing that was said."""


def _who(change: Entry) -> str:
    return change.author or change.sender


_TAKE: dict[Kind, Callable[[Folding, Entry], None]] = {
    Kind.MESSAGE: _nothing,
    Kind.ACT: _nothing,
    Kind.EDIT: _edit,
    Kind.DELETE: _delete,
    Kind.REACT: _react,
    Kind.UNREACT: _take_back,
    Kind.TOPIC: _nothing,
}
