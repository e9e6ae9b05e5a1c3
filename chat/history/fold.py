"""What later entries make of one that was said. Pure."""

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from chat.history.base import SAID, Entry, Fold, Kind


def folded(entry: Entry, changes: Iterable[Entry]) -> Entry:
    """What an entry has become by its changes, which are in the order of id.

    Those that its `fold` knows already, up to `version`, change nothing. Of a damaged change only DELETE
    counts: better a message too few than one that was taken back.
    """
    known = entry.fold.version if entry.fold is not None else 0
    new = [one for one in changes if one.id > known and (not one.damaged or one.kind is Kind.DELETE)]
    if not new or entry.damaged or entry.kind not in SAID:
        return entry
    folding = _Folding(entry.fold)
    for change in new:
        _TAKE[change.kind](folding, change)
    fold = folding.result(new[-1].id)
    return replace(entry, fold=fold, body="" if fold.deleted else entry.body)


def text(entry: Entry) -> str:
    """What an entry says now."""
    if entry.fold is None or entry.fold.body is None:
        return entry.body
    return entry.fold.body


class _Folding:
    """A fold that is being made. Who reacted is an identity, or where none is known a name."""

    def __init__(self, known: Fold | None) -> None:
        start = known or Fold(0)
        self.body = start.body
        self.deleted = start.deleted
        self.names = {emoji: dict(zip(names, names, strict=True)) for emoji, names in start.reactions.items()}
        self.unnamed = dict(start.unnamed)

    def edit(self, change: Entry) -> None:
        self.body = change.body

    def delete(self, change: Entry) -> None:
        self.deleted = True

    def react(self, change: Entry) -> None:
        names = self.names.setdefault(change.body, {})
        names.pop(_who(change), None)
        names[_who(change)] = change.sender

    def take_back(self, change: Entry) -> None:
        emoji = change.body
        names = self.names.get(emoji, {})
        if names.pop(_who(change), None) is None and self.unnamed.get(emoji):
            self.unnamed[emoji] -= 1  # one of those
        if not names and not self.unnamed.get(emoji):
            self.names.pop(emoji, None)

    def nothing(self, change: Entry) -> None:
        """What does not change anything that was said."""

    def result(self, version: int) -> Fold:
        if self.deleted:
            return Fold(version, deleted=True)
        reactions = {emoji: list(names.values()) for emoji, names in self.names.items()}
        unnamed = {emoji: number for emoji, number in self.unnamed.items() if number > 0}
        return Fold(version, self.body, reactions=reactions, unnamed=unnamed)


def _who(change: Entry) -> str:
    return change.author or change.sender


_TAKE: dict[Kind, Callable[[_Folding, Entry], None]] = {
    Kind.MESSAGE: _Folding.nothing,
    Kind.ACT: _Folding.nothing,
    Kind.EDIT: _Folding.edit,
    Kind.DELETE: _Folding.delete,
    Kind.REACT: _Folding.react,
    Kind.UNREACT: _Folding.take_back,
    Kind.TOPIC: _Folding.nothing,
}
