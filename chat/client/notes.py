"""What a program wants to know the next time: drafts, what was typed, and settings."""

from chat.history.own import MAX_LINES, Own


class Notes:
    """`drafts` by talk, `lines` oldest first, `settings` by a name that the program chooses.

    Read them; change them by the methods, which never wait. Names that begin with `session` are the
    library's.
    """

    def __init__(self, own: Own | None, before: "Notes | None" = None) -> None:
        source = own or before
        self._own = own
        self.drafts: dict[str, str] = {} if source is None else source.drafts
        self.lines: list[str] = [] if source is None else source.lines
        self.settings: dict[str, str] = {} if source is None else source.settings

    def draft(self, talk: str, text: str) -> None:
        """What stands in the field of a talk now, by its key; "" for nothing."""
        if self._own is not None:
            self._own.draft(talk, text)
        elif text:
            self.drafts[talk] = text
        else:
            self.drafts.pop(talk, None)

    def typed(self, line: str) -> None:
        """Add to what was typed; the newest 1,000 lines are kept."""
        if self._own is not None:
            self._own.typed(line)
        else:
            self.lines.append(line)
            del self.lines[:-MAX_LINES]

    def setting(self, name: str, value: str | None) -> None:
        """Keep a text under a name; None: no more."""
        if self._own is not None:
            self._own.setting(name, value)
        elif value is None:
            self.settings.pop(name, None)
        else:
            self.settings[name] = value
